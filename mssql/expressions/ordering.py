"""The order of rows that may come in any order."""

from __future__ import annotations

from django.db.models.expressions import Expression

from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams


class AnyOrder(Expression):
    """An ORDER BY that T-SQL requires although no order is required.

    https://learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql
    """

    def __init__(self, is_distinct: bool = False, direction: str = "") -> None:
        super().__init__()
        # With DISTINCT only selected columns may stand in ORDER BY (error 145).
        self.sql = f"{'1' if is_distinct else '(SELECT NULL)'}{direction}"

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        return self.sql, []
