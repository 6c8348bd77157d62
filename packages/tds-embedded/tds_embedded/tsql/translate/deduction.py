"""The types of undeclared parameters, deduced from their positions.

Follows "sp_describe_undeclared_parameters", Remarks: a parameter takes the type of the operand that
it is compared with, combined with or assigned to.
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-undeclared-parameters-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.binder import Catalog
from tds_embedded.tsql.walk import descendants
from tds_embedded.types import SqlType

BIGINT, INT = SqlType("bigint"), SqlType("int")
FLOAT = SqlType("float", precision=53)
NVARCHAR, VARCHAR = SqlType("nvarchar", length=4000), SqlType("varchar", length=8000)
VARBINARY = SqlType("varbinary", length=8000)
# The types of arguments whose function leaves no choice; None if it determines nothing.
ARGUMENTS: dict[str, tuple[SqlType | None, ...]] = {
    "CHARINDEX": (NVARCHAR, NVARCHAR, BIGINT),
    "DATEADD": (None, INT, None),
    "LEFT": (NVARCHAR, INT),
    "LEN": (NVARCHAR,),
    "LOWER": (NVARCHAR,),
    "LTRIM": (NVARCHAR,),
    "REPLACE": (NVARCHAR, NVARCHAR, NVARCHAR),
    "RIGHT": (NVARCHAR, INT),
    "RTRIM": (NVARCHAR,),
    "SUBSTRING": (None, INT, INT),
    "UPPER": (NVARCHAR,),
}
Tables = list[tuple[str, Any]]  # exposed name in lower case, catalog table


def deduce(statements: Sequence[ast.Statement], catalog: Catalog) -> dict[str, SqlType]:
    """Map each variable (lower case, with @) to its type, if the statements determine one."""
    types: dict[str, SqlType] = {}
    for statement in statements:
        tables = list(_tables(statement, catalog))
        for node in descendants(statement):
            for variable, sql_type in _types_from(node, tables, catalog):
                types.setdefault(variable.name.lower(), sql_type)
    return types


def _tables(statement: ast.Statement, catalog: Catalog) -> Iterable[tuple[str, Any]]:
    for node in descendants(statement):
        if isinstance(node, ast.NamedTable):
            table = catalog.table(node.name.schema, node.name.name)
            if table is not None:
                yield (node.alias or node.name.name).lower(), table


Told = Iterable[tuple[ast.Variable, SqlType]]


def _types_from(node: ast.Node, tables: Tables, catalog: Catalog) -> Told:
    """Return the types that one node determines for the variables right below it."""
    if isinstance(node, (ast.Comparison, ast.Binary, ast.IsDistinctFrom)):
        yield from _types_of_operands([node.left, node.right], tables)
    elif isinstance(node, ast.Between):
        yield from _types_of_operands([node.expression, node.low, node.high], tables)
    elif isinstance(node, ast.In):
        yield from _types_of_operands([node.expression, *node.values], tables)
    elif isinstance(node, ast.Like):
        yield from _types_of_operands([node.expression, node.pattern], tables, default=NVARCHAR)
    elif isinstance(node, ast.Assignment) and node.column is not None:
        yield from _given([node.value], [_type_of(node.column, tables)])
    elif isinstance(node, ast.Insert):
        yield from _inserted(node, catalog)
    elif isinstance(node, ast.Top):
        yield from _given([node.count], [BIGINT])
    elif isinstance(node, ast.Query):
        yield from _given([node.offset, node.fetch], [BIGINT, BIGINT])
    elif isinstance(node, (ast.Cast, ast.Convert)) and isinstance(node.type, SqlType):
        yield from _given([node.expression], [node.type])
    elif isinstance(node, ast.FunctionCall):
        yield from _given(node.arguments, ARGUMENTS.get(node.name.name, ()))


def _types_of_operands(
    nodes: Sequence[ast.Node], tables: Tables, default: SqlType | None = None
) -> Told:
    """Return the types of variables among the operands of one operator: those of the others."""
    types = [_type_of(node, tables) for node in nodes if not isinstance(node, ast.Variable)]
    sql_type_or_default = next((sql_type for sql_type in types if sql_type is not None), default)
    if sql_type_or_default is not None:
        yield from _given(nodes, [sql_type_or_default] * len(nodes))


def _given(nodes: Sequence[object], types: Sequence[SqlType | None]) -> Told:
    for node, sql_type in zip(nodes, types, strict=False):
        if isinstance(node, ast.Variable) and sql_type is not None:
            yield node, sql_type


def _inserted(node: ast.Insert, catalog: Catalog) -> Told:
    if not isinstance(node.target, ast.NamedTable):
        return
    table = catalog.table(node.target.name.schema, node.target.name.name)
    if table is None:
        return
    columns = {column.name.lower(): column.type for column in table.columns}
    if node.columns:
        types = [columns.get(name.lower()) for name in node.columns]
    else:
        types = [c.type for c in table.columns if not c.identity and not c.computed]
    if isinstance(node.source, ast.InsertValues):
        for row in node.source.rows:
            yield from _given(row, types)
    elif isinstance(node.source, ast.Query):
        body = node.source.body
        while isinstance(body, ast.SetOperation):
            body = body.left
        if isinstance(body, ast.QuerySpecification):
            items = [item for item in body.select if isinstance(item, ast.SelectItem)]
            yield from _given([item.expression for item in items], types)


def _type_of(node: ast.Node, tables: Tables) -> SqlType | None:
    """Return the type of an expression if a column or literal in it determines one."""
    if isinstance(node, ast.ColumnReference):
        return _column_type(node, tables)
    if isinstance(node, ast.StringLiteral):
        return NVARCHAR if node.national else VARCHAR
    if isinstance(node, ast.IntegerLiteral):
        return INT
    if isinstance(node, ast.FloatLiteral):
        return FLOAT
    if isinstance(node, ast.BinaryLiteral):
        return VARBINARY
    if isinstance(node, (ast.Cast, ast.Convert)):
        return node.type if isinstance(node.type, SqlType) else None
    if isinstance(node, ast.Binary):
        return _type_of(node.left, tables) or _type_of(node.right, tables)
    if isinstance(node, (ast.Collate, ast.AtTimeZone)):
        return _type_of(node.expression, tables)
    if isinstance(node, ast.FunctionCall):
        inner = (_type_of(argument, tables) for argument in node.arguments)
        return next((sql_type for sql_type in inner if sql_type is not None), None)
    return None


def _column_type(node: ast.ColumnReference, tables: Tables) -> SqlType | None:
    *qualifier, name = node.parts
    for alias, table in tables:
        if qualifier and qualifier[-1].lower() != alias:
            continue
        for column in table.columns:
            if column.name.lower() == name.lower():
                return column.type  # type: ignore[no-any-return]
    return None
