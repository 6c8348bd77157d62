"""Firing of the users' triggers: the rows that they see, and the order of events.

The change writes its rows to a temporary table, which `inserted` and `deleted` read. A statement
with an INSTEAD OF trigger changes a copy of its table; one that goes through a view to a table with
triggers has its rows written down by a trigger of PostgreSQL.
Follows "CREATE TRIGGER" and "Use the inserted and deleted tables",
https://learn.microsoft.com/sql/relational-databases/triggers/use-the-inserted-and-deleted-tables
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg.pq import TransactionStatus

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import refusals
from tds_embedded.engine.failures import TRANSACTION_ENDED, CompileError
from tds_embedded.engine.frames import Firing, Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.triggers.sinks import DeferredCounts, HiddenTransaction
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.translate.binder import Capture
from tds_embedded.tsql.translate.values import string_literal
from tds_embedded.wire.responses import Sink

EVENTS = ("INSERT", "UPDATE", "DELETE")

_ALL = """
    SELECT id, name, definition, relation::int8, events, instead_of FROM meta.triggers
    WHERE enabled ORDER BY id
"""
_SHADOWED = """
    SELECT origin::int8 FROM meta.cascades WHERE relation IN (SELECT relation FROM meta.triggers)
"""
_BELOW = "SELECT relation::int8 FROM meta.below_view WHERE view = $1::int8::oid"
_NAME = (
    "SELECT meta.class_name($1::int8::oid, relname), nspname FROM pg_class JOIN pg_namespace n"
    " ON n.oid = relnamespace WHERE pg_class.oid = $1::int8::oid"
)


@dataclass(frozen=True)
class Trigger:
    """A trigger. `relation` is its table's oid."""

    id: int
    name: str
    definition: str
    relation: int
    events: tuple[str, ...]
    instead_of: bool


