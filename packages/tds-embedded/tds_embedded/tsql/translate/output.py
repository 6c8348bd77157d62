"""The results of a change: OUTPUT, OUTPUT INTO, and the new identity value.

Follows "OUTPUT clause", https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder
from tds_embedded.tsql.translate.binder import Capture, Field, Relation, Scope, StoredRow
from tds_embedded.tsql.translate.queries import select_element
from tds_embedded.tsql.translate.rows import Item
from tds_embedded.tsql.translate.sources import table_variable
from tds_embedded.tsql.translate.table_names import find_table
from tds_embedded.tsql.translate.values import store
from tds_embedded.types import SqlType

# PostgreSQL's names of the rows after and before the change
INSERTED, DELETED = '"inserted"', '"deleted"'


@dataclass(frozen=True, slots=True)
class Change:
    """A change in PostgreSQL, up to its RETURNING.

    with_: the WITH clause of the statement's own common table expressions, or "".
    identity: the expression of the change's new identity value, or None.
    """

    sql: str
    with_: str = ""
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A whole statement: its results, and whether a last column is the identity value."""

    sql: str
    items: tuple[Item, ...] = ()
    identity: bool = False


def changed_rows(table: Table, *, inserted: bool, deleted: bool) -> list[Relation]:
    """Return the pseudo tables `inserted` and `deleted` of OUTPUT."""
    relations = []
    for name, prefix, present in (("inserted", INSERTED, inserted), ("deleted", DELETED, deleted)):
        if present:
            fields = tuple(
                Field(
                    column.name,
                    f"{prefix}.{column.sql}",
                    column.type,
                    column.nullable,
                    column.identity,
                    column.computed,
                    name,
                )
                for column in table.columns
            )
            relations.append(Relation(name, fields, prefix, alias=True))
    return relations


def changed_relations(
    relation: Relation, row: StoredRow, *, inserted: bool, deleted: bool
) -> list[Relation]:
    """Return the same for a change through a query: with the query's columns."""
    assert relation.lineage is not None
    relations = []
    for name, prefix, present in (("inserted", INSERTED, inserted), ("deleted", DELETED, deleted)):
        if present:
            fields = relation.lineage.columns_for(row.path, prefix)
            named = tuple(replace(each, owner=name) for each in fields)
            relations.append(Relation(name, named, prefix, alias=True))
    return relations


def with_sources(pseudo_tables: Sequence[Relation], others: Sequence[Relation]) -> list[Relation]:
    """Return the pseudo tables and the other sources, except those that they hide."""
    names = {each.name for each in pseudo_tables}
    return [*pseudo_tables, *(each for each in others if each.name.lower() not in names)]


ACTION = Relation(
    "$action", (Field("$action", "merge_action()::tsql.nvarchar", SqlType("nvarchar", 10)),), ""
)


def write(
    change: Change,
    outputs: Sequence[ast.Output],
    relations: Sequence[Relation],
    table: Table,
    scope: Scope,
    extra: Sequence[Item] = (),
) -> Written:
    """Return the change with its outputs.

    `extra` are values that variables take from the changed row. Raises 334 if triggers see the rows
    and the client receives an output.
    """
    translation = scope.translation
    translation.target, capture = table, translation.context.capture
    if capture is not None and any(output.into is None for output in outputs):
        raise error(334, table.name)
    client_items: list[Item] = list(extra)
    captures: list[tuple[ast.Output, list[Item]]] = []
    for output in outputs:
        items = _items(output, relations, scope)
        if output.into is not None:
            captures.append((output, items))
            continue
        client_items += items
    if not captures and capture is None:
        return _returning(change, client_items)
    return _output_into(change, client_items, captures, scope)


def _items(output: ast.Output, relations: Sequence[Relation], scope: Scope) -> list[Item]:
    inner = scope.child(relations)
    inner.clause = binder.OUTPUT_OF_MERGE if ACTION in relations else binder.OUTPUT
    items: list[Item] = []
    for element in output.items:
        if isinstance(element, ast.Star) and not element.qualifier:
            raise error(102, "*")
        items += select_element(element, inner)
    return items


