"""The users' AFTER triggers: kept as text in meta.modules, run by the interpreter.

The change writes its rows to a temporary table, which `inserted` and `deleted` read.
Follows "CREATE TRIGGER",
https://learn.microsoft.com/sql/t-sql/statements/create-trigger-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.pq import TransactionStatus

from mssql.embedded.catalog import ddl_core
from mssql.embedded.catalog.tables import Table
from mssql.embedded.errors import SqlServerError, error
from mssql.embedded.failures import TRANSACTION_ENDED, CompileError
from mssql.embedded.frames import Frame
from mssql.embedded.sink import Sink
from mssql.embedded.tsql import ast, translate
from mssql.embedded.tsql.binder import Capture
from mssql.embedded.tsql.names import quote
from mssql.embedded.types import Column, SqlType

if TYPE_CHECKING:
    from mssql.embedded.session import Session

TRIGGER = "TR"  # the type in sys.objects
EVENTS = ("INSERT", "UPDATE", "DELETE")

_ALL = """
    SELECT id, name, definition, relation::int8, events FROM meta.triggers
    WHERE enabled ORDER BY id
"""
_SHADOWED = """
    SELECT origin::int8 FROM meta.cascades WHERE relation IN (SELECT relation FROM meta.triggers)
"""
_FORGET = "DELETE FROM meta.modules WHERE kind = 'TR' AND id NOT IN (SELECT id FROM meta.triggers)"
_FIND = """
    SELECT id FROM meta.modules WHERE lower(schema) = lower($1) AND lower(name) = lower($2)
    AND kind = 'TR'
"""
_CREATE = """
    WITH made AS (INSERT INTO meta.modules (schema, name, kind, definition)
        VALUES ($1, $2, 'TR', $3) RETURNING id)
    INSERT INTO meta.trigger_events (module, relation, events)
    SELECT id, $4::int8::oid, $5 FROM made
"""
_DROP = "DELETE FROM meta.modules WHERE id = $1"
_SWITCH = """
    UPDATE meta.trigger_events SET enabled = $1 WHERE relation = $2::int8::oid
    AND ($3 = '' OR module IN (SELECT id FROM meta.modules WHERE lower(name) = lower($3)))
"""


@dataclass(frozen=True)
class Trigger:
    """`relation` is its table's oid."""

    id: int
    name: str
    definition: str
    relation: int
    events: tuple[str, ...]


# --- CREATE, DROP, ENABLE and DISABLE ----------------------------------------------------------


def define(node: ast.Statement, session: Session) -> bool:
    """Runs a statement about triggers; False where it is about something else."""
    if isinstance(node, ast.CreateTrigger):
        _create(node, session)
    elif isinstance(node, ast.DropObjects) and node.kind == "TRIGGER":
        _drop(node, session)
    elif isinstance(node, ast.EnableTrigger):
        _switch(node.enable, node.names, _table(node.table, session), session)
    else:
        return False
    return True


def _table(name: ast.ObjectName, session: Session) -> Table:
    table = session.catalog.table(name.schema, name.name)
    if table is None or table.view:
        raise error(8197, str(name))
    return table


def _create(node: ast.CreateTrigger, session: Session) -> None:
    """CREATE, ALTER or CREATE OR ALTER. Raises 208, 2714 or 8197."""
    if node.timing != "AFTER":
        raise ddl_core.not_here("INSTEAD OF trigger")
    table = _table(node.table, session)
    backend = session.backend
    backend.run(_FORGET)
    schema = node.name.schema or table.schema
    known = backend.run(_FIND, [schema, node.name.name]).all()
    if not known and node.mode == "ALTER":
        raise error(208, str(node.name))
    taken = session.catalog.table(schema, node.name.name) is not None
    if taken or (known and node.mode == "CREATE"):
        raise error(2714, node.name.name)
    for row in known:
        backend.run(_DROP, list(row))
    backend.run(_CREATE, [schema, node.name.name, node.text, table.oid, list(node.events)])


def _drop(node: ast.DropObjects, session: Session) -> None:
    """Raises 3701 for a trigger that is none."""
    for name in node.names:
        found = session.backend.run(
            _FIND, [name.schema or session.catalog.default_schema, name.name]
        ).all()
        if not found and not node.if_exists:
            raise error(3701, "drop", "trigger", str(name))
        for row in found:
            session.backend.run(_DROP, list(row))


