"""The stored rows of views, common table expressions and derived tables.

A change of such a source changes one table below it. So the source is translated with the ctid of
every stored row that it reads as hidden columns, and with the stored column of each of its columns.
Follows "CREATE VIEW (Transact-SQL)", Updatable views,
https://learn.microsoft.com/sql/t-sql/statements/create-view-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tds_embedded.catalog.tables import Table
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import Tokens, batch
from tds_embedded.tsql.translate.binder import (
    CommonTable,
    Field,
    Lineage,
    Path,
    Relation,
    Scope,
    StoredColumn,
    StoredRow,
)
from tds_embedded.tsql.translate.hints import lock_of
from tds_embedded.tsql.translate.queries import (
    derived_fields,
    nested_query,
    select_element,
    with_clause,
)
from tds_embedded.tsql.translate.rows import Reads, Rows
from tds_embedded.tsql.translate.sources import around, unique_prefix
from tds_embedded.tsql.translate.table_names import find_table
from tds_embedded.tsql.translate.values import Source, Value, source, unsupported

GROUPED, UNION = 4403, 4426
UNMODIFIED = 404  # a column of a table that the statement does not change
UNSUPPORTED = 40517

# --- Which sources are traced ---


def traced(node: ast.TableSource) -> ast.TableSource:
    """Return a FROM clause's source with the sources of its rows traced."""
    if isinstance(node, ast.NamedTable | ast.DerivedTable):
        return ast.TracedSource(node, position=node.position)
    if isinstance(node, ast.Join):
        return replace(node, left=traced(node.left), right=traced(node.right))
    if isinstance(node, ast.Apply):
        return replace(node, left=traced(node.left))
    return node


@source.register
def _traced_source(node: ast.TracedSource, scope: Scope) -> Source:
    inner = node.source
    if isinstance(inner, ast.DerivedTable):
        query = _Defined(inner.query, inner.columns, inner.alias, True, True)
        return _traced(query, around(scope), scope)
    cte = scope.common_table(inner.name.name) if len(inner.name.parts) == 1 else None
    if cte is not None:
        return _traced_common_table(inner, cte, scope)
    table = find_table(inner.name, scope)
    if table.view and table.definition:
        return _traced_view(inner, table, scope)
    inner_source = source(inner, scope)
    (relation,) = inner_source.relations
    if not relation.base:
        return inner_source
    return Source(inner_source.sql, (replace(relation, lineage=_stored(relation, table)),))


def _stored(relation: Relation, table: Table) -> Lineage:
    """Return the lineage of a table."""

    def changed(path: Path, prefix: str) -> tuple[Field, ...]:
        return tuple(
            replace(each, sql=f"{prefix}.{column.sql}")
            for each, column in zip(relation.fields, table.columns, strict=True)
        )

    row = StoredRow((), table, f"{relation.prefix}.ctid")
    columns = tuple(StoredColumn((), column) for column in table.columns)
    return Lineage(columns, (row,), changed)


def _traced_common_table(node: ast.NamedTable, cte: CommonTable, scope: Scope) -> Source:
    definition, at = cte.node, cte.scope
    if definition is None or at is None or cte.defining or cte.recursive:
        raise unsupported("a change through a recursive common table expression")
    exposed_name = node.alias or node.name.name
    query = _Defined(definition.query, definition.columns, exposed_name, bool(node.alias))
    traced_query = _traced(query, at, scope)
    lock_of(node.hints, traced_query.relations[0], scope)
    return traced_query


def _traced_view(node: ast.NamedTable, view: Table, scope: Scope) -> Source:
    context = scope.translation.context
    (definition,) = batch(Tokens(view.definition, year=context.product))
    assert isinstance(definition, ast.CreateView)
    at = Scope(scope.translation)
    exposed_name = node.alias or node.name.name
    query = _Defined(definition.query, definition.columns, exposed_name, bool(node.alias))
    traced_query = _traced(query, at, scope, with_clause(definition.ctes, at))
    (relation,) = traced_query.relations
    assert relation.lineage is not None
    lineage = relation.lineage
    if view.check_option:
        lineage = replace(lineage, checked=True)
    relation = replace(
        relation,
        schema=view.schema,
        database=context.database,
        stored_sql=view.sql,
        table=view,
        lineage=lineage,
    )
    lock_of(node.hints, relation, scope)
    return Source(traced_query.sql, (relation,))


# --- A query with its stored rows ---


@dataclass(frozen=True, slots=True)
class _Defined:
    """A query under a name; `exposed_name` is its name in the statement."""

    query: ast.Query
    columns: tuple[str, ...]
    exposed_name: str
    alias: bool
    derived: bool = False


def _traced(node: _Defined, at: Scope, scope: Scope, with_: str = "") -> Source:
    """Return the source and its lineage; `at` is the scope of its query."""
    body = node.query.body
    if isinstance(body, ast.QuerySpecification) and node.query.for_ is None:
        body = replace(body, from_=tuple(traced(each) for each in body.from_))
        rows = nested_query(replace(node.query, body=body), at)
    else:
        rows = nested_query(node.query, at)
    prefix = unique_prefix(node.exposed_name, scope)
    fields = tuple(
        replace(each, sql=f"{prefix}.{quote(each.name)}")
        for each in derived_fields(node.exposed_name, node.columns, rows.items)
    )
    names = [quote(each.name) for each in fields]
    if rows.reads is None or not isinstance(body, ast.QuerySpecification):
        lineage = Lineage((None,) * len(fields), (), _nothing, UNION, node.derived)
        sql = rows.sql
    else:
        query = _TracedQuery(body, rows, rows.reads, fields, at)
        hidden = query.hidden()
        lineage = query.lineage(prefix, hidden, node.derived)
        names += hidden.values()
        sql = rows.with_hidden(list(hidden))
    relation = Relation(node.exposed_name, fields, prefix, alias=node.alias, lineage=lineage)
    return Source(f"({with_}{sql}) AS {prefix} ({', '.join(names)})", (relation,))


