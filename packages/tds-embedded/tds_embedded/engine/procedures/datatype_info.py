"""sp_datatype_info: the data types as ODBC's SQLGetTypeInfo shows them.

Follows "sp_datatype_info",
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-datatype-info-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tds_embedded.engine.procedures.calls import Call, SystemProcedure
from tds_embedded.types import Column, Command, SqlType

SYSNAME = SqlType("nvarchar", length=128)
SMALLINT = SqlType("smallint")
SHORT_TEXT = SqlType("varchar", length=32)
INT = SqlType("int")

COLUMNS = (
    Column("TYPE_NAME", SYSNAME, nullable=False),
    Column("DATA_TYPE", SMALLINT, nullable=False),
    Column("PRECISION", INT),
    Column("LITERAL_PREFIX", SHORT_TEXT),
    Column("LITERAL_SUFFIX", SHORT_TEXT),
    Column("CREATE_PARAMS", SHORT_TEXT),
    Column("NULLABLE", SMALLINT, nullable=False),
    Column("CASE_SENSITIVE", SMALLINT, nullable=False),
    Column("SEARCHABLE", SMALLINT, nullable=False),
    Column("UNSIGNED_ATTRIBUTE", SMALLINT),
    Column("MONEY", SMALLINT, nullable=False),
    Column("AUTO_INCREMENT", SMALLINT),
    Column("LOCAL_TYPE_NAME", SYSNAME),
    Column("MINIMUM_SCALE", SMALLINT),
    Column("MAXIMUM_SCALE", SMALLINT),
    Column("SQL_DATA_TYPE", SMALLINT, nullable=False),
    Column("SQL_DATETIME_SUB", SMALLINT),
    Column("NUM_PREC_RADIX", INT),
    Column("INTERVAL_PRECISION", SMALLINT),
    Column("USERTYPE", SMALLINT),
)

QUOTE, NATIONAL_QUOTE, HEX = ("'", "'"), ("N'", "'"), ("0x", None)
LIKE_ONLY, EXCEPT_LIKE, ALL = 1, 2, 3  # ODBC's SQL_LIKE_ONLY ...: the predicates of a WHERE
SQL_DATETIME = 9
ODBC_3 = 3


@dataclass(frozen=True)
class DataType:
    """A type by its ODBC 3 code. `radix` marks a number; `scale` the largest that it may have."""

    name: str
    code: int
    precision: int
    usertype: int
    quotes: tuple[str | None, str | None] = (None, None)
    parameters: str | None = None
    searchable: int = EXCEPT_LIKE
    radix: int | None = None
    unsigned: bool = False
    money: bool = False
    scale: int | None = None
    minimum_scale: int | None = None
    datetime_sub: int | None = None
    verbose_code: int | None = None  # SQL_DATA_TYPE if it is not DATA_TYPE
    odbc_2_code: int | None = None

    def row(self, odbc_version: int) -> tuple[Any, ...]:
        is_number = self.radix is not None
        is_text = self.quotes in (QUOTE, NATIONAL_QUOTE) and self.searchable != EXCEPT_LIKE
        code = self.code
        if odbc_version < ODBC_3 and self.odbc_2_code is not None:
            code = self.odbc_2_code
        return (
            self.name,
            code,
            self.precision,
            *self.quotes,
            self.parameters,
            1,
            int(is_text),
            self.searchable,
            int(self.unsigned) if is_number else None,
            int(self.money),
            0 if is_number else None,
            self.name,
            self.minimum_scale,
            self.scale,
            self.code if self.verbose_code is None else self.verbose_code,
            self.datetime_sub,
            self.radix,
            None,
            self.usertype,
        )


def _integer(name: str, code: int, precision: int, usertype: int, unsigned: bool) -> DataType:
    return DataType(
        name,
        code,
        precision,
        usertype,
        radix=10,
        unsigned=unsigned,
        scale=0,
        minimum_scale=0,
    )


def _moment(
    name: str, code: int, precision: int, scale: int, parameters: str | None, **extra: Any
) -> DataType:
    return DataType(
        name,
        code,
        precision,
        0,
        QUOTE,
        parameters,
        ALL,
        scale=scale,
        minimum_scale=0 if parameters else scale,
        **extra,
    )


TYPES = (
    _moment("datetimeoffset", -155, 34, 7, "scale", odbc_2_code=-9),
    _moment("time", -154, 16, 7, "scale", odbc_2_code=-9),
    DataType("xml", -152, 0, 0, NATIONAL_QUOTE, searchable=0),
    DataType("sql_variant", -150, 8000, 39),
    DataType("uniqueidentifier", -11, 36, 37, QUOTE),
    DataType("ntext", -10, 1073741823, 0, NATIONAL_QUOTE, searchable=LIKE_ONLY),
    DataType("nvarchar", -9, 4000, 0, NATIONAL_QUOTE, "max length", ALL),
    DataType("sysname", -9, 128, 18, NATIONAL_QUOTE, None, ALL),
    DataType("nchar", -8, 4000, 0, NATIONAL_QUOTE, "length", ALL),
    _integer("bit", -7, 1, 16, unsigned=False),
    _integer("tinyint", -6, 3, 5, unsigned=True),
    _integer("tinyint identity", -6, 3, 5, unsigned=True),
    _integer("bigint", -5, 19, 0, unsigned=False),
    _integer("bigint identity", -5, 19, 0, unsigned=False),
    DataType("image", -4, 2147483647, 20, HEX, searchable=0),
    DataType("varbinary", -3, 8000, 4, HEX, "max length"),
    DataType("binary", -2, 8000, 3, HEX, "length"),
    DataType("timestamp", -2, 8, 80, HEX),
    DataType("text", -1, 2147483647, 19, QUOTE, searchable=LIKE_ONLY),
    DataType("char", 1, 8000, 1, QUOTE, "length", ALL),
    DataType(
        "numeric", 2, 38, 10, parameters="precision,scale", radix=10, scale=38, minimum_scale=0
    ),
    DataType(
        "decimal", 3, 38, 24, parameters="precision,scale", radix=10, scale=38, minimum_scale=0
    ),
    DataType("money", 3, 19, 11, ("$", None), radix=10, money=True, scale=4, minimum_scale=4),
    DataType("smallmoney", 3, 10, 21, ("$", None), radix=10, money=True, scale=4, minimum_scale=4),
    _integer("int", 4, 10, 7, unsigned=False),
    _integer("int identity", 4, 10, 7, unsigned=False),
    _integer("smallint", 5, 5, 6, unsigned=False),
    _integer("smallint identity", 5, 5, 6, unsigned=False),
    DataType("float", 6, 53, 8, radix=2),
    DataType("real", 7, 24, 23, radix=2),
    DataType("varchar", 12, 8000, 2, QUOTE, "max length", ALL),
    _moment(
        "date", 91, 10, 0, None, datetime_sub=1, verbose_code=SQL_DATETIME, odbc_2_code=SQL_DATETIME
    ),
    _moment("datetime2", 93, 27, 7, "scale", datetime_sub=3, verbose_code=SQL_DATETIME),
    _moment("datetime", 93, 23, 3, None, datetime_sub=3, verbose_code=SQL_DATETIME, odbc_2_code=11),
    _moment(
        "smalldatetime", 93, 16, 0, None, datetime_sub=3, verbose_code=SQL_DATETIME, odbc_2_code=11
    ),
)


def sp_datatype_info(call: Call) -> int:
    """Rows for one ODBC type, or for all (0)."""
    odbc_type, version = call.bind("@data_type", "@odbcver")
    rows = [each.row(version or 2) for each in TYPES]
    call.sink.columns(COLUMNS)
    call.sink.rows([row for row in rows if not odbc_type or row[1] == odbc_type])
    call.sink.done(None, Command.SELECT)
    return 0


PROCEDURES: dict[str, SystemProcedure] = dict.fromkeys(
    ("sp_datatype_info", "sp_datatype_info_90", "sp_datatype_info_100"), sp_datatype_info
)
