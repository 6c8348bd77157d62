"""The built-in scalar functions: their arguments and the types of their results.

Follows the page of each function below
https://learn.microsoft.com/sql/t-sql/functions/functions
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tds_embedded.errors import error
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.collations import carried
from tds_embedded.tsql.translate.values import Value
from tds_embedded.types import MAX, SqlType

MAXIMUM_SCALE = 7  # digits of a second
Result = SqlType | Callable[[Sequence[Value]], SqlType]


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `kinds` names the kind of each argument; a variadic function repeats the last.

    A "plain" argument is a string that PostgreSQL's function accepts as its own type text.
    """

    kinds: tuple[str, ...]
    result: Result
    least: int
    variadic: bool = False
    total: bool = False  # never returns NULL
    since: int = 2016


def _f(
    kinds: str,
    result: Result,
    least: int | None = None,
    *,
    variadic: bool = False,
    total: bool = False,
    since: int = 2016,
) -> Function:
    kind_names = tuple(kinds.split())
    return Function(
        kind_names, result, len(kind_names) if least is None else least, variadic, total, since
    )


# --- Types of results ---


def same(values: Sequence[Value]) -> SqlType:
    """Return the type of the first argument; a fixed string becomes a varying one."""
    sql_type = values[0].type
    if sql_type.name in types.STRINGS:
        return replace(sql_type, name=varying(sql_type))
    return types.INT if sql_type.name == "null" else sql_type


def varying(sql_type: SqlType) -> str:
    """Return the varying type of the same kind as a fixed one."""
    return "nvarchar" if sql_type.name in types.NATIONAL else "varchar"


def widest(values: Sequence[Value]) -> SqlType:
    """Return the longest string of the first argument's kind: REPLACE, REPLICATE, STUFF."""
    strings = [value.type for value in values if value.type.name in types.STRINGS]
    if any(sql_type.name in types.NATIONAL for sql_type in strings):
        name, limit = "nvarchar", 4000
    else:
        name, limit = "varchar", 8000
    first = values[0].type
    long = first.length == MAX or first.name in types.LARGE_OBJECTS
    return carried(SqlType(name, MAX if long else limit), first)


def _part_of_string(values: Sequence[Value]) -> SqlType:
    """Return the type of SUBSTRING, LEFT and RIGHT: as long as a literal count, or the string."""
    sql_type = same(values)
    if sql_type.name in types.BINARIES:
        sql_type = replace(sql_type, name="varbinary")
    count = values[-1].sql
    if sql_type.length == MAX or not count.isdigit():
        return sql_type
    return replace(sql_type, length=max(1, min(int(count), sql_type.length or 8000)))


def _position(values: Sequence[Value]) -> SqlType:
    """Return the type of CHARINDEX and PATINDEX: bigint if the searched string is (max)."""
    return types.BIGINT if values[1].type.length == MAX else types.INT


def _length(values: Sequence[Value]) -> SqlType:
    return types.BIGINT if values[0].type.length == MAX else types.INT


def _integral(values: Sequence[Value]) -> SqlType:
    """Return the type of CEILING and FLOOR."""
    sql_type = _widened(values)
    if sql_type.name in types.DECIMALS:
        return replace(sql_type, scale=0)
    return sql_type


def widened(sql_type: SqlType) -> SqlType:
    """Return the type of ABS, SIGN, ROUND and DEGREES, which is int, float or money at least."""
    name = {
        "tinyint": "int",
        "smallint": "int",
        "bit": "float",
        "smallmoney": "money",
        "real": "float",
        "null": "float",
    }.get(sql_type.name, sql_type.name)
    if name == "float":
        return types.FLOAT
    return sql_type if name == sql_type.name else SqlType(name)


def _widened(values: Sequence[Value]) -> SqlType:
    return widened(values[0].type)


