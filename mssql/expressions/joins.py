"""Columns in the conditions of joins."""

from __future__ import annotations

from django.db.models.expressions import Col, Expression

from mssql.expressions.interfaces import AnyField, Compiler, Connection, SqlWithParams


class JoinColumn(Expression):
    """A column whose SQL Django formats once more: it fills in the parameters of a join itself."""

    def __init__(self, column: Col) -> None:
        super().__init__()
        self.column = column

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        sql, params = compiler.compile(self.column)
        return sql.replace("%", "%%"), params


def join_column(alias: str, field: AnyField) -> Expression:
    """Return a column for the condition of a join; most names are the same once formatted."""
    column = Col(alias, field)
    return JoinColumn(column) if "%" in f"{alias}{field.column}" else column
