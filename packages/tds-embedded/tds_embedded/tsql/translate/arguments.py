"""The arguments of functions: the types that each accepts, and their conversion."""

from __future__ import annotations

from dataclasses import replace

from tds_embedded.catalog.types import comparison, is_utf8
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.builtin_functions import METADATA, widened
from tds_embedded.tsql.translate.dates import STRINGS_AS
from tds_embedded.tsql.translate.values import Value, base, cast, convert, null, padded, unsupported
from tds_embedded.types import MAX, SqlType

_WITHOUT_COLLATION = frozenset({"DIFFERENCE", "QUOTENAME"})
_TEXTS = frozenset({"text", "string", "characters"})


def accept(name: str, kind: str, position: int, value: Value) -> Value:
    """Return an argument of the kind that a function takes. Raises 8116 for other types."""
    if kind in ("any", "text", "string", "plain", "binary", "bytes"):
        value = padded(value)
    if kind == "any":
        _check_any(name, position, value)
        return null(types.INT) if value.type.name == "null" else value
    if value.type.name == "null":
        return null(_NULLS[kind]) if kind != "plain" else replace(value, sql="NULL::text")
    is_large = value.type.name in types.LARGE_OBJECTS
    if value.type.name == "image" and (target := _IMAGE_CLASHES.get((name, position))):
        raise error(206, "image", target)
    is_refused = is_large and (name in _NOT_OF_TEXT or (name, value.type.name) in _NOT_OF_NTEXT)
    if value.type.name not in _ACCEPTED[kind] or is_refused:
        raise _refusal(name, kind, position, value.type)
    if kind in _TEXTS and value.type.name not in types.STRINGS:
        return _as_text(name, value)
    if kind == "plain":
        return replace(value, sql=f"{value.sql}::text")
    if kind == "date" and value.type.name not in _READ_AS_DATES.get(name, _ANY_DATE):
        raise error(8116, value.type.name, position, _NAMES.get(name, name.lower()))
    if kind == "date" and value.type.name in types.STRINGS:
        return convert(value, STRINGS_AS.get(name, types.DATETIME2))
    if kind == "date" and value.type.name in types.NUMBERS:
        return convert(value, types.DATETIME)
    if kind == "number":
        is_text = value.type.name in types.STRINGS
        return convert(value, types.FLOAT if is_text else widened(value.type))
    if kind == "binary" and value.type.name not in types.BINARIES:
        return value
    if kind in _EXACT and value.type.name != _EXACT[kind].name:
        return convert(value, _EXACT[kind])
    return value


def _refusal(name: str, kind: str, position: int, sql_type: SqlType) -> SqlServerError:
    """Return the error for a type that does not convert to a parameter's declared type."""
    target = {"number": "float", "float": "float", "int": "int"}.get(kind)
    if target is None:
        return error(8116, sql_type.name, position, _NAMES.get(name.upper(), name.lower()))
    if sql_type.name == "sql_variant" or sql_type.name in types.OLD_DATES:
        return error(257, sql_type.name, target)
    return error(206, sql_type.name, target)


def overloaded(name: str, value: Value) -> Value:
    """Return a string as the type of an overload of `tsql.name` in the prelude.

    Those that search have an overload per comparison; a binary collation otherwise counts as one
    with case.
    """
    if value.type.name not in types.STRINGS:
        return value
    kind = comparison(value.type.collation)
    if kind and (name in METADATA or name in _WITHOUT_COLLATION):
        return replace(value, sql=f"{value.sql}::{base(types.NVARCHAR_MAX)}")
    is_search = name in ("CHARINDEX", "PATINDEX")
    if kind != "_bin" and not (is_search and kind):
        return value
    collation = value.type.collation
    if kind == "_bin" and name != "PATINDEX":
        collation = "Latin1_General_CS_AS"
    wide = is_search or is_utf8(value.type.collation)
    parameter_type = SqlType("nvarchar" if wide else value.type.name, MAX, collation=collation)
    return replace(value, sql=f"{value.sql}::{base(parameter_type)}")


