"""Query expressions: SELECT with its clauses, set operations, ORDER BY, TOP, OFFSET.

Follows "SELECT (Transact-SQL)", https://learn.microsoft.com/sql/t-sql/queries/select-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder, collations, types
from tds_embedded.tsql.translate.binder import CommonTable, Field, Scope, Waiting
from tds_embedded.tsql.translate.clauses import from_clause, where_clause
from tds_embedded.tsql.translate.grouping import group_by
from tds_embedded.tsql.translate.hints import lock_rows, recursion_limit, waiting
from tds_embedded.tsql.translate.json import for_json
from tds_embedded.tsql.translate.limits import limited, offset
from tds_embedded.tsql.translate.named_windows import named_windows
from tds_embedded.tsql.translate.rows import Item, Reads, Rows, select_list
from tds_embedded.tsql.translate.values import (
    Value,
    cast,
    common,
    convert,
    direction,
    expression,
    predicate,
    unsupported,
    value_of,
)
from tds_embedded.types import SqlType

# --- Query expressions ---


def subquery(query: ast.Query, scope: Scope) -> Rows:
    """Return a query inside an expression. Raises 130, 144 or 10705 if none is allowed."""
    if scope.clause in (binder.AGGREGATE, binder.GROUP_BY):
        raise error(scope.clause.aggregates or 144)
    if scope.clause in (binder.OUTPUT, binder.OUTPUT_OF_MERGE):
        raise error(10705)
    return nested_query(query, scope)


@value_of.register
def _scalar_subquery(node: ast.ScalarSubquery, scope: Scope) -> Value:
    rows = subquery(node.query, scope)
    if len(rows.items) != 1:
        raise error(116)
    value = rows.items[0].value
    if value.type.name == "null":
        rows = rows.converted([types.INT])
    result = rows.items[0].value
    return Value(f"({rows.sql})", result.type, document=value.document)


def nested_query(query: ast.Query, scope: Scope) -> Rows:
    """Return a derived table, common table expression, view or subquery. Raises 1033."""
    has_limit = query.offset is not None or query.for_ is not None
    if isinstance(query.body, ast.QuerySpecification):
        has_limit = has_limit or query.body.top is not None
    if query.order_by and not has_limit:
        raise error(1033)
    return query_rows(query, scope)


def query_rows(query: ast.Query, scope: Scope) -> Rows:
    """Return the rows of a query expression; FOR JSON turns them into one column."""
    rows = _ordered(query, scope)
    if query.for_ is None:
        return rows
    if isinstance(query.for_, ast.ForXml):
        raise unsupported("FOR XML")
    return for_json(query.for_, query, rows, scope)


def _ordered(query: ast.Query, scope: Scope) -> Rows:
    if isinstance(query.body, ast.QuerySpecification):
        return specification(query.body, query, scope)
    rows = body_rows(query.body, scope)
    if not query.order_by:
        return rows
    order = _order_of_names(query.order_by, rows)
    limit = offset(query, scope)

    def write(items: Sequence[Item]) -> str:
        return f"{rows._write(items)}{order}{limit}"

    return Rows(rows.items, write)


def body_rows(body: ast.QueryBody, scope: Scope) -> Rows:
    """Return the rows of one operand of a set operation."""
    if isinstance(body, ast.QuerySpecification):
        return specification(body, ast.Query(body), scope, combined=True)
    if not isinstance(body, ast.SetOperation):
        raise unsupported(body)
    left, right = body_rows(body.left, scope), body_rows(body.right, scope)
    return combine(body, left, right)


def combine(body: ast.SetOperation, left: Rows, right: Rows) -> Rows:
    """Return UNION, EXCEPT or INTERSECT. Raises 205 for different numbers of columns."""
    if len(left.items) != len(right.items):
        raise error(205)
    if any(item.variable for item in (*left.items, *right.items)):
        raise error(194)
    if not body.all:
        _check_comparable(5335, [*left.items, *right.items])
    operator = f" {body.operator}{' ALL' if body.all else ''} "
    items = []
    for a, b in zip(left.items, right.items, strict=True):
        sql_type = common([a.value, b.value], f"{body.operator}{' ALL' if body.all else ''}")
        nullable = a.value.nullable or (b.value.nullable and body.operator == "UNION")
        items.append(replace(a, value=Value("", sql_type, nullable)))

    def write(items: Sequence[Item]) -> str:
        targets = [item.value.type for item in items]
        sides = (
            left.converted(targets, _convert_or_cast),
            right.converted(targets, _convert_or_cast),
        )
        return operator.join(f"({side.sql})" for side in sides)

    return Rows(items, write, left.visible)


def _convert_or_cast(value: Value, target: SqlType) -> Value:
    """Convert a second time, since the first conversion's result was already checked."""
    return cast(value, target) if value.type.name != target.name else convert(value, target)


