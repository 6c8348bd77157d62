"""Access tokens in the form of ODBC: the connection attribute SQL_COPT_SS_ACCESS_TOKEN.

Follows https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory (ACCESSTOKEN).
"""

from __future__ import annotations

import struct
import time

from mssql.auth.tokens import claims

SQL_COPT_SS_ACCESS_TOKEN = 1256

# Microsoft's driver stores the address of the bytes, not a copy, for as long as it may reconnect,
# in a pool even after every object of this process is gone. So the bytes are kept for a day after
# the token has expired, and as long as the Django connection that was opened with them
# (Tenancy.attributes).
_KEEP_SECONDS = 86_400
_LONGEST_LIFE = 2 * 86_400  # for tokens without an expiry; Entra's live 28 hours at most
_alive: dict[str, tuple[bytes, float]] = {}


def attributes(token: str) -> dict[int, bytes]:
    """Return the connection attributes for a token; an empty dict for ""."""
    return {SQL_COPT_SS_ACCESS_TOKEN: packed(token)} if token else {}


def packed(token: str) -> bytes:
    """Return the ACCESSTOKEN structure of a token: its length in bytes, its text in UTF-16LE."""
    entry = _alive.get(token)
    if entry is None:
        now = time.time()
        _forget(now)
        text = token.encode("utf-16-le")
        new_entry = struct.pack("<I", len(text)) + text, _end(token, now) + _KEEP_SECONDS
        entry = _alive.setdefault(token, new_entry)  # bytes in use are never replaced
    return entry[0]


def _end(token: str, now: float) -> float:
    expiry = claims(token).get("exp")
    longest = now + _LONGEST_LIFE
    return min(expiry, longest) if isinstance(expiry, (int, float)) else longest


def _forget(now: float) -> None:
    # list() allocates a tuple for each item, which up to Python 3.11 may collect garbage and let
    # another thread add a token meanwhile; copy() does not.
    for token, (_, until) in _alive.copy().items():
        if until < now:
            _alive.pop(token, None)
