"""A client's session: its connection to PostgreSQL, its settings, its requests.

Batches run in batch.py, procedures in procedures/calls.py, transactions in transactions.py.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

import psycopg
from psycopg import sql

from tds_embedded.catalog.tables import Catalog
from tds_embedded.catalog.types import adapt_values
from tds_embedded.engine import permissions
from tds_embedded.engine.batch import Interpreter
from tds_embedded.engine.execution import PostgresExecutor
from tds_embedded.engine.failures import BatchEnded
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.instance import Instance
from tds_embedded.engine.principals import Principals
from tds_embedded.engine.procedures import registry
from tds_embedded.engine.procedures.calls import remote_call
from tds_embedded.engine.procedures.handles import Handles
from tds_embedded.engine.protocol import Translator
from tds_embedded.engine.query_statistics import QueryStatistics
from tds_embedded.engine.settings import Settings
from tds_embedded.engine.transactions import Transactions
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres.backend import Backend
from tds_embedded.products import Product
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import Translated
from tds_embedded.types import SqlType
from tds_embedded.wire.requests import (
    Isolation,
    Login,
    RpcCall,
    TransactionKind,
    TransactionRequest,
)
from tds_embedded.wire.responses import Sink

LOG = logging.getLogger("tds_embedded")
DATABASE_CHANGED = 1  # the ENVCHANGE type
DEFAULT_DATABASE = "master"
AZURE_SQL_DATABASE = 5  # its engine edition
SESSIONS_RESOURCE = 2  # the resource's id in error 10928
KILLED = 596  # its severity ends the connection
MAXIMUM_PARAMETERS = 2100


def utc_now() -> datetime:
    """Return the server's local time, which is UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


