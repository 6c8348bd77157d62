"""PRELOGIN and LOGIN7: a client's messages before its first request.

Follows MS-TDS 2.2.6.5 "PRELOGIN" and 2.2.6.4 "LOGIN7".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from tds_embedded.wire.packets import ProtocolError
from tds_embedded.wire.reader import ByteReader

TDS_74 = 0x74000004
TDS_80 = 0x08000000
TDS_73B = 0x730B0003
_PRELOGIN_END = 0xFF
_PASSWORD_CODE = bytes(((b ^ 0xA5) >> 4 | (b ^ 0xA5) << 4) & 0xFF for b in range(256))


class PreloginOption(IntEnum):
    """The supported options of PRELOGIN."""

    VERSION = 0
    ENCRYPTION = 1
    INSTANCE = 2
    THREAD_ID = 3
    MARS = 4
    FEDERATED = 6


class Encryption(IntEnum):
    """PRELOGIN's ENCRYPTION."""

    OFF = 0  # only LOGIN7 is encrypted
    ON = 1
    NOT_SUPPORTED = 2  # nothing is encrypted
    REQUIRED = 3


class Feature(IntEnum):
    """The FeatureExt ids of LOGIN7 that are read."""

    FEDERATED_LOGIN = 0x02
    UTF8_SUPPORT = 0x0A


FEATURES_END = 0xFF
SECURITY_TOKEN_LIBRARY = 1


@dataclass(frozen=True)
class Prelogin:
    """A client's PRELOGIN."""

    encryption: Encryption
    mars: bool
    federated: bool

    @classmethod
    def parse(cls, body: bytes) -> Prelogin:
        """Read the message. Raises ProtocolError."""
        options = _prelogin_options(body)
        encryption = options.get(PreloginOption.ENCRYPTION) or b"\x02"
        mars = options.get(PreloginOption.MARS) or b"\x00"
        authentication = options.get(PreloginOption.FEDERATED) or b"\x00"
        try:
            mode = Encryption(encryption[0] & 0x0F)
        except ValueError:
            raise ProtocolError(f"unknown encryption {encryption[0]} in PRELOGIN") from None
        return cls(mode, mars[0] == 1, authentication[0] == 1)

    def answer(self, version: tuple[int, int, int], encryption: Encryption) -> bytes:
        """Return the server's PRELOGIN to this one."""
        major, minor, build = version
        options = {
            PreloginOption.VERSION: struct.pack(">BBHH", major, minor, build, 0),
            PreloginOption.ENCRYPTION: bytes([encryption]),
            PreloginOption.INSTANCE: b"\x00",
            PreloginOption.THREAD_ID: b"",
            PreloginOption.MARS: bytes([self.mars]),
        }
        if self.federated:
            options[PreloginOption.FEDERATED] = b"\x01"
        at = 5 * len(options) + 1
        head = bytearray()
        for option, data in options.items():
            head += struct.pack(">BHH", option, at, len(data))
            at += len(data)
        return bytes(head) + bytes([_PRELOGIN_END]) + b"".join(options.values())


def _prelogin_options(body: bytes) -> dict[int, bytes]:
    options = {}
    at = 0
    while at < len(body) and body[at] != _PRELOGIN_END:
        if at + 5 > len(body):
            raise ProtocolError("PRELOGIN ends in the middle of an option")
        option, offset, length = struct.unpack_from(">BHH", body, at)
        options[option] = body[offset : offset + length]
        at += 5
    return options


@dataclass(frozen=True)
class LoginRequest:
    """A client's LOGIN7. Credentials are left out of the repr."""

    tds_version: int
    packet_size: int
    client_process: int
    host_name: str
    user: str
    password: str = field(repr=False)
    app_name: str
    server_name: str
    client: str
    language: str
    database: str
    integrated_security: bool
    odbc: bool
    read_only_intent: bool
    change_password: bool
    features: dict[int, bytes] = field(repr=False)

    @classmethod
    def parse(cls, body: bytes) -> LoginRequest:
        """Read the message. Raises ProtocolError."""
        if len(body) < 94:
            raise ProtocolError("LOGIN7 is too short")
        _, version, packet_size, _, process, _ = struct.unpack_from("<6I", body)
        _, flags2, type_flags, flags3 = struct.unpack_from("4B", body, 24)

        def raw(offset_at: int) -> bytes:
            offset, characters = struct.unpack_from("<HH", body, offset_at)
            return ByteReader(body, offset).take(2 * characters)

        def text(offset_at: int) -> str:
            return raw(offset_at).decode("utf-16-le", "replace")

        return cls(
            tds_version=version,
            packet_size=packet_size,
            client_process=process,
            host_name=text(36),
            user=text(40),
            password=raw(44).translate(_PASSWORD_CODE).decode("utf-16-le", "replace"),
            app_name=text(48),
            server_name=text(52),
            client=text(60),
            language=text(64),
            database=text(68),
            integrated_security=bool(flags2 & 0x80),
            odbc=bool(flags2 & 0x02),
            read_only_intent=bool(type_flags & 0x20),
            change_password=bool(flags3 & 0x01),
            features=_features(body) if flags3 & 0x10 else {},
        )

    def access_token(self) -> str | None:
        """Return the access token of a federated login, or None if the client sends none.

        Raises ProtocolError for another library than the security token's.
        """
        data = self.features.get(Feature.FEDERATED_LOGIN)
        if data is None:
            return None
        reader = ByteReader(data)
        library = reader.u8() >> 1
        if library != SECURITY_TOKEN_LIBRARY:
            raise ProtocolError(
                f"federated login by library {library}, only library 1 is supported"
            )
        return reader.take(reader.u32()).decode("utf-16-le", "replace")


def _features(body: bytes) -> dict[int, bytes]:
    (offset,) = struct.unpack_from("<H", body, 56)
    reader = ByteReader(body, ByteReader(body, offset).u32())
    features = {}
    while (feature := reader.u8()) != FEATURES_END:
        features[feature] = reader.take(reader.u32())
    return features
