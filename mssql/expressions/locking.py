"""Tables of the FROM clause with the hints that lock their rows."""

from __future__ import annotations

from contextlib import suppress
from typing import Iterator

from django.db.models.sql.datastructures import BaseTable, Join

from mssql.compat import (
    FullResultSet,
    compile_condition,
    has_unescaped_columns,
    join_columns,
    join_restriction,
)
from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams


def base_table(node: BaseTable, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Return a table with the hints of select_for_update() after its alias."""
    sql, params = node.as_sql(compiler, connection)
    hints = _hints(node, compiler)
    return (f"{sql} {hints}" if hints else sql), params


def join(node: Join, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Return a joined table with the hints between its alias and ON."""
    hints = _hints(node, compiler)
    needs_parts = hints or has_unescaped_columns(node)
    conditions = list(_conditions(node, compiler)) if needs_parts else []
    if not conditions:  # which Django refuses to join without
        return node.as_sql(compiler, connection)
    table, _ = BaseTable(node.table_name, node.table_alias).as_sql(compiler, connection)
    on = " AND ".join(sql for sql, _ in conditions)
    params = [param for _, condition_params in conditions for param in condition_params]
    parts = (node.join_type, table, hints, f"ON ({on})")
    return " ".join(filter(None, parts)), params


def _conditions(node: Join, compiler: Compiler) -> Iterator[SqlWithParams]:
    """Yield the conditions of a join as Join.as_sql() does, which has no part for hints."""
    for column, other_column in join_columns(node, compiler):
        yield f"{column} = {other_column}", ()
    for condition in (join_restriction(node, compiler), node.filtered_relation):
        if condition:
            with suppress(FullResultSet):
                sql, params = compile_condition(compiler, condition)
                yield f"({sql})", params


def _hints(table: BaseTable | Join, compiler: Compiler) -> str:
    """Return the hints with which select_for_update() locks the rows of a table, or ""."""
    query = compiler.query
    # The queries of UPDATE and DELETE select nothing.
    if not query.select_for_update or compiler.klass_info is None:
        return ""
    ops = compiler.connection.ops
    of = compiler.get_select_for_update_of_arguments() if query.select_for_update_of else ()
    if of and ops.quote_name(table.table_alias or "") not in map(ops.quote_name, of):
        return ""
    return ops.for_update_sql(
        nowait=query.select_for_update_nowait,
        skip_locked=query.select_for_update_skip_locked,
    )


TSQL: dict[type, Implementation] = {BaseTable: base_table, Join: join}