def _nothing(path: Path, prefix: str) -> tuple[Field, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class _TracedQuery:
    """A SELECT whose sources are traced; `fields` are its columns in the outer query."""

    body: ast.QuerySpecification
    rows: Rows
    reads: Reads
    fields: tuple[Field, ...]
    at: Scope

    def hidden(self) -> dict[str, str]:
        """Map the ctid of each stored row in the query to the name of its hidden column."""
        if self.reads.grouped:
            return {}
        fresh = self.at.translation.fresh
        return {row.sql: fresh("row") for row in self._stored_rows() if row is not None}

    def _stored_rows(self) -> list[StoredRow | None]:
        rows: list[StoredRow | None] = []
        for position, relation in enumerate(self.reads.relations):
            if relation.lineage is None:
                rows.append(None)
                continue
            for row in relation.lineage.rows:
                rows.append(row and replace(row, path=(position, *row.path)))
        return rows

    def lineage(self, prefix: str, hidden: dict[str, str], derived: bool) -> Lineage:
        below = [each.lineage for each in self.reads.relations]
        rows = tuple(
            row and replace(row, sql=f"{prefix}.{hidden[row.sql]}" if hidden else "")
            for row in self._stored_rows()
        )
        refusal = next((each.refusal for each in below if each is not None and each.refusal), 0)
        return Lineage(
            tuple(self._columns()),
            rows,
            self._changed,
            GROUPED if self.reads.grouped else refusal,
            derived,
            self.reads.lockable and all(each is None or each.lockable for each in below),
            any(each is not None and each.checked for each in below),
        )

    def _columns(self) -> list[StoredColumn | None]:
        stored_columns: dict[str, StoredColumn] = {}
        for position, relation in enumerate(self.reads.relations):
            columns = relation.lineage.columns if relation.lineage is not None else ()
            for each, column in zip(relation.fields, columns, strict=False):
                if column is not None:
                    stored_columns[each.sql] = replace(column, path=(position, *column.path))
        scope = self.at.child(self.reads.relations)
        columns_of_query: list[StoredColumn | None] = []
        for element in self.body.select:
            if isinstance(element, ast.Star):
                columns_of_query += [
                    stored_columns.get(each.sql) for each in _starred(element, scope)
                ]
                continue
            value = element.expression
            read = scope.column(value.parts) if isinstance(value, ast.ColumnReference) else None
            columns_of_query.append(None if read is None else stored_columns.get(read.sql))
        return columns_of_query

    def _changed(self, path: Path, prefix: str) -> tuple[Field, ...]:
        """Return the columns for one stored row; those of other tables have an `output_error`."""
        position, *below = path
        relations = []
        for number, relation in enumerate(self.reads.relations):
            if number == position and relation.lineage is not None:
                fields = relation.lineage.columns_for(tuple(below), prefix)
            else:
                fields = tuple(replace(each, output_error=UNMODIFIED) for each in relation.fields)
            relations.append(replace(relation, fields=fields))
        scope = self.at.child(relations)
        values: list[tuple[Value, int]] = []
        for element in self.body.select:
            values += _values(element, scope)
        return tuple(
            replace(each, sql=value.sql, output_error=output_error)
            for each, (value, output_error) in zip(self.fields, values, strict=True)
        )


def _starred(star: ast.Star, scope: Scope) -> Sequence[Field]:
    relations = [scope.relation(star.qualifier)] if star.qualifier else scope.relations
    return [each for relation in relations for each in relation.fields]


def _values(element: ast.SelectElement, scope: Scope) -> list[tuple[Value, int]]:
    """Return the values of an element of a select list, each with the error of OUTPUT for it."""
    if isinstance(element, ast.Star):
        return [
            (Value(each.sql, each.type), each.output_error) for each in _starred(element, scope)
        ]
    mark = len(scope.references)
    (item,) = select_element(element, scope)
    output_error = next(
        (each.output_error for each in scope.references[mark:] if each.output_error), 0
    )
    if scope.windowed and not output_error:
        output_error, scope.windowed = UNSUPPORTED, False
    return [(item.value, output_error)]


# --- The target of a change ---


def stored_column(relation: Relation, name: str) -> StoredColumn:
    """Return the stored column that a column refers to. Raises 207, 4406, 4421 or 4426."""
    assert relation.lineage is not None
    if relation.lineage.refusal == UNION:
        raise error(UNION, relation.name)
    lower_name = name.lower()
    for each, column in zip(relation.fields, relation.lineage.columns, strict=True):
        if each.name.lower() == lower_name:
            if column is None:
                raise error(4421 if relation.lineage.derived else 4406, relation.name)
            return column
    raise error(207, name)


def changed_row(relation: Relation, columns: Sequence[StoredColumn]) -> StoredRow:
    """Return the one stored row that a change of these columns reaches.

    Raises 4403, 4405 or 4426.
    """
    lineage = relation.lineage
    assert lineage is not None
    paths = {column.path for column in columns}
    if len(paths) > 1:
        raise error(4405, relation.name)
    if lineage.refusal:
        raise error(lineage.refusal, relation.name)
    rows = [row for row in lineage.rows if row is not None and (not paths or row.path in paths)]
    if not rows or (not paths and None in lineage.rows):
        raise unsupported("a change of a query over sources that are not tables")
    if len(rows) > 1:
        raise error(4405, relation.name)
    return rows[0]
