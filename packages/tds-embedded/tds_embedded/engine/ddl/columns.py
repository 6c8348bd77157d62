"""Columns: their types, defaults, identity and computed values, in CREATE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.catalog.types import to_postgres
from tds_embedded.engine.ddl import commands, determinism, object_names, refusals
from tds_embedded.engine.ddl.definition_texts import definition
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.translate.collations import supported
from tds_embedded.tsql.translate.types import check_implicit
from tds_embedded.tsql.walk import columns_read
from tds_embedded.types import DEFAULT_COLLATION, MAX, SqlType

STRINGS = frozenset({"nvarchar", "varchar", "nchar", "char", "text", "ntext", "sysname"})
SIZED = frozenset({"nvarchar", "varchar", "nchar", "char", "varbinary", "binary"})
ROW_VERSIONS = frozenset({"timestamp", "rowversion"})
IDENTITY_RANGES = {
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}


@dataclass
class Column:
    """A new column of a table: its PostgreSQL definition and its comment."""

    name: str
    type: SqlType
    nullable: bool
    definition: str  # type and generation clause, without NOT NULL and DEFAULT
    default: str | None = None  # PostgreSQL's expression
    with_values: bool = False
    identity: bool = False
    computed: bool = False
    expression: str = ""  # of a computed column
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return quote(self.name)

    @property
    def table_column(self) -> TableColumn:
        """The column as a lookup will find it."""
        return TableColumn(
            self.name, self.sql, self.type, self.nullable, self.identity, self.computed
        )

    @property
    def complete(self) -> str:
        """The definition as CREATE TABLE takes it."""
        not_null = "" if self.nullable or self.computed else " NOT NULL"
        default = "" if self.default is None else f" DEFAULT {self.default}"
        return f"{self.sql} {self.definition}{not_null}{default}"

    @property
    def without_expression(self) -> str:
        """A computed column without its expression."""
        sql_type = to_postgres(self.type)
        return f"{self.sql} {sql_type} GENERATED ALWAYS AS (NULL::{sql_type}) STORED"


def declared_type(engine: Engine, sql_type: ast.DataType, name: str, position: int) -> SqlType:
    """Return a column's type with its default length. Raises 2715."""
    system_type = object_names.system_type(engine, sql_type, name, position)
    if system_type.length is None and system_type.name in SIZED:
        return replace(system_type, length=1)
    return system_type


def column(
    engine: Engine, node: ast.ColumnDefinition, schema: str, table: str, position: int
) -> Column:
    """Return the definition of a column that is not computed, the `position`-th of its table."""
    name = object_names.check_name(node.name)
    assert node.type is not None
    sql_type = declared_type(engine, node.type, name, position)
    if sql_type.name in STRINGS:
        collation = database_collation(engine)
        if node.collation is not None and node.collation.upper() != "DATABASE_DEFAULT":
            collation = supported(node.collation)
        sql_type = replace(sql_type, collation=None if is_default(collation) else collation)
    elif node.collation is not None:
        raise error(450, name)
    column = Column(name, sql_type, _nullable(node, sql_type), to_postgres(sql_type))
    column.data = {
        "name": object_names.long_name(name),
        "rowguid": node.row_guid,
        "sparse": node.sparse,
        "alias": None if isinstance(node.type, SqlType) else [node.type.schema, node.type.name],
    }
    _set_identity(column, node, table)
    if sql_type.name in ROW_VERSIONS:
        column.default = "tsql.next_rowversion()"
    for constraint in node.constraints:
        if isinstance(constraint, ast.DefaultConstraint):
            set_default(engine, column, constraint, schema, table)
    return column


def _nullable(node: ast.ColumnDefinition, sql_type: SqlType) -> bool:
    if node.nullable is not None:
        return node.nullable
    is_key = any(isinstance(c, ast.UniqueConstraint) and c.primary for c in node.constraints)
    return not (is_key or node.identity is not None or sql_type.name in ROW_VERSIONS)


def database_collation(engine: Engine) -> str:
    """Return the collation of the current database."""
    rows = commands.run(engine, "SELECT meta.database_collation()")
    return str(rows[0][0])


def is_default(collation: str) -> bool:
    """Return whether a collation is SQL Server's default, which columns do not store."""
    return collation.lower() == DEFAULT_COLLATION.lower()


