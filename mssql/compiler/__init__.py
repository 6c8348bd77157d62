"""The compilers of Django's queries: `DatabaseOperations.compiler_module`."""

from __future__ import annotations

from mssql.compiler.insert import SQLInsertCompiler
from mssql.compiler.select import SQLAggregateCompiler, SQLCompiler
from mssql.compiler.update import SQLDeleteCompiler, SQLUpdateCompiler

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]
