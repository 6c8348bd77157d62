"""CREATE INDEX, ALTER INDEX, DROP INDEX, statistics.

Follows "CREATE INDEX (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import (
    columns,
    commands,
    constraints,
    determinism,
    filter_constants,
    object_names,
    refusals,
    row_checks,
)
from tds_embedded.engine.ddl.definition_texts import filter_definition
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote, shorten
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.walk import descendants

# Options without an effect on the rows of an index.
PHYSICAL_OPTIONS = frozenset(
    [
        "ALLOW_PAGE_LOCKS",
        "ALLOW_ROW_LOCKS",
        "DATA_COMPRESSION",
        "FILLFACTOR",
        "MAXDOP",
        "MAX_DURATION",
        "ONLINE",
        "OPTIMIZE_FOR_SEQUENTIAL_KEY",
        "PAD_INDEX",
        "RESUMABLE",
        "SORT_IN_TEMPDB",
        "STATISTICS_INCREMENTAL",
        "STATISTICS_NORECOMPUTE",
    ]
)


@dataclass(frozen=True)
class Index:
    """The definition of a new index."""

    name: str
    columns: tuple[ast.IndexColumn, ...]
    unique: bool = False
    clustered: bool = False
    include: tuple[str, ...] = ()
    where: ast.Predicate | None = None
    options: tuple[ast.Option, ...] = ()


def of_inline(node: ast.InlineIndex, column: str | None) -> Index:
    """Return the index that CREATE TABLE defines."""
    object_names.check_filegroup(node.filegroup)
    keys = node.columns or (ast.IndexColumn(column or ""),)
    return Index(
        node.name, keys, node.unique, node.clustered, node.include, node.where, node.options
    )


def create_index(node: ast.CreateIndex, engine: Engine) -> None:
    if node.columnstore:
        raise refusals.not_emulated("COLUMNSTORE")
    object_names.check_filegroup(node.filegroup)
    view = engine.catalog.table(node.table.schema, node.table.name)
    if view is not None and view.view and not view.system:
        raise refusals.not_emulated("an index of a view")
    table = object_names.find_table(engine, node.table, 1088)
    create(
        engine,
        table,
        Index(
            node.name,
            node.columns,
            node.unique,
            node.clustered,
            node.include,
            node.where,
            node.options,
        ),
    )


def create(engine: Engine, table: Table, index: Index) -> None:
    """Create an index. Raises 1902, 1904, 1909, 1911, 1913, 1919, 7999, 10735, or 1505."""
    age = None
    if _drops_existing(index.options):
        if find(engine, table, index.name) is None:
            raise error(7999, index.name, table.name)
        age = commands.run(engine, _AGE, {"table": table.oid, "name": index.name})[0][0]
        drop(engine, table, index.name)
    if find(engine, table, index.name):
        raise error(1913, index.name, f"{table.schema}.{table.name}")
    for key in index.columns:
        column = table.column(key.name)
        if column is not None and column.type.name == "json":
            raise error(1978, column.name, table.name)
    constraints.check_keys(table, [key.name for key in index.columns])
    for key in index.columns:
        determinism.check_key(engine, table, columns.refer_to(table, key.name), index.name)
    if index.clustered and constraints.has_clustered(engine, table):
        raise error(1902, table.name, constraints.clustered_name(engine, table))
    keys = ", ".join(_key(table, key) for key in index.columns)
    include = ", ".join(_included(table, index, name) for name in index.include)
    command = f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {{}} ON {table.sql} ({keys})"
    if include:
        command += f" INCLUDE ({include})"
    if index.unique:
        command += " NULLS NOT DISTINCT"
    if index.where is not None:
        command += f" WHERE {_filter(engine, table, index)}"
    postgres = free_name(engine, table, index.name)
    commands.run(engine, command.replace("{}", quote(postgres), 1))
    commands.comment(
        engine,
        f"INDEX {constraints.index_sql(table, postgres)}",
        {
            "name": index.name,
            "clustered": index.clustered,
            "filter": None if index.where is None else filter_definition(index.where),
            "options": {option.name: option.value for option in index.options},
            "age": age,
        },
    )
    key_columns = [columns.refer_to(table, key.name) for key in index.columns]
    row_checks.limit_key(engine, table, postgres, key_columns, clustered=index.clustered)


# An index that DROP_EXISTING creates again keeps its number.
_AGE = """
SELECT coalesce((meta.of_class(i.oid) ->> 'age')::int8, i.oid::int8)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = %(table)s AND lower(meta.class_name(i.oid, i.relname)) = lower(%(name)s)
"""


def _key(table: Table, key: ast.IndexColumn) -> str:
    """NULL comes first in SQL Server's order, and last in that order turned round.

    The translator writes it in ORDER BY, too, but only for nullable columns: an index serves
    an order that is written like its own.
    """
    column = columns.refer_to(table, key.name)
    order = "DESC" if key.descending else "ASC"
    if column.nullable:
        order += " NULLS LAST" if key.descending else " NULLS FIRST"
    return f"{column.sql} {order}"


def _included(table: Table, index: Index, name: str) -> str:
    if name.lower() in {key.name.lower() for key in index.columns}:
        raise error(1909, name)
    return columns.refer_to(table, name).sql


def _drops_existing(options: tuple[ast.Option, ...]) -> bool:
    for option in options:
        if option.name == "IGNORE_DUP_KEY" and (option.value or "ON").upper() == "ON":
            raise refusals.not_emulated("IGNORE_DUP_KEY")
        if option.name == "FILLFACTOR" and not 1 <= int(option.value or 0) <= 100:
            raise error(129, option.value)
        if option.name not in PHYSICAL_OPTIONS | {"DROP_EXISTING", "IGNORE_DUP_KEY"}:
            raise error(155, option.name, "CREATE INDEX")
    return any(o.name == "DROP_EXISTING" and (o.value or "").upper() == "ON" for o in options)


def _filter(engine: Engine, table: Table, index: Index) -> str:
    assert index.where is not None
    check_filter(table, index.name, index.where)
    value = translate.table_expression(
        index.where, table.columns, object_names.context(engine), table.name
    )
    return value.sql


def check_filter(table: Table, name: str, where: ast.Predicate) -> None:
    """Raise error 10735 for an invalid filter, 10609 for a computed column, 10611."""
    if not _is_simple(where):
        raise error(10735, name, table.name)
    for column in filtered_columns(where):
        if columns.refer_to(table, column).computed:
            raise error(10609, name, table.name, column)
    filter_constants.check(table, name, where)


def _is_simple(node: ast.Predicate) -> bool:
    """Return whether a filter is a conjunction of comparisons with constants, IN and IS NULL."""
    if isinstance(node, ast.And):
        return all(_is_simple(each) for each in node.operands)
    if isinstance(node, ast.IsNull):
        return isinstance(node.expression, ast.ColumnReference)
    if isinstance(node, ast.In):
        return (
            not node.negated
            and isinstance(node.expression, ast.ColumnReference)
            and all(_is_constant(value) for value in node.values)
        )
    if isinstance(node, ast.Comparison):
        return isinstance(node.left, ast.ColumnReference) and _is_constant(node.right)
    return False


def _is_constant(node: ast.Expression) -> bool:
    if isinstance(node, ast.Cast | ast.Convert):
        return _is_constant(node.expression)
    if isinstance(node, ast.Unary):
        return _is_constant(node.operand)
    return isinstance(node, ast.Literal) and not isinstance(node, ast.NullLiteral)


def filtered_columns(node: ast.Predicate) -> set[str]:
    return {each.name for each in descendants(node) if isinstance(each, ast.ColumnReference)}


def free_name(engine: Engine, table: Table, name: str) -> str:
    """PostgreSQL's name for an index: SQL Server's may come again on another table."""
    stem = shorten(f"{name}~")
    names_in_use = {
        row[0] for row in commands.run(engine, _NAMES, [table.oid, stem.rstrip("~") + "~%"])
    }
    candidate, number = stem, 1
    while candidate in names_in_use:
        number += 1
        candidate = f"{stem[:58]}{number}"
    return candidate


_NAMES = """
SELECT relname::text FROM pg_class
WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = %s) AND relname LIKE %s
"""


# --- Existing indexes --------------------------------------------------------------------------


def find(engine: Engine, table: Table, name: str) -> tuple[str, bool] | None:
    """PostgreSQL's name of an index, and whether it belongs to a constraint."""
    rows = commands.run(engine, _FIND, {"table": table.oid, "name": name})
    return (str(rows[0][0]), bool(rows[0][1])) if rows else None


