"""The reader of the little-endian fields of a TDS message, front to back."""

from __future__ import annotations

import struct
from codecs import utf_16_le_decode

from tds_embedded import null_characters
from tds_embedded.wire.packets import ProtocolError

_U16 = struct.Struct("<H").unpack_from
_U32 = struct.Struct("<I").unpack_from
_U64 = struct.Struct("<Q").unpack_from


class ByteReader:
    """A message's bytes and the read position. Reading past the end raises ProtocolError."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        at = self.at
        end = at + count
        if count < 0 or end > len(self.data):
            raise ProtocolError("the message ends in the middle of a field")
        self.at = end
        return self.data[at:end]

    def u8(self) -> int:
        """Return an unsigned byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Return an unsigned 16-bit number."""
        return int(_U16(self.take(2))[0])

    def u32(self) -> int:
        """Return an unsigned 32-bit number."""
        return int(_U32(self.take(4))[0])

    def u64(self) -> int:
        """Return an unsigned 64-bit number."""
        return int(_U64(self.take(8))[0])

    def text(self, characters: int) -> str:
        """UTF-16 text of that many two-byte units. Raises SqlServerError 59998."""
        return null_characters.inward(utf_16_le_decode(self.take(2 * characters), "replace")[0])

    def skip_all_headers(self) -> None:
        """Pass over ALL_HEADERS (MS-TDS 2.2.5.3), which nothing here depends on."""
        self.take(self.u32() - 4)
