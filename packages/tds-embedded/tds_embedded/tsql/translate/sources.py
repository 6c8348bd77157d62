"""Table sources: tables, table variables, derived tables, VALUES, joins, APPLY, functions.

Follows "FROM clause plus JOIN, APPLY, PIVOT",
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tds_embedded.catalog.tables import Table
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder, types
from tds_embedded.tsql.translate.binder import CommonTable, Field, Relation, Scope
from tds_embedded.tsql.translate.expressions import system_type
from tds_embedded.tsql.translate.hints import lock_of, table_lock
from tds_embedded.tsql.translate.queries import derived_fields, nested_query
from tds_embedded.tsql.translate.rows import Item
from tds_embedded.tsql.translate.series import generate_series
from tds_embedded.tsql.translate.table_names import find_table
from tds_embedded.tsql.translate.values import (
    Source,
    Value,
    cast,
    common,
    convert,
    expression,
    pg,
    predicate,
    source,
    string_literal,
    unsupported,
)
from tds_embedded.types import DEFAULT_COLLATION, MAX, SqlType

# --- Tables ---


@source.register
def _named_table(node: ast.NamedTable, scope: Scope) -> Source:
    cte = scope.common_table(node.name.name) if len(node.name.parts) == 1 else None
    if cte is not None:
        return _common_table(node, cte, scope)
    table = find_table(node.name, scope)
    named = table_source(table, node.alias, node.name, scope)
    relation = named.relations[0]
    lock = lock_of(node.hints, relation, scope)
    if lock is not None:
        scope.locks.append(lock)
    whole = table_lock(node.hints, relation.stored_sql) if relation.base else None
    if whole is not None:
        scope.translation.locks.append(whole)
    return named


@source.register
def _table_variable(node: ast.TableVariable, scope: Scope) -> Source:
    table = table_variable(node.name, scope)
    return table_source(table, node.alias, ast.ObjectName((node.name,)), scope)


def table_variable(name: str, scope: Scope) -> Table:
    """Return the stored table of a variable of type table. Raises 1087."""
    table = scope.translation.context.table_variables.get(name.lower())
    if table is None:
        raise error(1087, name)
    return table


def table_source(table: Table, alias: str | None, name: ast.ObjectName, scope: Scope) -> Source:
    """Return a stored table or view under its alias or name."""
    exposed_name = alias or name.name
    prefix = unique_prefix(alias or ".".join(name.parts), scope)
    owner = alias or str(name)
    fields = tuple(
        Field(
            column.name,
            f"{prefix}.{column.sql}",
            _implicitly_collated(column.type),
            column.nullable,
            column.identity,
            column.computed,
            owner,
        )
        for column in table.columns
    )
    relation = Relation(
        exposed_name,
        fields,
        prefix,
        schema=table.schema,
        database=scope.translation.context.database,
        table=table,
        stored_sql=table.sql,
        base=not table.view,
        alias=alias is not None,
        parts=name.parts,
    )
    return Source(f"{table.sql} AS {prefix}", (relation,))


def _implicitly_collated(sql_type: SqlType) -> SqlType:
    """Return a stored string's type with a collation, by default the database's."""
    if sql_type.name in types.STRINGS:
        collation = sql_type.collation or DEFAULT_COLLATION
        return replace(sql_type, collation=collation, explicit=False, conflict=None)
    return sql_type


def unique_prefix(name: str, scope: Scope) -> str:
    """Return a PostgreSQL alias that hides none of the sources around it."""
    prefix = quote(name)
    relations = (relation for level in scope.levels() for relation in level.relations)
    if any(each.prefix == prefix for each in relations):
        return scope.translation.fresh(name)
    return prefix


def _common_table(node: ast.NamedTable, cte: CommonTable, scope: Scope) -> Source:
    exposed_name = node.alias or node.name.name
    prefix = unique_prefix(exposed_name, scope)
    if cte.defining:
        if not cte.fields:
            raise error(252, cte.name)
        cte.recursive, cte.prefix = True, prefix
    else:
        cte.used = True
    fields = tuple(
        replace(each, sql=f"{prefix}.{quote(each.name)}", owner=exposed_name) for each in cte.fields
    )
    relation = Relation(exposed_name, fields, prefix, alias=node.alias is not None)
    lock_of(node.hints, relation, scope)
    return Source(f"{cte.sql} AS {prefix}", (relation,))


# --- Derived tables ---


def around(scope: Scope) -> Scope:
    """Return the scope of a derived table: it does not see the other sources of its FROM."""
    assert scope.parent is not None
    return scope.parent


@source.register
def _derived_table(node: ast.DerivedTable, scope: Scope) -> Source:
    rows = nested_query(node.query, around(scope))
    if any(item.variable for item in rows.items):
        raise error(102, "=")
    return derived(node.alias, node.columns, rows.items, f"({rows.sql})", scope)


def derived(
    alias: str,
    columns: Sequence[str],
    items: Sequence[Item],
    sql: str,
    scope: Scope,
    prefix: str = "",
) -> Source:
    """Return rows under an alias; PostgreSQL gets the column names in the alias's list."""
    prefix = prefix or unique_prefix(alias, scope)
    fields = tuple(
        replace(each, sql=f"{prefix}.{quote(each.name)}")
        for each in derived_fields(alias, columns, items)
    )
    names = ", ".join(quote(each.name) for each in fields)
    relation = Relation(alias, fields, prefix, alias=True)
    return Source(f"{sql} AS {prefix} ({names})", (relation,))


