"""UPDATE and DELETE, also with FROM.

A change that joins its target with other sources, or reaches its table through a query, first
selects the rows to change, by their ctid and locked, with the new values; then it changes those.
Follows "UPDATE (Transact-SQL)" and "DELETE (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/queries/update-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.binder import Clause, Relation, Scope, StoredRow
from tds_embedded.tsql.translate.clauses import from_clause, where_clause
from tds_embedded.tsql.translate.hints import check_query_hints
from tds_embedded.tsql.translate.inserts import query_target, target_table
from tds_embedded.tsql.translate.limits import row_count
from tds_embedded.tsql.translate.lineage import changed_row, stored_column
from tds_embedded.tsql.translate.output import (
    Change,
    Written,
    changed_relations,
    changed_rows,
    with_sources,
    write,
)
from tds_embedded.tsql.translate.queries import with_clause
from tds_embedded.tsql.translate.rows import Item
from tds_embedded.tsql.translate.sources import table_source
from tds_embedded.tsql.translate.table_names import find_table
from tds_embedded.tsql.translate.values import (
    Value,
    convert,
    expression,
    source,
    store,
    unsupported,
)

SET = Clause("SET", aggregates=157)


@dataclass(frozen=True, slots=True)
class Target:
    """The table to change, and the name of its rows in expressions."""

    table: Table  # the stored one
    relation: Relation
    from_: str  # FROM with the target in it, or "" for a plain change of one table
    row: StoredRow | None = None  # that the change reaches through the query `relation`

    def column(self, name: str) -> TableColumn | None:
        """Return the stored column that an assignment calls `name`."""
        if self.row is not None:
            return stored_column(self.relation, name).column
        return self.table.column(name)

    def changed_rows(self, *, inserted: bool, deleted: bool) -> list[Relation]:
        """Return the pseudo tables of OUTPUT."""
        if self.row is None:
            return changed_rows(self.table, inserted=inserted, deleted=deleted)
        return changed_relations(self.relation, self.row, inserted=inserted, deleted=deleted)


@dataclass(frozen=True, slots=True)
class Setting:
    """One assignment of an UPDATE; the value None is DEFAULT."""

    column: TableColumn
    value: Value | None


# --- The target ---


def _target(node: ast.Update | ast.Delete, scope: Scope) -> Target:
    """Find the target of a change: in its FROM, or as a separate table."""
    if not node.from_:
        return _separate_target(node, scope)
    from_ = from_clause([_traced_target(each, node.target) for each in node.from_], scope)
    relation = _in_from(node.target, scope)
    if relation is None:
        table = target_table(node.target, scope, where=node.where)
        relations = _plain(node.target, table, scope)
        scope.expose(relations)
        return Target(table, relations[0], f"{from_}, {table.sql} AS {relations[0].prefix}")
    if relation.base and relation.table is not None:
        return Target(relation.table, relation, from_)
    return _through(node, relation, from_)


def _separate_target(node: ast.Update | ast.Delete, scope: Scope) -> Target:
    """Return the target of a change without FROM: a table, or the table of a query."""
    through = query_target(node.target, _event(node), scope)
    if through is not None:
        inner = source(through, scope)
        (relation,) = inner.relations
        target = _through(node, relation, f" FROM {inner.sql}")
        if relation.table is None or node.top or not _is_checked(relation):
            scope.expose(inner.relations)
            return target
    table = target_table(node.target, scope, where=node.where)
    plain = _plain(node.target, table, scope)
    scope.expose(plain)
    return Target(table, plain[0], "")


def _event(node: ast.Update | ast.Delete) -> str:
    return "UPDATE" if isinstance(node, ast.Update) else "DELETE"


def _is_checked(relation: Relation) -> bool:
    return relation.lineage is not None and relation.lineage.checked


def _through(node: ast.Update | ast.Delete, relation: Relation, from_: str) -> Target:
    """Return the table that a change of a query's rows reaches."""
    if relation.table is not None and _event(node) in relation.table.instead_of:
        raise error(4422 if isinstance(node, ast.Update) else 4423, relation.name)
    if relation.lineage is None:
        raise unsupported("a change through this source")
    columns = []
    if isinstance(node, ast.Update):
        names = [each.column.name for each in node.assignments if each.column is not None]
        columns = [stored_column(relation, name) for name in names]
        if not columns:
            raise unsupported("an UPDATE of a query that sets only variables")
        if _is_checked(relation) and (node.from_ or node.top):
            raise unsupported("UPDATE with FROM or TOP of a view WITH CHECK OPTION")
    row = changed_row(relation, columns)
    return Target(row.table, relation, from_, row)


