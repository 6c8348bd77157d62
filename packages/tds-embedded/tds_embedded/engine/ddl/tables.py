"""CREATE TABLE, DROP TABLE, TRUNCATE TABLE.

Follows "CREATE TABLE (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.engine.ddl import (
    columns,
    commands,
    constraints,
    indexes,
    object_names,
    refusals,
    table_elements,
    views,
)
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast

MAXIMUM_COLUMNS = 1024


def create_table(node: ast.CreateTable, engine: Engine) -> None:
    schema = object_names.schema_of(engine, node.name)
    name = object_names.check_name(node.name.name)
    if name.startswith("##"):
        raise refusals.not_emulated("global temporary table")
    object_names.check_free(engine, schema, name)
    object_names.check_filegroup(node.filegroup)
    nodes = _settle_clustered(_with_primary_key_columns(node.elements), str(node.name))
    check_elements(node.elements, str(node.name), name, ())
    new_columns = make_columns(engine, nodes, schema, name, ())
    if not new_columns:
        raise error(102, ")")
    if len(new_columns) > MAXIMUM_COLUMNS:
        raise error(1702, name, MAXIMUM_COLUMNS)
    check_single_identity((each.table_column for each in new_columns), name)
    temporary = schema == "pg_temp"
    table_sql = f"{'pg_temp' if temporary else quote(schema)}.{quote(name)}"
    definitions = ", ".join(each.complete for each in new_columns)
    commands.run(engine, f"CREATE TABLE {table_sql} ({definitions})")
    if object_names.long_name(name):
        commands.comment(engine, f"TABLE {table_sql}", {"name": name})
    finish_columns(engine, table_sql, new_columns)
    engine.catalog.changed(temporary=temporary)
    table = engine.catalog.table(None if temporary else schema, name)
    assert table is not None
    add_constraints(engine, table, nodes)
    engine.catalog.changed(temporary=temporary)


def _with_primary_key_columns(
    elements: Sequence[ast.TableElement],
) -> tuple[ast.TableElement, ...]:
    """Return the elements, NOT NULL for columns of a PRIMARY KEY without NULL or NOT NULL."""
    key_columns = {
        key.name.lower()
        for element in elements
        if isinstance(element, ast.UniqueConstraint) and element.primary
        for key in element.columns
    }
    return tuple(
        _not_null(element)
        if isinstance(element, ast.ColumnDefinition) and element.name.lower() in key_columns
        else element
        for element in elements
    )


def _settle_clustered(
    nodes: Sequence[ast.TableElement], table: str
) -> tuple[ast.TableElement, ...]:
    """Return the elements, only one key clustered: the primary key by default. Raises 8112 if two
    are.
    """
    everything = [part for node in nodes for part in _parts(node)]
    explicit = sum(bool(getattr(part, "clustered", None)) for part in everything)
    if explicit > 1:
        raise error(8112, table)
    return tuple(map(_not_clustered, nodes)) if explicit else tuple(nodes)


def _parts(node: ast.TableElement) -> list[ast.Constraint | ast.InlineIndex]:
    """Return the constraints and indexes in an element."""
    if not isinstance(node, ast.ColumnDefinition):
        return [node]
    return [*node.constraints, *([] if node.index is None else [node.index])]


def _not_clustered(node: ast.TableElement) -> ast.TableElement:
    if isinstance(node, ast.UniqueConstraint) and node.clustered is None:
        return replace(node, clustered=False)
    if isinstance(node, ast.ColumnDefinition):
        parts = [
            replace(each, clustered=False)
            if isinstance(each, ast.UniqueConstraint) and each.clustered is None
            else each
            for each in node.constraints
        ]
        return replace(node, constraints=tuple(parts))
    return node


def _not_null(node: ast.ColumnDefinition) -> ast.ColumnDefinition:
    return node if node.nullable is not None else replace(node, nullable=False)


def check_single_identity(table_columns: Iterable[TableColumn], table: str) -> None:
    """Raise error 2744."""
    if sum(each.identity for each in table_columns) > 1:
        raise error(2744, table)


def check_elements(
    nodes: Sequence[ast.TableElement], written_name: str, name: str, existing: Sequence[TableColumn]
) -> None:
    """Raise error 8168 for a name that comes twice, and the errors of `table_elements.check`."""
    table_elements.check(nodes, written_name, name, [each.name for each in existing])
    names_before: set[str] = set()
    for constraint in (each for node in nodes for each in table_elements.constraints(node)):
        if constraint.name is None:
            continue
        if constraint.name.lower() in names_before:
            raise refusals.found_compiling(error(8168, constraint.name))
        names_before.add(constraint.name.lower())


def make_columns(
    engine: Engine,
    elements: Sequence[ast.TableElement],
    schema: str,
    table: str,
    existing: Sequence[TableColumn],
) -> list[columns.Column]:
    """Return the new columns. Plain ones are read first, since computed ones can refer to them."""
    nodes = [element for element in elements if isinstance(element, ast.ColumnDefinition)]
    names = {each.name.lower() for each in existing}
    for node in nodes:
        if node.name.lower() in names:
            raise error(2705, node.name, table, state=4 if existing else 3)
        names.add(node.name.lower())
    virtual = {each.name.lower() for each in existing if each.computed}
    virtual |= {node.name.lower() for node in nodes if node.formula is not None}
    plain = {
        node.name: columns.column(engine, node, schema, table, len(existing) + position)
        for position, node in enumerate(nodes, 1)
        if node.formula is None
    }
    _check_row_versions([*existing, *(each.table_column for each in plain.values())], table)
    usable = [each for each in existing if not each.computed]
    usable += [each.table_column for each in plain.values()]
    return [
        plain[node.name]
        if node.formula is None
        else columns.computed(engine, node, table, usable, virtual)
        for node in nodes
    ]


def _check_row_versions(table_columns: Iterable[TableColumn], table: str) -> None:
    """Raise error 2738 for a second rowversion."""
    versions = [each for each in table_columns if each.type.name in columns.ROW_VERSIONS]
    if len(versions) > 1:
        raise error(2738, table, versions[1].name)


def finish_columns(engine: Engine, table_sql: str, new_columns: Iterable[columns.Column]) -> None:
    """Add the columns' comments and the trigger of a rowversion."""
    statements = []
    for each in new_columns:
        statements.append(
            commands.comment_sql(f"COLUMN {table_sql}.{each.sql}", columns.comment_of(each))
        )
        if each.type.name in columns.ROW_VERSIONS:
            statements.append(
                f"CREATE TRIGGER rowversion BEFORE UPDATE ON {table_sql} FOR EACH ROW"
                f" EXECUTE FUNCTION meta.set_rowversion({commands.literal(each.name)})"
            )
    commands.run(engine, "; ".join(statements))


