"""The tokens of an answer.

Follows MS-TDS 2.2.7 "Packet Data Token Stream Definition".
"""

from __future__ import annotations

import struct
from codecs import utf_16_le_encode
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from tds_embedded import null_characters
from tds_embedded.errors import SqlServerError
from tds_embedded.types import Column, SqlType
from tds_embedded.wire import collations
from tds_embedded.wire.encode import encoding
from tds_embedded.wire.login import FEATURES_END

_RETURN_STATUS = 0x79
_COLUMN_METADATA = 0x81
_ERROR = 0xAA
_INFO = 0xAB
_RETURN_VALUE = 0xAC
_LOGIN_ACK = 0xAD
_FEATURE_EXT_ACK = 0xAE
_ENVIRONMENT_CHANGE = 0xE3
_T_SQL = 1
_OUTPUT_PARAMETER = 1
_NULLABLE, _UPDATEABLE_UNKNOWN, _IDENTITY, _COMPUTED = 0x01, 0x08, 0x10, 0x20
_ROWVERSION_USER_TYPE = 0x50
_LONGEST_MESSAGE = 0x7FFF
HIGHEST_INFO_SEVERITY = 10
_DONE = struct.Struct("<BHHQ").pack


class Environment(IntEnum):
    """The kinds of ENVCHANGE, MS-TDS 2.2.7.9."""

    DATABASE = 1
    LANGUAGE = 2
    PACKET_SIZE = 4
    COLLATION = 7
    BEGIN_TRANSACTION = 8
    COMMIT_TRANSACTION = 9
    ROLLBACK_TRANSACTION = 10
    RESET_CONNECTION = 18


class Done:
    """The end of: a statement of a batch, a procedure, a statement inside a procedure.

    Plain numbers, like DoneStatus: every statement uses them, and enums are slow.
    """

    DONE = 0xFD
    DONEPROC = 0xFE
    DONEINPROC = 0xFF


class DoneStatus:
    """The bits of DONE, MS-TDS 2.2.7.6."""

    FINAL = 0x00
    MORE = 0x01
    ERROR = 0x02
    COUNT = 0x10
    ATTENTION = 0x20


def done(token: int, status: int, command: int = 0, count: int = 0) -> bytes:
    """DONE, DONEPROC or DONEINPROC."""
    return _DONE(token, status, command, count)


def message(error: SqlServerError, server_name: str) -> bytes:
    """Return an ERROR, or an INFO if the severity is at most 10."""
    text = null_characters.outward(error.message[:_LONGEST_MESSAGE])
    body = b"".join(
        (
            struct.pack("<iBB", error.number, error.state & 0xFF, error.severity),
            struct.pack("<H", len(text.encode("utf-16-le")) // 2),
            text.encode("utf-16-le"),
            _short_text(server_name),
            _short_text(error.procedure),
            struct.pack("<I", error.line),
        )
    )
    token = _INFO if error.severity <= HIGHEST_INFO_SEVERITY else _ERROR
    return struct.pack("<BH", token, len(body)) + body


def environment(kind: int, new: str | bytes, old: str | bytes) -> bytes:
    """Return an ENVCHANGE. Text counts characters, binary values bytes."""
    body = bytes([kind]) + _short_value(new) + _short_value(old)
    return struct.pack("<BH", _ENVIRONMENT_CHANGE, len(body)) + body


def login_acknowledgement(tds_version: int, version: tuple[int, int, int]) -> bytes:
    """LOGINACK."""
    major, minor, build = version
    body = bytes([_T_SQL]) + struct.pack(">I", tds_version) + _short_text("Microsoft SQL Server")
    body += struct.pack(">BBH", major, minor, build)
    return struct.pack("<BH", _LOGIN_ACK, len(body)) + body


def feature_acknowledgement(features: Mapping[int, bytes]) -> bytes:
    """FEATUREEXTACK."""
    parts = [struct.pack("<BI", feature, len(data)) + data for feature, data in features.items()]
    return bytes([_FEATURE_EXT_ACK]) + b"".join(parts) + bytes([FEATURES_END])


def return_status(status: int) -> bytes:
    """RETURNSTATUS."""
    return struct.pack("<Bi", _RETURN_STATUS, status)


def return_value(ordinal: int, name: str, sql_type: SqlType, value: Any) -> bytes:
    """RETURNVALUE, for an output parameter."""
    how = encoding(sql_type)
    head = struct.pack("<BH", _RETURN_VALUE, ordinal) + _short_text(name)
    head += struct.pack("<BIH", _OUTPUT_PARAMETER, 0, _NULLABLE)
    return head + how.type_info + how.value(value)


def column_metadata(columns: Sequence[Column]) -> bytes:
    """COLMETADATA."""
    parts = [struct.pack("<BH", _COLUMN_METADATA, len(columns))]
    for column in columns:
        is_rowversion = column.type.name.lower() in ("timestamp", "rowversion")
        flags = (
            _UPDATEABLE_UNKNOWN
            | (_NULLABLE if column.nullable else 0)
            | (_IDENTITY if column.identity else 0)
            | (_COMPUTED if column.computed else 0)
        )
        parts.append(struct.pack("<IH", _ROWVERSION_USER_TYPE if is_rowversion else 0, flags))
        parts.append(encoding(column.type).type_info)
        parts.append(_short_text(column.name))
    return b"".join(parts)


def collation_change(collation: str) -> bytes:
    """Return the ENVCHANGE of the server's collation."""
    return environment(Environment.COLLATION, collations.to_bytes(collation), b"")


def _short_text(text: str) -> bytes:
    data = utf_16_le_encode(null_characters.outward(text))[0][: 2 * 255]
    return bytes([len(data) // 2]) + data


def _short_value(value: str | bytes) -> bytes:
    return _short_text(value) if isinstance(value, str) else bytes([len(value)]) + value