class Session:
    """The engine's side of one connection (wire.requests.EngineSession).

    Raises SqlServerError 4060 if there is no such database, 17809 (10928 on Azure) if the server
    has as many connections as it allows. The methods raise nothing: errors
    go through the sink.
    """

    instance: Instance
    login: Login
    spid: int
    database: str
    backend: Backend
    catalog: Catalog
    settings: Settings
    transactions: Transactions
    executor: PostgresExecutor
    interpreter: Interpreter
    last_error: int  # @@ERROR
    row_count: int  # @@ROWCOUNT

    def __init__(self, instance: Instance, login: Login) -> None:
        self.instance = instance
        self.login = login
        self.login_name = login.user
        self.login_time = self.request_start = utc_now()
        self.request_end: datetime | None = self.login_time  # None while a request runs
        self.cancellation = threading.Event()
        self.context_info = b""
        self.last_error = 0
        self.row_count = 0
        self.identity: Any = None  # @@IDENTITY
        self.caught_errors: list[SqlServerError] = []  # by the CATCH blocks that run
        self.killed = False
        self._rollback_resets = False  # settings that PostgreSQL heard inside a transaction
        self._scope_identity: Any = None  # of the batches, which share one scope
        self.identity_insert: str | None = None
        self.settings = Settings()
        self.handles = Handles()
        database = login.database or DEFAULT_DATABASE
        self._admit(database)
        self.transactions = Transactions(
            self.backend,
            self._after_rollback,
            lambda: self.interpreter.preserved(),
            snapshots=instance.product.engine_edition == AZURE_SQL_DATABASE,
        )
        self.executor = PostgresExecutor(self)
        self.interpreter = Interpreter(self, self.executor)
        self.spid = instance.enter(self)

    @property
    def product(self) -> Product:
        return self.instance.product

    @property
    def principals(self) -> Principals:
        return self.instance.principals

    @property
    def statistics(self) -> QueryStatistics:
        return self.instance.statistics

    @property
    def catches(self) -> bool:
        return self.interpreter.catches

    def _admit(self, database: str) -> None:
        """Connect, if the server's limit of connections allows one more."""
        if not self.instance.admit():
            limit = self.instance.user_connections
            if self.product.engine_edition == AZURE_SQL_DATABASE:
                raise error(10928, SESSIONS_RESOURCE, "session", limit)
            raise error(17809, limit)
        try:
            permissions.check_database(self, database, 4060)
            self._connect(database)
        except BaseException:
            self.instance.dismiss()
            raise

    def _connect(self, database: str) -> None:
        self._open(
            self.instance.pool.take(database.lower()) or self._new_backend(database), database
        )

    def _new_backend(self, database: str) -> Backend:
        try:
            connection = self.instance.connect(database.lower())
        except psycopg.OperationalError as raised:
            # psycopg has no SQLSTATE of a connection that failed
            if 'FATAL:  database "' in str(raised):
                raise error(4060, database) from None
            raise error(17300) from None
        adapt_values(connection, self.instance.types(connection))
        return Backend(connection)

    def _open(self, backend: Backend, database: str) -> None:
        self.backend = backend
        self.database = database
        schema = permissions.default_schema(self)
        product = self.product
        properties = json.dumps(product.properties(self.instance.name))
        backend.command(
            "SET search_path = tsql, pg_catalog;"
            f"SET mssql.compatibility_level = {product.compatibility_level};"
            f"SET mssql.server = {sql.Literal(properties).as_string()};"
            f"SET mssql.default_schema = {sql.Literal(schema).as_string()}"
        )
        self.catalog = Catalog(backend.connection, schema)

    def _leave(self, database: str, backend: Backend) -> None:
        """Put a connection back into the pool, unless a cancellation may still reach it."""
        if self.cancellation.is_set() or self.killed:
            backend.close()
        else:
            if self.settings.datefirst != Settings().datefirst:
                backend.forget()  # plans for another first day
            self.instance.pool.give(database.lower(), backend)

    # --- Requests ---

    def batch(self, sql: str, sink: Sink) -> None:
        """Run a batch."""
        with _Request(self, sink):
            frame = Frame(sql, identity=self._scope_identity)
            try:
                self.interpreter.run_text(frame, sink)
            finally:
                self._scope_identity = frame.identity

    def rpc(self, request: RpcCall, sink: Sink) -> None:
        """Run a procedure."""
        with _Request(self, sink):
            if len(request.parameters) > MAXIMUM_PARAMETERS:
                raise error(8003)
            remote_call(self, request, sink, registry.invoke)

    def transaction(self, request: TransactionRequest, sink: Sink) -> None:
        """Begins, ends or marks a transaction."""
        with _Request(self, sink):
            if request.kind is TransactionKind.BEGIN:
                self._begin(request.isolation, request.name, sink)
            elif request.kind is TransactionKind.SAVE:
                self.transactions.save(request.name)
            elif request.kind is TransactionKind.COMMIT:
                self._require_transaction(3902, 3)
                self.transactions.commit(sink)
            else:
                self._require_transaction(3903, 2)
                self.transactions.rollback(request.name or None, sink)
            if request.begin_after:
                self._begin(request.isolation, request.begin_name, sink)

    def _require_transaction(self, number: int, state: int) -> None:
        """Raise an error with the state that it has for a transaction manager request."""
        if not self.transactions.count:
            raise error(number, state=state)

    def _begin(self, isolation: Isolation, name: str, sink: Sink) -> None:
        if isolation is not Isolation.UNCHANGED:
            self.transactions.isolation = isolation.name.replace("_", " ")
        self.transactions.begin(name, sink)

    def reset(self, keep_transaction: bool = False) -> None:
        """Reset all state but the login, as sp_reset_connection does."""
        if not keep_transaction:
            self.transactions.rollback_all(None)
        self.transactions.isolation = "READ COMMITTED"
        self.settings = Settings()
        self.handles = Handles()
        self.context_info = b""
        self.identity_insert = None
        database = self.login.database or DEFAULT_DATABASE
        if not self.transactions.count:
            if self.database.lower() != database.lower():
                self.use(database, None)
            else:
                self.backend.forget()
                self.interpreter.forget()
                self.catalog.forget()
                self.backend.command("DISCARD TEMP; SET lock_timeout = 0; SET mssql.datefirst = 7")

    def cancel(self) -> None:
        """End the running statement. Called from another thread."""
        self.cancellation.set()
        try:
            self.backend.connection.cancel_safe(timeout=5)
        except psycopg.Error as problem:
            LOG.warning("a statement could not be cancelled: %s", type(problem).__name__)

    def close(self) -> None:
        """Roll back and lets everything go."""
        self.instance.leave(self.spid)
        self._leave(self.database, self.backend)
        self.instance.dismiss()

    # --- Settings ---

    def use(self, database: str, sink: Sink | None) -> None:
        """USE. Raises 911, or 226 inside a transaction, which belongs to one database here."""
        if database.lower() == self.database.lower():
            return
        if self.transactions.count:
            raise error(226, "USE")
        permissions.check_database(self, database, 916)
        old, backend = self.database, self.backend
        try:
            self._connect(database)
        except SqlServerError as problem:
            raise error(911, database) if problem.number == 4060 else problem from None
        self._leave(old, backend)
        self.transactions.backend = self.backend
        self.interpreter.forget()
        self.apply_settings()
        if sink is not None:
            sink.environment(DATABASE_CHANGED, database, old)
            sink.error(error(5701, database))

    def restore(self, settings: Settings) -> None:
        """Restore the settings from before a module."""
        old, self.settings = self.settings, settings
        if old.datefirst != settings.datefirst:
            self.backend.forget()  # plans for another first day
        if (old.datefirst, old.lock_timeout) != (settings.datefirst, settings.lock_timeout):
            self.apply_settings()

    def apply_settings(self) -> None:
        """Tell PostgreSQL of SET LOCK_TIMEOUT, whose 0 does not wait, and SET DATEFIRST."""
        lock_timeout = self.settings.lock_timeout
        milliseconds = 0 if lock_timeout < 0 else max(lock_timeout, 1)
        self.backend.command(
            f"SET lock_timeout = {milliseconds}; SET mssql.datefirst = {self.settings.datefirst}"
        )
        self._rollback_resets = self._rollback_resets or bool(self.transactions.count)

    def _after_rollback(self) -> None:
        """In SQL Server a rollback leaves the settings alone."""
        self.catalog.forget()
        if self._rollback_resets:
            self._rollback_resets = bool(self.transactions.count)
            self.apply_settings()

    # --- Services of the engine's parts (protocol.Engine) ---

    def parse(self, sql: str, quoted_identifiers: bool) -> list[ast.Statement]:
        return self.instance.parse(sql, quoted_identifiers)

    def parse_parameters(self, declarations: str) -> tuple[ast.RoutineParameter, ...]:
        return self.instance.parse_parameters(declarations)

    def system_type(self, sql_type: ast.DataType) -> SqlType:
        return self.executor.system_type(sql_type)

    def translation(
        self, node: ast.Node, frame: Frame, translator: Translator, *extra: object
    ) -> Translated:
        return self.executor.translation(node, frame, translator, *extra)

    def evaluate(self, node: ast.Expression, frame: Frame, sql_type: SqlType | None = None) -> Any:
        return self.executor.evaluate(node, frame, sql_type)

    def run_text(self, frame: Frame, sink: Sink) -> None:
        self.interpreter.run_text(frame, sink)

    def run_frame(
        self, frame: Frame, body: Callable[[], Sequence[ast.Statement]], sink: Sink
    ) -> None:
        self.interpreter.run_frame(frame, body, sink)

    def run_statement(self, node: ast.Statement, frame: Frame, sink: Sink) -> None:
        self.interpreter.run_statement(node, frame, sink)

    def prepare(self, statements: Sequence[ast.Statement], frame: Frame) -> None:
        self.interpreter.compiler.prepare(statements, frame)

    def compile_module(self, statements: Sequence[ast.Statement], frame: Frame) -> None:
        self.interpreter.compiler.compile_module(statements, frame)

    def declare_variables(self, frame: Frame, statements: Sequence[ast.Statement]) -> None:
        self.interpreter.declare(frame, statements)

    def release_variables(self, frame: Frame) -> None:
        self.interpreter.table_variables.release(frame)


class _Request:
    """The context of one request: its cancellation, and the errors that end it."""

    def __init__(self, session: Session, sink: Sink) -> None:
        self._session = session
        self._sink = sink

    def __enter__(self) -> None:
        self._session.cancellation.clear()
        self._session.request_start, self._session.request_end = utc_now(), None
        if self._session.killed:
            raise error(KILLED)

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> bool:
        session, sink = self._session, self._sink
        session.request_end = utc_now()
        if isinstance(problem, psycopg.Error):
            problem = session.interpreter.error_of(problem, "")
        if isinstance(problem, RecursionError):
            problem = error(191)
        if isinstance(problem, SqlServerError):
            session.last_error = problem.number
            for each in problem.all:
                sink.error(each)
        elif problem is not None and not isinstance(problem, BatchEnded):
            return False
        if session.killed:
            sink.error(error(KILLED))
        elif session.transactions.doomed:
            session.transactions.rollback_all(sink)
            sink.error(error(3998))
        return True