def _traced_target(node: ast.TableSource, target: ast.Target) -> ast.TableSource:
    """Return a source of FROM, traced if the target may name it."""
    if isinstance(node, ast.Join | ast.Apply):
        left, right = _traced_target(node.left, target), node.right
        if isinstance(node, ast.Join):
            right = _traced_target(node.right, target)
        return replace(node, left=left, right=right)
    if not isinstance(target, ast.NamedTable):
        return node
    if isinstance(node, ast.NamedTable | ast.DerivedTable):
        names = {(node.alias or "").lower()}
        if isinstance(node, ast.NamedTable):
            names.add(node.name.name.lower())
        if target.name.name.lower() in names:
            return ast.TracedSource(node, position=node.position)
    return node


def _plain(
    target: ast.NamedTable | ast.TableVariable, table: Table, scope: Scope
) -> tuple[Relation, ...]:
    name = target.name if isinstance(target, ast.NamedTable) else ast.ObjectName((target.name,))
    return table_source(table, target.alias, name, scope).relations


def _in_from(target: ast.NamedTable | ast.TableVariable, scope: Scope) -> Relation | None:
    """Return the source that the target names, or the only one of its table."""
    parts = target.name.parts if isinstance(target, ast.NamedTable) else (target.name,)
    for relation in scope.relations:
        if relation.called(parts):
            return relation
    if isinstance(target, ast.TableVariable):
        return None
    if len(parts) == 1 and scope.common_table(parts[0]) is not None:
        raise unsupported("a change of a common table expression under another name in FROM")
    table = find_table(target.name, scope)
    same = [each for each in scope.relations if each.stored_sql == table.sql]
    if len(same) > 1:
        raise error(8154, str(target.name))
    return same[0] if same else None


# --- UPDATE ---


def update(node: ast.Update, scope: Scope) -> Written:
    """Return an UPDATE in PostgreSQL."""
    check_query_hints(node.options)
    with_ = with_clause(node.ctes, scope, node.options)
    inner = scope.child()
    target = _target(node, inner)
    scope.translation.through = target.row is not None
    inner.clause = SET
    settings = _settings(node.assignments, target, inner)
    variables = _variables(node.assignments, target, scope)
    where = where_clause(node.where, inner)
    outer = target.changed_rows(inserted=True, deleted=True)
    if not target.from_ and node.top is None:
        sets = ", ".join(_set(each, each.value) for each in settings)
        sql = f"UPDATE {target.table.sql} AS {target.relation.prefix} SET {sets}{where}"
        return write(Change(sql, with_), node.outputs, outer, target.table, scope, variables)
    values = [each.value.sql for each in settings if each.value is not None]
    rows = _choose(target, values, where, node, inner)
    names = iter(rows.values)
    sets = ", ".join(_set(each, each.value and next(names)) for each in settings)
    sql = f"UPDATE {target.table.sql} AS {rows.alias} SET {sets} FROM {rows.sql}"
    outer = with_sources(outer, rows.relations)
    return write(Change(sql, with_), node.outputs, outer, target.table, scope, variables)


def _set(setting: Setting, value: Value | str | None) -> str:
    sql = value.sql if isinstance(value, Value) else value or "DEFAULT"
    return f"{setting.column.sql} = {sql}"


def _settings(nodes: Sequence[ast.Assignment], target: Target, scope: Scope) -> list[Setting]:
    """Return the columns set and their values. Raises 207, 264, 271, 272 or 8102."""
    settings: list[Setting] = []
    for node in nodes:
        if node.column is None:
            continue
        column = settable(node.column, target, [each.column for each in settings])
        if isinstance(node.value, ast.DefaultValue):
            settings.append(Setting(column, None))
            continue
        value = expression(assigned(node, node.value, target), scope)
        settings.append(Setting(column, store(value, column, target.table, scope)))
    return settings


def assigned(node: ast.Assignment, value: ast.Expression, target: Target) -> ast.Expression:
    """Return the new value of a column; += and its like read the target's."""
    column = node.column
    if node.operator == "=" or column is None:
        return value
    if len(column.parts) == 1:
        column = replace(column, parts=(target.relation.name, *column.parts))
    return ast.Binary(node.operator[:-1], column, value, position=node.position)


