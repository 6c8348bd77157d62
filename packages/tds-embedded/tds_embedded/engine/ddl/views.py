"""Views over a table that is altered or dropped.

PostgreSQL ties a view to the columns that it reads; in SQL Server only SCHEMABINDING does. So the
views are set aside while a column changes its type, and defined by their text once more.

Follows "CREATE VIEW (Transact-SQL)", SCHEMABINDING,
https://learn.microsoft.com/sql/t-sql/statements/create-view-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.engine.ddl import common
from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast
from tds_embedded.tsql.names import quote

if TYPE_CHECKING:
    from tds_embedded.engine.session import Session


@dataclass(frozen=True)
class View:
    """A view with the text that defined it."""

    schema: str
    name: str
    definition: str
    postgres: str  # its qualified PostgreSQL name
    bound: bool  # WITH SCHEMABINDING


def reading(session: Session, table: Table, column: TableColumn | None = None) -> list[View]:
    """Return the views that read a table (or one of its columns), those that others read first."""
    name = None if column is None else column.sql
    rows = common.run(session, _READING, {"table": table.oid, "column": name})
    return [
        View(schema, shown, data.get("definition", ""), f"{quote(schema)}.{quote(postgres)}", bound)
        for schema, shown, postgres, data, bound in rows
    ]


def bound_to(session: Session, table: Table, column: TableColumn | None = None) -> list[str]:
    """Return the names of the views WITH SCHEMABINDING over a table or one of its columns."""
    return [each.name for each in reading(session, table, column) if each.bound]


@contextmanager
def set_aside(session: Session, table: Table, column: TableColumn) -> Iterator[None]:
    """Drop the views that read a column and define them again afterwards. Raises 40517."""
    views = reading(session, table, column)
    for view in reversed(views):
        common.run(session, f"DROP VIEW {view.postgres}")
    if views:
        session.catalog.changed()
    yield
    for view in views:
        _define_again(session, view)


def _define_again(session: Session, view: View) -> None:
    session.catalog.changed()
    (node,) = session.cluster.parse(view.definition, session.product, True)
    assert isinstance(node, ast.CreateView)
    name = ast.ObjectName((view.schema, view.name))
    try:
        common.define(replace(node, name=name, mode="CREATE"), session)
    except SqlServerError:
        raise common.not_here(f"changing a column that view '{view.name}' reads") from None


# depth: a view comes after all that it reads
_READING = """
WITH RECURSIVE reading (view, depth) AS (
    SELECT r.ev_class, 1 FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = %(table)s AND r.ev_class <> d.refobjid
        AND (%(column)s::text IS NULL OR d.refobjsubid IN (
            SELECT attnum FROM pg_attribute WHERE attrelid = %(table)s
                AND '"' || replace(attname, '"', '""') || '"' = %(column)s))
    UNION
    SELECT r.ev_class, depth + 1 FROM reading
        JOIN pg_depend d ON d.refobjid = reading.view AND d.classid = 'pg_rewrite'::regclass
            AND d.refclassid = 'pg_class'::regclass
        JOIN pg_rewrite r ON r.oid = d.objid
    WHERE r.ev_class <> reading.view
)
SELECT meta.schema_name(c.relnamespace), meta.class_name(c.oid, c.relname), c.relname::text,
    coalesce(meta.of_class(c.oid), '{}'), coalesce((meta.of_class(c.oid) ->> 'bound')::bool, false)
FROM (SELECT view, max(depth) AS depth FROM reading GROUP BY view) AS v
    JOIN pg_class c ON c.oid = v.view
WHERE c.relkind = 'v' AND c.relnamespace IN (SELECT oid FROM meta.user_schemas)
ORDER BY depth, c.oid
"""
