"""The access token as ODBC takes it: connection attribute SQL_COPT_SS_ACCESS_TOKEN.

Follows https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory (ACCESSTOKEN).
"""

from __future__ import annotations

import struct

SQL_COPT_SS_ACCESS_TOKEN = 1256

# Microsoft's driver keeps the address of the bytes, not a copy, for as long as it may reconnect;
# with pooling that outlives every object of ours. A token is some 4 KB and lives an hour or more.
_alive: dict[str, bytes] = {}


def attributes(token: str) -> dict[int, bytes]:
    """The connection attributes that pass a token on; none for ""."""
    return {SQL_COPT_SS_ACCESS_TOKEN: packed(token)} if token else {}


def packed(token: str) -> bytes:
    """The ACCESSTOKEN structure of a token: its length in bytes, then its text in UTF-16LE."""
    if token not in _alive:
        text = token.encode("utf-16-le")
        _alive[token] = struct.pack("<I", len(text)) + text
    return _alive[token]