def settable(
    node: ast.ColumnReference, target: Target, already: Sequence[TableColumn]
) -> TableColumn:
    """Return the column that an assignment names. Raises 207, 264, 271, 272, 4104 or 8102."""
    *qualifier, name = node.parts
    if qualifier and not target.relation.called(qualifier):
        raise error(4104, ".".join(node.parts))
    column = target.column(name)
    if column is None:
        raise error(207, name)
    if column in already:
        raise error(264, column.name)
    if column.identity:
        raise error(8102, column.name)
    if column.computed:
        raise error(271, column.name)
    if column.type.name in ("timestamp", "rowversion"):
        raise error(272)
    return column


def _variables(nodes: Sequence[ast.Assignment], target: Target, scope: Scope) -> list[Item]:
    """Return the values of variables: before the change, or after it in SET @v = column = value."""
    items: list[Item] = []
    for node in nodes:
        if node.variable is None:
            continue
        sql_type = scope.translation.variable_type(node.variable)
        value = node.value if node.column is None else node.column
        if isinstance(value, ast.DefaultValue):
            raise error(156, "DEFAULT")
        if node.column is None and node.operator != "=":
            value = ast.Binary(node.operator[:-1], ast.Variable(node.variable), value)
        (stored_row,) = target.changed_rows(
            inserted=node.column is not None, deleted=node.column is None
        )
        row = scope.child([replace(target.relation, fields=stored_row.fields)])
        items.append(Item("", convert(expression(value, row), sql_type), node.variable))
    return items


# --- DELETE ---


def delete(node: ast.Delete, scope: Scope) -> Written:
    """Return a DELETE in PostgreSQL."""
    check_query_hints(node.options)
    with_ = with_clause(node.ctes, scope, node.options)
    inner = scope.child()
    target = _target(node, inner)
    scope.translation.through = target.row is not None
    where = where_clause(node.where, inner)
    outer = target.changed_rows(inserted=False, deleted=True)
    if not target.from_ and node.top is None:
        sql = f"DELETE FROM {target.table.sql} AS {target.relation.prefix}{where}"
        return write(Change(sql, with_), node.outputs, outer, target.table, scope)
    rows = _choose(target, (), where, node, inner)
    sql = f"DELETE FROM {target.table.sql} AS {rows.alias} USING {rows.sql}"
    outer = with_sources(outer, rows.relations)
    return write(Change(sql, with_), node.outputs, outer, target.table, scope)


# --- The rows to change ---


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows to change as a source; `sql` ends with the condition that joins them."""

    sql: str
    alias: str  # of the target
    values: tuple[str, ...]
    relations: tuple[Relation, ...]  # the other sources, as OUTPUT sees them


def _choose(
    target: Target,
    values: Sequence[str],
    where: str,
    node: ast.Update | ast.Delete,
    scope: Scope,
) -> Chosen:
    """Select the target's rows by ctid, locked so that no other session can change them.

    If a row occurs more than once, PostgreSQL takes one of its new values, as SQL Server does.
    """
    relation = target.relation
    rows, alias = scope.translation.fresh("chosen"), scope.translation.fresh("target")
    row = f"{relation.prefix}.ctid" if target.row is None else target.row.sql
    columns = [row, *values]
    relations = []
    for other in scope.relations:
        if node.outputs and other is not relation:
            fields = []
            for each in other.fields:
                columns.append(each.sql)
                fields.append(replace(each, sql=f"{rows}.c{len(columns)}"))
            relations.append(replace(other, fields=tuple(fields), prefix=rows))
    column_list = ", ".join(f"{sql} AS c{n}" for n, sql in enumerate(columns, start=1))
    from_ = target.from_ or f" FROM {target.table.sql} AS {relation.prefix}"
    limit = ""
    if node.top is not None:
        if node.top.percent:
            raise unsupported("TOP ... PERCENT in a change")
        limit = f" LIMIT {row_count(node.top.count, scope)}"
    lock = "" if relation.outer else f" FOR UPDATE OF {relation.prefix}"
    if relation.lineage is not None and not relation.lineage.lockable:
        lock = ""
        scope.translation.locks.append(f"LOCK TABLE {target.table.sql} IN SHARE ROW EXCLUSIVE MODE")
    query = f"SELECT {column_list}{from_}{where}{limit}{lock}"
    sql = f"({query}) AS {rows} WHERE {alias}.ctid = {rows}.c1"
    names = tuple(f"{rows}.c{n}" for n in range(2, 2 + len(values)))
    return Chosen(sql, alias, names, tuple(relations))
