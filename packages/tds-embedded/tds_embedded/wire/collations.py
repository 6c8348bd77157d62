"""A collation's five bytes on the wire, and the encoding of its varchar.

Follows MS-TDS 2.2.5.1.2 "Collation Rule Definition" and "Windows Collation Name",
https://learn.microsoft.com/sql/t-sql/statements/windows-collation-name-transact-sql
"""

from __future__ import annotations

import struct
from functools import lru_cache

from tds_embedded.types import DEFAULT_COLLATION

_LCID_US_ENGLISH = 0x0409
_IGNORE_CASE = 1 << 20
_IGNORE_ACCENT = 1 << 21
_IGNORE_KANA = 1 << 22
_IGNORE_WIDTH = 1 << 23
_BINARY = 1 << 24
_BINARY2 = 1 << 25
_UTF8 = 1 << 26
_VERSION_SHIFT = 28
_SQL_SORT_IDS = {"SQL_LATIN1_GENERAL_CP1_CI_AS": 0x34, "SQL_LATIN1_GENERAL_CP1_CS_AS": 0x33}
_UTF8_BIT_IN_BYTES = _UTF8 >> 24


@lru_cache(maxsize=256)
def to_bytes(collation: str | None) -> bytes:
    """Return the COLLATION rule for a collation name; None is the server's own."""
    name = (collation or DEFAULT_COLLATION).upper()
    parts = name.split("_")
    bits = _LCID_US_ENGLISH
    for part, flag in (("CI", _IGNORE_CASE), ("AI", _IGNORE_ACCENT), ("UTF8", _UTF8)):
        if part in parts:
            bits |= flag
    if "BIN" in parts:
        bits |= _BINARY
    elif "BIN2" in parts:
        bits |= _BINARY2
    else:
        bits |= 0 if "KS" in parts else _IGNORE_KANA
        bits |= 0 if "WS" in parts else _IGNORE_WIDTH
    if "100" in parts:
        bits |= 2 << _VERSION_SHIFT
    return struct.pack("<IB", bits, _SQL_SORT_IDS.get(name, 0))


def encoding(collation: str | None) -> str:
    """Python's name of the encoding in which a varchar of that collation travels."""
    return "utf-8" if (collation or "").upper().endswith("_UTF8") else "cp1252"


def encoding_of_bytes(collation: bytes) -> str:
    """Return the encoding of a varchar parameter, by the five bytes of its collation."""
    return "utf-8" if collation[3] & _UTF8_BIT_IN_BYTES else "cp1252"
