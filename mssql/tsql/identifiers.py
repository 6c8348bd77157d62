"""Names in T-SQL: quoting, two-part table names, names inside definitions.

"Database identifiers", https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from mssql.tsql import scanner
from mssql.tsql.limits import MAX_NAME_LENGTH, MAX_NAME_PARTS, MAX_SAVEPOINT_LENGTH
from mssql.tsql.scanner import IN_BRACKETS, IN_QUOTES

_PART = re.compile(rf'\[({IN_BRACKETS})\]|"({IN_QUOTES})"')
# Both delimiters in each, or only the two in the middle.
_TWO_PARTS = {
    '"': (
        re.compile(rf'"({IN_QUOTES})"\."({IN_QUOTES})"(.*)', re.DOTALL),
        re.compile(rf'(?!")({IN_QUOTES})"\."({IN_QUOTES})()'),
    ),
    "]": (
        re.compile(rf"\[({IN_BRACKETS})\]\.\[({IN_BRACKETS})\](.*)", re.DOTALL),
        re.compile(rf"(?!\[)({IN_BRACKETS})\]\.\[({IN_BRACKETS})()"),
    ),
}
_COLLATION = re.compile(
    r"[A-Z]\w+_(?:BIN2?|C[IS]_A[IS](?:_KS)?(?:_WS)?(?:_VSS)?(?:_SC)?)(?:_UTF8)?",
    re.ASCII | re.IGNORECASE,
)
_COLLATION_WORD = re.compile(r"[A-Z]\w*", re.ASCII | re.IGNORECASE)
# Variables, $pseudocolumns and identifiers of no character.
_NOT_IN_PROCEDURE_NAMES = re.compile(r"[@$].*|#|\[\]|\"\"", re.DOTALL)


class TableName(NamedTuple):
    """A table's name; no schema means the one that the login's user has as its default."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        return ".".join(bracket(part) for part in self if part is not None)


def bracket(name: str) -> str:
    """Return an identifier with delimiters: `a]b` becomes `[a]]b]`."""
    return "[" + name.replace("]", "]]") + "]"


def derived_column(number: int) -> str:
    """Return the name of a column of a derived table: [c1], [c2], and so on."""
    return f"[c{number}]"


def collation_name(name: object, setting: str) -> str:
    """Return the name of a collation, which T-SQL accepts only without delimiters.

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
            f"The savepoint's name {name!r} has {has}: SQL Server allows 1 to "
            f"{MAX_SAVEPOINT_LENGTH} characters, none of them NUL."
        )
    return bracket(name)


def procedure_name(name: str) -> str:
    """Return a procedure's name of one to four parts, as EXEC takes it.

    A part is a regular identifier, or stands in brackets or quotation marks; one between two others
    may be empty (`shop..visit`). Raises ValueError for anything else.
    """
    tokens = list(scanner.tokens(name))
    parts = scanner.name_parts(name) if [token.kind for token in tokens] == [scanner.NAME] else []
    if not _is_procedure_name(name, parts):
        raise _invalid_procedure_name(name)
    return ".".join(bracket(unquoted(part)) if part[:1] in ("[", '"') else part for part in parts)


def _is_procedure_name(name: str, parts: list[str]) -> bool:
    return (
        0 < len(parts) <= MAX_NAME_PARTS
        and bool(parts[0] and parts[-1])
        and not any(map(_NOT_IN_PROCEDURE_NAMES.fullmatch, parts))
        and max(len(unquoted(part)) for part in parts) <= MAX_NAME_LENGTH
        and scanner.is_whole(name)
        and "\0" not in name
    )


def _invalid_procedure_name(name: str) -> ValueError:
    return ValueError(
        f"callproc(): {name[:MAX_NAME_LENGTH]!r} is not the name of a procedure: one to "
        f"{MAX_NAME_PARTS} parts with dots between them, each at most {MAX_NAME_LENGTH} letters, "
        "digits, _, @, $ and #, or any other characters in brackets: [dbo].[my procedure]."
    )


@functools.lru_cache(maxsize=1024)
def table_name(name: str) -> TableName:
    """Split a db_table into schema and table.

    A table of another schema is written `schema"."table` (as Django's split_identifier() expects),
    `[schema].[table]` or `schema].[table`. The suffix that Django appends for the table of a
    ManyToManyField, `[schema].[table]_field`, is in the name of the table.
    """
    for right, patterns in _TWO_PARTS.items():
        for pattern in patterns:
            match = pattern.fullmatch(name)
            if match:
                schema, table = (part.replace(right * 2, right) for part in match.group(1, 2))
                return TableName(schema, table + match.group(3))
    return TableName(None, unquoted(name))


def quote(name: str) -> str:
    """Return an identifier for SQL, of one part or, for a db_table, two; one already quoted stays.

    So does the name of a collation, which COLLATE accepts only without delimiters and which needs
    none as an identifier. https://learn.microsoft.com/sql/t-sql/statements/collations
    """
    return name if _COLLATION.fullmatch(name) else str(table_name(name))


def unquoted(name: str) -> str:
    """Return the name of a column as in the catalog: a db_column may have quotation marks."""
    match = _PART.fullmatch(name)
    if match is None:
        return name
    in_brackets, in_quotes = match.groups()
    return in_brackets.replace("]]", "]") if in_quotes is None else in_quotes.replace('""', '"')


# The definitions of checks, computed columns, defaults and filters in the catalog views always
# have their identifiers in brackets, however they were written.


def names_in(definition: str) -> set[str]:
    """Return the identifiers of a definition from a catalog view, case-folded."""
    return {
        unquoted(part).casefold()
        for token in scanner.tokens(definition)
        if token.kind == scanner.NAME
        for part in scanner.name_parts(token.text)
        if part.startswith("[")
    }


def renamed_in(definition: str, old: str, new: str) -> str:
    """Return the definition with one identifier replaced; its string literals stay."""

    def renamed(part: str) -> str:
        is_old = part.startswith("[") and unquoted(part).casefold() == old.casefold()
        return bracket(new) if is_old else part

    return "".join(
        ".".join(map(renamed, scanner.name_parts(token.text)))
        if token.kind == scanner.NAME
        else token.text
        for token in scanner.tokens(definition)
    )


def without_parentheses(definition: str) -> str:
    """Return the definition without the parentheses that the catalog views add: `((1))`."""
    while definition[:1] == "(" and _closing(definition) == len(definition) - 1:
        definition = definition[1:-1]
    return definition


def _closing(definition: str) -> int:
    """Return the position at which the first parenthesis of the definition is closed."""
    depth = 0
    for token in scanner.tokens(definition):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if not depth:
            return token.start
    return len(definition)
