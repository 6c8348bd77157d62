"""sp_describe_undeclared_parameters and sp_describe_first_result_set.

Follows https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-undeclared-parameters-transact-sql
and https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-first-result-set-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tds_embedded.engine.frames import Frame
from tds_embedded.engine.procedures.calls import Call, SystemProcedure
from tds_embedded.errors import error
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.translate.deduction import deduce
from tds_embedded.tsql.walk import descendants, nested_statements
from tds_embedded.types import DEFAULT_COLLATION, MAX, Column, Command, SqlType

QUERIES = (ast.Select, ast.Insert, ast.Update, ast.Delete, ast.Merge)
INT, BIT = SqlType("int"), SqlType("bit")
SMALLINT, TINYINT = SqlType("smallint"), SqlType("tinyint")
SYSNAME, TYPE_NAME = SqlType("nvarchar", length=128), SqlType("nvarchar", length=256)
LONG_NAME = SqlType("nvarchar", length=4000)
MAXIMUM_TDS_LENGTH = 65535  # stands for (max)


@dataclass(frozen=True)
class Facts:
    """A type in numbers: system_type_id, TDS type, then bytes, precision and scale."""

    id: int
    tds: int
    bytes: int = 0
    precision: int = 0
    scale: int = 0


FACTS = {
    "bigint": Facts(127, 38, 8, 19),
    "binary": Facts(173, 173),
    "bit": Facts(104, 104, 1, 1),
    "char": Facts(175, 175),
    "date": Facts(40, 40, 3, 10),
    "datetime": Facts(61, 111, 8, 23, 3),
    "datetime2": Facts(42, 42, 8, 19),
    "datetimeoffset": Facts(43, 43, 10, 26),
    "decimal": Facts(106, 106, 17),
    "float": Facts(62, 109, 8, 53),
    "image": Facts(34, 34, 16),
    "int": Facts(56, 38, 4, 10),
    "money": Facts(60, 110, 8, 19, 4),
    "nchar": Facts(239, 239),
    "ntext": Facts(99, 99, 16),
    "numeric": Facts(108, 108, 17),
    "nvarchar": Facts(231, 231),
    "real": Facts(59, 109, 4, 24),
    "smalldatetime": Facts(58, 111, 4, 16),
    "smallint": Facts(52, 38, 2, 5),
    "smallmoney": Facts(122, 110, 4, 10, 4),
    "sql_variant": Facts(98, 98, 8016),
    "text": Facts(35, 35, 16),
    "time": Facts(41, 41, 5, 8),
    "timestamp": Facts(189, 173, 8),
    "tinyint": Facts(48, 38, 1, 3),
    "uniqueidentifier": Facts(36, 36, 16),
    "varbinary": Facts(165, 165),
    "varchar": Facts(167, 167),
    "xml": Facts(241, 241, -1),
}


def full_name(sql_type: SqlType) -> str:
    """Return a type with its facets, as in system_type_name: `nvarchar(50)`."""
    if sql_type.length is not None:
        return f"{sql_type.name}({'max' if sql_type.length == MAX else sql_type.length})"
    if sql_type.name in ("decimal", "numeric"):
        return f"{sql_type.name}({sql_type.precision},{sql_type.scale})"
    if sql_type.name in ("time", "datetime2", "datetimeoffset"):
        return f"{sql_type.name}({7 if sql_type.scale is None else sql_type.scale})"
    return sql_type.name


def _numbers(sql_type: SqlType) -> tuple[int, int, int, int, int]:
    """Return system_type_id, bytes, precision, scale and TDS type."""
    facts = FACTS[sql_type.name]
    size, precision, scale = facts.bytes, facts.precision, facts.scale
    if sql_type.length is not None:
        characters = 2 if sql_type.name in ("nchar", "nvarchar") and sql_type.length != MAX else 1
        size = sql_type.length * characters
    elif sql_type.name in ("decimal", "numeric"):
        precision, scale = sql_type.precision or 18, sql_type.scale or 0
        size = 5 + 4 * sum(precision > digits for digits in (9, 19, 28))
    elif sql_type.name in ("time", "datetime2", "datetimeoffset"):
        scale = 7 if sql_type.scale is None else sql_type.scale
        precision += scale + (1 if scale else 0)
        size -= sum(scale <= digits for digits in (4, 2))
    return facts.id, size, precision, scale, facts.tds


# --- Parameters --------------------------------------------------------------------------------

PARAMETER_COLUMNS = tuple(
    Column(name, type, nullable)
    for name, type, nullable in (
        ("parameter_ordinal", INT, False),
        ("name", SYSNAME, False),
        ("suggested_system_type_id", INT, False),
        ("suggested_system_type_name", TYPE_NAME, True),
        ("suggested_max_length", SMALLINT, False),
        ("suggested_precision", TINYINT, False),
        ("suggested_scale", TINYINT, False),
        ("suggested_user_type_id", INT, True),
        ("suggested_user_type_database", SYSNAME, True),
        ("suggested_user_type_schema", SYSNAME, True),
        ("suggested_user_type_name", SYSNAME, True),
        ("suggested_assembly_qualified_type_name", LONG_NAME, True),
        ("suggested_xml_collection_id", INT, True),
        ("suggested_xml_collection_database", SYSNAME, True),
        ("suggested_xml_collection_schema", SYSNAME, True),
        ("suggested_xml_collection_name", SYSNAME, True),
        ("suggested_is_xml_document", BIT, False),
        ("suggested_is_case_sensitive", BIT, False),
        ("suggested_is_fixed_length_clr_type", BIT, False),
        ("suggested_is_input", BIT, False),
        ("suggested_is_output", BIT, False),
        ("formal_parameter_name", SYSNAME, True),
        ("suggested_tds_type_id", INT, False),
        ("suggested_tds_length", INT, False),
    )
)


def sp_describe_undeclared_parameters(call: Call) -> int:
    """Send the undeclared parameters of a text, with their deduced types.

    Raises 11521 for one whose type the statement does not determine.
    """
    text, declarations = call.bind("@tsql", "@params", minimum=1)
    engine = call.engine
    statements = engine.parse(text, engine.settings.quoted_identifier)
    declared_names = {p.name.lower() for p in engine.parse_parameters(declarations or "")}
    names = [name for name in _variables(statements) if name.lower() not in declared_names]
    types = deduce(statements, engine.catalog)
    rows = []
    for ordinal, name in enumerate(names, start=1):
        sql_type = types.get(name.lower())
        if sql_type is None:
            raise error(11521, name)
        rows.append(_parameter_row(ordinal, name, sql_type))
    _send(call, PARAMETER_COLUMNS, rows)
    return 0


def _variables(statements: Sequence[ast.Statement]) -> list[str]:
    """Return the undeclared variables of a batch, in the order of their use."""
    types: dict[str, str] = {}
    own: set[str] = set()
    for statement in statements:
        for node in descendants(statement):
            if isinstance(node, ast.Declaration):
                own.add(node.name.lower())
            elif isinstance(node, ast.Variable):
                types.setdefault(node.name.lower(), node.name)
    return [name for key, name in types.items() if key not in own]


def _parameter_row(ordinal: int, name: str, sql_type: SqlType) -> tuple[Any, ...]:
    type_id, size, precision, scale, tds = _numbers(sql_type)
    length = MAXIMUM_TDS_LENGTH if size == MAX else size
    nothing = (None,) * 9
    flags = (False, False, False, True, False)
    head = (ordinal, name, type_id, full_name(sql_type), size, precision, scale)
    return (*head, *nothing, *flags, None, tds, length)


# --- Result sets -------------------------------------------------------------------------------

RESULT_COLUMNS = tuple(
    Column(name, type, nullable)
    for name, type, nullable in (
        ("is_hidden", BIT, False),
        ("column_ordinal", INT, False),
        ("name", SYSNAME, True),
        ("is_nullable", BIT, False),
        ("system_type_id", INT, False),
        ("system_type_name", TYPE_NAME, True),
        ("max_length", SMALLINT, False),
        ("precision", TINYINT, False),
        ("scale", TINYINT, False),
        ("collation_name", SYSNAME, True),
        ("user_type_id", INT, True),
        ("user_type_database", SYSNAME, True),
        ("user_type_schema", SYSNAME, True),
        ("user_type_name", SYSNAME, True),
        ("assembly_qualified_type_name", LONG_NAME, True),
        ("xml_collection_id", INT, True),
        ("xml_collection_database", SYSNAME, True),
        ("xml_collection_schema", SYSNAME, True),
        ("xml_collection_name", SYSNAME, True),
        ("is_xml_document", BIT, False),
        ("is_case_sensitive", BIT, False),
        ("is_fixed_length_clr_type", BIT, False),
        ("source_server", SYSNAME, True),
        ("source_database", SYSNAME, True),
        ("source_schema", SYSNAME, True),
        ("source_table", SYSNAME, True),
        ("source_column", SYSNAME, True),
        ("is_identity_column", BIT, True),
        ("is_part_of_unique_key", BIT, True),
        ("is_updateable", BIT, True),
        ("is_computed_column", BIT, True),
        ("is_sparse_column_set", BIT, True),
        ("ordinal_in_order_by_list", SMALLINT, True),
        ("order_by_is_descending", SMALLINT, True),
        ("order_by_list_length", SMALLINT, True),
        ("tds_type_id", INT, False),
        ("tds_length", INT, False),
        ("tds_collation_id", INT, True),
        ("tds_collation_sort_id", TINYINT, True),
    )
)


def sp_describe_first_result_set(call: Call) -> int:
    """Send the columns of a text's first result set, or no rows if it has none."""
    text, declarations, _ = call.bind("@tsql", "@params", "@browse_information_mode", minimum=1)
    engine = call.engine
    frame = Frame(text)
    for parameter in engine.parse_parameters(declarations or ""):
        frame.declare(parameter.name, engine.system_type(parameter.type))
    statements = engine.parse(text, engine.settings.quoted_identifier)
    engine.declare_variables(frame, statements)
    try:
        columns = _first_columns(statements, frame, call)
    finally:
        engine.release_variables(frame)
    _send(call, RESULT_COLUMNS, [_column_row(n, c) for n, c in enumerate(columns, start=1)])
    return 0


