"""PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY and DEFAULT as parts of a table.

Follows "ALTER TABLE table_constraint (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/statements/alter-table-table-constraint-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import singledispatch
from typing import Any

import psycopg

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.engine.ddl import columns, commands, object_names, refusals, row_checks
from tds_embedded.engine.ddl.definition_texts import definition
from tds_embedded.engine.protocol import Engine
from tds_embedded.error_texts import MESSAGES
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres import errors as pgerrors
from tds_embedded.postgres.identifiers import quote, shorten
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.walk import columns_read

CASCADING = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})
MAXIMUM_KEY_COLUMNS = 32


@singledispatch
def add(
    node: ast.Constraint,
    engine: Engine,
    table: Table,
    *,
    column: str | None = None,
    validate: bool = True,
) -> None:
    """Add a constraint. `column` is the one in whose definition it stands.

    `validate` is False under WITH NOCHECK: the rows that are there are not looked at.
    """
    raise refusals.not_emulated(type(node).__name__)


def _named(
    engine: Engine,
    table: Table,
    name: str | None,
    prefix: str,
    column: str = "",
    seed: str = "",
) -> str:
    """Return the constraint's name, free in its schema. Raises 2714 with 1750."""
    if name is None:
        return object_names.invented_name(
            engine, prefix, table.schema, table.name, column, seed=seed
        )
    object_names.check_name(name)
    if object_names.is_taken(
        engine, "pg_temp" if table.name.startswith("#") else table.schema, name
    ):
        raise refusals.not_created(error(2714, name, state=5))
    return name


def _comment(engine: Engine, table: Table, name: str, system: bool, **data: object) -> None:
    commands.comment(
        engine,
        f"CONSTRAINT {quote(name)} ON {table.sql}",
        {"name": object_names.long_name(name), "system": system, **data},
    )


# --- Keys --------------------------------------------------------------------------------------


@add.register(ast.UniqueConstraint)
def _add_key(
    node: ast.UniqueConstraint,
    engine: Engine,
    table: Table,
    *,
    column: str | None = None,
    validate: bool = True,
) -> None:
    object_names.check_filegroup(node.filegroup)
    keys = node.columns or (ast.IndexColumn(column or ""),)
    try:
        if node.primary:
            _check_first_primary(engine, table)
        check_keys(table, [key.name for key in keys])
        key_columns = [columns.refer_to(table, key.name) for key in keys]
        if node.primary and any(each.nullable for each in key_columns):
            raise error(8111, table.name)
    except SqlServerError as cause:
        raise refusals.not_created(cause, compiling=True) from None
    prefix = "PK" if node.primary else "UQ"
    name = _named(
        engine, table, node.name, prefix, seed=".".join(each.name for each in key_columns)
    )
    is_clustered = node.primary if node.clustered is None else node.clustered
    if is_clustered and has_clustered(engine, table):
        if node.clustered or not node.primary:
            conflict = error(1902, table.name, clustered_name(engine, table))
            raise refusals.not_created(conflict, compiling=True)
        is_clustered = False
    column_list = ", ".join(each.sql for each in key_columns)
    kind = "PRIMARY KEY" if node.primary else "UNIQUE NULLS NOT DISTINCT"
    with noting_duplicates(engine, table, name):
        commands.run(
            engine, f"ALTER TABLE {table.sql} ADD CONSTRAINT {quote(name)} {kind} ({column_list})"
        )
    _comment(engine, table, name, node.name is None)
    descending = [position for position, key in enumerate(keys) if key.descending]
    commands.comment(
        engine,
        f"INDEX {index_sql(table, name)}",
        {"name": name, "clustered": is_clustered, "descending": descending or None},
    )
    row_checks.limit_key(engine, table, shorten(name), key_columns, clustered=is_clustered)


def index_sql(table: Table, name: str) -> str:
    """Return the qualified PostgreSQL name of an index of the table."""
    schema = "pg_temp" if table.name.startswith("#") else quote(table.schema)
    return f"{schema}.{quote(name)}"