@source.register
def _values_table(node: ast.ValuesTable, scope: Scope) -> Source:
    outer = around(scope)
    clause = outer.clause
    if not outer.relations:  # with an outer reference an aggregate is the outer query's
        outer.clause = binder.VALUES
    rows = [[expression(each, outer) for each in row] for row in node.rows]
    outer.clause = clause
    sql, items = values_rows(rows)
    return derived(node.alias, node.columns, items, f"({sql})", scope)


def values_rows(rows: Sequence[Sequence[Value]]) -> tuple[str, list[Item]]:
    """Return VALUES with each column's values converted to their common type. Raises 10709."""
    if len({len(row) for row in rows}) != 1:
        raise error(10709)
    columns = [_column_of_values(list(column)) for column in zip(*rows, strict=True)]
    lines = ", ".join(
        f"({', '.join(value.sql for value in row)})" for row in zip(*columns, strict=True)
    )
    items = [
        Item("", replace(column[0], nullable=any(value.nullable for value in column)))
        for column in columns
    ]
    return f"VALUES {lines}", items


def _column_of_values(values: list[Value]) -> list[Value]:
    first = values[0].type
    if all(value.type == first for value in values):
        return values
    target = common(values)
    return [convert(value, target) for value in values]


# --- Joins ---


@source.register
def _join(node: ast.Join, scope: Scope) -> Source:
    if node.hint == "REMOTE":
        raise unsupported("REMOTE JOIN")
    left, right = source(node.left, scope), source(node.right, scope)
    together = scope.beside(())
    together.expose((*left.relations, *right.relations))
    if node.kind == "CROSS" or node.on is None:
        return Source(
            f"{left.sql} CROSS JOIN {_operand(node.right, right)}",
            (*left.relations, *right.relations),
        )
    together.clause = binder.ON
    on = predicate(node.on, together)
    sql = f"{left.sql} {node.kind} JOIN {_operand(node.right, right)} ON {on}"
    return Source(
        sql,
        (
            *(
                _nullable_relations(left.relations)
                if node.kind in ("RIGHT", "FULL")
                else left.relations
            ),
            *(
                _nullable_relations(right.relations)
                if node.kind in ("LEFT", "FULL")
                else right.relations
            ),
        ),
    )


def _operand(node: ast.TableSource, operand: Source) -> str:
    return f"({operand.sql})" if isinstance(node, ast.Join | ast.Apply) else operand.sql


def _nullable_relations(relations: Sequence[Relation]) -> tuple[Relation, ...]:
    return tuple(relation.nullable() for relation in relations)


@source.register
def _apply(node: ast.Apply, scope: Scope) -> Source:
    left = source(node.left, scope)
    beside = scope.beside(left.relations)
    beside.clause = binder.APPLY
    right = source(node.right, beside.child())
    right_sql = _operand(node.right, right)
    if not isinstance(node.right, ast.NamedTable | ast.TableVariable | ast.Join | ast.Apply):
        right_sql = f"LATERAL {right_sql}"
    if node.outer:
        return Source(
            f"{left.sql} LEFT JOIN {right_sql} ON true",
            (*left.relations, *_nullable_relations(right.relations)),
        )
    return Source(f"{left.sql} CROSS JOIN {right_sql}", (*left.relations, *right.relations))


