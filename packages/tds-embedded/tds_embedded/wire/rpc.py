"""Requests off the wire: batches, procedure calls and transaction manager requests.

Follows MS-TDS 2.2.6.7 "SQLBatch", 2.2.6.6 "RPC Request", 2.2.6.9 "Transaction Manager Request".
"""

from __future__ import annotations

from codecs import utf_16_le_decode
from collections.abc import Iterator

from tds_embedded import null_characters
from tds_embedded.errors import error
from tds_embedded.wire.decode import read_type
from tds_embedded.wire.packets import ProtocolError
from tds_embedded.wire.reader import ByteReader
from tds_embedded.wire.requests import (
    Isolation,
    Parameter,
    RpcCall,
    TransactionKind,
    TransactionRequest,
)

_BY_NUMBER = 0xFFFF
_BATCH_SEPARATORS = (0xFF, 0x80)  # since TDS 7.2, and before
_WITHOUT_EXECUTION = 0xFE
_RECOMPILE = 0x01
_NO_METADATA = 0x02
_BY_REFERENCE = 0x01
_DEFAULT = 0x02
_ENCRYPTED = 0x08
_BEGIN_AFTER = 0x01
_PROCEDURES = {
    1: "sp_cursor",
    2: "sp_cursoropen",
    3: "sp_cursorprepare",
    4: "sp_cursorexecute",
    5: "sp_cursorprepexec",
    6: "sp_cursorunprepare",
    7: "sp_cursorfetch",
    8: "sp_cursoroption",
    9: "sp_cursorclose",
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    14: "sp_prepexecrpc",
    15: "sp_unprepare",
}


def batch(body: bytes) -> str:
    """Return the text of a SQLBatch. Raises ProtocolError; SqlServerError 59998."""
    headers = int.from_bytes(body[:4], "little")
    if not 4 <= headers <= len(body):
        raise ProtocolError("SQLBatch without ALL_HEADERS")
    return null_characters.inward(utf_16_le_decode(body[headers:], "replace")[0])


def calls(body: bytes) -> Iterator[RpcCall]:
    """Yield the procedure calls of a message.

    Raises SqlServerError for an unsupported call (40514) or a value that does not fit its type
    (8023); ProtocolError for anything but an RPC request.
    """
    reader = ByteReader(body)
    reader.skip_all_headers()
    while reader:
        length = reader.u16()
        if length == _BY_NUMBER:
            number = reader.u16()
            if number not in _PROCEDURES:
                raise ProtocolError(f"no procedure has the number {number}")
            name = _PROCEDURES[number]
        else:
            name = reader.text(length)
        if name.lower().startswith("sp_cursor"):
            raise error(40514, f"A server cursor ({name})")
        flags = reader.u16()
        parameters = list(_parameters(reader))
        if reader and reader.u8() == _WITHOUT_EXECUTION:
            raise error(40514, "A remote procedure call without execution")
        yield RpcCall(name, parameters, bool(flags & _RECOMPILE), bool(flags & _NO_METADATA))


def _parameters(reader: ByteReader) -> Iterator[Parameter]:
    number = 0
    ends = (*_BATCH_SEPARATORS, _WITHOUT_EXECUTION)
    while reader and reader.data[reader.at] not in ends:
        number += 1
        name = reader.text(reader.u8())
        status = reader.u8()
        if status & _ENCRYPTED:
            raise error(40514, "An Always Encrypted parameter")
        sql_type, read = read_type(reader)
        try:
            value = read(reader)
        except (ValueError, OverflowError):
            raise error(8023, number, name, sql_type.name) from None
        yield Parameter(
            name, sql_type, value, bool(status & _BY_REFERENCE), bool(status & _DEFAULT)
        )


def transaction(body: bytes) -> TransactionRequest:
    """Return a transaction manager request. Raises SqlServerError 40514 for a distributed one."""
    reader = ByteReader(body)
    reader.skip_all_headers()
    number = reader.u16()
    try:
        kind = TransactionKind(number)
    except ValueError:
        raise error(40514, "A distributed transaction") from None
    if kind is TransactionKind.BEGIN:
        isolation = _isolation(reader)
        return TransactionRequest(kind, _name(reader), isolation)
    name = _name(reader)
    if kind is TransactionKind.SAVE or not reader.u8() & _BEGIN_AFTER:
        return TransactionRequest(kind, name)
    return TransactionRequest(kind, name, _isolation(reader), True, _name(reader))


def _isolation(reader: ByteReader) -> Isolation:
    level = reader.u8()
    try:
        return Isolation(level)
    except ValueError:
        raise ProtocolError(f"unknown isolation level {level}") from None


def _name(reader: ByteReader) -> str:
    return reader.text(reader.u8() // 2)