def check_keys(table: Table, names: Iterable[str]) -> None:
    """Raise error 1904, 1909, 1911 or 1919 for columns that cannot be a key together."""
    key_names = list(names)
    if len(key_names) > MAXIMUM_KEY_COLUMNS:
        raise error(1904, table.name, len(key_names))
    names_before: set[str] = set()
    for name in key_names:
        column = columns.refer_to(table, name)
        if column.name.lower() in names_before:
            raise error(1909, column.name)
        names_before.add(column.name.lower())
        if columns.is_large(column.type):
            raise error(1919, column.name, table.name)


def _check_first_primary(engine: Engine, table: Table) -> None:
    exists = "SELECT 1 FROM pg_constraint WHERE conrelid = %s AND contype = 'p'"
    if commands.run(engine, exists, [table.oid]):
        raise error(1779, table.name)


@contextmanager
def noting_duplicates(engine: Engine, table: Table, name: str) -> Iterator[None]:
    """Raise error 1505 with 1750 for the rows that forbid a key."""
    try:
        yield
    except psycopg.errors.UniqueViolation as violation:
        cause = pgerrors.to_sql_server(violation)
        cause.message = MESSAGES[1505][1].format(
            f"{table.schema}.{table.name}", name, pgerrors.key_values(violation)
        )
        raise refusals.not_created(cause) from None


def has_clustered(engine: Engine, table: Table) -> bool:
    return bool(commands.run(engine, _CLUSTERED, [table.oid]))


def clustered_name(engine: Engine, table: Table) -> str:
    """Return the name of the clustered index, "" if the table is a heap."""
    rows = commands.run(engine, _CLUSTERED, [table.oid])
    return str(rows[0][0]) if rows else ""


_CLUSTERED = """
SELECT meta.of_class(indexrelid) ->> 'name' FROM pg_index
WHERE indrelid = %s AND (meta.of_class(indexrelid) ->> 'clustered')::bool
"""


# --- CHECK and DEFAULT -------------------------------------------------------------------------


@add.register(ast.CheckConstraint)
def _add_check(
    node: ast.CheckConstraint,
    engine: Engine,
    table: Table,
    *,
    column: str | None = None,
    validate: bool = True,
) -> None:
    value = translate.table_expression(
        node.condition, table.columns, object_names.context(engine), table.name
    )
    text = definition(node.condition)
    only = _check_columns(node, engine, table)
    name = _named(engine, table, node.name, "CK", only, text)
    suffix = "" if validate else " NOT ENFORCED"
    try:
        commands.run(
            engine,
            f"ALTER TABLE {table.sql} ADD CONSTRAINT {quote(name)} CHECK ({value.sql}){suffix}",
        )
    except psycopg.errors.CheckViolation:
        raise _conflict(engine, "CHECK", name, table, only) from None
    if not validate:
        row_checks.watch(engine, table, shorten(name))
    _comment(
        engine,
        table,
        name,
        node.name is None,
        definition=text,
        untrusted=not validate,
    )


def _conflict(
    engine: Engine, kind: str, name: str, table: Table, column: str = ""
) -> SqlServerError:
    """Return the error for rows that forbid a new constraint."""
    where = f", column '{column}'" if column else ""
    words = ("ALTER TABLE", kind, name, engine.database, f"{table.schema}.{table.name}", where)
    return error(547, *words)


def _check_columns(node: ast.CheckConstraint, engine: Engine, table: Table) -> str:
    """Return the one column that a CHECK reads, if it is one. Raises 1764 with 1750."""
    read = {each.name.lower(): each.name for each in columns_read(node.condition)}
    for name in read:
        column = columns.refer_to(table, name)
        if column.computed and not column_data(engine, table, column).get("persisted"):
            raise refusals.not_created(error(1764, column.name, table.name, "CHECK CONSTRAINT"))
    return next(iter(read.values())) if len(read) == 1 else ""


