"""INSERT.

Follows "INSERT (Transact-SQL)", https://learn.microsoft.com/sql/t-sql/statements/insert-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.catalog.types import to_postgres
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import shorten
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder
from tds_embedded.tsql.translate.binder import Relation, Scope
from tds_embedded.tsql.translate.hints import check_query_hints, write_lock
from tds_embedded.tsql.translate.limits import row_count
from tds_embedded.tsql.translate.lineage import changed_row, stored_column
from tds_embedded.tsql.translate.output import (
    INSERTED,
    Change,
    Written,
    changed_relations,
    changed_rows,
    identity_column,
    into_columns,
    write,
)
from tds_embedded.tsql.translate.queries import query_rows, with_clause
from tds_embedded.tsql.translate.sources import table_variable
from tds_embedded.tsql.translate.table_names import find_table
from tds_embedded.tsql.translate.values import (
    Value,
    common,
    convert,
    expression,
    source,
    store,
    string_literal,
    unsupported,
)

MAXIMUM_ROWS = 1000


def target_table(
    target: ast.NamedTable | ast.TableVariable,
    scope: Scope,
    *,
    where: ast.Node | None = None,
    inserts: bool = False,
) -> Table:
    """Return the table that a statement changes, with the locks of its hints."""
    if isinstance(target, ast.TableVariable):
        return table_variable(target.name, scope)
    table = find_table(target.name, scope)
    lock = write_lock(target, table, scope, where=where, inserts=inserts)
    if lock is not None:
        scope.translation.locks.append(lock)
    return table


def query_target(target: ast.Target, event: str, scope: Scope) -> ast.TracedSource | None:
    """Return the target of a change as a source, if it is a view or common table expression.

    Return None for a view with an INSTEAD OF trigger for the event, too.
    """
    if not isinstance(target, ast.NamedTable):
        return None
    is_common = len(target.name.parts) == 1 and scope.common_table(target.name.name) is not None
    if is_common and target.hints:
        raise unsupported("table hints on a common table expression that is changed")
    if not is_common:
        table = find_table(target.name, scope)
        if not (table.view and table.definition) or event in table.instead_of:
            return None
        target_table(target, scope)  # takes the locks of its hints
    return ast.TracedSource(replace(target, hints=()), position=target.position)


@dataclass(frozen=True, slots=True)
class _Target:
    """The table that an INSERT fills, its columns, and `inserted` as OUTPUT sees it."""

    table: Table
    columns: list[TableColumn]
    pseudo_tables: list[Relation]


def _target(node: ast.Insert, scope: Scope) -> _Target:
    through = query_target(node.target, "INSERT", scope)
    if through is not None:
        (relation,) = source(through, scope.child()).relations
        target = _through(node.columns, relation, scope)
        if relation.table is None or not (relation.lineage and relation.lineage.checked):
            scope.translation.through = True
            return target
    table = target_table(node.target, scope, inserts=True)
    _check_identity_values(node, table)
    columns = insert_columns(node.columns, table, scope)
    return _Target(table, columns, changed_rows(table, inserted=True, deleted=False))


def _through(names: Sequence[str], relation: Relation, scope: Scope) -> _Target:
    """Return the table and columns that a query reads."""
    stored_columns = [stored_column(relation, each.name) for each in relation.fields if not names]
    stored_columns = [
        each for each in stored_columns if not (each.column.identity or each.column.computed)
    ]
    stored_columns += [stored_column(relation, name) for name in names]
    row = changed_row(relation, stored_columns)
    columns = insert_columns([each.column.name for each in stored_columns], row.table, scope)
    return _Target(
        row.table, columns, changed_relations(relation, row, inserted=True, deleted=False)
    )


def insert(node: ast.Insert, scope: Scope) -> Written:
    """Return an INSERT in PostgreSQL."""
    check_query_hints(node.options)
    with_ = with_clause(node.ctes, scope, node.options)
    target = _target(node, scope)
    table = target.table
    rows, columns = _source(node, table, target.columns, scope)
    identity = identity_column(table)
    if identity is not None and not node.columns and identity_insert(table, scope):
        raise error(545, table.name)
    names = f" ({', '.join(column.sql for column in columns)})" if columns else ""
    overriding = " OVERRIDING SYSTEM VALUE" if identity in columns else ""
    keeps_values = isinstance(node.source, ast.InsertValues)  # each value moves the identity itself
    change = Change(
        f"INSERT INTO {table.sql}{names}{overriding} {rows}",
        with_,
        None
        if scope.translation.context.copy is not None
        else new_identity(identity, table, explicit=identity in columns and not keeps_values),
    )
    return write(change, node.outputs, target.pseudo_tables, table, scope)


def _check_identity_values(node: ast.Insert, table: Table) -> None:
    """Raise 339 for DEFAULT or NULL as the value of the identity column."""
    identity = identity_column(table)
    if identity is None or not isinstance(node.source, ast.InsertValues):
        return
    names = [name.lower() for name in node.columns]
    if identity.name.lower() not in names:
        return
    position = names.index(identity.name.lower())
    for row in node.source.rows:
        if position < len(row) and isinstance(row[position], ast.DefaultValue | ast.NullLiteral):
            raise error(339)


def new_identity(column: TableColumn | None, table: Table, *, explicit: bool) -> str | None:
    """Return the identity value of a new row; an explicit one moves the column's next value."""
    if column is None:
        return None
    value = f"{INSERTED}.{column.sql}"
    return _keep(column, table, value) if explicit else value


