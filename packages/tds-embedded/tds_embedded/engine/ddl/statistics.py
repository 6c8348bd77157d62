"""CREATE, UPDATE and DROP STATISTICS.

PostgreSQL keeps statistics of every column anyway. The name, the columns and the filter are
kept, because ALTER TABLE depends on them and sys.stats shows them.

Follows "CREATE STATISTICS (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/statements/create-statistics-transact-sql
"""

from __future__ import annotations

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import columns, commands, indexes, object_names
from tds_embedded.engine.ddl.definition_texts import filter_definition
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast


def create_statistics(node: ast.CreateStatistics, engine: Engine) -> None:
    """Raise error 1088, 1911, 1927 for a name that is taken."""
    table = object_names.find_table(engine, node.table, 1088)
    keys = [columns.refer_to(table, name).name for name in node.columns]
    object_names.check_name(node.name)
    if indexes.find(engine, table, node.name) or _find(engine, table, node.name):
        raise error(1927, table.name, node.name)
    filter_columns: set[str] = set()
    if node.where is not None:
        indexes.check_filter(table, node.name, node.where)
        filter_columns = indexes.filtered_columns(node.where)
    commands.run(engine, f"ANALYZE {table.sql}")
    commands.run(
        engine,
        _INSERT,
        {
            "table": table.oid,
            "name": node.name,
            "keys": keys,
            "filter": None if node.where is None else filter_definition(node.where),
            "filtered": [columns.refer_to(table, name).name for name in filter_columns],
        },
    )


_INSERT = """
INSERT INTO meta.statistics (relation, name, columns, filter, filter_columns)
VALUES (%(table)s, %(name)s, meta.column_numbers(%(table)s, %(keys)s), %(filter)s,
    meta.column_numbers(%(table)s, %(filtered)s))
"""


def _find(engine: Engine, table: Table, name: str) -> bool:
    return bool(commands.run(engine, _FIND, {"table": table.oid, "name": name}))


_FIND = """
SELECT 1 FROM meta.statistics WHERE relation = %(table)s AND lower(name) = lower(%(name)s)
"""


def update_statistics(node: ast.UpdateStatistics, engine: Engine) -> None:
    table = object_names.find_table(engine, node.table, 2706)
    commands.run(engine, f"ANALYZE {table.sql}")


def drop(engine: Engine, name: ast.ObjectName) -> bool:
    """Drop `table.statistics`, unless there are none. Raises 3739 for those of an index."""
    if len(name.parts) < 2:
        return False
    schema = name.parts[-3] if len(name.parts) > 2 else None
    table = engine.catalog.table(schema, name.parts[-2])
    if table is None:
        return False
    if indexes.find(engine, table, name.name):
        raise error(3739, "DROP", str(name))
    return bool(commands.run(engine, _DROP, {"table": table.oid, "name": name.name}))


_DROP = """
DELETE FROM meta.statistics WHERE relation = %(table)s AND lower(name) = lower(%(name)s)
RETURNING 1
"""