# --- SELECT ---


def specification(
    node: ast.QuerySpecification, query: ast.Query, outer: Scope, *, combined: bool = False
) -> Rows:
    """Return one SELECT with its query's ORDER BY and OFFSET; `combined` in a set operation."""
    scope = outer.child()
    scope.sequences = set()
    clauses = _from_and_where(node, scope)
    parameters = len(scope.translation.parameters)
    grouping = group_by(node.group_by, scope)
    scope.windows = named_windows(node.windows)
    items, checks = _select_items(node, scope)
    if node.distinct:
        _check_comparable(421, items)
    having = ""
    if node.having is not None:
        scope.clause = binder.HAVING
        mark = len(scope.references)
        having = f" HAVING {predicate(node.having, scope)}"
        checks += [(8121, each) for each in scope.references[mark:]]
    if grouping.sets:  # SQL Server has no total of no rows
        having = f"{having} AND count(*) > 0" if having else " HAVING count(*) > 0"
    mark = len(scope.references)
    order = _order_by(query.order_by, items, node.distinct, scope)
    checks += [(8127, each) for each in scope.references[mark:]]
    if order and grouping.sets and not node.distinct:
        order += f", GROUPING({', '.join(sorted(scope.groups))})"  # totals after their rows
    grouped: bool = bool(node.group_by) or node.having is not None or scope.aggregated
    if grouped:
        _check_grouping(checks)
    items = [replace(item, value=_grouped_value(item.value, grouping.sets)) for item in items]
    if any(item.variable for item in items) and not all(item.variable for item in items):
        raise error(141)
    limit, wrap = limited(node, query, scope)
    plain = not (grouped or node.distinct or wrap or scope.windowed or combined)
    from_, locks = lock_rows(scope, clauses.from_, plain=plain)
    distinct = "DISTINCT " if node.distinct else ""
    tail = f"{from_}{clauses.where}{grouping.sql}{having}{order}{limit}{locks}"

    def write(items: Sequence[Item]) -> str:
        sql = f"SELECT {distinct}{select_list(items)}{tail}"
        return wrap(sql, items, order) if wrap else sql

    visible = {each.name.lower() for relation in scope.relations for each in relation.fields}

    def waits() -> Waiting | None:
        if not plain and (limit or wrap):
            return None
        sources = f"{clauses.from_}{clauses.where}"
        return waiting(scope, write(items), sources, parameters, plain=plain)

    lockable = plain and not limit and not any(each.outer for each in scope.relations)
    reads = Reads(tuple(scope.relations), grouped or node.distinct, lockable, waits)
    return Rows(items, write, frozenset(visible), reads)


@dataclass(frozen=True, slots=True)
class _Clauses:
    from_: str
    where: str


def _from_and_where(node: ast.QuerySpecification, scope: Scope) -> _Clauses:
    from_ = from_clause(node.from_, scope)
    where = where_clause(node.where, scope)
    scope.references.clear()
    return _Clauses(from_, where)


def _grouped_value(value: Value, sets: bool) -> Value:
    return replace(value, nullable=True) if sets else value


def _check_comparable(number: int, items: Sequence[Item]) -> None:
    """Raise the error if a column's type has no equality."""
    for item in items:
        if item.value.type.name in types.INCOMPARABLE:
            raise error(number, item.value.type.name)


def _check_grouping(checks: Sequence[tuple[int, Field]]) -> None:
    for number, each in checks:
        raise error(number, f"{each.owner}.{each.name}" if each.owner else each.name)


def _select_items(
    node: ast.QuerySpecification, scope: Scope
) -> tuple[list[Item], list[tuple[int, Field]]]:
    """Return the select list with stars expanded, and its columns that no aggregate covers."""
    scope.clause = binder.SELECT
    mark = len(scope.references)
    items: list[Item] = []
    for element in node.select:
        items.extend(select_element(element, scope))
    return items, [(8120, each) for each in scope.references[mark:]]


def select_element(element: ast.SelectElement, scope: Scope) -> list[Item]:
    """Return the columns of one element of a select list."""
    if isinstance(element, ast.Star):
        return expand_star(element, scope)
    if isinstance(element, ast.SelectAssignment):
        return [_assignment(element, scope)]
    value = expression(element.expression, scope)
    name = implied_name(element.expression, scope)
    if element.alias is None:
        return [Item(name, value)]
    return [Item(element.alias, value, aliased=True, aliased_column=name)]