_FIND = """
SELECT i.relname::text, EXISTS (SELECT FROM pg_constraint k
    WHERE k.conindid = i.oid AND k.contype IN ('p', 'u'))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = %(table)s AND lower(meta.class_name(i.oid, i.relname)) = lower(%(name)s)
"""


def find_postgres(engine: Engine, table: Table, postgres: str) -> dict[str, Any] | None:
    """Return the properties in an index's comment, or None if there is no such index."""
    rows = commands.run(engine, _DATA, {"table": table.oid, "name": postgres})
    return (rows[0][0] or {}) if rows else None


def data(engine: Engine, table: Table, postgres: str) -> dict[str, Any]:
    return find_postgres(engine, table, postgres) or {}


_DATA = """
SELECT meta.of_class(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = %(table)s AND i.relname = %(name)s
"""


def drop(engine: Engine, table: Table, name: str) -> None:
    """Drop an index. Raises 3701, or 3723 for the index of a constraint."""
    index = find(engine, table, name)
    if index is None:
        raise error(3701, "index", f"{table.name}.{name}", state=7)
    postgres, is_constraint = index
    if is_constraint:
        raise error(3723, f"{table.schema}.{table.name}.{name}")
    commands.run(engine, f"DROP INDEX {constraints.index_sql(table, postgres)}")


