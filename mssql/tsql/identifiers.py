"""Names and string literals in T-SQL: quoting, two-part table names, names inside definitions.

"Database identifiers", https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers
"""

from __future__ import annotations

import functools
import re
from typing import Iterator, NamedTuple

# sysname is nvarchar(128).
MAX_NAME_LENGTH = 128
# https://learn.microsoft.com/sql/t-sql/language-elements/save-transaction-transact-sql
MAX_SAVEPOINT_LENGTH = 32
MOST_PARTS = 4  # server.database.schema.procedure

_PART = re.compile(r'\[((?:[^\]]|\]\])*)\]|"((?:[^"]|"")*)"')
# Both delimiters in each, or neither but the two in the middle.
_TWO_PARTS = {
    '"': (
        re.compile(r'"((?:[^"]|"")*)"\."((?:[^"]|"")*)"(.*)', re.DOTALL),
        re.compile(r'([^"](?:[^"]|"")*)"\."((?:[^"]|"")*)()'),
    ),
    "]": (
        re.compile(r"\[((?:[^\]]|\]\])*)\]\.\[((?:[^\]]|\]\])*)\](.*)", re.DOTALL),
        re.compile(r"([^\[](?:[^\]]|\]\])*)\]\.\[((?:[^\]]|\]\])*)()"),
    ),
}
_COLLATION = re.compile(
    r"[A-Z]\w+_(?:BIN2?|C[IS]_A[IS](?:_KS)?(?:_WS)?(?:_VSS)?(?:_SC)?)(?:_UTF8)?",
    re.ASCII | re.IGNORECASE,
)
_COLLATION_WORD = re.compile(r"[A-Z]\w*", re.ASCII | re.IGNORECASE)
# Empty: a part that is left out, such as the schema of `shop..visit`.
_PART_OR_NONE = re.compile(r'\[(?:[^\]]|\]\])+\]|"(?:[^"]|"")+"|[^\W\d][\w@$#]*|#[\w@$#]+|')
_TOKEN = re.compile(r"N?'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]", re.IGNORECASE)
_PARENTHESIS = re.compile(_TOKEN.pattern + r"|[()]", re.IGNORECASE)


class TableName(NamedTuple):
    """A table's name; no schema means the one that the login's user has as its default."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        return ".".join(bracket(part) for part in self if part is not None)


def bracket(name: str) -> str:
    """One identifier, delimited: `a]b` becomes `[a]]b]`."""
    return "[" + name.replace("]", "]]") + "]"


def literal(text: str) -> str:
    """A Unicode string literal: `it's` becomes `N'it''s'`."""
    return "N'" + text.replace("'", "''") + "'"


def varchar_literal(text: str) -> str:
    """Return a string literal that is not Unicode: `it's` becomes `'it''s'`."""
    return "'" + text.replace("'", "''") + "'"


def collation_name(name: object, setting: str) -> str:
    """Return the name of a collation, which T-SQL takes without delimiters only.

    `name` is a str or a lazy object that becomes one. Raises ValueError, with the setting that
    the name comes from, if it is anything else.
    """
    name = str(name)
    if not _COLLATION_WORD.fullmatch(name):
        raise ValueError(
            f"{setting}: {name!r} is not the name of a collation, which has letters, digits and "
            "underscores, such as Latin1_General_100_CS_AS."
        )
    return name


def savepoint_name(name: str) -> str:
    """Return a savepoint's name, delimited. Raises ValueError if SQL Server refuses it."""
    has = "a NUL character" if "\0" in name else f"{len(name)} characters"
    if "\0" in name or not 0 < len(name) <= MAX_SAVEPOINT_LENGTH:
        raise ValueError(
            f"The savepoint's name {name!r} has {has}: SQL Server takes 1 to "
            f"{MAX_SAVEPOINT_LENGTH} characters, and no NUL."
        )
    return bracket(name)


