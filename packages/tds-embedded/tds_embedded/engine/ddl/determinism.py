"""Whether a computed column is deterministic and precise: PERSISTED and an index require it.

Follows "Indexes on computed columns" and "Nondeterministic conversion of literal date strings",
https://learn.microsoft.com/sql/relational-databases/indexes/indexes-on-computed-columns and
https://learn.microsoft.com/sql/t-sql/data-types/nondeterministic-convert-date-literals
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.engine.ddl import commands
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.walk import descendants
from tds_embedded.types import SqlType

FLOATS = frozenset({"float", "real"})
TEXTS = frozenset({"char", "varchar", "nchar", "nvarchar", "text", "ntext"})
TEMPORAL = frozenset({"date", "time", "datetime", "smalldatetime", "datetime2", "datetimeoffset"})
# For any arguments: SQRT and its like return a float.
IMPRECISE = frozenset(
    {
        *("ACOS", "ASIN", "ATAN", "ATN2", "COS", "COT", "EXP", "LOG", "LOG10", "PI", "RAND", "SIN"),
        *("SQRT", "SQUARE", "TAN", "STR", "GREATEST", "LEAST"),
    }
)
NONDETERMINISTIC = frozenset(
    {
        *("GETDATE", "GETUTCDATE", "SYSDATETIME", "SYSUTCDATETIME", "SYSDATETIMEOFFSET"),
        *("NEWID", "NEWSEQUENTIALID", "RAND", "CRYPT_GEN_RANDOM", "DATENAME", "FORMAT", "ISDATE"),
        *("USER_NAME", "SUSER_SNAME", "SUSER_NAME", "HOST_NAME", "APP_NAME", "DB_NAME", "DB_ID"),
    }
)
TEXT_FUNCTIONS = frozenset(
    {
        *("CONCAT", "CONCAT_WS", "JSON_VALUE", "LEFT", "LOWER", "LTRIM", "REPLACE", "REPLICATE"),
        *("REVERSE", "RIGHT", "RTRIM", "STR", "STUFF", "SUBSTRING", "UPPER"),
    }
)
# With the place of the arguments that are points in time.
TEMPORAL_FUNCTIONS: Mapping[str, Sequence[int]] = {
    **dict.fromkeys(("DATEDIFF", "DATEDIFF_BIG"), (1, 2)),
    "DATEADD": (2,),
    **dict.fromkeys(("DATEPART", "DATETRUNC"), (1,)),
    **dict.fromkeys(("DAY", "MONTH", "YEAR", "EOMONTH"), (0,)),
}
_BY_DATEFIRST = frozenset({"week", "weekday"})
_DETERMINISTIC_BELOW_101 = frozenset({20, 21})
_NONDETERMINISTIC_ABOVE_100 = frozenset({106, 107, 109, 113})


class Definition:
    """The expression of a computed column, over the columns of its table."""

    def __init__(self, node: ast.Expression, others: Sequence[TableColumn]) -> None:
        self._nodes = list(descendants(node))
        self._types = {column.name.lower(): column.type.name for column in others}

    @property
    def is_precise(self) -> bool:
        """Whether there is no float in it, compared ones included."""
        return not any(map(self._is_imprecise, self._nodes))

    @property
    def is_deterministic(self) -> bool:
        """Whether the value depends on the columns alone, not on the session's settings."""
        return not any(map(self._is_nondeterministic, self._nodes))

    def _is_imprecise(self, node: ast.Node) -> bool:
        if isinstance(node, ast.FunctionCall):
            return node.name.name.upper() in IMPRECISE
        return isinstance(node, ast.FloatLiteral) or self._type_of(node) in FLOATS

    def _is_nondeterministic(self, node: ast.Node) -> bool:
        if isinstance(node, ast.FunctionCall):
            return self._calls_nondeterministic(node)
        if isinstance(node, ast.Cast):
            return _name(node.type) in TEMPORAL and self._is_text(node.expression)
        if isinstance(node, ast.Convert):
            is_from_text = _name(node.type) in TEMPORAL and self._is_text(node.expression)
            return is_from_text and not _is_deterministic(node.style)
        if isinstance(node, ast.Comparison):
            return self._converts((node.left, node.right))
        if isinstance(node, ast.Between):
            return self._converts((node.expression, node.low, node.high))
        if isinstance(node, ast.In):
            return self._converts((node.expression, *node.values))
        return isinstance(node, ast.AtTimeZone | ast.NiladicFunction | ast.Parse)

    def _calls_nondeterministic(self, call: ast.FunctionCall) -> bool:
        name = call.name.name.upper()
        if name in NONDETERMINISTIC:
            return True
        first = call.arguments[0] if call.arguments else None
        if name == "DATEPART" and isinstance(first, ast.DatePart) and first.name in _BY_DATEFIRST:
            return True
        places = TEMPORAL_FUNCTIONS.get(name, ())
        return any(self._is_text(call.arguments[i]) for i in places if i < len(call.arguments))

    def _converts(self, operands: Sequence[ast.Expression]) -> bool:
        """Return whether comparing them turns a text into a point in time."""
        is_temporal = any(self._type_of(operand) in TEMPORAL for operand in operands)
        return is_temporal and any(map(self._is_text, operands))

    def _type_of(self, node: ast.Node) -> str:
        if isinstance(node, ast.ColumnReference):
            return self._types.get(node.name.lower(), "")
        return _name(node.type) if isinstance(node, ast.Cast | ast.Convert) else ""

    def _is_text(self, node: ast.Node) -> bool:
        if isinstance(node, ast.FunctionCall):
            return node.name.name.upper() in TEXT_FUNCTIONS
        if isinstance(node, ast.Binary):
            return node.operator == "+" and (self._is_text(node.left) or self._is_text(node.right))
        return isinstance(node, ast.StringLiteral | ast.Trim) or self._type_of(node) in TEXTS


def _name(sql_type: ast.DataType) -> str:
    return sql_type.name.lower() if isinstance(sql_type, SqlType) else ""


def _is_deterministic(style: ast.Expression | None) -> bool:
    if not isinstance(style, ast.IntegerLiteral):
        return False
    if style.value <= 100:
        return style.value in _DETERMINISTIC_BELOW_101
    return style.value not in _NONDETERMINISTIC_ABOVE_100


def check_key(engine: Engine, table: Table, column: TableColumn, index: str) -> None:
    """Raise error 2729 or 2799 if the column is a computed one that no index may have as a key."""
    if not column.computed:
        return
    (data,) = commands.run(engine, _DATA, {"table": table.oid, "name": column.name})[0]
    if data.get("nondeterministic"):
        raise error(2729, column.name, table.name)
    if data.get("imprecise") and not data.get("persisted"):
        raise error(2799, index, f"{table.schema}.{table.name}", column.name)


_DATA = """
SELECT coalesce(meta.of_column(attrelid, attnum), '{}'::json) FROM pg_attribute
WHERE attrelid = %(table)s AND attnum > 0 AND NOT attisdropped
    AND lower(meta.column_name(attrelid, attnum)) = lower(%(name)s)
"""
