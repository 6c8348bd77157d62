"""The conversion of SQL Server's identifiers to PostgreSQL's."""

from __future__ import annotations

import hashlib

LIMIT = 63  # bytes: NAMEDATALEN - 1; SQL Server's own limit is 128 characters


def shorten(name: str) -> str:
    """Return `name` if it fits PostgreSQL's limit, otherwise its beginning and a digest."""
    name_bytes = name.encode()
    if len(name_bytes) <= LIMIT:
        return name
    digest = hashlib.sha256(name_bytes).hexdigest()[:12]
    return name_bytes[: LIMIT - 13].decode(errors="ignore") + "~" + digest


def quote(name: str) -> str:
    """Return `name` as a delimited identifier of PostgreSQL."""
    return '"' + shorten(name).replace('"', '""') + '"'