def expand_star(star: ast.Star, scope: Scope) -> list[Item]:
    """Return the columns of `*` or `t.*`. Raises 263 without a FROM, 107 for an unknown source."""
    if not scope.relations:
        raise error(263)
    relations = [scope.relation(star.qualifier)] if star.qualifier else scope.relations
    return [
        Item(
            each.name,
            Value(
                each.sql,
                each.type,
                each.nullable,
                identity=each.identity,
                computed=each.computed,
                document=each.document,
            ),
        )
        for relation in relations
        for each in map(scope.used, relation.fields)
    ]


def implied_name(node: ast.Expression, scope: Scope) -> str:
    """Return the name of a column without an alias: that of the column it refers to, or ""."""
    if isinstance(node, ast.ColumnReference):
        return scope.column(node.parts).name
    if isinstance(node, ast.PseudoColumn):
        return node.name
    return ""


def _assignment(node: ast.SelectAssignment, scope: Scope) -> Item:
    target = scope.translation.variable_type(node.variable)
    expr = node.expression
    if node.operator != "=":
        expr = ast.Binary(node.operator[:-1], ast.Variable(node.variable), expr)
    if scope.relations and mentions(expr, node.variable):
        raise unsupported("SELECT @variable = expression of @variable, over rows")
    return Item("", convert(expression(expr, scope), target), node.variable)


def mentions(node: object, variable: str) -> bool:
    """Return whether an expression uses a variable."""
    if isinstance(node, ast.Variable):
        return node.name.lower() == variable.lower()
    if isinstance(node, tuple):
        return any(mentions(each, variable) for each in node)
    if isinstance(node, ast.Node):
        return any(mentions(getattr(node, name), variable) for name in node.__dataclass_fields__)
    return False


# --- ORDER BY ---


def _order_by(
    order: Sequence[ast.OrderItem], items: Sequence[Item], distinct: bool, scope: Scope
) -> str:
    """Return ORDER BY of a SELECT. Raises 108, 145, 169, 209, 408 or 1008."""
    if not order:
        return ""
    scope.clause = binder.ORDER_BY
    keys: list[str] = []
    parts: list[str] = []
    for position, item in enumerate(order, start=1):
        key, value = _order_key(item.expression, position, items, scope)
        if distinct and not key.isdigit():
            raise error(145)
        if key in keys:
            raise error(169)
        keys.append(key)
        types.check_sortable(value.type)
        collations.check_column(value.type, "ORDER BY", position)
        if collations.order_key("", value.type):
            key = collations.order_key(value.sql, value.type)
        parts.append(key + direction(item.descending, value.nullable))
    return " ORDER BY " + ", ".join(parts)


def _order_key(
    node: ast.Expression, position: int, items: Sequence[Item], scope: Scope
) -> tuple[str, Value]:
    """Return PostgreSQL's sort key, an ordinal for a column of the list, and its value."""
    named = _named_item(node, items)
    if named is not None:
        return str(named), items[named - 1].value
    mark = len(scope.references)
    value = expression(node, scope)
    if isinstance(node, ast.Variable):
        raise error(1008, position)
    if value.constant:
        raise error(408, position)
    for ordinal, item in enumerate(items, start=1):
        if item.value.sql == value.sql:
            del scope.references[mark:]
            return str(ordinal), item.value
    return value.sql, value


def _named_item(node: ast.Expression, items: Sequence[Item]) -> int | None:
    """Return the ordinal of the item that an ORDER BY position or name refers to."""
    if isinstance(node, ast.IntegerLiteral):
        if not 1 <= node.value <= len(items):
            raise error(108, node.value)
        return node.value
    if not isinstance(node, ast.ColumnReference) or len(node.parts) > 1:
        return None
    lower_name = node.name.lower()
    ordinals = [n for n, item in enumerate(items, start=1) if item.name.lower() == lower_name]
    if len({items[n - 1].value.sql for n in ordinals}) > 1:
        raise error(209, node.name)
    return ordinals[0] if ordinals else None


def _order_of_names(order: Sequence[ast.OrderItem], rows: Rows) -> str:
    """Return ORDER BY after a set operation: only aliases and columns of the first list.

    Raises 104.
    """
    parts = []
    columns = [replace(item, name=item.aliased_column) for item in rows.items]
    for item in order:
        ordinal = _named_item(item.expression, rows.items) or _named_item(item.expression, columns)
        if ordinal is None:
            _check_visible(item.expression, rows)
            raise error(104)
        nullable = rows.items[ordinal - 1].value.nullable
        parts.append(f"{ordinal}{direction(item.descending, nullable)}")
    return " ORDER BY " + ", ".join(parts)