@add.register(ast.DefaultConstraint)
def _add_default(
    node: ast.DefaultConstraint,
    engine: Engine,
    table: Table,
    *,
    column: str | None = None,
    validate: bool = True,
) -> None:
    target = table.column(node.column or "")
    if target is None:
        raise refusals.not_created(error(1752, node.column, table.name), compiling=True)
    if target.has_default or default_name(engine, table, target.name) is not None:
        raise refusals.not_created(error(1781), compiling=True)
    new_column = columns.Column(
        target.name, target.type, target.nullable, "", identity=target.identity
    )
    columns.set_default(engine, new_column, node, table.schema, table.name)
    commands.run(
        engine,
        f"ALTER TABLE {table.sql} ALTER COLUMN {target.sql} SET DEFAULT {new_column.default}",
    )
    update_column(engine, table, target, default=new_column.data["default"])


def default_name(engine: Engine, table: Table, column: str) -> str | None:
    """Return the name of a column's default constraint."""
    data = column_data(engine, table, columns.refer_to(table, column))
    default = data.get("default")
    return default["name"] if default else None


def column_data(engine: Engine, table: Table, column: TableColumn) -> dict[str, Any]:
    """Return the properties in the comment of a column."""
    rows = commands.run(engine, _COLUMN_DATA, {"table": table.oid, "column": column.sql})
    return rows[0][0] or {}


_COLUMN_DATA = """
SELECT meta.of_column(attrelid, attnum) FROM pg_attribute
WHERE attrelid = %(table)s AND '"' || replace(attname, '"', '""') || '"' = %(column)s
"""


def update_column(engine: Engine, table: Table, column: TableColumn, **data: object) -> None:
    """Change properties in the comment of a column; None removes one."""
    properties = {**column_data(engine, table, column), **data}
    commands.comment(engine, f"COLUMN {table.sql}.{column.sql}", properties)


# --- FOREIGN KEY -------------------------------------------------------------------------------


@add.register(ast.ForeignKey)
def _add_foreign_key(
    node: ast.ForeignKey,
    engine: Engine,
    table: Table,
    *,
    column: str | None = None,
    validate: bool = True,
) -> None:
    names = node.columns or (column or "",)
    name = _named(engine, table, node.name, "FK", names[0])
    if table.name.startswith("#"):
        return  # SQL Server sends a message, and creates no foreign keys on temporary tables
    own = _referring_columns(table, names, name)
    try:
        target_table, theirs = _referenced(node, engine, table, own, name)
        _check_actions(node, engine, table, target_table, own, name)
    except SqlServerError as cause:
        raise (cause if cause.number == 8139 else refusals.not_created(cause)) from None
    suffix = "" if validate else " NOT VALID"
    try:
        commands.run(
            engine,
            f"ALTER TABLE {table.sql} ADD CONSTRAINT {quote(name)}"
            f" FOREIGN KEY ({', '.join(each.sql for each in own)})"
            f" REFERENCES {target_table.sql} ({', '.join(each.sql for each in theirs)})"
            f" ON DELETE {node.on_delete} ON UPDATE {node.on_update}{suffix}",
        )
    except psycopg.errors.ForeignKeyViolation:
        column = theirs[0].name if len(theirs) == 1 else ""
        raise _conflict(engine, "FOREIGN KEY", name, target_table, column) from None
    _comment(engine, table, name, node.name is None, untrusted=not validate)
    if not validate:
        row_checks.watch(engine, table, shorten(name))


def _referring_columns(table: Table, names: Iterable[str], constraint: str) -> list[TableColumn]:
    """Raise error 1769 with 1750."""
    try:
        return [_key_column(table, each, 1769, constraint) for each in names]
    except SqlServerError as cause:
        raise refusals.not_created(cause, compiling=True) from None


def _referenced(
    node: ast.ForeignKey, engine: Engine, table: Table, own: list[TableColumn], name: str
) -> tuple[Table, list[TableColumn]]:
    """Return the target of a foreign key. Raises 1753, 1757, 1767 to 1778, 8139."""
    target_table = engine.catalog.table(node.table.schema, node.table.name)
    if target_table is None or target_table.view:
        raise error(1767, name, str(node.table))
    if node.referenced_columns and len(node.referenced_columns) != len(own):
        raise error(8139, table.name, name)
    theirs = [
        _key_column(target_table, each, 1770, name)
        for each in (node.referenced_columns or _primary_key(engine, target_table, name))
    ]
    if len(own) != len(theirs):
        raise error(8139, table.name, name)
    if not _is_candidate_key(engine, target_table, theirs):
        raise error(1776, target_table.name, name)
    for mine, other in zip(own, theirs, strict=True):
        _check_types(mine, other, table, target_table, name)
    return target_table, theirs