def check_identity_type(sql_type: SqlType, column: str) -> None:
    """Raise error 2749 for a type that no identity can have, 40517 if it is not emulated."""
    if sql_type.name in IDENTITY_RANGES:
        return
    if sql_type.name in ("tinyint", "decimal", "numeric") and not sql_type.scale:
        raise refusals.not_emulated(f"IDENTITY of type {sql_type.name}")
    raise error(2749, column)


def _set_identity(column: Column, node: ast.ColumnDefinition, table: str) -> None:
    if node.identity is None:
        return
    if column.nullable:
        raise error(8147, column.name, table)
    check_identity_type(column.type, column.name)
    limits = IDENTITY_RANGES[column.type.name]
    column.identity = True
    seed, increment = node.identity.seed, node.identity.increment
    if not limits[0] <= seed <= limits[1]:
        raise error(2752, column.name)
    if not increment:
        raise error(2753, column.name)
    column.definition += (
        f" GENERATED ALWAYS AS IDENTITY (START WITH {seed} INCREMENT BY {increment}"
        f" MINVALUE {limits[0]} MAXVALUE {limits[1]})"
    )


def computed(
    engine: Engine,
    node: ast.ColumnDefinition,
    table: str,
    usable: Sequence[TableColumn],
    virtual: Collection[str],
) -> Column:
    """Return the definition of a computed column.

    Parameters:
        usable: the columns that it may name.
        virtual: the names, in lower case, of all computed columns. Raises 1759 if it names one.
    """
    name = object_names.check_name(node.name)
    assert node.formula is not None
    for each in columns_read(node.formula):
        if each.name.lower() in virtual:
            raise refusals.found_compiling(error(1759, each.name, table))
    value = translate.table_expression(node.formula, usable, object_names.context(engine), table)
    sql_type = value.type if value.type.name != "null" else SqlType("int")
    # a conversion may fail, which SQL Server counts as NULL
    nullable = value.nullable or isinstance(node.formula, ast.Cast | ast.Convert)
    facts = determinism.Definition(node.formula, usable)
    if node.persisted and not facts.is_deterministic:
        raise error(4936, node.name, table)
    column = Column(
        name,
        sql_type,
        nullable and node.nullable is not False,
        f"{to_postgres(sql_type)} GENERATED ALWAYS AS ({value.sql}) STORED",
        computed=True,
        expression=value.sql,
    )
    column.data = {
        "name": object_names.long_name(name),
        "computed": definition(node.formula),
        "persisted": node.persisted,
        "nondeterministic": not facts.is_deterministic,
        "imprecise": not facts.is_precise or sql_type.name in determinism.FLOATS,
    }
    return column


def set_default(
    engine: Engine, column: Column, node: ast.DefaultConstraint, schema: str, table: str
) -> None:
    """Set and name a column's default. Raises 1754, 1755, 206 or 257."""
    if column.identity:
        raise error(1754, column.name, table)
    if column.type.name in ROW_VERSIONS:
        raise error(1755, column.name, table)
    for each in columns_read(node.expression):
        raise refusals.found_compiling(error(128, each.name))
    value = translate.table_expression(node.expression, (), object_names.context(engine))
    is_null = value.type.name == "null"
    if not is_null:
        check_implicit(value.type, column.type)
    name = node.name or object_names.invented_name(engine, "DF", schema, table, column.name)
    if node.name is not None and object_names.is_taken(engine, schema, name):
        raise refusals.not_created(error(2714, name, state=5))
    column.default = "NULL" if is_null else f"({value.sql})"
    column.with_values = node.with_values
    column.data["default"] = {
        "name": name,
        "definition": definition(node.expression),
        "system": node.name is None,
    }


def type_data(sql_type: SqlType) -> list[Any]:
    """Return a type as a comment stores it: SqlType's arguments."""
    return [sql_type.name, sql_type.length, sql_type.precision, sql_type.scale, sql_type.collation]


def comment_of(column: Column) -> dict[str, Any]:
    """Return the properties in the comment of a column."""
    not_null = column.computed and not column.nullable
    return {**column.data, "type": type_data(column.type), "not_null": not_null}


def refer_to(table: Table, name: str) -> TableColumn:
    """Return the column of that name. Raises 1911."""
    column = table.column(name)
    if column is None:
        raise error(1911, name)
    return column


def is_large(sql_type: SqlType) -> bool:
    """Return whether no index can have the type as a key."""
    return sql_type.length == MAX or sql_type.name in ("text", "ntext", "image", "xml", "json")
