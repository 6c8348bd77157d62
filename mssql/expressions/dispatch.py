"""Lookups by class in the tables that map Django's classes to their T-SQL."""

from __future__ import annotations

from typing import Any, Callable, Mapping, TypeVar

from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams

Entry = TypeVar("Entry")
Implementation = Callable[[Any, Compiler, Connection], SqlWithParams]


def entry_for(node: object, table: Mapping[Any, Entry]) -> Entry:
    """Return the entry of the node's class or of the nearest base class in the table."""
    return next(table[cls] for cls in type(node).__mro__ if cls in table)
