"""Collations of expressions.

Texts whose COLLATE clauses differ cannot be compared or concatenated (error 468); the same is true
of columns whose collations differ. A text converted from a binary value has the collation of the
database, and every other collation takes precedence over it.
https://learn.microsoft.com/sql/t-sql/statements/collation-precedence-transact-sql
"""

from __future__ import annotations

from mssql.tsql.types import VARBINARY, VARBINARY_MAX


def without_collation(sql: str, sql_type: str) -> str:
    """Return the SQL of a text so that the collation of its comparison's other side applies."""
    binary = VARBINARY_MAX if sql_type.endswith("(max)") else VARBINARY
    # Without the inner CAST the bytes of a varchar column would be read as those of nvarchar.
    return f"CAST(CAST(CAST({sql} AS {sql_type}) AS {binary}) AS {sql_type})"
