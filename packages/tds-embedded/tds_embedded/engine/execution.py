"""The execution of translated statements: queries for the client, values for the interpreter."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter_ns
from typing import Any

import psycopg

from tds_embedded.catalog.lookups import Lookups
from tds_embedded.catalog.tables import Table
from tds_embedded.engine import deferred_keys, permissions, plans, reader_waits, session_values
from tds_embedded.engine.ddl import statements as ddl
from tds_embedded.engine.ddl import switches
from tds_embedded.engine.failures import CompileError
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine, Translator
from tds_embedded.engine.triggers.firing import Triggers
from tds_embedded.engine.views import queries as query_views
from tds_embedded.engine.views import sessions as session_views
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres.backend import Result, Row
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.translate import Context, Translated, binder
from tds_embedded.tsql.translate.binder import ReadPast
from tds_embedded.types import MAX, Command, SqlType
from tds_embedded.wire.responses import Sink

TRANSLATIONS = 1000  # kept in a session
READS_PAST = ("READ COMMITTED", "READ COMMITTED LOCK", "REPEATABLE READ")
_KEY_COLUMNS = """
    SELECT a.attname::text FROM pg_index i JOIN pg_attribute a
    ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = $1::int8::oid AND i.indisprimary
"""
# Statements that begin a transaction under SET IMPLICIT_TRANSACTIONS ON.
BEGINS_TRANSACTION = (
    ast.Select,
    ast.Insert,
    ast.Update,
    ast.Delete,
    ast.Merge,
    ast.TruncateTable,
    ast.CreateTable,
    ast.AlterTable,
    ast.DropObjects,
    ast.Permission,
)


@dataclass
class _Translation:
    """A cached translation, with the lookups that it depends on.

    The node and the variables' tables are kept too, so that their ids cannot become another's.
    """

    node: ast.Node
    tables: tuple[Table, ...]
    translation: Translated
    lookups: Lookups
    version: tuple[int, int]  # of the catalog at the last check of the lookups


class PostgresExecutor:
    """The executor of translated statements in a session.

    Raises SqlServerError, CompileError for a statement without a translation, and psycopg.Error.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.triggers = Triggers(engine)
        self._translations: OrderedDict[tuple[Any, ...], _Translation] = OrderedDict()

    def forget(self) -> None:
        self._translations.clear()

    # --- Translation ---

    def context(self, frame: Frame, catalog: binder.Catalog | None = None) -> Context:
        engine = self.engine
        return Context(
            catalog or engine.catalog,
            variables=frame.types,
            table_variables=frame.tables,
            database=engine.database,
            default_schema=engine.catalog.default_schema,
            identity_insert=engine.identity_insert,
            product=engine.product.compatibility_year,
            triggers=frame.triggers,
        )

    def translation(
        self, node: ast.Node, frame: Frame, translator: Translator, *extra: object
    ) -> Translated:
        """Return the translation of a node, from the cache if possible. Raises CompileError."""
        engine = self.engine
        tables = tuple(frame.tables.values())
        key = (
            id(node),
            *extra,
            engine.identity_insert,
            tuple(frame.types.items()) if frame.types else None,
            tuple(map(id, tables)),
            tuple(table.sql for table in frame.triggers.values()),
        )
        version = engine.catalog.version
        entry = self._translations.get(key)
        if entry is not None and (entry.version == version or entry.lookups.hold()):
            entry.version = version
            self._translations.move_to_end(key)
            return entry.translation
        lookups = Lookups(engine.catalog)
        try:
            translation = translator(node, self.context(frame, lookups))
        except SqlServerError as raised:
            raise CompileError(raised) from None
        if lookups.system and not tables and not frame.triggers:
            translation = replace(translation, lasts=True)
        self._translations[key] = _Translation(node, tables, translation, lookups, version)
        if len(self._translations) > TRANSLATIONS:
            self._translations.popitem(last=False)
        return translation

    def system_type(self, sql_type: ast.DataType) -> SqlType:
        """Return the system type of a declared one. Raises 2715."""
        if isinstance(sql_type, SqlType):
            return sql_type
        system_type = self.engine.catalog.user_type(sql_type.schema, sql_type.name)
        if system_type is None:
            raise error(2715, 1, sql_type)
        return system_type

    # --- Values for the interpreter ---

    def evaluate(self, node: ast.Expression, frame: Frame, sql_type: SqlType | None = None) -> Any:
        """Return the value of an expression, converted to `sql_type` if there is one."""
        quick = _constant(node, frame, sql_type)
        if quick is not _UNKNOWN:
            return quick
        return self._single(self._scalar(node, frame, sql_type), frame)

    def compile_value(self, node: ast.Expression, frame: Frame, sql_type: SqlType | None) -> None:
        """Translate an expression for `evaluate`. Raises CompileError."""
        if _constant(node, frame, sql_type) is _UNKNOWN:
            self._scalar(node, frame, sql_type)

    def _scalar(self, node: ast.Expression, frame: Frame, sql_type: SqlType | None) -> Translated:
        return self.translation(
            node, frame, lambda each, context: translate.scalar(each, context, sql_type), sql_type
        )

    def condition(self, node: ast.Predicate, frame: Frame) -> bool:
        """Return whether a condition is true, not false or unknown."""
        return bool(self._single(self.translation(node, frame, translate.condition), frame))

    def _single(self, translation: Translated, frame: Frame) -> Any:
        self.engine.transactions.before_statement(writes=bool(translation.locks))
        rows = self.start(translation, frame).all()
        return rows[0][0] if rows else None

    # --- Queries for the client ---

    def query(self, node: ast.Statement, frame: Frame, sink: Sink) -> None:
        """Run a SELECT, INSERT, UPDATE, DELETE or MERGE."""
        engine = self.engine
        translation = self.translation(node, frame, translate.statement)
        if not frame.procedure:
            permissions.check_statement(node, engine)
        if engine.settings.noexec:
            return
        triggers = self.triggers.fired_by(node, translation, frame)
        if triggers:
            self.triggers.run(node, translation, triggers, frame, sink)
            return
        if engine.settings.statistics_xml:
            permissions.check_showplan(engine)
            plans.run_with_plan(node, translation, frame, engine, sink)
            return
        self.run_translated(node, translation, frame, sink)

    def run_translated(
        self, node: ast.Statement, translation: Translated, frame: Frame, sink: Sink
    ) -> None:
        """Run a translated statement in the transaction that it needs."""
        engine = self.engine
        self.begin_implicitly(node, sink)
        reads = (
            isinstance(node, ast.Select) and translation.creates is None and not translation.locks
        )
        engine.transactions.before_statement(writes=not reads)
        with self._measured(node, translation, frame):
            if reads:
                reader_waits.wait(translation, self.values, frame, engine)
            if translation.creates is not None or translation.locks:
                self.atomically(lambda: self._run(translation, frame, sink))
            else:
                self._run(translation, frame, sink)

    @contextmanager
    def _measured(
        self, node: ast.Statement, translation: Translated, frame: Frame
    ) -> Iterator[None]:
        """Add a run of the statement to its statistics."""
        engine = self.engine
        explains = engine.database.lower() in engine.statistics.actual_plans
        if explains:
            engine.backend.explain_next()
        began = perf_counter_ns()
        yield
        elapsed = (perf_counter_ns() - began) // 1000
        plan = engine.backend.explained() if explains else None
        entry = plans.entry(node, translation, frame, engine)
        if entry is not None:
            entry.ran(engine.request_start, elapsed, engine.row_count, plan)

    def run_query(self, node: ast.Statement, frame: Frame, sink: Sink) -> None:
        """Run a query as part of another statement, in that statement's transaction."""
        self._run(self.translation(node, frame, translate.statement), frame, sink)

    @property
    def trigger_depth(self) -> int:
        """TRIGGER_NESTLEVEL()."""
        return self.triggers.depth

    def refuse_triggers(self, node: ast.Insert, frame: Frame) -> None:
        """Raise error 40517 if INSERT ... EXEC would fire triggers."""
        self.triggers.refuse(node, frame)

    def restore_captures(self) -> None:
        """Create `inserted` and `deleted` again after a rollback inside a trigger."""
        self.triggers.restore_captures()

    def run_captured(self, translation: Translated, frame: Frame, sink: Sink) -> None:
        """Run a statement whose rows are stored for triggers, in their transaction."""
        self._run(translation, frame, sink)

    def begin_implicitly(self, node: ast.Statement, sink: Sink) -> None:
        engine = self.engine
        if (
            engine.settings.implicit_transactions
            and not engine.transactions.count
            and isinstance(node, BEGINS_TRANSACTION)
        ):
            engine.transactions.begin("", sink)

    def atomically(self, run: Callable[[], None]) -> None:
        """Several PostgreSQL statements that stand or fall together.

        Inside a transaction the savepoint before the statement sees to that.
        """
        backend = self.engine.backend
        alone = not self.engine.transactions.count
        if alone:
            backend.command("BEGIN")
        try:
            run()
        except BaseException:
            if alone and not backend.broken:
                backend.command("ROLLBACK")
            raise
        if alone:
            backend.command("COMMIT")

    def run_and_undo(self, run: Callable[[], None]) -> None:
        """Run something and roll back its changes."""
        engine = self.engine
        backend = engine.backend
        engine.transactions.before_statement(writes=True)
        if engine.transactions.count:
            run()
            engine.transactions.undo_statement()
            return
        backend.command("BEGIN")
        try:
            run()
        finally:
            if not backend.broken:
                backend.command("ROLLBACK")

    def apply_switches(self, translation: Translated) -> None:
        """Switch off the foreign keys of the changed table that NOCHECK has disabled."""
        if translation.target is not None:
            switches.apply(
                self.engine, translation.target, inserts=translation.command == Command.INSERT
            )

    def start(self, translation: Translated, frame: Frame) -> Result:
        """Run a statement, after its locks are taken. Raises 650."""
        backend = self.engine.backend
        for hint in translation.read_past:
            if not self._may_read_past(hint):
                raise error(650)
        for lock in translation.locks:
            backend.command(lock)
        if session_views.VIEWS in translation.sql:
            session_views.publish(self.engine)
        query_views.prepare(translation.sql, self.engine)
        return backend.run(
            translation.sql, self.values(translation, frame), lasts=translation.lasts
        )

    def _may_read_past(self, hint: ReadPast) -> bool:
        """Return whether the isolation level that a READPAST hint meets allows it."""
        current = self.engine.transactions.isolation
        level = current if current == "SNAPSHOT" and not hint.level else hint.level or current
        if hint.target is None:
            return level in READS_PAST
        if level in (*READS_PAST, "READ UNCOMMITTED"):
            return True
        if hint.searched_column is None:
            return False
        keys = self.engine.backend.run(_KEY_COLUMNS, [hint.target.oid]).all()
        return [name.lower() for (name,) in keys] == [hint.searched_column.lower()]

    def values(self, translation: Translated, frame: Frame) -> list[Any]:
        values = frame.values
        return [
            values[name] if name in values else session_values.value(name, self.engine, frame)
            for name in translation.parameters
        ]

    def _run(self, translation: Translated, frame: Frame, sink: Sink) -> None:
        engine = self.engine
        if translation.creates is not None:
            ddl.execute(translation.creates, engine)
            frame.creates(translation.creates.name.name)
        try:
            reader_waits.note(translation, engine)
            self.apply_switches(translation)
            result = deferred_keys.start(translation, frame, self.engine)
        except psycopg.errors.QueryCanceled:
            raise
        except (psycopg.Error, SqlServerError):
            self._send_nothing(translation, sink)
            raise
        if translation.assigns:
            self._assign(translation, result, frame)
        elif translation.columns:
            sink.columns(translation.columns)
            if engine.settings.fmtonly:
                result.all()
            else:
                self._send(translation, result, frame, sink)
        elif translation.identity:
            self._note_identity(result.all(), frame)
        if translation.command == Command.INSERT and not translation.identity:
            frame.identity = engine.identity = None
        engine.row_count = result.count
        counts = not engine.settings.nocount and not translation.assigns
        sink.done(result.count if counts else None, translation.command)

    def _send_nothing(self, translation: Translated, sink: Sink) -> None:
        """Send the columns of a result that fails: SQL Server sends them before the statement
        runs.
        """
        if translation.columns and not translation.assigns:
            sink.columns(translation.columns)
            if self.engine.catches:  # no error follows
                sink.done(None if self.engine.settings.nocount else 0, translation.command)

    def _send(self, translation: Translated, result: Result, frame: Frame, sink: Sink) -> None:
        for rows in result.pieces():
            if translation.identity:
                self._note_identity(rows, frame)
                sink.rows([row[:-1] for row in rows])
            else:
                sink.rows(rows)

    def _note_identity(self, rows: list[Row], frame: Frame) -> None:
        """SCOPE_IDENTITY() and @@IDENTITY: that of the last row inserted."""
        for row in reversed(rows):
            if row[-1] is not None:
                frame.identity = self.engine.identity = row[-1]
                return

    def _assign(self, translation: Translated, result: Result, frame: Frame) -> None:
        """Assign the last row's values (SELECT @v = ...), if there is a row."""
        rows = result.all()
        if translation.identity:
            self._note_identity(rows, frame)
        if rows:
            frame.values.update(zip(translation.assigns, rows[-1], strict=False))


_UNKNOWN = object()


def _constant(node: ast.Expression, frame: Frame, sql_type: SqlType | None) -> Any:
    """Return the value of a literal or variable if it needs no conversion by PostgreSQL."""
    if isinstance(node, ast.Variable):
        key = node.name.lower()
        if key in frame.types and sql_type in (None, frame.types[key]):
            return frame.values[key]
    elif isinstance(node, ast.NullLiteral):
        return None
    elif isinstance(node, ast.IntegerLiteral):
        if sql_type is not None and sql_type.name in ("int", "bigint") and abs(node.value) < 2**31:
            return node.value
    elif (
        isinstance(node, ast.StringLiteral)
        and sql_type is not None
        and sql_type.name == "nvarchar"
        and sql_type.length in (MAX, 4000)
        and len(node.value) <= 4000
    ):
        return node.value
    return _UNKNOWN