# --- Functions ---

_STRING_SPLIT = (("value", SqlType("nvarchar", 4000)), ("ordinal", SqlType("bigint")))


@source.register
def _table_function(node: ast.TableFunction, scope: Scope) -> Source:
    arguments = [_argument(each, scope) for each in node.arguments]
    name = node.name.name.upper()
    if (node.name.schema or "").lower() == "sys" and name in _SYSTEM_FUNCTIONS:
        sql, items = _system_function(name, arguments, scope)
        return derived(node.alias or node.name.name, node.columns, items, sql, scope)
    handler = _FUNCTIONS.get(name) if len(node.name.parts) == 1 else None
    if handler is None:
        if name in _MISSING and scope.translation.context.product >= _MISSING[name]:
            raise unsupported(name)
        raise error(208, str(node.name))
    if name == "GENERATE_SERIES" and node.columns:
        raise error(195, node.alias, "built-in function name", state=15)
    sql, items = handler(arguments, scope)
    prefix = "" if node.alias else scope.translation.fresh(name)
    derived_source = derived(node.alias or node.name.name, node.columns, items, sql, scope, prefix)
    (relation,) = derived_source.relations
    return replace(derived_source, relations=(replace(relation, function=node.alias is None),))


def _argument(node: ast.Expression | ast.DefaultValue, scope: Scope) -> Value:
    if isinstance(node, ast.DefaultValue):
        raise unsupported("DEFAULT as an argument")
    return expression(node, around(scope))


def _string_split(arguments: list[Value], scope: Scope) -> tuple[str, list[Item]]:
    if not 2 <= len(arguments) <= 3:
        raise error(313, "STRING_SPLIT")
    text, separator = arguments[:2]
    sql_type = text.type if text.type.name in ("nvarchar", "varchar") else _STRING_SPLIT[0][1]
    if separator.type.name in types.NATIONAL and sql_type.name == "varchar":
        sql_type = replace(
            sql_type, name="nvarchar", length=MAX if sql_type.length == MAX else 4000
        )
    text, separator = convert(text, sql_type), convert(separator, SqlType("nvarchar", 4000))
    items = [Item("value", Value("", sql_type, text.nullable))]
    ordinal = len(arguments) == 3 and _is_on(arguments[2])
    if ordinal:
        items.append(Item("ordinal", Value("", _STRING_SPLIT[1][1])))
    columns = "part, ordinal" if ordinal else "part"
    return (
        f"(SELECT {columns} FROM tsql.string_split({text.sql}::text, {separator.sql}::text) "
        f"AS split (part, ordinal))",
        items,
    )


def _is_on(flag: Value) -> bool:
    """Return whether STRING_SPLIT is to number its rows. Raises 4199, 8116 or 8748."""
    if flag.type.name == "null":
        return False
    if flag.type.name not in types.INTEGERS:
        raise error(8116, flag.type.name, 3, "string_split")
    digits = flag.sql.strip("()")
    if not digits.lstrip("-").isdigit():
        raise error(8748)
    if digits not in ("0", "1"):
        raise error(4199, digits, "string_split")
    return digits == "1"


_HANDLE = SqlType("varbinary", 64)
_INT = SqlType("int")
# The last column; the types of the arguments; the first product that has the function.
_SYSTEM_FUNCTIONS: dict[str, tuple[str, tuple[SqlType, ...], int]] = {
    "DM_EXEC_SQL_TEXT": ("text", (_HANDLE,), 2016),
    "DM_EXEC_TEXT_QUERY_PLAN": ("query_plan", (_HANDLE, _INT, _INT), 2016),
    # SQL Server's column is xml, which this server does not have.
    "DM_EXEC_QUERY_PLAN_STATS": ("query_plan", (_HANDLE,), 2019),
}


