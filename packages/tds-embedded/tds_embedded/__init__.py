"""A local stand-in for SQL Server, for tests and demonstrations: TDS and T-SQL on PostgreSQL."""

from __future__ import annotations

__version__ = "0.1.0"
