"""Collations of expressions.

Two COLLATE clauses that differ cannot be compared or concatenated (error 468), nor can two columns
whose collations differ. What is converted from a binary value has the database's collation and
gives way to every other.
https://learn.microsoft.com/sql/t-sql/statements/collation-precedence-transact-sql
"""

from __future__ import annotations

from mssql.tsql.types import VARBINARY, VARBINARY_MAX


def without_collation(sql: str, sql_type: str) -> str:
    """Return the SQL of a text as one that takes the collation of what it is compared with."""
    binary = VARBINARY_MAX if sql_type.endswith("(max)") else VARBINARY
    # Of a column of varchar the bytes would be read as others.
    return f"CAST(CAST(CAST({sql} AS {sql_type}) AS {binary}) AS {sql_type})"
