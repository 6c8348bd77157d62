"""The access token as ODBC takes it: connection attribute SQL_COPT_SS_ACCESS_TOKEN.

Follows https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory (ACCESSTOKEN).
"""

from __future__ import annotations

import struct
import time

from mssql.auth.tokens import claims

SQL_COPT_SS_ACCESS_TOKEN = 1256

# Microsoft's driver keeps the address of the bytes, not a copy, for as long as it may reconnect,
# in a pool beyond every object of ours. So they live on for a day after their token, and with the
# connection of Django's that was opened with them (Tenancy.attributes) however long that takes.
_KEPT_BEYOND = 86_400
_LONGEST_LIFE = 2 * 86_400  # Entra's live 28 hours at most; this is for those that do not tell
_alive: dict[str, tuple[bytes, float]] = {}


def attributes(token: str) -> dict[int, bytes]:
    """The connection attributes that pass a token on; none for ""."""
    return {SQL_COPT_SS_ACCESS_TOKEN: packed(token)} if token else {}


def packed(token: str) -> bytes:
    """The ACCESSTOKEN structure of a token: its length in bytes, then its text in UTF-16LE."""
    known = _alive.get(token)
    if known is None:
        now = time.time()
        _forget(now)
        text = token.encode("utf-16-le")
        made = struct.pack("<I", len(text)) + text, _end(token, now) + _KEPT_BEYOND
        known = _alive.setdefault(token, made)  # never another's bytes in place of those in use
    return known[0]


def _end(token: str, now: float) -> float:
    told = claims(token).get("exp")
    longest = now + _LONGEST_LIFE
    return min(told, longest) if isinstance(told, (int, float)) else longest


def _forget(now: float) -> None:
    # Not list(), which allocates a tuple for each item: up to Python 3.11 that may collect garbage
    # and let another thread add a token meanwhile.
    for token, (_, until) in _alive.copy().items():
        if until < now:
            _alive.pop(token, None)
