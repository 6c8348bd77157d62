"""CREATE VIEW, and the views over a table that is altered or dropped.

PostgreSQL ties a view to the columns that it reads; in SQL Server only SCHEMABINDING does. So the
views are set aside while a column changes its type, and defined by their text once more.

Follows "CREATE VIEW (Transact-SQL)", SCHEMABINDING,
https://learn.microsoft.com/sql/t-sql/statements/create-view-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.engine.ddl import columns, commands, object_names, refusals
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.walk import descendants


def create_view(node: ast.CreateView, engine: Engine) -> None:
    _check_sources(node)
    schema = object_names.schema_of(engine, node.name)
    name = object_names.check_name(node.name.name)
    existing = engine.catalog.table(schema, name)
    if existing is not None and node.mode != "CREATE":
        if not existing.view:
            raise error(2714, name, state=3)
        commands.run(engine, f"DROP VIEW {existing.sql} CASCADE")
    elif node.mode == "ALTER":
        raise error(208, str(node.name), state=6)
    else:
        object_names.check_free(engine, schema, name, 3)
    sql, view_columns = translate.view(
        node.query, node.ctes, object_names.context(engine), name, node.columns
    )
    view = f"{quote(schema)}.{quote(name)}"
    column_list = ", ".join(quote(each.name) for each in view_columns)
    check = " WITH CASCADED CHECK OPTION" if node.check_option else ""
    commands.run(engine, f"CREATE VIEW {view} ({column_list}) AS {sql}{check}")
    commands.comment(
        engine,
        f"VIEW {view}",
        {
            "name": object_names.long_name(name),
            "definition": node.text,
            "bound": "SCHEMABINDING" in node.attributes,
            "check_option": node.check_option,
        },
    )
    for each in view_columns:
        commands.comment(
            engine,
            f"COLUMN {view}.{quote(each.name)}",
            {
                "name": object_names.long_name(each.name),
                "type": columns.type_data(each.type),
                "not_null": not each.nullable,
            },
        )


def _check_sources(node: ast.CreateView) -> None:
    """Raise error 4508 for a temporary table, 1054 or 4512 with SCHEMABINDING."""
    below = [*descendants(node.query), *(each for cte in node.ctes for each in descendants(cte))]
    common = {each.name.lower() for each in node.ctes}
    is_bound = "SCHEMABINDING" in node.attributes
    for each in below:
        select_list = each.select if is_bound and isinstance(each, ast.QuerySpecification) else ()
        if any(isinstance(item, ast.Star) for item in select_list):
            raise error(1054, "*")
        if not isinstance(each, ast.NamedTable):
            continue
        if each.name.name.startswith("#"):
            raise error(4508)
        parts = len(each.name.parts)
        if is_bound and parts != 2 and not (parts == 1 and each.name.name.lower() in common):
            raise error(4512, "view", str(node.name), str(each.name), state=3)


# --- Views over a table that is altered or dropped ---------------------------------------------


@dataclass(frozen=True)
class View:
    """A view with the text that defined it."""

    schema: str
    name: str
    definition: str
    postgres: str  # its qualified PostgreSQL name
    bound: bool  # WITH SCHEMABINDING


def reading(engine: Engine, table: Table, column: TableColumn | None = None) -> list[View]:
    """Return the views that read a table (or one of its columns), those that others read first."""
    name = None if column is None else column.sql
    rows = commands.run(engine, _READING, {"table": table.oid, "column": name})
    return [
        View(
            schema, name, data.get("definition", ""), f"{quote(schema)}.{quote(postgres)}", is_bound
        )
        for schema, name, postgres, data, is_bound in rows
    ]


def bound_to(engine: Engine, table: Table, column: TableColumn | None = None) -> list[str]:
    """Return the names of the views WITH SCHEMABINDING over a table or one of its columns."""
    return [each.name for each in reading(engine, table, column) if each.bound]


@contextmanager
def set_aside(engine: Engine, table: Table, column: TableColumn) -> Iterator[None]:
    """Drop the views that read a column and define them again afterwards. Raises 40517."""
    views = reading(engine, table, column)
    for view in reversed(views):
        commands.run(engine, f"DROP VIEW {view.postgres}")
    if views:
        engine.catalog.changed()
    yield
    for view in views:
        _define_again(engine, view)


def _define_again(engine: Engine, view: View) -> None:
    engine.catalog.changed()
    (node,) = engine.parse(view.definition, True)
    assert isinstance(node, ast.CreateView)
    name = ast.ObjectName((view.schema, view.name))
    try:
        create_view(replace(node, name=name, mode="CREATE"), engine)
    except SqlServerError:
        raise refusals.not_emulated(f"changing a column that view '{view.name}' reads") from None


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
