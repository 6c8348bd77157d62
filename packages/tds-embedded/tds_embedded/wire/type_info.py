"""The data types' tokens and the units in which their values travel.

Follows MS-TDS 2.2.5.4 "Data Type Definitions" and 2.2.5.5 "Data Type Details".
"""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum

NULL_LENGTH = 0xFFFF
PLP_LENGTH = 0xFFFF  # the length in TYPE_INFO that announces a "max" type
PLP_NULL = 0xFFFFFFFFFFFFFFFF
LONG_NULL = 0xFFFFFFFF
MONEY_SCALE = 4
DAYS_FROM_0001_TO_1900 = date(1900, 1, 1).toordinal() - 1
FIRST_DATETIME = datetime(1900, 1, 1)
DATETIME_TICKS = 300  # a datetime counts 1/300 s


class Token(IntEnum):
    """TYPE_INFO's first byte."""

    NULL = 0x1F
    IMAGE = 0x22
    TEXT = 0x23
    GUID = 0x24
    INTN = 0x26
    DATEN = 0x28
    TIMEN = 0x29
    DATETIME2N = 0x2A
    DATETIMEOFFSETN = 0x2B
    INT1 = 0x30
    BIT = 0x32
    INT2 = 0x34
    INT4 = 0x38
    DATETIM4 = 0x3A
    FLT4 = 0x3B
    MONEY = 0x3C
    DATETIME = 0x3D
    FLT8 = 0x3E
    SSVARIANT = 0x62
    NTEXT = 0x63
    BITN = 0x68
    DECIMALN = 0x6A
    NUMERICN = 0x6C
    FLTN = 0x6D
    MONEYN = 0x6E
    DATETIMN = 0x6F
    MONEY4 = 0x7A
    INT8 = 0x7F
    BIGVARBINARY = 0xA5
    BIGVARCHAR = 0xA7
    BIGBINARY = 0xAD
    BIGCHAR = 0xAF
    NVARCHAR = 0xE7
    NCHAR = 0xEF
    UDT = 0xF0
    XML = 0xF1
    TABLE_VALUED = 0xF3


def time_size(scale: int) -> int:
    """Return the bytes of a time of that many decimal places."""
    return 3 if scale <= 2 else 4 if scale <= 4 else 5


def decimal_size(precision: int) -> int:
    """Return the bytes of a decimal's sign and digits."""
    return 5 if precision <= 9 else 9 if precision <= 19 else 13 if precision <= 28 else 17
