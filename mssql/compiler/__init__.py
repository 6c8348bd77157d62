"""The compilers of Django's queries: `DatabaseOperations.compiler_module`."""

from __future__ import annotations

from .insert import SQLInsertCompiler
from .select import SQLAggregateCompiler, SQLCompiler, SQLDeleteCompiler, SQLUpdateCompiler

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]