def _angle(values: Sequence[Value]) -> SqlType:
    """Return the type of DEGREES and RADIANS: a decimal has 18 digits after the point."""
    sql_type = _widened(values)
    return (
        replace(sql_type, precision=38, scale=18) if sql_type.name in types.DECIMALS else sql_type
    )


def _power(values: Sequence[Value]) -> SqlType:
    sql_type = _widened(values)
    if sql_type.name in types.DECIMALS:
        return replace(sql_type, precision=38)
    return sql_type


def _date_of(values: Sequence[Value]) -> SqlType:
    """Return the type of DATEADD and DATETRUNC: that of the date, datetime for a string."""
    return values[-1].type


def _bucket_of(values: Sequence[Value]) -> SqlType:
    """Return the type of DATE_BUCKET: that of the date, with the origin's digits if it has more.

    Raises 8116 for an origin of another type.
    """
    sql_type, *origin = [value.type for value in values[1:]]
    if origin and origin[0].name != sql_type.name:
        raise error(8116, origin[0].name, 4, "Date_Bucket")
    digits = [each.scale for each in (sql_type, *origin) if each.scale is not None]
    return replace(sql_type, scale=max(digits)) if digits else sql_type


def _offset_of(values: Sequence[Value]) -> SqlType:
    scale = values[0].type.scale
    return SqlType("datetimeoffset", scale=7 if scale is None else scale)


def _scaled(name: str) -> Callable[[Sequence[Value]], SqlType]:
    """Return the type of DATETIME2FROMPARTS and its like: the last argument is a literal scale."""

    def result(values: Sequence[Value]) -> SqlType:
        scale = values[-1].sql
        if scale.isdigit() and int(scale) > MAXIMUM_SCALE:
            raise error(1002, 1, scale)
        return SqlType(name, scale=int(scale) if scale.isdigit() else MAXIMUM_SCALE)

    return result


_N = types.nvarchar
_SYSNAME = _N(128)
_NMAX = types.NVARCHAR_MAX
_INT, _BIGINT, _FLOAT = types.INT, types.BIGINT, types.FLOAT

_STRINGS = {
    "ASCII": _f("text", _INT),
    "CHAR": _f("int", SqlType("char", 1)),
    "CHARINDEX": _f("string text start", _position, 2),
    "DIFFERENCE": _f("text text", _INT),
    "LEFT": _f("text int", _part_of_string),
    "LEN": _f("text", _length),
    "LOWER": _f("text", same),
    "LTRIM": _f("text text", same, 1),
    "NCHAR": _f("int", SqlType("nchar", 1)),
    "PATINDEX": _f("text text", _position),
    "QUOTENAME": _f("text text", _N(258), 1),
    "REPLACE": _f("text text text", widest),
    "REPLICATE": _f("text int", widest),
    "REVERSE": _f("text", same),
    "RIGHT": _f("text int", _part_of_string),
    "RTRIM": _f("text text", same, 1),
    "SOUNDEX": _f("text", SqlType("varchar", 5)),
    "SPACE": _f("int", SqlType("varchar", 8000)),
    "STR": _f("float whole whole", SqlType("varchar", 8000), 1),
    "STRING_ESCAPE": _f("string text", _NMAX),
    "STUFF": _f("text start start text", widest),
    "SUBSTRING": _f("characters start start", _part_of_string),
    "TRANSLATE": _f("text string string", widest, since=2017),
    "UNICODE": _f("text", _INT),
    "UPPER": _f("text", same),
}

_MATHEMATICS = {
    "ABS": _f("number", _widened),
    "CEILING": _f("number", _integral),
    "FLOOR": _f("number", _integral),
    "ROUND": _f("number digits digits", _widened, 2),
    "SIGN": _f("number", _widened),
    "POWER": _f("number float", _power),
    "DEGREES": _f("number", _angle),
    "RADIANS": _f("number", _angle),
    "PI": _f("", _FLOAT, total=True),
    "RAND": _f("int", _FLOAT, 0),
    "LOG": _f("float float", _FLOAT, 1),
    "ATN2": _f("float float", _FLOAT),
} | {
    name: _f("float", _FLOAT)
    for name in [
        "ACOS",
        "ASIN",
        "ATAN",
        "COS",
        "COT",
        "EXP",
        "LOG10",
        "SIN",
        "SQRT",
        "SQUARE",
        "TAN",
    ]
}