def _system_function(name: str, arguments: list[Value], scope: Scope) -> tuple[str, list[Item]]:
    """Return a system function. Raises 208 if the product lacks it, 313 for a missing argument."""
    column, parameter_types, since = _SYSTEM_FUNCTIONS[name]
    if scope.translation.context.product < since:
        raise error(208, f"sys.{name.lower()}")
    if len(arguments) != len(parameter_types):
        raise error(313, f"sys.{name.lower()}")
    arguments_sql = [
        convert(value, sql_type) for value, sql_type in zip(arguments, parameter_types, strict=True)
    ]
    argument_list = ", ".join(
        f"{value.sql}::bytea" if value.type == _HANDLE else value.sql for value in arguments_sql
    )
    items = [
        Item("dbid", Value("", SqlType("smallint"))),
        Item("objectid", Value("", _INT)),
        Item("number", Value("", SqlType("smallint"))),
        Item("encrypted", Value("", types.BIT, False)),
        Item(column, Value("", types.NVARCHAR_MAX)),
    ]
    return (
        f"(SELECT dbid, objectid, number, encrypted::tsql.bit, {column}::tsql.nvarchar "
        f"FROM sys.{name.lower()}({argument_list}))",
        items,
    )


# Functions of SQL Server that the embedded server lacks, and their first version.
_MISSING = {"REGEXP_MATCHES": 2025, "REGEXP_SPLIT_TO_TABLE": 2025, "AI_GENERATE_CHUNKS": 2025}
_FUNCTIONS = {"STRING_SPLIT": _string_split, "GENERATE_SERIES": generate_series}


# --- OPENJSON ---


@source.register
def _open_json(node: ast.OpenJson, scope: Scope) -> Source:
    if not scope.translation.context.catalog.has_openjson():
        raise error(208, "OPENJSON")
    outer = around(scope)
    arguments = [_document(expression(node.document, outer))]
    if node.path is not None:
        arguments.append(_document(expression(node.path, outer)))
    argument_list = ", ".join(arguments)
    alias = node.alias or "OPENJSON"
    if not node.schema:
        items = [Item(name, Value("", sql_type)) for name, sql_type in _OPENJSON]
        return derived(
            alias, node.columns, items, f"(SELECT * FROM tsql.openjson({argument_list}))", scope
        )
    if node.columns:
        raise error(102, "(")
    items = []
    columns = []
    for column in node.schema:
        value = _json_column(column, scope)
        items.append(Item(column.name, value))
        columns.append(value.sql)
    sql = f"(SELECT {', '.join(columns)} FROM tsql.openjson_rows({argument_list}) AS row (element))"
    return derived(alias, (), items, sql, scope)


_OPENJSON = (
    ("key", SqlType("nvarchar", 4000, collation="Latin1_General_BIN2")),
    ("value", types.NVARCHAR_MAX),
    ("type", types.TINYINT),
)


def _document(value: Value) -> str:
    if value.type.name == "json":
        return f"{value.sql}::text"
    if value.type.name == "null":
        return "NULL::text"
    if value.type.name not in types.STRINGS:
        raise error(8116, value.type.name, 1, "OPENJSON")
    return f"{convert(value, types.NVARCHAR_MAX).sql}::text"


def _json_column(column: ast.JsonColumn, scope: Scope) -> Value:
    """Return a column of OPENJSON ... WITH. Raises 13618 if AS JSON is not nvarchar(max)."""
    sql_type = _implicitly_collated(system_type(column.type, scope))
    path = column.path or '$."' + column.name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    function = "json_container_at" if column.as_json else "json_scalar_at"
    sql = f"tsql.{function}(row.element, {string_literal(path)})"
    if path == "$" and not column.as_json:
        # Thousands of scalars are read so: the element itself, without a walk along its path.
        is_scalar = "json_typeof(row.element) NOT IN ('object', 'array')"
        sql = f"CASE WHEN {is_scalar} THEN row.element #>> '{{}}' END"
    if column.as_json:
        if sql_type.name != "json" and (sql_type.name, sql_type.length) != ("nvarchar", MAX):
            raise error(13618)
        document = f"tsql.parse_json({sql})" if sql_type.name == "json" else f"{sql}::tsql.nvarchar"
        return Value(document, sql_type)
    if sql_type.name in types.BINARIES:
        return Value(f"decode({sql}, 'base64')::{pg(sql_type)}", sql_type)
    return cast(Value(f"{sql}::tsql.nvarchar", types.NVARCHAR_MAX), sql_type)