def _as_text(name: str, value: Value) -> Value:
    """Return a number, date or binary as an argument of a string function."""
    if value.type.name not in types.BINARIES:
        return convert(value, types.nvarchar(4000))
    if name in _OF_BINARIES:
        return value
    if name in ("STUFF", "REPLACE", "REPLICATE", "TRANSLATE"):
        raise unsupported(f"{name} of {value.type.name}")
    name = "nvarchar" if name == "UNICODE" else "varchar"
    return cast(value, replace(value.type, name=name))


def _check_any(name: str, position: int, value: Value) -> None:
    """Raise 8116 for a type that even a function of any type refuses, such as json."""
    if name == "ISNUMERIC" and value.type.name in _NEVER_NUMERIC:
        raise error(8116, value.type.name, position, "isnumeric")
    if value.type.name != "json":
        return
    if name == "DATALENGTH":
        raise unsupported("DATALENGTH of json")
    raise error(8116, "json", position, name.lower())


_NAMES = {"TRIM": "Trim", "DATE_BUCKET": "Date_Bucket"}  # as error 8116 spells them
_NOT_OF_NTEXT = frozenset({("DIFFERENCE", "ntext")})
_IMAGE_CLASHES = {("CHARINDEX", 2): "varchar", ("QUOTENAME", 1): "nvarchar"}
_NEVER_NUMERIC = types.DATES | types.LARGE_OBJECTS | {"sql_variant"}
# The argument types of date functions, by default all of these.
_ANY_DATE = types.DATES | types.STRINGS | types.NUMBERS
_READ_AS_DATES = {"DATETRUNC": types.DATES | types.STRINGS, "DATE_BUCKET": types.DATES}
_NOT_OF_TEXT = frozenset(
    {
        *("ASCII", "LEFT", "LEN", "LOWER", "LTRIM", "REPLACE", "TRIM"),
        *("REPLICATE", "REVERSE", "RIGHT", "RTRIM", "SOUNDEX", "STRING_ESCAPE", "STUFF"),
        *("TRANSLATE", "UNICODE", "UPPER", "HASHBYTES", "ISNUMERIC", "trim"),
    }
)
_OF_BINARIES = frozenset({"LEN", "SUBSTRING"})
_EXACT = {
    "digits": types.INT,
    "whole": types.INT,
    "int": types.INT,
    "start": types.INT,
    "bigint": types.BIGINT,
    "width": types.BIGINT,
    "float": types.FLOAT,
}
_NULLS = {
    "text": types.nvarchar(1),
    "string": types.nvarchar(1),
    "characters": types.nvarchar(1),
    "digits": types.INT,
    "whole": types.INT,
    "date": types.DATETIME2,
    "number": types.FLOAT,
    "int": types.INT,
    "start": types.INT,
    "bigint": types.BIGINT,
    "width": types.BIGINT,
    "float": types.FLOAT,
    "binary": types.VARBINARY_MAX,
    "bytes": types.VARBINARY_MAX,
}
_PRINTABLE = types.STRINGS | types.NUMBERS | types.DATES | {"uniqueidentifier"}
_ACCEPTED = {
    "text": _PRINTABLE | types.BINARIES - {"image"},
    "string": types.STRINGS,
    "characters": types.STRINGS | types.BINARIES,
    "plain": types.STRINGS - types.LARGE_OBJECTS | {"json"},
    "date": types.DATES | types.STRINGS | types.NUMBERS,
    "number": types.NUMBERS | types.STRINGS,
    "int": types.NUMBERS | types.STRINGS | {"binary", "varbinary"},
    "digits": types.NUMBERS - {"bit"},
    "whole": types.INTEGERS - {"bit"},
    "start": types.INTEGERS - {"bit"} | types.DECIMALS,
    "bigint": types.NUMBERS | types.STRINGS,
    "width": types.NUMBERS - {"bit"},
    "float": types.NUMBERS | types.STRINGS,
    "binary": types.BINARIES | types.STRINGS,
    "bytes": types.BINARIES | types.STRINGS | types.NUMBERS | types.DATES | {"uniqueidentifier"},
}