def add_constraints(
    engine: Engine,
    table: Table,
    elements: Sequence[ast.TableElement],
    *,
    validate: bool = True,
) -> None:
    """Add the constraints and indexes of new columns and of the table: keys before foreign keys."""
    items: list[tuple[str | None, ast.Constraint | ast.InlineIndex]] = []
    for element in elements:
        if isinstance(element, ast.ColumnDefinition):
            items += [
                (element.name, constraint)
                for constraint in element.constraints
                if not isinstance(constraint, ast.DefaultConstraint)
            ]
            if element.index is not None:
                items.append((element.name, element.index))
        else:
            items.append((None, element))
    order = (ast.UniqueConstraint, ast.InlineIndex, ast.CheckConstraint, ast.DefaultConstraint)
    items.sort(key=lambda pair: order.index(type(pair[1])) if type(pair[1]) in order else 9)
    for column, constraint in items:
        if isinstance(constraint, ast.InlineIndex):
            indexes.create(engine, table, indexes.of_inline(constraint, column))
        else:
            constraints.add(constraint, engine, table, column=column, validate=validate)


# --- DROP and TRUNCATE -------------------------------------------------------------------------


def drop_table(engine: Engine, table: Table, written_name: str) -> None:
    """Drop a table, `written` so. Raises 3726 if a foreign key of another table refers to it."""
    if commands.run(engine, _REFERRED_TO, [table.oid, table.oid]):
        raise error(3726, written_name)
    for view in views.bound_to(engine, table):
        raise error(3729, "DROP TABLE", written_name, view)
    commands.run(engine, "DELETE FROM meta.extended_properties WHERE major = %s", [table.oid])
    commands.run(engine, "DELETE FROM meta.statistics WHERE relation = %s", [table.oid])
    commands.run(engine, f"DROP TABLE {table.sql} CASCADE")
    engine.catalog.changed(temporary=table.name.startswith("#"))


_REFERRED_TO = """
SELECT 1 FROM pg_constraint WHERE confrelid = %s AND contype = 'f' AND conrelid <> %s
"""


def truncate_table(node: ast.TruncateTable, engine: Engine) -> None:
    """Empty a table and restart its identity. Raises 4712 if foreign keys refer to it."""
    view = engine.catalog.table(node.table.schema, node.table.name)
    if view is not None and view.view and not view.system:
        raise error(4708, str(node.table))
    table = object_names.find_table(engine, node.table, 4701)
    if commands.run(engine, _REFERRED_TO, [table.oid, 0]):
        raise error(4712, table.name)
    commands.run(engine, f"TRUNCATE {table.sql} RESTART IDENTITY")