def procedure_name(name: str) -> str:
    """Return a procedure's name of one to four parts, as EXEC takes it.

    A part is a regular identifier, or stands in brackets or quotation marks; one between two others
    may be empty (`shop..visit`). Raises ValueError for anything else.
    """
    parts, position = [], -1
    while position < len(name):
        match = _PART_OR_NONE.match(name, position + 1)
        assert match is not None  # it matches nothing, too
        parts.append(match.group())
        position = match.end()
        if name[position : position + 1] not in (".", ""):
            break
    is_read = position == len(name) and "\0" not in name
    if not (is_read and parts[0] and parts[-1] and len(parts) <= MOST_PARTS):
        raise _no_procedure(name)
    names = [unquoted(part) for part in parts]
    if max(map(len, names)) > MAX_NAME_LENGTH:
        raise _no_procedure(name)
    return ".".join(
        bracket(plain) if part[:1] in ("[", '"') else part for part, plain in zip(parts, names)
    )


def _no_procedure(name: str) -> ValueError:
    return ValueError(
        f"callproc(): {name[:MAX_NAME_LENGTH]!r} is not the name of a procedure: one to "
        f"{MOST_PARTS} parts with dots between them, each at most {MAX_NAME_LENGTH} letters, "
        "digits, _, @, $ and #, or any other characters in brackets: [dbo].[my procedure]."
    )


@functools.lru_cache(maxsize=1024)
def table_name(name: str) -> TableName:
    """Take a db_table apart.

    A table of another schema is written `schema"."table` (which Django's own split_identifier()
    knows), `[schema].[table]` or `schema].[table`. What Django puts behind it for the table of a
    ManyToManyField, `[schema].[table]_field`, belongs to the table's name.
    """
    for right, patterns in _TWO_PARTS.items():
        for pattern in patterns:
            match = pattern.fullmatch(name)
            if match:
                schema, table = (part.replace(right * 2, right) for part in match.group(1, 2))
                return TableName(schema, table + match.group(3))
    return TableName(None, unquoted(name))


def quote(name: str) -> str:
    """An identifier for SQL, of one part or, for a db_table, two; one already quoted stays.

    So does the name of a collation: COLLATE takes it bare, and wherever else it may be a name it
    needs no delimiters. https://learn.microsoft.com/sql/t-sql/statements/collations
    """
    return name if _COLLATION.fullmatch(name) else str(table_name(name))


def unquoted(name: str) -> str:
    """The name of a column as the catalog has it: a db_column may come in quotation marks."""
    match = _PART.fullmatch(name)
    return _undelimited(match) if match else name


def _undelimited(match: re.Match[str]) -> str:
    bracketed, quoted = match.groups()
    return bracketed.replace("]]", "]") if quoted is None else quoted.replace('""', '"')


# The definitions of checks, computed columns, defaults and filters in the catalog views always
# have their identifiers in brackets, however they were written.


def names_in(definition: str) -> set[str]:
    """The identifiers of a definition that a catalog view gave, case-folded."""
    return {_name(token).casefold() for token in _names(definition)}


def renamed_in(definition: str, old: str, new: str) -> str:
    """The definition with one identifier replaced, its string literals untouched."""

    def replaced(token: re.Match[str]) -> str:
        text = token.group()
        is_old = text[0] == "[" and _name(text).casefold() == old.casefold()
        return bracket(new) if is_old else text

    return _TOKEN.sub(replaced, definition)


def without_parentheses(definition: str) -> str:
    """The definition without the parentheses that the catalog views put around it: `((1))`."""
    while definition[:1] == "(" and _closing(definition) == len(definition) - 1:
        definition = definition[1:-1]
    return definition


def _closing(definition: str) -> int:
    """Where the parenthesis with which the definition begins is closed."""
    depth = 0
    for token in _PARENTHESIS.finditer(definition):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if not depth:
            return token.start()
    return len(definition)


def _names(definition: str) -> Iterator[str]:
    return (token for token in _TOKEN.findall(definition) if token[0] == "[")


def _name(token: str) -> str:
    return token[1:-1].replace("]]", "]")