_DATES = {
    "GETDATE": _f("", types.DATETIME, total=True),
    "GETUTCDATE": _f("", types.DATETIME, total=True),
    "SYSDATETIME": _f("", types.DATETIME2, total=True),
    "SYSUTCDATETIME": _f("", types.DATETIME2, total=True),
    "SYSDATETIMEOFFSET": _f("", types.DATETIMEOFFSET, total=True),
    "DATEADD": _f("part bigint date", _date_of),
    "DATEDIFF": _f("part date date", _INT),
    "DATEDIFF_BIG": _f("part date date", _BIGINT),
    "DATEPART": _f("part date", _INT),
    "DATENAME": _f("part date", _N(30)),
    "DATETRUNC": _f("part date", _date_of, since=2022),
    "DATE_BUCKET": _f("part width date date", _bucket_of, 3, since=2022),
    "YEAR": _f("date", _INT),
    "MONTH": _f("date", _INT),
    "DAY": _f("date", _INT),
    "EOMONTH": _f("date int", types.DATE, 1),
    "DATEFROMPARTS": _f("int int int", types.DATE),
    "DATETIMEFROMPARTS": _f("int int int int int int int", types.DATETIME),
    "SMALLDATETIMEFROMPARTS": _f("int int int int int", SqlType("smalldatetime")),
    "DATETIME2FROMPARTS": _f("int int int int int int int int", _scaled("datetime2")),
    "TIMEFROMPARTS": _f("int int int int int", _scaled("time")),
    "DATETIMEOFFSETFROMPARTS": _f(
        "int int int int int int int int int int", _scaled("datetimeoffset")
    ),
    "ISDATE": _f("text", _INT),
    "SWITCHOFFSET": _f("date any", _offset_of),
    "TODATETIMEOFFSET": _f("date any", _offset_of),
}

_JSON = {"ISJSON": _f("plain plain", _INT, 1)}

_OTHERS = {
    "DATALENGTH": _f("any", _length),
    "HASHBYTES": _f("string binary", SqlType("varbinary", 8000)),
    "ISNUMERIC": _f("any", _INT),
    "NEWID": _f("", types.UNIQUEIDENTIFIER, total=True),
}

METADATA = {
    "COL_LENGTH": _f("text text", types.SMALLINT),
    "COL_NAME": _f("int int", _SYSNAME),
    "COLUMNPROPERTY": _f("int text text", _INT),
    "DATABASEPROPERTYEX": _f("text text", types.SQL_VARIANT),
    "DB_ID": _f("text", types.SMALLINT, 0),
    "DB_NAME": _f("int", _SYSNAME, 0),
    "HAS_DBACCESS": _f("text", _INT),
    "HAS_PERMS_BY_NAME": _f("text text text text text", _INT, 3),
    "IDENT_CURRENT": _f("text", SqlType("numeric", precision=38, scale=0)),
    "IDENT_INCR": _f("text", SqlType("numeric", precision=38, scale=0)),
    "IDENT_SEED": _f("text", SqlType("numeric", precision=38, scale=0)),
    "INDEXPROPERTY": _f("int text text", _INT),
    "OBJECT_DEFINITION": _f("int", _NMAX),
    "OBJECT_ID": _f("text text", _INT, 1),
    "OBJECT_NAME": _f("int int", _SYSNAME, 1),
    "OBJECT_SCHEMA_NAME": _f("int int", _SYSNAME, 1),
    "OBJECTPROPERTY": _f("int text", _INT),
    "SCHEMA_ID": _f("text", _INT, 0),
    "SCHEMA_NAME": _f("int", _SYSNAME, 0),
    "SERVERPROPERTY": _f("text", types.SQL_VARIANT),
    "TYPE_ID": _f("text", _INT),
    "TYPE_NAME": _f("int", _SYSNAME),
}

