"""SQL Server's identifiers as PostgreSQL's."""

from __future__ import annotations

import hashlib

LIMIT = 63  # bytes: NAMEDATALEN - 1; SQL Server's own limit is 128 characters


def shorten(name: str) -> str:
    """`name` itself where it fits PostgreSQL's limit, else its beginning and a digest."""
    encoded = name.encode()
    if len(encoded) <= LIMIT:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:12]
    return encoded[: LIMIT - 13].decode(errors="ignore") + "~" + digest


def quote(name: str) -> str:
    """`name` as a delimited identifier of PostgreSQL."""
    return '"' + shorten(name).replace('"', '""') + '"'