def _check_actions(
    node: ast.ForeignKey,
    engine: Engine,
    table: Table,
    target_table: Table,
    own: list[TableColumn],
    name: str,
) -> None:
    """Raise error 1761, 1762 or 1785 for a referential action that cannot be carried out."""
    actions = (node.on_delete, node.on_update)
    if "SET NULL" in actions and not all(each.nullable for each in own):
        raise error(1761, name)
    if "SET DEFAULT" in actions and not all(each.nullable or each.has_default for each in own):
        raise error(1762, name)
    for deleting, action in ((True, node.on_delete), (False, node.on_update)):
        if action in CASCADING:
            check_cascade_paths(engine, table, target_table, name, deleting=deleting)


def _key_column(table: Table, name: str, number: int, constraint: str) -> TableColumn:
    column = table.column(name)
    if column is None:
        raise error(number, constraint, name, table.name)
    return column


def _primary_key(engine: Engine, table: Table, constraint: str) -> list[str]:
    rows = commands.run(engine, _PRIMARY_KEY, [table.oid])
    if not rows:
        raise error(1773, constraint, table.name)
    return list(rows[0][0])


_PRIMARY_KEY = """
SELECT meta.column_names(conrelid, conkey) FROM pg_constraint
WHERE conrelid = %s AND contype = 'p'
"""


def _check_types(
    mine: TableColumn, other: TableColumn, table: Table, target_table: Table, constraint: str
) -> None:
    """Raise error 1778 for another type, 1753 for another length or scale."""
    words = (f"{target_table.name}.{other.name}", f"{table.name}.{mine.name}", constraint)
    if mine.type.name != other.type.name:
        raise error(1778, *words)
    facets = [(t.length, t.precision, t.scale) for t in (mine.type, other.type)]
    if facets[0] != facets[1]:
        raise error(1753, *words)
    if (mine.type.collation or "").lower() != (other.type.collation or "").lower():
        raise error(1757, *words)


def _is_candidate_key(engine: Engine, table: Table, keys: list[TableColumn]) -> bool:
    """Return whether a unique index without a filter has exactly these columns."""
    key_names = sorted(key.name.lower() for key in keys)
    return any(
        sorted(name.lower() for name in names) == key_names
        for (names,) in commands.run(engine, _UNIQUE_KEYS, [table.oid])
    )


_UNIQUE_KEYS = """
SELECT meta.column_names(indrelid, indkey[0:indnkeyatts - 1]::int2[]) FROM pg_index
WHERE indrelid = %s AND indisunique AND indpred IS NULL
"""


def check_cascade_paths(
    engine: Engine, table: Table, target_table: Table, name: str, *, deleting: bool
) -> None:
    """Raise error 1785 if a delete (or an update) would reach a table twice or come back to it."""
    edges = [(parent, child) for parent, child in commands.run(engine, _CASCADES[deleting])]
    above = _reachable(target_table.oid, [(child, parent) for parent, child in edges])
    below = _reachable(table.oid, edges)
    for ancestor in above:
        if below & _reachable(ancestor, edges) or ancestor in below:
            raise error(1785, name, table.name)


def _reachable(start: int, edges: list[tuple[int, int]]) -> set[int]:
    """Return the nodes that the edges reach from `start`, itself included."""
    nodes, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        for source, target in edges:
            if source == node and target not in nodes:
                nodes.add(target)
                waiting.append(target)
    return nodes


_CASCADES = {
    deleting: f"""
SELECT confrelid::int8, conrelid::int8 FROM pg_constraint
WHERE contype = 'f' AND {column} IN ('c', 'n', 'd')
"""
    for deleting, column in ((True, "confdeltype"), (False, "confupdtype"))
}