class Triggers:
    """The triggers that a session's statements fire."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._version: object = None
        self._all: list[Trigger] = []
        self._shadowed: set[int] = set()
        self._count = 0
        self._captures: list[str] = []  # of running triggers' tables
        self.depth = 0  # TRIGGER_NESTLEVEL()

    def _load(self) -> None:
        version = self._engine.catalog.version
        if version == self._version:
            return
        rows = self._engine.backend.run(_ALL).all()
        self._all = [
            Trigger(trigger_id, name, definition, relation, tuple(events), instead_of)
            for trigger_id, name, definition, relation, events, instead_of in rows
        ]
        cascade_rows = self._engine.backend.run(_SHADOWED).all() if rows else []
        self._shadowed = {oid for (oid,) in cascade_rows}
        self._version = version

    # --- Which triggers ---

    def fired_by(
        self, node: ast.Statement, translation: translate.Translated, frame: Frame
    ) -> list[Trigger]:
        """Return the triggers of the statement's table, or of that below its view, and kind.

        INSTEAD OF triggers come alone. A trigger's own changes to its table do not fire it:
        RECURSIVE_TRIGGERS is OFF. Raises 40517 if a cascade would have to fire some.
        """
        table = translation.target
        if table is None or table.name.startswith(("#", "@")):
            return []
        self._load()
        if not self._all:
            return []
        events = _events(node)
        if table.oid in self._shadowed and events != {"INSERT"}:
            raise refusals.not_emulated("a cascade to a table with triggers")
        triggers = [
            trigger
            for trigger in self._of(table)
            if events & set(trigger.events) and trigger.id != frame.object_id
        ]
        instead_of = [trigger for trigger in triggers if trigger.instead_of]
        if instead_of and len(events) > 1:
            raise refusals.not_emulated("MERGE into a table with INSTEAD OF triggers")
        return instead_of or triggers

    def _of(self, table: Table) -> list[Trigger]:
        own = [trigger for trigger in self._all if trigger.relation == table.oid]
        if own or not table.view:
            return own
        below = {oid for (oid,) in self._engine.backend.run(_BELOW, [table.oid]).all()}
        return [trigger for trigger in self._all if trigger.relation in below]

    def refuse(self, node: ast.Insert, frame: Frame) -> None:
        """Raise 40517 if INSERT ... EXEC would have to fire triggers."""
        target = node.target
        if isinstance(target, ast.NamedTable):
            table = self._engine.catalog.table(target.name.schema, target.name.name)
            self._load()
            if table is not None and any(each.relation == table.oid for each in self._all):
                raise refusals.not_emulated("INSERT ... EXEC into a table with triggers")

    # --- The statement and its triggers ---

    def run(
        self,
        node: ast.Statement,
        translation: translate.Translated,
        triggers: Sequence[Trigger],
        frame: Frame,
        sink: Sink,
    ) -> None:
        """Run the statement and then its triggers, in one transaction. Raises 3609."""
        assert translation.target is not None
        engine = self._engine
        if engine.settings.statistics_xml:
            raise refusals.not_emulated("SET STATISTICS XML with triggers")
        table = (
            translation.target
            if triggers[0].relation == translation.target.oid
            else self._base(triggers[0])
        )
        with self._transaction(sink) as own:
            level = engine.transactions.count
            engine.transactions.before_statement(writes=True)
            with self._capture(node, table) as capture:
                counts = DeferredCounts(own)
                with self._change(node, translation, table, triggers, capture, frame) as change:
                    engine.executor.run_captured(change, frame, counts)
                rows = engine.row_count
                is_own = table is translation.target and not translation.through
                for trigger in triggers:
                    self._fire(trigger, node, capture, frame, own, is_own=is_own)
                    if engine.transactions.count != level:
                        raise error(TRANSACTION_ENDED)
                engine.row_count = rows
                counts.release()

    @contextmanager
    def _change(
        self,
        node: ast.Statement,
        translation: translate.Translated,
        table: Table,
        triggers: Sequence[Trigger],
        capture: Capture,
        frame: Frame,
    ) -> Iterator[translate.Translated]:
        """Provide the statement in a form that stores its rows."""
        if triggers[0].instead_of:
            with self._copy(table) as copy:
                yield self._translation_with(node, replace(capture, table=copy), copy, frame)
        elif table is not translation.target:
            with self._stored_changes(table, capture):
                # a second run would store no rows
                yield replace(translation, moves_keys=False)
        else:
            yield self._translation_with(node, capture, None, frame)

    def _translation_with(
        self, node: ast.Statement, capture: Capture, copy: Table | None, frame: Frame
    ) -> translate.Translated:
        context = self._engine.executor.context(frame)
        try:
            return translate.statement(node, replace(context, capture=capture, copy=copy))
        except SqlServerError as raised:
            raise CompileError(raised) from None

    @contextmanager
    def _transaction(self, sink: Sink) -> Iterator[Sink]:
        """Run in a transaction: the client's, or one for the statement alone."""
        transactions = self._engine.transactions
        if transactions.count:
            yield sink
            return
        quiet = HiddenTransaction(sink)
        transactions.begin("", quiet)
        try:
            yield quiet
        except BaseException:
            transactions.rollback_all(quiet)
            raise
        transactions.commit(quiet)

    # --- The rows of the change ---

    @contextmanager
    def _capture(self, node: ast.Statement, table: Table) -> Iterator[Capture]:
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
        backend = self._engine.backend
        backend.command(create)
        self._captures.append(create)
        try:
            yield Capture(table, f"pg_temp.{sql}", action)
        finally:
            self._captures.pop()
            self._drop(f"TABLE IF EXISTS pg_temp.{sql}")

    def _drop(self, what: str) -> None:
        backend = self._engine.backend
        if not backend.broken and backend.status != TransactionStatus.INERROR:
            backend.command(f"DROP {what}")

    def restore_captures(self) -> None:
        """After a rollback inside a trigger: `inserted` and `deleted` are there, without rows."""
        for create in self._captures:
            self._engine.backend.command(create)

    @contextmanager
    def _copy(self, table: Table) -> Iterator[Table]:
        """Copy a table for a statement with an INSTEAD OF trigger: its rows and defaults.

        Nothing is required of its rows, and an identity column of a new one is 0.
        """
        sql = f"pg_temp.{quote(f'copied rows {self._count}')}"
        backend = self._engine.backend
        backend.command(
            f"CREATE TEMP TABLE {sql.removeprefix('pg_temp.')}"
            f" (LIKE {table.sql} INCLUDING DEFAULTS INCLUDING GENERATED)"
        )
        stored_columns = [column for column in table.columns if not column.computed]
        free = [f"ALTER {column.sql} DROP NOT NULL" for column in table.columns]
        free += [
            f"ALTER {column.sql} SET DEFAULT 0" for column in stored_columns if column.identity
        ]
        backend.command(f"ALTER TABLE {sql} {', '.join(free)}")
        names = ", ".join(column.sql for column in stored_columns)
        backend.command(f"INSERT INTO {sql} ({names}) SELECT {names} FROM {table.sql}")
        yield replace(table, sql=sql, view=False)
        self._drop(f"TABLE IF EXISTS {sql}")

    @contextmanager
    def _stored_changes(self, table: Table, capture: Capture) -> Iterator[None]:
        """Store all changes of a table by a PostgreSQL trigger."""
        name = quote(f"written down {self._count}")
        self._engine.backend.command(
            f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table.sql} FOR EACH ROW"
            f" EXECUTE FUNCTION meta.write_down({string_literal(capture.sql)})"
        )
        yield
        self._drop(f"TRIGGER {name} ON {table.sql}")

    def _base(self, trigger: Trigger) -> Table:
        engine = self._engine
        ((name, schema),) = engine.backend.run(_NAME, [trigger.relation]).all()
        table = engine.catalog.table(schema, name)
        assert table is not None
        return table

    # --- One trigger ---

    def _fire(
        self,
        trigger: Trigger,
        node: ast.Statement,
        capture: Capture,
        frame: Frame,
        sink: Sink,
        *,
        is_own: bool,
    ) -> None:
        engine = self._engine
        (definition,) = engine.parse(trigger.definition, True)
        assert isinstance(definition, ast.CreateTrigger)
        for event in EVENTS:
            if event not in trigger.events or event not in _events(node):
                continue
            inner = Frame(
                trigger.definition,
                trigger.name,
                level=frame.level + 1,
                is_module=True,
                object_id=trigger.id,
                triggers=_images(capture, event, trigger),
                firing=_firing(node, event, capture.table) if is_own else None,
            )
            self.depth += 1
            try:
                engine.run_frame(inner, _body(engine, definition), sink)
            finally:
                self.depth -= 1


