"""MERGE.

Follows "MERGE (Transact-SQL)", https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder
from tds_embedded.tsql.translate.binder import Relation, Scope
from tds_embedded.tsql.translate.hints import check_query_hints
from tds_embedded.tsql.translate.inserts import (
    identity_insert,
    insert_columns,
    is_row_version,
    new_identity,
    target_table,
)
from tds_embedded.tsql.translate.output import (
    ACTION,
    Change,
    Written,
    changed_rows,
    identity_column,
    write,
)
from tds_embedded.tsql.translate.queries import with_clause
from tds_embedded.tsql.translate.sources import table_source
from tds_embedded.tsql.translate.updates import SET, Target, assigned, settable
from tds_embedded.tsql.translate.values import (
    Source,
    expression,
    predicate,
    source,
    store,
    unsupported,
)

_MATCHES = {
    "MATCHED": "MATCHED",
    "NOT MATCHED BY TARGET": "NOT MATCHED",
    "NOT MATCHED BY SOURCE": "NOT MATCHED BY SOURCE",
}


def merge(node: ast.Merge, scope: Scope) -> Written:
    """Return a MERGE in PostgreSQL."""
    check_query_hints(node.options)
    if node.top is not None:
        raise unsupported("MERGE TOP")
    _check_clauses(node.whens)
    with_ = with_clause(node.ctes, scope, node.options)
    table = target_table(node.target, scope)
    both = scope.child()
    target = _exposed(node, table, both)
    using, on = _using(node, table, target, scope, both)
    whens = "".join(_when(when, table, target, using.relations, both) for when in node.whens)
    identity = new_identity(identity_column(table), table, explicit=identity_insert(table, scope))
    change = Change(
        f"MERGE INTO {table.sql} AS {target.prefix} USING {using.sql} ON {on}{whens}",
        with_,
        None
        if identity is None or not _inserts(node.whens)
        else f"CASE WHEN merge_action() = 'INSERT' THEN {identity} END",
    )
    relations = [
        *changed_rows(table, inserted=True, deleted=True),
        *(relation.nullable() for relation in using.relations),
        ACTION,
    ]
    return write(change, node.outputs, relations, table, scope)


def _exposed(node: ast.Merge, table: Table, scope: Scope) -> Relation:
    name = node.target.name
    name = name if isinstance(name, ast.ObjectName) else ast.ObjectName((name,))
    relation = table_source(table, node.target.alias, name, scope).relations[0]
    scope.expose([relation])
    return relation


def _check_clauses(whens: Sequence[ast.MergeWhen]) -> None:
    """Raise 5324 for an unreachable clause, 10714 for one that repeats an action."""
    pairs = [
        (each, when)
        for position, when in enumerate(whens)
        for each in whens[:position]
        if each.match == when.match
    ]
    for each, when in pairs:
        if type(each.action) is type(when.action):
            action = type(when.action).__name__.removeprefix("Merge").upper()
            raise error(10714, _clause(when), action)
    for each, when in pairs:
        if each.condition is None:
            raise error(5324, _clause(when), _clause(when))


def _clause(when: ast.MergeWhen) -> str:
    return "WHEN " + when.match.removesuffix(" BY TARGET")


def _using(
    node: ast.Merge, table: Table, target: Relation, scope: Scope, both: Scope
) -> tuple[Source, str]:
    """Return the source and its join condition; if rows are only deleted, each once.

    PostgreSQL does not let a row be deleted twice, so then the source has at most one row for each.
    """
    matches = [when for when in node.whens if when.match == "MATCHED"]
    if not matches or not all(isinstance(when.action, ast.MergeDelete) for when in matches):
        using = source(node.source, both)
        both.expose(using.relations)
        both.clause = binder.ON
        return using, predicate(node.on, both)
    inner = scope.child()
    own = _exposed(node, table, inner)
    using = source(node.source, inner)
    inner.expose(using.relations)
    inner.clause = binder.ON
    on = predicate(node.on, inner)
    inner.clause = SET
    condition = " OR ".join(
        "true" if when.condition is None else f"({predicate(when.condition, inner)})"
        for when in matches
    )
    alias = scope.translation.fresh("source")
    columns = [each.sql for relation in using.relations for each in relation.fields]
    numbered_rows = (
        f"{own.prefix}.ctid AS row, {own.prefix}.ctid IS NULL OR row_number() OVER "
        f"(PARTITION BY {own.prefix}.ctid ORDER BY ({condition}) IS TRUE DESC) = 1 AS first"
    )
    column_list = "".join(f", {sql} AS c{n}" for n, sql in enumerate(columns))
    names = iter(range(len(columns)))
    relations = tuple(
        replace(
            relation,
            fields=tuple(replace(f, sql=f"{alias}.c{next(names)}") for f in relation.fields),
            prefix=alias,
        )
        for relation in using.relations
    )
    both.expose(relations)
    sql = (
        f"(SELECT * FROM (SELECT {numbered_rows}{column_list} FROM {using.sql} LEFT JOIN "
        f"{table.sql} AS {own.prefix} ON {on}) AS numbered WHERE first) AS {alias}"
    )
    return Source(sql, relations), f"{target.prefix}.ctid = {alias}.row"


def _inserts(whens: Sequence[ast.MergeWhen]) -> bool:
    return any(isinstance(when.action, ast.MergeInsert) for when in whens)


def _when(
    when: ast.MergeWhen,
    table: Table,
    target: Relation,
    using: Sequence[Relation],
    both: Scope,
) -> str:
    """Return one WHEN, which sees the target, the source or both, depending on its match."""
    visible = {
        "MATCHED": [target, *using],
        "NOT MATCHED BY TARGET": using,
        "NOT MATCHED BY SOURCE": [target],
    }[when.match]
    scope = both.beside(visible)
    scope.clause = SET
    condition = "" if when.condition is None else f" AND {predicate(when.condition, scope)}"
    return f" WHEN {_MATCHES[when.match]}{condition} THEN {_action(when, table, target, scope)}"


def _action(when: ast.MergeWhen, table: Table, target: Relation, scope: Scope) -> str:
    action = when.action
    if isinstance(action, ast.MergeDelete):
        return "DELETE"
    if isinstance(action, ast.MergeUpdate):
        return f"UPDATE SET {_sets(action.assignments, Target(table, target, ''), scope)}"
    return _insert(action, table, scope)


def _sets(nodes: Sequence[ast.Assignment], target: Target, scope: Scope) -> str:
    inserted_columns: list[TableColumn] = []
    parts = []
    for node in nodes:
        if node.column is None or node.variable is not None:
            raise unsupported("a variable in the SET of MERGE")
        column = settable(node.column, target, inserted_columns)
        inserted_columns.append(column)
        if isinstance(node.value, ast.DefaultValue):
            parts.append(f"{column.sql} = DEFAULT")
            continue
        value = expression(assigned(node, node.value, target), scope)
        sql = store(value, column, target.table, scope).sql
        parts.append(f"{column.sql} = {sql}")
    return ", ".join(parts)


def _insert(action: ast.MergeInsert, table: Table, scope: Scope) -> str:
    if not action.values:
        return "INSERT DEFAULT VALUES"
    columns = insert_columns(action.columns, table, scope)
    if len(action.values) != len(columns):
        raise error(
            10709 if not action.columns else (110 if len(action.values) > len(columns) else 109)
        )
    values = []
    for value, column in zip(action.values, columns, strict=True):
        has_value = not isinstance(value, ast.DefaultValue | ast.NullLiteral)
        if is_row_version(column) and has_value:
            raise error(273)
        if isinstance(value, ast.DefaultValue) or is_row_version(column):
            values.append("DEFAULT")
        else:
            values.append(store(expression(value, scope), column, table, scope).sql)
    names = ", ".join(column.sql for column in columns)
    overriding = " OVERRIDING SYSTEM VALUE" if identity_column(table) in columns else ""
    return f"INSERT ({names}){overriding} VALUES ({', '.join(values)})"
