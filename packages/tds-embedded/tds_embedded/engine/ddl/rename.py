"""sp_rename: tables, views, columns, indexes, constraints, sequences.

Follows "sp_rename (Transact-SQL)",
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-rename-transact-sql
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import common, constraints, dependents, indexes, views
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.tsql.names import quote, shorten

if TYPE_CHECKING:
    from tds_embedded.engine.session import Session

KINDS = ("COLUMN", "INDEX", "OBJECT", "DATABASE", "USERDATATYPE", "STATISTICS")


def rename(session: Session, old: str, new: str, kind: str | None) -> None:
    """Renames `old` ([schema.]object, or [schema.]table.part for a column or index) to `new`.

    `new` is taken as it stands, brackets and dots included. Raises 15225 for what is not there,
    15249 for an unknown kind, 15335 for a name that is taken.
    """
    word = (kind or "OBJECT").upper()
    if not new:
        raise error(15224, new, state=15).after(error(15004))
    if word not in KINDS:
        raise error(15249, kind)
    name = common.parse_name(old)
    common.check_name(new)
    with common.atomic(session):
        if word == "COLUMN":
            _column(session, name, old, new)
        elif word == "INDEX":
            _index(session, name, old, new)
        elif word == "OBJECT":
            _object(session, name, old, new, kind)
        else:
            raise common.not_here(f"sp_rename of a {word}")
    session.catalog.changed()


def _missing(session: Session, old: str, kind: str | None) -> SqlServerError:
    if kind is not None:
        return error(15248, kind)
    return error(15225, old, session.database, "(null)")


def _owner(session: Session, name: ast.ObjectName) -> Table | None:
    if len(name.parts) < 2:
        return None
    schema = name.parts[-3] if len(name.parts) > 2 else None
    return session.catalog.table(schema or None, name.parts[-2])


def _column(session: Session, name: ast.ObjectName, old: str, new: str) -> None:
    table = _owner(session, name)
    column = table.column(name.name) if table is not None else None
    if table is None or column is None:
        raise error(15248, "COLUMN")
    other = table.column(new)
    if other is not None and other != column:
        raise error(15335, new, "COLUMN")
    for each in dependents.of_column(session, table, column.name):
        if each.kind in ("CHECK", "COLUMN", "FILTER"):
            raise error(15336, old)
    if views.bound_to(session, table, column):
        raise error(15336, old)
    if column.computed:
        raise error(4928, column.name, "COMPUTED")
    data = constraints.column_data(session, table, column)
    if column.sql != quote(new):
        common.run(session, f"ALTER TABLE {table.sql} RENAME COLUMN {column.sql} TO {quote(new)}")
    common.comment(
        session, f"COLUMN {table.sql}.{quote(new)}", {**data, "name": common.long_name(new)}
    )


def _index(session: Session, name: ast.ObjectName, old: str, new: str) -> None:
    table = _owner(session, name)
    found = indexes.find(session, table, name.name) if table is not None else None
    if table is None or found is None:
        raise error(15248, "INDEX")
    if name.name.lower() != new.lower() and indexes.find(session, table, new) is not None:
        raise error(1913, new, f"{table.schema}.{table.name}")
    postgres, constrained = found
    if constrained:
        _constraint(session, table, name.name, new)
        return
    data = indexes.data(session, table, postgres)
    chosen = indexes.free_name(session, table, new)
    common.run(
        session,
        f"ALTER INDEX {constraints.index_sql(table, postgres)} RENAME TO {quote(chosen)}",
    )
    common.comment(session, f"INDEX {constraints.index_sql(table, chosen)}", {**data, "name": new})


def _object(session: Session, name: ast.ObjectName, old: str, new: str, kind: str | None) -> None:
    """A table, view, sequence or constraint, all of which share the names of their schema."""
    table = session.catalog.table(name.schema, name.name)
    schema = table.schema if table else name.schema or session.catalog.default_schema
    if name.name.lower() != new.lower() and common.is_taken(session, schema, new):
        raise error(15335, new, "OBJECT")
    if table is not None:
        if not table.view and views.bound_to(session, table):
            raise error(15336, old)
        _relation(session, table.sql, "VIEW" if table.view else "TABLE", schema, new)
        return
    sequence = session.catalog.sequence(name.schema, name.name)
    if sequence is not None:
        _relation(session, sequence.sql, "SEQUENCE", schema, new)
        return
    owner = common.run(session, _OWNER, [name.name, schema, name.name, schema])
    if not owner:
        raise _missing(session, old, kind)
    found = session.catalog.table(owner[0][0], owner[0][1])
    assert found is not None
    _constraint(session, found, name.name, new)


_OWNER = """
SELECT meta.schema_name(c.relnamespace), meta.table_name(c.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype <> 'n' AND lower(meta.constraint_name(k.oid, k.conname)) = lower(%s)
    AND lower(meta.schema_name(c.relnamespace)) = lower(%s)
UNION ALL
SELECT meta.schema_name(c.relnamespace), meta.table_name(c.oid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relkind = 'r' AND c.oid >= 16384 AND a.attnum > 0
    AND lower(meta.of_column(c.oid, a.attnum) -> 'default' ->> 'name') = lower(%s)
    AND lower(meta.schema_name(c.relnamespace)) = lower(%s)
"""


def _relation(session: Session, old: str, kind: str, schema: str, new: str) -> None:
    data: dict[str, Any] = common.run(session, _DATA, [old])[0][0] or {}
    found = common.find_schema(session, schema)
    assert found is not None
    renamed = f"{quote(found)}.{quote(new)}"
    if renamed != old:
        common.run(session, f"ALTER {kind} {old} RENAME TO {quote(new)}")
    common.comment(session, f"{kind} {renamed}", {**data, "name": common.long_name(new)})


_DATA = "SELECT meta.of_class(to_regclass(%s))"


def _constraint(session: Session, table: Table, old: str, new: str) -> None:
    """A constraint or default. A key's index has its name and keeps what is said of it."""
    for column in table.columns:
        data = constraints.column_data(session, table, column)
        default = data.get("default")
        if default and default["name"].lower() == old.lower():
            renamed = {**default, "name": new, "system": False}
            constraints.update_column(session, table, column, default=renamed)
            return
    postgres, known = common.run(session, _CONSTRAINT, {"table": table.oid, "name": old})[0]
    if postgres != shorten(new):
        common.run(
            session,
            f"ALTER TABLE {table.sql} RENAME CONSTRAINT {quote(postgres)} TO {quote(new)}",
        )
    common.comment(
        session,
        f"CONSTRAINT {quote(new)} ON {table.sql}",
        {**(known or {}), "name": common.long_name(new), "system": False},
    )
    index = indexes.find_postgres(session, table, shorten(new))
    if index is not None:
        common.comment(
            session,
            f"INDEX {constraints.index_sql(table, new)}",
            {**index, "name": new},
        )


_CONSTRAINT = """
SELECT conname::text, meta.of_constraint(oid) FROM pg_constraint
WHERE conrelid = %(table)s AND contype <> 'n'
    AND lower(meta.constraint_name(oid, conname)) = lower(%(name)s)
"""
