"""Tables of the FROM clause with the hints that lock their rows."""

from __future__ import annotations

from typing import Any

from django.db.models.sql.datastructures import BaseTable, Join

from mssql.expressions.dispatch import SqlWithParams, tsql


@tsql(BaseTable)
def base_table(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A table, with the hints of select_for_update() behind its alias."""
    sql, params = node.as_sql(compiler, connection)
    return sql + compiler.table_hints(node.table_alias), params


@tsql(Join)
def join(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A joined table: the hints stand between its alias and ON."""
    sql, params = node.as_sql(compiler, connection)
    hints = compiler.table_hints(node.table_alias)
    if not hints:
        return sql, params
    table, _ = BaseTable(node.table_name, node.table_alias).as_sql(compiler, connection)
    joined = f"{node.join_type} {table}"
    return f"{joined}{hints}{sql[len(joined) :]}", params
