"""Collation precedence: the collation that decides when strings meet.

Follows "Collation Precedence",
https://learn.microsoft.com/sql/t-sql/statements/collation-precedence-transact-sql
A literal or variable adopts another collation (its own is None); a column's collation is implicit;
COLLATE is explicit. Two implicit ones leave a concatenation or CASE without a collation.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tds_embedded.errors import SqlServerError, error
from tds_embedded.types import DEFAULT_COLLATION, SqlType

# Operators with a string result, which another COLLATE can still repair.
DEFERRING = frozenset({"add", "concat", "concat_ws", "CASE", "UNION ALL"})

_FEATURE_MISSING = 40517
_NAME = re.compile(
    r"(?P<language>[A-Z][A-Z0-9_]*?)(?:_(?P<version>90|100|140|160))?_"
    r"(?:BIN2?|C[IS]_A[IS](?:_KS)?(?:_WS)?(?:_VSS)?(?P<pairs>_SC)?)(?P<utf8>_UTF8)?"
)
# The language of a Windows collation and, in SQL Server collations, its code page.
_LATIN = frozenset({"LATIN1_GENERAL", "SQL_LATIN1_GENERAL_CP1"})
_SWEDISH = "FINNISH_SWEDISH"
_OTHER_LANGUAGES = re.compile(
    "SQL_.+_CP[0-9]+|(?:ALBANIAN|ARABIC|ASSAMESE|AZERI|BASHKIR|BENGALI|BOSNIAN|BRETON|CHINESE"
    "|CORSICAN|CROATIAN|CYRILLIC_GENERAL|CZECH|DANISH|DARI|DIVEHI|ESTONIAN|FRENCH|FRISIAN|GEORGIAN"
    "|GERMAN|GREEK|HEBREW|HUNGARIAN|ICELANDIC|INDIC_GENERAL|JAPANESE|KAZAKH|KHMER|KOREAN|LAO"
    "|LATVIAN|LITHUANIAN|MACEDONIAN|MALTESE|MAORI|MAPUDUNGAN|MODERN_SPANISH|MOHAWK|MONGOLIAN"
    "|NEPALI|NORWEGIAN|PASHTO|PERSIAN|POLISH|ROMANIAN|ROMANSH|SAMI|SERBIAN|SLOVAK|SLOVENIAN|SYRIAC"
    "|TAMAZIGHT|TATAR|THAI|TIBETAN|TRADITIONAL_SPANISH|TURKISH|TURKMEN|UIGHUR|UKRAINIAN"
    "|UPPER_SORBIAN|URDU|UZBEK|VIETNAMESE|WELSH|YAKUT)(?:_.*)?"
)


def supported(name: str) -> str:
    """Return a collation's name as it stands, DATABASE_DEFAULT's as that of the server.

    Raises 448 for a name that SQL Server does not have, and refuses a language whose alphabet the
    embedded server cannot follow.
    """
    if name.upper() == "DATABASE_DEFAULT":
        return DEFAULT_COLLATION
    match = _NAME.fullmatch(name.upper())
    if match is None:
        raise error(448, name)
    language = match["language"]
    is_followed = language in _LATIN or language == _SWEDISH
    if is_followed and not _has_variant(match):
        raise error(448, name)
    if not is_followed and not _OTHER_LANGUAGES.fullmatch(language):
        raise error(448, name)
    if not is_followed or "_CS_AI" in name.upper():
        raise error(_FEATURE_MISSING, f"COLLATE {name}")
    return name


def _has_variant(match: re.Match[str]) -> bool:
    """Return whether a Latin or Swedish collation exists with this version, _SC and _UTF8."""
    if match["version"] in ("140", "160") or match["language"].startswith("SQL_"):
        return not (match["version"] or match["pairs"] or match["utf8"])
    if match["pairs"] or match["utf8"]:
        return match["version"] == "100" and bool(match["pairs"] or "_BIN2" in match[0])
    return True


def order_key(sql: str, sql_type: SqlType) -> str:
    """Return the expression that orders a value."""
    if sql_type.name == "uniqueidentifier":
        return f"tsql.uuid_key({sql})"
    if (sql_type.collation or "").upper().startswith(_SWEDISH) and "_BIN" not in (
        sql_type.collation or ""
    ).upper():
        return f"tsql.swedish({sql}::text)"
    return sql


def check_order(sql_type: SqlType) -> None:
    """Refuse a comparison by an order that only ORDER BY follows."""
    if sql_type.name != "uniqueidentifier" and order_key("", sql_type):
        raise error(_FEATURE_MISSING, f"< or > COLLATE {sql_type.collation}")


def carried(target: SqlType, source: SqlType) -> SqlType:
    """Return `target` with the collation of `source`, explicit or unresolved as it is there."""
    return replace(
        target, collation=source.collation, explicit=source.explicit, conflict=source.conflict
    )


def met(target: SqlType, left: SqlType, right: SqlType, operation: str) -> SqlType:
    """Return `target` with the collation of two strings that meet in an operation.

    Raises 468 for two collations of one rank, 4191 for a string that has none.
    """
    if left.explicit and right.explicit and _differ(left, right):
        raise _conflict(left, right, operation)
    for one in (left, right):
        if one.explicit:
            return carried(target, one)
    for one in (left, right):
        if one.conflict:
            check_resolved(one, operation)
            return carried(target, one)
    if left.collation is None or right.collation is None or not _differ(left, right):
        return carried(target, right if left.collation is None else left)
    if operation not in DEFERRING:
        raise _conflict(left, right, operation)
    conflict = (_name(right), _name(left), operation)
    return replace(target, collation=left.collation, explicit=False, conflict=conflict)


def check_resolved(sql_type: SqlType, operation: str) -> None:
    """Raise 4191 for a string without a collation in an operation that needs one."""
    if sql_type.conflict and operation not in DEFERRING:
        raise error(4191, operation, state=9)


def check_column(sql_type: SqlType, clause: str, position: int) -> None:
    """Raise 451 for a string without a collation that becomes a column of a SELECT."""
    if sql_type.conflict:
        raise error(451, *sql_type.conflict, clause, position)


def _name(sql_type: SqlType) -> str:
    return sql_type.collation or DEFAULT_COLLATION


def _differ(left: SqlType, right: SqlType) -> bool:
    return _name(left).lower() != _name(right).lower()


def _conflict(left: SqlType, right: SqlType, operation: str) -> SqlServerError:
    return error(468, _name(right), _name(left), operation, state=9)
