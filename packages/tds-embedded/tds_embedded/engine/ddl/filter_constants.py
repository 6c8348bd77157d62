"""The constants of a filter: none may be of a type that outranks its column's."""

from __future__ import annotations

from collections.abc import Sequence

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import columns
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.walk import descendants
from tds_embedded.types import SqlType


def check(table: Table, index: str, where: ast.Predicate) -> None:
    """Raise error 10611 if a column is compared with a constant that would have it converted."""
    for node in descendants(where):
        if isinstance(node, ast.Comparison):
            _check_constants(table, index, node.left, (node.right,))
        elif isinstance(node, ast.In):
            _check_constants(table, index, node.expression, node.values)


def _check_constants(
    table: Table, index: str, column: ast.Expression, constants: Sequence[ast.Expression]
) -> None:
    if not isinstance(column, ast.ColumnReference):
        return
    stored_column = columns.refer_to(table, column.name)
    for constant in constants:
        if _rank(constant, stored_column.type.name) > _RANKS.get(stored_column.type.name, 0):
            name = f"{table.schema}.{table.name}"
            raise error(10611, index, name, stored_column.name, stored_column.name)


# "Data type precedence", https://learn.microsoft.com/sql/t-sql/data-types/data-type-precedence-transact-sql
# Types of one place are compared without a conversion.
_PLACES = (
    ("binary", "varbinary"),
    ("char", "varchar"),
    ("nchar", "nvarchar"),
    ("uniqueidentifier",),
    *(("bit",), ("tinyint",), ("smallint",), ("int",), ("bigint",), ("smallmoney",), ("money",)),
    ("decimal", "numeric"),
    *(("real",), ("float",), ("time",), ("date",), ("smalldatetime",), ("datetime",)),
    *(("datetime2",), ("datetimeoffset",)),
)
_RANKS = {name: rank for rank, names in enumerate(_PLACES, 1) for name in names}
_TEXTS = frozenset({"char", "varchar", "nchar", "nvarchar"})


def _rank(constant: ast.Expression, column: str) -> int:
    """Return the rank of a constant's type; 0 if it takes the column's, as an int does of a bit."""
    if isinstance(constant, ast.Cast | ast.Convert):
        return _RANKS.get(constant.type.name if isinstance(constant.type, SqlType) else "", 0)
    if isinstance(constant, ast.StringLiteral):
        return _RANKS["nvarchar" if constant.national else "varchar"] if column in _TEXTS else 0
    if isinstance(constant, ast.IntegerLiteral) and column in _TEXTS:
        return _RANKS["int"]
    return _RANKS["float"] if isinstance(constant, ast.FloatLiteral) else 0