def _first_columns(
    statements: Sequence[ast.Statement], frame: Frame, call: Call
) -> Sequence[Column]:
    engine = call.engine
    for node in nested_statements(statements):
        if isinstance(node, QUERIES):
            columns = engine.translation(node, frame, translate.statement).columns
            if columns:
                return columns
    return ()


def _column_row(ordinal: int, column: Column) -> tuple[Any, ...]:
    type_id, size, precision, scale, tds = _numbers(column.type)
    is_text = column.type.name in ("char", "varchar", "nchar", "nvarchar", "text", "ntext")
    collation = (column.type.collation or DEFAULT_COLLATION) if is_text else None
    length = MAXIMUM_TDS_LENGTH if size == MAX else size
    return (
        False,
        ordinal,
        column.name or None,
        column.nullable,
        type_id,
        full_name(column.type),
        size,
        precision,
        scale,
        collation,
        *(None,) * 9,
        *(False,) * 3,
        *(None,) * 5,
        column.identity,
        None,
        not column.identity and not column.computed,
        column.computed,
        False,
        *(None,) * 3,
        tds,
        length,
        None,
        None,
    )


def _send(call: Call, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    call.sink.columns(columns)
    call.sink.rows(rows)
    call.sink.done(None, Command.SELECT)


PROCEDURES: dict[str, SystemProcedure] = {
    "sp_describe_first_result_set": sp_describe_first_result_set,
    "sp_describe_undeclared_parameters": sp_describe_undeclared_parameters,
}
