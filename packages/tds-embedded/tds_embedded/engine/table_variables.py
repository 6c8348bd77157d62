"""Variables of type table: temporary tables that a session uses again for the same declaration.

A backend that reads the keys of inserted rows declares the same variable with every INSERT, and
creating a table takes PostgreSQL longer than the INSERT.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import statements as ddl
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast

KEPT = 50  # tables that wait for their next use
_ROWS = """
    SELECT (SELECT array_agg(t::text) FROM {0} t), (
        SELECT max(CASE WHEN c.relkind = 'S' THEN pg_sequence_last_value(c.oid) END)
        FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid = '{0}'::regclass AND d.deptype = 'i')
"""
_CONTINUE = "SELECT setval(pg_get_serial_sequence($1, $2), $3)"


@dataclass(frozen=True)
class _TableVariable:
    """A table and its declaration; `rollbacks` counts those before it was created, since a later
    one drops it.
    """

    declaration: ast.Declaration
    table: Table
    rollbacks: int

    @property
    def is_reusable(self) -> bool:
        return not any(column.identity for column in self.table.columns)


class TableVariables:
    """The table variables of one session."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._count = 0
        self._used: dict[str, _TableVariable] = {}  # by the table's name
        self._free: dict[ast.Declaration, list[_TableVariable]] = {}

    def forget(self) -> None:
        """Forget all tables after they were dropped."""
        self._used.clear()
        self._free.clear()

    def create(self, frame: Frame, declaration: ast.Declaration) -> None:
        """Create a table that lives as long as its frame. Raises 134."""
        key = declaration.name.lower()
        if key in frame.tables or key in frame.types:
            raise error(134, declaration.name)
        variable = self._take(declaration) or self._make(declaration)
        self._used[variable.table.name] = variable
        frame.tables[key] = variable.table

    def _take(self, declaration: ast.Declaration) -> _TableVariable | None:
        free = self._free.get(declaration, [])
        while free:
            variable = free.pop()
            if variable.rollbacks == self._engine.transactions.rollbacks:
                return variable
            self._drop([variable])
        return None

    def _make(self, declaration: ast.Declaration) -> _TableVariable:
        engine = self._engine
        self._count += 1
        name = ast.ObjectName((f"#{declaration.name}~{self._count}",))
        engine.transactions.before_statement(writes=True)
        ddl.execute(ast.CreateTable(name, declaration.elements), engine)
        table = engine.catalog.table(None, name.name)
        assert table is not None
        return _TableVariable(declaration, table, engine.transactions.rollbacks)

    def release(self, frame: Frame) -> None:
        """Release the table variables of a frame that ends."""
        engine = self._engine
        if not frame.tables or engine.backend.broken:
            return
        variables = [self._used.pop(table.name) for table in frame.tables.values()]
        frame.tables.clear()
        engine.transactions.before_statement(writes=True)
        unused = []
        for variable in variables:
            is_current = variable.rollbacks == engine.transactions.rollbacks
            if is_current and variable.is_reusable and len(self._free) < KEPT:
                engine.backend.command(f"DELETE FROM {variable.table.sql}")
                self._free.setdefault(variable.declaration, []).append(variable)
            else:
                unused.append(variable)
        self._drop(unused)

    # --- Rollbacks, which leave the rows of table variables alone ---

    @contextmanager
    def preserved(self) -> Iterator[None]:
        """Keep the rows of the variables in scope while a transaction is rolled back."""
        backend = self._engine.backend
        variables = list(self._used.values()) if self._used and not backend.broken else []
        rows = {
            each.table.name: backend.run(_ROWS.format(each.table.sql)).all() for each in variables
        }
        yield
        for each in variables:
            ((texts, last),) = rows[each.table.name]
            self._restore(each, texts or [], last)

    def _restore(self, variable: _TableVariable, rows: list[str], last: int | None) -> None:
        engine, table = self._engine, variable.table
        backend = engine.backend
        ((exists,),) = backend.run("SELECT to_regclass($1) IS NOT NULL", [table.sql]).all()
        if not exists:  # it was declared inside the transaction
            name = ast.ObjectName((table.name,))
            ddl.execute(ast.CreateTable(name, variable.declaration.elements), engine)
            identity = next((each for each in table.columns if each.identity), None)
            if identity is not None and last is not None:
                backend.run(_CONTINUE, [table.sql, identity.name, last]).all()
        else:
            backend.command(f"DELETE FROM {table.sql}")
        if rows:
            columns = [each.sql for each in table.columns if not each.computed]
            backend.run(
                f"INSERT INTO {table.sql} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"
                f" SELECT {', '.join(f'(r.v).{column}' for column in columns)}"
                f" FROM (SELECT unnest($1::text[])::{table.sql} AS v) r",
                [rows],
            )

    def _drop(self, unused: list[_TableVariable]) -> None:
        if unused:
            names = tuple(ast.ObjectName((variable.table.name,)) for variable in unused)
            ddl.execute(ast.DropObjects("TABLE", names, if_exists=True), self._engine)
