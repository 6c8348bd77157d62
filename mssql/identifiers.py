"""Names and string literals in T-SQL: quoting, two-part table names, names inside definitions.

"Database identifiers", https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers
"""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple

# sysname is nvarchar(128).
MAX_NAME_LENGTH = 128

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
