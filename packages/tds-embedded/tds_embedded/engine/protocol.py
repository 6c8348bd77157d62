"""The engine as its modules see it: the state of one session, and the services of its parts.

A module imports these protocols, not the classes that implement them (session.Session,
execution.PostgresExecutor): imports go in one direction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tds_embedded.catalog.tables import Catalog
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.instance import Instance, OpenSession
from tds_embedded.engine.principals import Principals
from tds_embedded.engine.procedures.handles import Handles
from tds_embedded.engine.query_statistics import QueryStatistics
from tds_embedded.engine.settings import Settings
from tds_embedded.errors import SqlServerError
from tds_embedded.postgres.backend import Result
from tds_embedded.products import Product
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import Context, Translated
from tds_embedded.types import SqlType
from tds_embedded.wire.responses import Sink

Translator = Callable[[Any, Context], Translated]


class Executor(Protocol):
    """The executor of translated statements on PostgreSQL.

    Raises SqlServerError, CompileError for a statement without a translation, and psycopg.Error.
    """

    @property
    def trigger_depth(self) -> int:
        """TRIGGER_NESTLEVEL()."""

    def context(self, frame: Frame) -> Context:
        """Return the names that a statement of the frame can use."""

    def compile_value(self, node: ast.Expression, frame: Frame, sql_type: SqlType | None) -> None:
        """Translate an expression for `Engine.evaluate`."""

    def values(self, translation: Translated, frame: Frame) -> list[Any]:
        """Return the values of a translation's parameters."""

    def start(self, translation: Translated, frame: Frame) -> Result:
        """Run a statement, after its locks are taken. Raises error 650."""

    def query(self, node: ast.Statement, frame: Frame, sink: Sink) -> None:
        """Run a SELECT, INSERT, UPDATE, DELETE or MERGE."""

    def begin_implicitly(self, node: ast.Statement, sink: Sink) -> None:
        """Begin a transaction if IMPLICIT_TRANSACTIONS is ON and the statement needs one."""

    def run_query(self, node: ast.Statement, frame: Frame, sink: Sink) -> None:
        """Run a query as part of another statement, in that statement's transaction."""

    def run_translated(
        self, node: ast.Statement, translation: Translated, frame: Frame, sink: Sink
    ) -> None:
        """Run a translated statement in the transaction that it needs."""

    def run_captured(self, translation: Translated, frame: Frame, sink: Sink) -> None:
        """Run a statement whose rows are stored for triggers, in their transaction."""

    def atomically(self, run: Callable[[], None]) -> None:
        """Run several PostgreSQL statements, whole or not at all."""

    def run_and_undo(self, run: Callable[[], None]) -> None:
        """Run something and roll back its changes."""

    def apply_switches(self, translation: Translated) -> None:
        """Switch off the foreign keys of the changed table that NOCHECK has disabled."""

    def refuse_triggers(self, node: ast.Insert, frame: Frame) -> None:
        """Raise error 40517 if INSERT ... EXEC would fire triggers."""

    def restore_captures(self) -> None:
        """Create `inserted` and `deleted` again after a rollback inside a trigger."""


class Engine(OpenSession, Protocol):
    """The engine of one session: its state, and the services that its modules use."""

    instance: Instance
    catalog: Catalog
    handles: Handles  # of prepared statements
    last_error: int  # @@ERROR
    row_count: int  # @@ROWCOUNT
    identity: Any  # @@IDENTITY
    identity_insert: str | None  # the table whose IDENTITY_INSERT is ON
    context_info: bytes
    caught_errors: list[SqlServerError]  # by the CATCH blocks that run, the innermost last

    @property
    def product(self) -> Product:
        """The product that the server presents itself as."""

    @property
    def principals(self) -> Principals:
        """The server's logins and users."""

    @property
    def statistics(self) -> QueryStatistics:
        """The server's query statistics."""

    @property
    def executor(self) -> Executor:
        """The executor of translated statements."""

    @property
    def catches(self) -> bool:
        """Whether a TRY block is around the running statement."""

    # --- Settings ---

    def use(self, database: str, sink: Sink | None) -> None:
        """Change the database. Raises error 911 or 226."""

    def restore(self, settings: Settings) -> None:
        """Restore the settings from before a module."""

    def apply_settings(self) -> None:
        """Pass LOCK_TIMEOUT and DATEFIRST on to PostgreSQL."""

    # --- Text and values ---

    def parse(self, sql: str, quoted_identifiers: bool) -> list[ast.Statement]:
        """Return the statements of a batch. Raises SqlServerError."""

    def parse_parameters(self, declarations: str) -> tuple[ast.RoutineParameter, ...]:
        """Return the parameters that a statement's text declares. Raises SqlServerError."""

    def system_type(self, sql_type: ast.DataType) -> SqlType:
        """Return the system type of a declared one. Raises error 2715."""

    def translation(
        self, node: ast.Node, frame: Frame, translator: Translator, *extra: object
    ) -> Translated:
        """Return the translation of a node, from the cache if possible. Raises CompileError."""

    def evaluate(self, node: ast.Expression, frame: Frame, sql_type: SqlType | None = None) -> Any:
        """Return the value of an expression, converted to `type` if there is one."""

    # --- Batches and modules ---

    def run_text(self, frame: Frame, sink: Sink) -> None:
        """Run a batch, or a string that EXEC runs. Raises Failure or BatchEnded."""

    def run_frame(
        self, frame: Frame, body: Callable[[], Sequence[ast.Statement]], sink: Sink
    ) -> None:
        """Run the statements that `body` returns, with the variables that they declare."""

    def run_statement(self, node: ast.Statement, frame: Frame, sink: Sink) -> None:
        """Run one statement as part of another. Raises its errors."""

    def prepare(self, statements: Sequence[ast.Statement], frame: Frame) -> None:
        """Check a statement for sp_prepare. Raises error 8180."""

    def compile_module(self, statements: Sequence[ast.Statement], frame: Frame) -> None:
        """Check the body of a procedure. Raises the error of the first wrong statement."""

    def declare_variables(self, frame: Frame, statements: Sequence[ast.Statement]) -> None:
        """Declare the variables of all statements. Raises error 134."""

    def release_variables(self, frame: Frame) -> None:
        """Release the table variables of a frame that ends."""