def _switch(enable: bool, names: Sequence[ast.ObjectName], table: Table, session: Session) -> None:
    for name in [name.name for name in names] or [""]:
        session.backend.run(_SWITCH, [enable, table.oid, name])


# --- Firing ------------------------------------------------------------------------------------


class Triggers:
    """The triggers that a session's statements fire."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._version: object = None
        self._all: list[Trigger] = []
        self._shadowed: set[int] = set()
        self._count = 0
        self._captures: list[str] = []  # what creates the tables of the triggers that run

    def _load(self) -> None:
        version = self._session.catalog.version
        if version == self._version:
            return
        rows = self._session.backend.run(_ALL).all()
        self._all = [
            Trigger(id, name, definition, relation, tuple(events))
            for id, name, definition, relation, events in rows
        ]
        shadowed = self._session.backend.run(_SHADOWED).all() if rows else []
        self._shadowed = {oid for (oid,) in shadowed}
        self._version = version

    def fired_by(
        self, node: ast.Statement, made: translate.Translated, frame: Frame
    ) -> list[Trigger]:
        """The triggers of the statement's table and kind.

        A trigger's own changes to its table do not fire it: RECURSIVE_TRIGGERS is OFF. Raises
        40517 where a cascade would have to fire some.
        """
        table = made.target
        if table is None or table.name.startswith(("#", "@")):
            return []
        self._load()
        if not self._all:
            return []
        events = _events(node)
        if table.oid in self._shadowed and events != {"INSERT"}:
            raise ddl_core.not_here("a cascade to a table with triggers")
        return [
            trigger
            for trigger in self._all
            if trigger.relation == table.oid
            and events & set(trigger.events)
            and trigger.id != frame.object_id
        ]

    def refuse(self, node: ast.Insert, frame: Frame) -> None:
        """Raises 40517 where INSERT ... EXEC would have to fire triggers."""
        target = node.target
        if isinstance(target, ast.NamedTable):
            table = self._session.catalog.table(target.name.schema, target.name.name)
            self._load()
            if table is not None and any(each.relation == table.oid for each in self._all):
                raise ddl_core.not_here("INSERT ... EXEC into a table with triggers")

    def run(
        self,
        node: ast.Statement,
        made: translate.Translated,
        fired: Sequence[Trigger],
        frame: Frame,
        sink: Sink,
    ) -> None:
        """The statement and then its triggers, in one transaction. Raises 3609."""
        assert made.target is not None
        session = self._session
        if session.settings.statistics_xml:
            raise ddl_core.not_here("SET STATISTICS XML with triggers")
        with self._transaction(sink) as own:
            level = session.transactions.count
            session.transactions.before_statement(writes=True)
            with self._captured(node, made.target) as capture:
                held = _Held(own)
                session.interpreter.executor.run_captured(
                    self._translated(node, capture, frame), frame, held
                )
                rows = session.row_count
                for trigger in fired:
                    self._fire(trigger, node, capture, frame, own)
                    if session.transactions.count != level:
                        raise error(TRANSACTION_ENDED)
                session.row_count = rows
                held.release()

    def _translated(
        self, node: ast.Statement, capture: Capture, frame: Frame
    ) -> translate.Translated:
        context = self._session.interpreter.executor.context(frame)
        try:
            return translate.statement(node, replace(context, capture=capture))
        except SqlServerError as raised:
            raise CompileError(raised) from None

    @contextmanager
    def _transaction(self, sink: Sink) -> Iterator[Sink]:
        """A trigger is always in a transaction: the client's, or one of the statement's own."""
        transactions = self._session.transactions
        if transactions.count:
            yield sink
            return
        quiet = _Quiet(sink)
        transactions.begin("", quiet)
        try:
            yield quiet
        except BaseException:
            transactions.rollback_all(quiet)
            raise
        transactions.commit(quiet)

    @contextmanager
    def _captured(self, node: ast.Statement, table: Table) -> Iterator[Capture]:
        self._count += 1
        sql = quote(f"changed rows {self._count}")
        action = "merge_action()" if isinstance(node, ast.Merge) else f"'{_verb(node)}'"
        columns = ["NULL::text AS action"]
        for prefix in ("i", "d"):
            columns += [
                f"{prefix}.{column.sql} AS {prefix}{number}"
                for number, column in enumerate(table.columns)
            ]
        create = (
            f"CREATE TEMP TABLE IF NOT EXISTS {sql} AS SELECT {', '.join(columns)}"
            f" FROM {table.sql} AS i, {table.sql} AS d WHERE false"
        )
        backend = self._session.backend
        backend.command(create)
        self._captures.append(create)
        try:
            yield Capture(table, f"pg_temp.{sql}", action)
        finally:
            self._captures.pop()
            if not backend.broken and backend.status != TransactionStatus.INERROR:
                backend.command(f"DROP TABLE IF EXISTS pg_temp.{sql}")

    def rolled_back(self) -> None:
        """After a rollback inside a trigger: `inserted` and `deleted` are there, without rows."""
        for create in self._captures:
            self._session.backend.command(create)

    def _fire(
        self, trigger: Trigger, node: ast.Statement, capture: Capture, frame: Frame, sink: Sink
    ) -> None:
        session = self._session
        (parsed,) = session.cluster.parse(trigger.definition, session.product, True)
        assert isinstance(parsed, ast.CreateTrigger)
        for event in EVENTS:
            if event not in trigger.events or event not in _events(node):
                continue
            inner = Frame(
                trigger.definition,
                trigger.name,
                level=frame.level + 1,
                is_module=True,
                object_id=trigger.id,
                triggers={
                    "inserted": _rows(capture, event, "i", empty=event == "DELETE"),
                    "deleted": _rows(capture, event, "d", empty=event == "INSERT"),
                },
            )
            session.interpreter.run_frame(inner, _body(session, parsed), sink)


def _body(session: Session, node: ast.CreateTrigger) -> Callable[[], Sequence[ast.Statement]]:
    def body() -> Sequence[ast.Statement]:
        session.settings.xact_abort = True  # as within every trigger
        return node.body

    return body


def _rows(capture: Capture, event: str, prefix: str, *, empty: bool) -> Table:
    """`inserted` or `deleted`: a table whose rows are those of the change."""
    columns = ", ".join(
        f"{prefix}{number} AS {column.sql}" for number, column in enumerate(capture.table.columns)
    )
    where = "false" if empty else f"action = '{event}'"
    name = "inserted" if prefix == "i" else "deleted"
    sql = f"(SELECT {columns} FROM {capture.sql} WHERE {where})"
    plain = tuple(
        replace(column, identity=False, computed=False, has_default=False)
        for column in capture.table.columns
    )
    return Table("dbo", name, sql, 0, True, plain)


def _verb(node: ast.Statement) -> str:
    return type(node).__name__.upper()


def _events(node: ast.Statement) -> set[str]:
    if not isinstance(node, ast.Merge):
        return {_verb(node)}
    return {type(when.action).__name__.removeprefix("Merge").upper() for when in node.whens}


class _Held:
    """A sink that keeps back the count of the statement until its triggers have run."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._done: list[tuple[int | None, int]] = []

    def columns(self, columns: Sequence[Column]) -> None:
        self._sink.columns(columns)

    def rows(self, rows: Any) -> None:
        self._sink.rows(rows)

    def done(self, rowcount: int | None, command: int = 0) -> None:
        self._done.append((rowcount, command))

    def release(self) -> None:
        for rowcount, command in self._done:
            self._sink.done(rowcount, command)

    def error(self, error: SqlServerError) -> None:
        self._sink.error(error)

    def environment(self, kind: int, new: str | bytes, old: str | bytes) -> None:
        self._sink.environment(kind, new, old)

    def return_status(self, status: int) -> None:
        self._sink.return_status(status)

    def return_value(self, name: str, type: SqlType, value: Any) -> None:
        self._sink.return_value(name, type, value)


class _Quiet(_Held):
    """A sink for a transaction that the client has not begun, and hears nothing of."""

    def done(self, rowcount: int | None, command: int = 0) -> None:
        self._sink.done(rowcount, command)

    def environment(self, kind: int, new: str | bytes, old: str | bytes) -> None:
        pass