def _keep(column: TableColumn, table: Table, value: str) -> str:
    """Return an explicit value as a bigint; the column continues after it in any case."""
    relation, name = string_literal(table.sql), string_literal(shorten(column.name))
    return f"tsql.keep_identity({relation}::regclass, {name}, ({value})::int8)"


def insert_columns(names: Sequence[str], table: Table, scope: Scope) -> list[TableColumn]:
    """Return the columns of an INSERT. Raises 207, 264, 271, 544 or 545."""
    columns = into_columns(names, table)
    identity = identity_column(table)
    explicit = identity_insert(table, scope)
    for column in columns:
        if column.computed:
            raise error(271, column.name)
    if identity is not None and names:
        if identity in columns and not explicit:
            raise error(544, table.name)
        if identity not in columns and explicit:
            raise error(545, table.name)
    return columns


def is_row_version(column: TableColumn) -> bool:
    """Return whether a column is a rowversion, which has no explicit values."""
    return column.type.name in ("timestamp", "rowversion")


def identity_insert(table: Table, scope: Scope) -> bool:
    """Return whether SET IDENTITY_INSERT is ON for a table."""
    on = scope.translation.context.identity_insert
    return on is not None and on.lower() == f"{table.schema}.{table.name}".lower()


def _source(
    node: ast.Insert, table: Table, columns: list[TableColumn], scope: Scope
) -> tuple[str, list[TableColumn]]:
    """Return VALUES or the query, and the columns that it fills."""
    if isinstance(node.source, ast.InsertDefaultValues):
        if node.top is not None:
            raise unsupported("INSERT TOP with DEFAULT VALUES")
        return "DEFAULT VALUES", []
    if isinstance(node.source, ast.InsertValues):
        if node.top is not None:
            raise unsupported("INSERT TOP with VALUES")
        return _values(node, node.source, table, columns, scope), columns
    if isinstance(node.source, ast.Query):
        return _query(node, node.source, table, columns, scope), columns
    raise unsupported("INSERT ... EXECUTE")


def _values(
    node: ast.Insert,
    values: ast.InsertValues,
    table: Table,
    columns: list[TableColumn],
    scope: Scope,
) -> str:
    if len(values.rows) > MAXIMUM_ROWS:
        raise error(10738)
    width = len(values.rows[0])
    if any(len(row) != width for row in values.rows):
        raise error(10709)
    if width != len(columns):
        _wrong_count(bool(node.columns), width, len(columns), table)
        if len(values.rows) > 1:
            raise error(10709)
        raise error(110 if width > len(columns) else 109)
    inner = scope.child()
    inner.clause = binder.VALUES
    rows = [[_cell(cell, inner) for cell in row] for row in values.rows]
    assignments = [
        _column([row[n] for row in rows], column, table, inner) for n, column in enumerate(columns)
    ]
    lines = ", ".join(f"({', '.join(cells)})" for cells in zip(*assignments, strict=True))
    return f"VALUES {lines}"


def _wrong_count(listed: bool, count: int, expected: int, table: Table) -> None:
    """Return error 8101 if only a value for the identity column is too many, otherwise 213."""
    if listed:
        return
    if count == expected + 1 and identity_column(table) is not None:
        raise error(8101, table.name)
    raise error(213)


def _cell(node: ast.Expression | ast.DefaultValue, scope: Scope) -> Value | None:
    if isinstance(node, ast.DefaultValue):
        return None
    if isinstance(node, ast.ColumnReference):
        raise error(128, node.name)
    return expression(node, scope)


def _column(
    cells: Sequence[Value | None], target: TableColumn, table: Table, scope: Scope
) -> list[str]:
    """Return one column of VALUES: its rows take their common type, then the column's."""
    if is_row_version(target):
        if any(cell is not None and cell.type.name != "null" for cell in cells):
            raise error(273)
        return ["DEFAULT"] * len(cells)
    values = [cell for cell in cells if cell is not None]
    if len({(value.type.name, value.type.precision, value.type.scale) for value in values}) > 1:
        shared = common(values)
        cells = [cell and convert(cell, shared) for cell in cells]
    stored_cells = [
        None if cell is None else store(cell, target, table, scope).sql for cell in cells
    ]
    if target.identity:
        sql_type = to_postgres(target.type)
        stored_cells = [sql and f"{_keep(target, table, sql)}::{sql_type}" for sql in stored_cells]
    return ["DEFAULT" if sql is None else sql for sql in stored_cells]


def _query(
    node: ast.Insert, query: ast.Query, table: Table, columns: list[TableColumn], scope: Scope
) -> str:
    rows = query_rows(query, scope)
    if len(rows.items) != len(columns):
        _wrong_count(bool(node.columns), len(rows.items), len(columns), table)
        raise error(120 if len(rows.items) < len(columns) else 121)
    if any(is_row_version(column) for column in columns):
        raise error(273)
    sql = rows.stored(columns, table, scope).sql
    if node.top is None:
        return sql
    if node.top.percent:
        raise unsupported("INSERT TOP ... PERCENT")
    name = scope.translation.fresh("top")
    return f"SELECT * FROM ({sql}) AS {name} LIMIT {row_count(node.top.count, scope)}"
