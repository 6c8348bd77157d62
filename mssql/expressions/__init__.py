"""How Django's expressions read in T-SQL, one module a family. Importing it registers them all."""

from __future__ import annotations

from mssql.expressions import (
    aggregates,
    binding,
    conditional,
    dates,
    hashing,
    json_lookups,
    json_type,
    locking,
    lookups,
    math,
    regex,
    text,
    uuids,
    windows,
)
from mssql.expressions.dispatch import as_tsql

__all__ = ["as_tsql"]