# Functions of SQL Server that the embedded server lacks.
MISSING = frozenset(
    {
        "APPLOCK_MODE",
        "APPLOCK_TEST",
        "APPROX_COUNT_DISTINCT",
        "APPROX_PERCENTILE_CONT",
        "APPROX_PERCENTILE_DISC",
        "ASSEMBLYPROPERTY",
        "ASYMKEY_ID",
        "BASE64_DECODE",
        "BASE64_ENCODE",
        "BIT_COUNT",
        "CERTENCODED",
        "CERTPRIVATEKEY",
        "CERTPROPERTY",
        "CERT_ID",
        "CHECKSUM_AGG",
        "COLLATIONPROPERTY",
        "COLUMNS_UPDATED",
        "COMPRESS",
        "CONNECTIONPROPERTY",
        "CRYPT_GEN_RANDOM",
        "CURRENT_REQUEST_ID",
        "CURRENT_TIMEZONE",
        "CURRENT_TIMEZONE_ID",
        "CURSOR_STATUS",
        "DATABASE_PRINCIPAL_ID",
        "DECOMPRESS",
        "DECRYPTBYKEY",
        "DECRYPTBYPASSPHRASE",
        "EDIT_DISTANCE",
        "EDIT_DISTANCE_SIMILARITY",
        "ENCRYPTBYKEY",
        "ENCRYPTBYPASSPHRASE",
        "EVENTDATA",
        "FILEGROUPPROPERTY",
        "FILEGROUP_ID",
        "FILEGROUP_NAME",
        "FILEPROPERTY",
        "FILE_ID",
        "FILE_IDEX",
        "FILE_NAME",
        "FORMAT",
        "FORMATMESSAGE",
        "FULLTEXTCATALOGPROPERTY",
        "FULLTEXTSERVICEPROPERTY",
        "GETANSINULL",
        "GET_BIT",
        "INDEXKEY_PROPERTY",
        "INDEX_COL",
        "IS_MEMBER",
        "IS_ROLEMEMBER",
        "IS_SRVROLEMEMBER",
        "JARO_WINKLER_DISTANCE",
        "JARO_WINKLER_SIMILARITY",
        "JSON_CONTAINS",
        "KEY_GUID",
        "KEY_ID",
        "LEFT_SHIFT",
        "LOGINPROPERTY",
        "MIN_ACTIVE_ROWVERSION",
        "NEWSEQUENTIALID",
        "OBJECTPROPERTYEX",
        "ODBCPREC",
        "ODBCSCALE",
        "PARSENAME",
        "PERCENTILE_CONT",
        "PERCENTILE_DISC",
        "PERMISSIONS",
        "PRODUCT",
        "PWDCOMPARE",
        "PWDENCRYPT",
        "REGEXP_COUNT",
        "REGEXP_INSTR",
        "REGEXP_REPLACE",
        "REGEXP_SUBSTR",
        "RIGHT_SHIFT",
        "SESSIONPROPERTY",
        "SESSION_CONTEXT",
        "SET_BIT",
        "SIGNBYCERT",
        "SQL_VARIANT_PROPERTY",
        "STATS_DATE",
        "SUSER_ID",
        "SUSER_SID",
        "TERTIARY_WEIGHTS",
        "TEXTPTR",
        "TEXTVALID",
        "TRIGGER_NESTLEVEL",
        "TYPEPROPERTY",
        "UNISTR",
        "USER_ID",
        "USER_NAME",
        "VECTORPROPERTY",
        "VECTOR_DISTANCE",
        "VECTOR_NORM",
        "VECTOR_NORMALIZE",
        "VERIFYSIGNEDBYCERT",
    }
)

FUNCTIONS: dict[str, Function] = _STRINGS | _MATHEMATICS | _DATES | _JSON | _OTHERS | METADATA
