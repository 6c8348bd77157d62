"""Foreign keys: switched off while rows are loaded in any order, on again, and checked.

"ALTER TABLE", https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from typing import Any, Container, Iterable, Iterator, Sequence

from mssql.schema.catalog import ALL_FOREIGN_KEYS_SQL, foreign_keys_sql, to_foreign_keys
from mssql.schema.table_objects import ForeignKey
from mssql.tsql.identifiers import TableName, bracket


def disable(cursor: Any) -> set[str]:
    """Let rows break all foreign keys of the database; return the keys that were on."""
    keys = [key for key in _read(cursor) if not key.disabled]
    _run(cursor, _switch(keys, "NOCHECK"))
    return set(map(_identity, keys))


def enable(cursor: Any, disabled: Container[str]) -> None:
    """Switch on the keys again that disable() returned, whatever the rows are.

    The optimizer trusts a key only if all its rows have been checked. They are, unless a row breaks
    a key of the table: then its keys are switched on unchecked.
    """
    keys = [key for key in _read(cursor) if key.disabled and _identity(key) in disabled]
    _run(
        cursor,
        (
            f"IF EXISTS ({' UNION ALL '.join(map(_orphans_sql, of_table))}) "
            f"{_alter(of_table, 'CHECK')} ELSE {_alter(of_table, 'WITH CHECK CHECK')}"
            for of_table in _by_table(keys)
        ),
    )


def check(cursor: Any, table_names: Iterable[str] | None, disabled: Container[str]) -> None:
    """Raise error 547 if a row breaks a key of these tables (None: of all).

    A key that is off stays off, and is not checked, unless disable() returned it: those are on
    afterwards.
    """
    names = None if table_names is None else {name.casefold() for name in table_names}
    keys = [
        key
        for key in _read(cursor)
        if (names is None or key.table.name.casefold() in names)
        and (not key.disabled or _identity(key) in disabled)
    ]
    _run(cursor, _switch(keys, "WITH CHECK CHECK"))


def around_deletion(cursor: Any, tables: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the statements to run before and after rows of the tables are deleted in any order.

    They switch the tables' keys off and on. A key that is off stays off.
    """
    cursor.execute(foreign_keys_sql(tables))
    keys = [key for key in to_foreign_keys(cursor.fetchall()) if not key.disabled]
    return list(_switch(keys, "NOCHECK")), list(_switch(keys, "WITH CHECK CHECK"))


def _read(cursor: Any) -> list[ForeignKey]:
    cursor.execute(ALL_FOREIGN_KEYS_SQL)
    return to_foreign_keys(cursor.fetchall())


def _by_table(keys: Iterable[ForeignKey]) -> Iterable[list[ForeignKey]]:
    tables: dict[TableName, list[ForeignKey]] = {}
    for key in keys:
        tables.setdefault(key.table, []).append(key)
    return tables.values()


def _switch(keys: Iterable[ForeignKey], action: str) -> Iterator[str]:
    return (_alter(of_table, action) for of_table in _by_table(keys))


def _run(cursor: Any, statements: Iterable[str]) -> None:
    batch = ";\n".join(statements)
    if batch:
        cursor.execute(batch)


def _identity(key: ForeignKey) -> str:
    return f"{key.table} {bracket(key.name)}"


def _alter(keys: list[ForeignKey], action: str) -> str:
    names = ", ".join(bracket(key.name) for key in keys)
    return f"ALTER TABLE {keys[0].table} {action} CONSTRAINT {names}"


def _orphans_sql(key: ForeignKey) -> str:
    """Return the query of the rows that break the key: no NULL in it, and no target."""
    columns, to_columns = (
        [f"{alias}.{bracket(name)}" for name in names]
        for alias, names in (("[row]", key.columns), ("[target]", key.to_columns))
    )
    not_null = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    same = " AND ".join(f"{to} = {column}" for to, column in zip(to_columns, columns))
    return (
        f"SELECT 1 FROM {key.table} AS [row] WHERE {not_null} "
        f"AND NOT EXISTS (SELECT 1 FROM {key.to_table} AS [target] WHERE {same})"
    )