def _check_visible(node: ast.Expression, rows: Rows) -> None:
    """Raise 207 for a name that the first of the queries lacks, too."""
    if not isinstance(node, ast.ColumnReference) or len(node.parts) > 1:
        return
    if node.name.lower() not in rows.visible:
        raise error(207, node.name)


# --- Common table expressions ---


_DEPTH = quote(" depth")  # of the recursion, as a column


def with_clause(
    nodes: Sequence[ast.CommonTableExpression],
    scope: Scope,
    hints: Sequence[ast.QueryHint] = (),
) -> str:
    """Return WITH, and add its tables to the scope. Raises 239 for a repeated name."""
    parts = []
    limit = recursion_limit(hints)
    for node in nodes:
        if node.name.lower() in scope.ctes:
            raise error(239, node.name)
        table = CommonTable(node.name, scope.translation.fresh(node.name), node=node, scope=scope)
        scope.ctes[node.name.lower()] = table
        rows = _common_table_rows(node, table, scope, limit)
        table.fields = _cte_fields(node, rows)
        table.defining = False
        columns = [quote(each.name) for each in table.fields]
        if table.recursive and limit:
            columns.append(_DEPTH)
        parts.append(f"{table.sql} ({', '.join(columns)}) AS ({rows.sql})")
    # PostgreSQL does not allow MERGE with WITH RECURSIVE.
    recursive = "RECURSIVE " if any(scope.ctes[n.name.lower()].recursive for n in nodes) else ""
    return f"WITH {recursive}{', '.join(parts)} " if parts else ""


def _common_table_rows(
    node: ast.CommonTableExpression, table: CommonTable, scope: Scope, limit: int
) -> Rows:
    body = node.query.body
    if not (isinstance(body, ast.SetOperation) and body.all and not node.query.order_by):
        rows = nested_query(node.query, scope)
        if table.recursive:
            raise error(252, node.name)
        return rows
    left = body_rows(body.left, scope)
    table.fields = tuple(replace(each, nullable=True) for each in _cte_fields(node, left))
    right = body_rows(body.right, scope)
    if not table.recursive:
        return combine(body, left, right)
    for each, a, b in zip(table.fields, left.items, right.items, strict=True):
        if not _is_same(a.value.type, b.value.type) and b.value.type.name != "null":
            raise error(240, each.name, node.name)
    return _rows_with_depth(combine(body, left, right), left, right, table, limit)


def _is_same(left: SqlType, right: SqlType) -> bool:
    """Return whether two types are the same except for their collations."""
    return _uncollated(left) == _uncollated(right)


def _uncollated(sql_type: SqlType) -> SqlType:
    return replace(sql_type, collation=None, explicit=False, conflict=None)


def _rows_with_depth(rows: Rows, left: Rows, right: Rows, table: CommonTable, limit: int) -> Rows:
    """Return the rows of a recursion with their depth; above the limit it is error 530."""
    if not limit:
        return rows
    if right.reads is None or all(each.prefix != table.prefix for each in right.reads.relations):
        raise unsupported("a recursive reference below the FROM of its query")
    depth = f"tsql.deeper({table.prefix}.{_DEPTH}, {limit})"

    def write(items: Sequence[Item]) -> str:
        targets = [item.value.type for item in items]
        first = left.converted(targets, _convert_or_cast).sql
        others = right.converted(targets, _convert_or_cast).with_hidden([depth])
        return f"SELECT anchor.*, 0 FROM ({first}) AS anchor UNION ALL ({others})"

    return Rows(rows.items, write, rows.visible)


def _cte_fields(node: ast.CommonTableExpression, rows: Rows) -> tuple[Field, ...]:
    return derived_fields(node.name, node.columns, rows.items)


def derived_fields(name: str, columns: Sequence[str], items: Sequence[Item]) -> tuple[Field, ...]:
    """Return the columns of a derived table. Raises 8155, 8156, 8158 or 8159."""
    if columns and len(columns) < len(items):
        raise error(8158, name)
    if columns and len(columns) > len(items):
        raise error(8159, name)
    fields: list[Field] = []
    for position, item in enumerate(items):
        column = columns[position] if columns else item.name
        if not column:
            raise error(8155, position + 1, name)
        if any(each.name.lower() == column.lower() for each in fields):
            raise error(8156, column, name)
        of = item.column
        document = item.value.document
        fields.append(
            Field(column, "", of.type, of.nullable, of.identity, owner=name, document=document)
        )
    return tuple(fields)