def drop_index(node: ast.DropIndex, engine: Engine) -> None:
    for name, owner in node.indexes:
        object_names.check_database(engine, owner)
        table = engine.catalog.table(owner.schema, owner.name)
        if table is None or find(engine, table, name) is None:
            if node.if_exists:
                continue
            raise error(3701, "index", f"{owner}.{name}", state=7)
        if node.has_options and constraints.clustered_name(engine, table).lower() != name.lower():
            raise error(3748, f"{owner}.{name}")
        drop(engine, table, name)


def alter_index(node: ast.AlterIndex, engine: Engine) -> None:
    """REBUILD and REORGANIZE change no row; DISABLE is not emulated."""
    if engine.catalog.table(node.table.schema, node.table.name) is None:
        raise error(1088, node.table, state=9)
    table = object_names.find_table(engine, node.table, 1088)
    if node.name is not None and find(engine, table, node.name) is None:
        raise error(2727, node.name)
    if node.action.upper() == "DISABLE":
        raise refusals.not_emulated("ALTER INDEX ... DISABLE")
    options = {each.name: each.value for each in node.options if each.name in PHYSICAL_OPTIONS}
    if options:
        _drops_existing(node.options)  # raises the same errors as for CREATE INDEX
        for (name,) in commands.run(engine, _ALL_NAMES, [table.oid]):
            if node.name is None or name.lower() == node.name.lower():
                _set_options(engine, table, name, options)


def _set_options(engine: Engine, table: Table, name: str, options: dict[str, str | None]) -> None:
    index = find(engine, table, name)
    assert index is not None
    properties = data(engine, table, index[0])
    commands.comment(
        engine,
        f"INDEX {constraints.index_sql(table, index[0])}",
        {**properties, "options": {**properties.get("options", {}), **options}},
    )


_ALL_NAMES = """
SELECT meta.class_name(i.oid, i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = %s
"""