def _returning(change: Change, items: Sequence[Item]) -> Written:
    columns = [item.value.sql for item in items]
    if change.identity is not None:
        columns.append(change.identity)
    sql = f"{change.with_}{change.sql}"
    if columns:
        sql += f" RETURNING WITH (OLD AS {DELETED}, NEW AS {INSERTED}) {', '.join(columns)}"
    return Written(sql, tuple(items), change.identity is not None)


def _output_into(
    change: Change,
    client_items: Sequence[Item],
    captures: Sequence[tuple[ast.Output, list[Item]]],
    scope: Scope,
) -> Written:
    """Return OUTPUT ... INTO: the change becomes a common table expression that is read twice."""
    columns: list[str] = []

    def column(sql: str) -> str:
        columns.append(sql)
        return f"c{len(columns)}"

    change_name = scope.translation.fresh("written")
    into = [_insert_into(output, items, column, change_name, scope) for output, items in captures]
    if scope.translation.context.capture is not None:
        into.append(_insert_into_capture(scope.translation.context.capture, column, change_name))
    finals = [column(item.value.sql) for item in client_items]
    if change.identity is not None:
        finals.append(column(change.identity))
    column_list = ", ".join(f"{sql} AS c{n}" for n, sql in enumerate(columns, start=1))
    start = f"{change.with_.rstrip()}, " if change.with_ else "WITH "
    body = (
        f"{start}{change_name} AS ({change.sql} RETURNING WITH (OLD AS {DELETED}, "
        f"NEW AS {INSERTED}) {column_list})"
    )
    if not finals and len(into) == 1:
        return Written(f"{body} {into[0]}")
    for each in into:
        body += f", {scope.translation.fresh('kept')} AS ({each})"
    sql = f"{body} SELECT {', '.join(finals)} FROM {change_name}"
    return Written(sql, tuple(client_items), change.identity is not None)


def _insert_into(
    output: ast.Output,
    items: Sequence[Item],
    column: Callable[[str], str],
    change_name: str,
    scope: Scope,
) -> str:
    """Return INSERT INTO the target of OUTPUT ... INTO. Raises 120, 121, 207 or 213."""
    into = output.into
    if isinstance(into, ast.TableVariable):
        table = table_variable(into.name, scope)
    else:
        assert into is not None
        table = _output_table(into, scope)
    targets = into_columns(output.columns, table)
    if len(targets) != len(items):
        raise error(213) if not output.columns else error(120 if len(items) < len(targets) else 121)
    values = []
    for item, target in zip(items, targets, strict=True):
        name = column(item.value.sql)
        value = replace(item.value, sql=f"{change_name}.{name}", literal=None)
        values.append(store(value, target, table, scope).sql)
    names = ", ".join(target.sql for target in targets)
    return f"INSERT INTO {table.sql} ({names}) SELECT {', '.join(values)} FROM {change_name}"


def _output_table(into: ast.NamedTable, scope: Scope) -> Table:
    """Return the table that OUTPUT INTO fills. Raises 330 to 333."""
    if len(into.name.parts) == 1 and scope.common_table(into.name.name) is not None:
        raise error(330, into.name.name)
    table = find_table(into.name, scope)
    if table.view:
        raise error(330, str(into.name))
    refusal = scope.translation.context.catalog.output_refusal(table)
    if refusal is not None:
        number, constraint = refusal
        raise error(number, str(into.name), *[constraint] * (number != 331))
    return table


def _insert_into_capture(capture: Capture, column: Callable[[str], str], change_name: str) -> str:
    names = [column(capture.action)]
    for prefix in (INSERTED, DELETED):
        names += [column(f"{prefix}.{each.sql}") for each in capture.table.columns]
    return f"INSERT INTO {capture.sql} SELECT {', '.join(names)} FROM {change_name}"


def into_columns(names: Sequence[str], table: Table) -> list[TableColumn]:
    """Return the columns that a list names, or all that accept a value. Raises 207 or 264."""
    if not names:
        return [c for c in table.columns if not c.identity and not c.computed]
    columns: list[TableColumn] = []
    for name in names:
        match = next((c for c in table.columns if c.name.lower() == name.lower()), None)
        if match is None:
            raise error(207, name)
        if match in columns:
            raise error(264, name)
        columns.append(match)
    return columns


def identity_column(table: Table) -> TableColumn | None:
    """Return the identity column of a table, or None."""
    return next((column for column in table.columns if column.identity), None)