def _body(engine: Engine, node: ast.CreateTrigger) -> Callable[[], Sequence[ast.Statement]]:
    def body() -> Sequence[ast.Statement]:
        engine.settings.xact_abort = True  # as within every trigger
        return node.body

    return body


def _images(capture: Capture, event: str, trigger: Trigger) -> dict[str, Table]:
    """`inserted` and `deleted`, as tables whose rows are those of the change.

    An AFTER trigger sees the last row first, an INSTEAD OF trigger the first one.
    """
    order = "ctid" if trigger.instead_of else "ctid DESC"
    condition = f"action = '{event}'"
    return {
        "inserted": _rows(capture, "i", "false" if event == "DELETE" else condition, order),
        "deleted": _rows(capture, "d", "false" if event == "INSERT" else condition, order),
    }


def _rows(capture: Capture, prefix: str, condition: str, order: str) -> Table:
    columns = ", ".join(
        f"{prefix}{number} AS {column.sql}" for number, column in enumerate(capture.table.columns)
    )
    name = "inserted" if prefix == "i" else "deleted"
    sql = f"(SELECT {columns} FROM {capture.sql} WHERE {condition} ORDER BY {order})"
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


def _firing(node: ast.Statement, event: str, table: Table) -> Firing:
    """Return the columns of UPDATE(column) and COLUMNS_UPDATED(): all for an INSERT."""
    every = [column.name.lower() for column in table.columns]
    if event == "INSERT":
        return Firing(table.oid, tuple(every), frozenset(every))
    assignments: list[ast.Assignment] = []
    if event == "UPDATE" and isinstance(node, ast.Update):
        assignments += node.assignments
    elif event == "UPDATE" and isinstance(node, ast.Merge):
        for when in node.whens:
            if isinstance(when.action, ast.MergeUpdate):
                assignments += when.action.assignments
    named = {each.column.name.lower() for each in assignments if each.column is not None}
    return Firing(table.oid, tuple(every), frozenset(named))
