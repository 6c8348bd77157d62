"""The interpreter of batches: control of flow, variables, errors and their CATCH blocks.

Follows "Control-of-Flow" and "Variables",
https://learn.microsoft.com/sql/t-sql/language-elements/control-of-flow
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from enum import Enum
from typing import Any

import psycopg

from tds_embedded.engine import failures, plans
from tds_embedded.engine.compilation import Compiler, can_be_prepared, refuse_modules
from tds_embedded.engine.ddl import statements as ddl
from tds_embedded.engine.execution import PostgresExecutor
from tds_embedded.engine.failures import (
    BatchEnded,
    CompileError,
    Failure,
    Reach,
    ScopeEnded,
    verb_of,
)
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.procedures import calls
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.statements import QUERIES, run_statement
from tds_embedded.engine.table_variables import TableVariables
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres import errors as pgerrors
from tds_embedded.tsql import ast
from tds_embedded.tsql.walk import declarations
from tds_embedded.wire.responses import Sink

MAXIMUM_NESTING = 32
RENAME = "sp_rename"


class Signal(Enum):
    """The effect of a statement that changes the flow."""

    BREAK = 1
    CONTINUE = 2
    RETURN = 3


def _sets(statements: Sequence[ast.Statement], option: str) -> bool:
    """Return whether the batch is a single SET of the option, which runs while the option is ON."""
    return (
        len(statements) == 1
        and isinstance(statements[0], ast.SetOption)
        and statements[0].names == (option,)
    )


class _ModuleState:
    """The state that a module, an EXEC string or a statement with parameters restores at its
    end.
    """

    def __init__(self, engine: Engine) -> None:
        self._settings = copy(engine.settings)
        self._isolation = engine.transactions.isolation
        self._identity_insert = engine.identity_insert
        self._database = engine.database

    def restore(self, engine: Engine, frame: Frame) -> None:
        if self._settings != engine.settings:
            engine.restore(self._settings)
        engine.transactions.isolation = self._isolation
        engine.identity_insert = self._identity_insert
        if engine.backend.broken:
            return
        for name in frame.temporary:
            if engine.catalog.table(None, name) is not None:
                engine.transactions.before_statement(writes=not engine.transactions.doomed)
                names = (ast.ObjectName((name,)),)
                ddl.execute(ast.DropObjects("TABLE", names, if_exists=True), engine)
        engine.use(self._database, None)


class Interpreter:
    """The interpreter of one session's statements; re-entered by EXEC and triggers."""

    def __init__(self, engine: Engine, executor: PostgresExecutor) -> None:
        self.engine = engine
        self.executor = executor
        self.compiler = Compiler(engine)
        self.table_variables = TableVariables(engine)
        self._tries = 0  # TRY blocks around the running statement, in all frames

    def forget(self) -> None:
        """After a change of database: translations and temporary tables are worthless."""
        self.executor.forget()
        self.compiler.forget()
        self.table_variables.forget()

    @contextmanager
    def preserved(self) -> Iterator[None]:
        """Preserve table variables through a rollback."""
        with self.table_variables.preserved():
            yield
        self.executor.restore_captures()

    @property
    def catches(self) -> bool:
        """Whether a TRY block is around the running statement."""
        return self._tries > 0

    # --- Frames ---

    def run_text(self, frame: Frame, sink: Sink) -> None:
        """Run a batch, or a string that EXEC runs. Raises Failure or BatchEnded."""
        engine = self.engine

        def parse() -> list[ast.Statement]:
            quoted_identifiers = engine.settings.quoted_identifier
            statements = engine.parse(frame.sql, quoted_identifiers)
            if frame.declarations:
                refuse_modules(statements, frame)
            return statements

        self.run_frame(frame, parse, sink)

    def run_frame(
        self, frame: Frame, body: Callable[[], Sequence[ast.Statement]], sink: Sink
    ) -> None:
        """Run the statements that `body` returns, with the variables that they declare."""
        engine = self.engine
        before = _ModuleState(engine)
        try:
            try:
                if frame.level > MAXIMUM_NESTING:
                    raise error(217)
                statements = body()
                frame.prepares = frame.prepares and can_be_prepared(statements)
                self.declare(frame, statements)
                if not frame.procedure:
                    self.compiler.compile(statements, frame)
            except SqlServerError as raised:
                self._fail(raised, frame, sink, compiling=True, is_batch=True)
                return
            if (
                statements
                and engine.settings.showplan_xml
                and not _sets(statements, "SHOWPLAN_XML")
            ):
                self._guard(
                    statements[0],
                    frame,
                    sink,
                    lambda: plans.show_estimated(statements, frame, engine, sink),
                )
            elif not engine.settings.parseonly or _sets(statements, "PARSEONLY"):
                self._run(statements, frame, sink)
        except ScopeEnded:
            frame.ended = True
            if not frame.level:
                raise BatchEnded from None
        finally:
            self.table_variables.release(frame)
            if frame.is_module:
                before.restore(engine, frame)

    def declare(self, frame: Frame, statements: Sequence[ast.Statement]) -> None:
        """Declare the variables of all statements, whether they run or not. Raises 134."""
        for declaration in declarations(statements):
            if declaration.type is None:
                self.table_variables.create(frame, declaration)
            else:
                frame.declare(declaration.name, self.engine.system_type(declaration.type))

    # --- Statements ---

    def _run(self, statements: Sequence[ast.Statement], frame: Frame, sink: Sink) -> Signal | None:
        for node in statements:
            signal = self._statement(node, frame, sink)
            if signal is not None:
                return signal
        return None

    def run_statement(self, node: ast.Statement, frame: Frame, sink: Sink) -> None:
        """Run one statement as part of another. Raises its errors."""
        run_statement(node, frame, self.engine, sink)

    def _statement(self, node: ast.Statement, frame: Frame, sink: Sink) -> Signal | None:
        if self.engine.cancellation.is_set():
            raise BatchEnded
        flow = self._flow.get(type(node))
        if flow is not None:
            return flow(self, node, frame, sink)
        self._guard(node, frame, sink, lambda: run_statement(node, frame, self.engine, sink))
        return None

    def _guard(self, node: ast.Statement, frame: Frame, sink: Sink, run: Callable[[], Any]) -> Any:
        """Return the result of `run`, or None if it fails and the batch goes on."""
        engine = self.engine
        try:
            result = run()
        except CompileError as raised:
            self._locate(raised.error, node, frame)
            self._fail(raised.error, frame, sink, compiling=True, node=node)
        except SqlServerError as raised:
            self._locate(raised, node, frame)
            self._fail(raised, frame, sink, compiling=raised.compiling, node=node)
        except psycopg.errors.QueryCanceled:
            engine.transactions.undo_statement()
            raise BatchEnded from None
        except psycopg.Error as raised:
            engine.transactions.undo_statement()
            problem = self.error_of(raised, verb_of(node))
            self._locate(problem, node, frame)
            self._fail(problem, frame, sink, node=node)
        else:
            if not isinstance(node, (ast.Execute, ast.ExecuteString)):
                engine.last_error = 0
            return result
        return None

    def error_of(self, cause: psycopg.Error, verb: str) -> SqlServerError:
        """PostgreSQL's error as SQL Server's; `verb` is the statement's first word."""
        engine = self.engine
        statement = pgerrors.Statement(verb, engine.database, engine.catalog.constraint)
        problem = pgerrors.to_sql_server(cause, statement)
        conflict = problem.number == failures.SNAPSHOT_CONFLICT
        locking = engine.transactions.isolation != "SNAPSHOT"
        # a conflict of SERIALIZABLE in PostgreSQL is a deadlock in SQL Server, which locks
        if problem.number == failures.DEADLOCK_VICTIM or (conflict and locking):
            return error(failures.DEADLOCK_VICTIM, engine.spid)
        return problem

    def _locate(self, problem: SqlServerError, node: ast.Statement, frame: Frame) -> None:
        for each in [each for each in problem.all if not each.of_call]:
            each.line = frame.line(node)
            each.procedure = each.procedure or frame.procedure

    # --- Errors ---

    def _fail(
        self,
        problem: SqlServerError,
        frame: Frame,
        sink: Sink,
        *,
        compiling: bool = False,
        is_batch: bool = False,
        node: ast.Statement | None = None,
    ) -> None:
        """Pass an error to its CATCH block or, if there is none, to the client."""
        engine = self.engine
        if compiling and frame.prepares:
            problem = error(8180).after(problem)
        goes_on = problem.procedure == RENAME and not self._tries  # to its RETURN (1)
        engine.last_error = 0 if goes_on else problem.number
        engine.row_count = 0
        if not isinstance(node, ast.Execute):
            frame.worst = max(frame.worst, problem.severity)
        if isinstance(node, ast.RaisError):
            reach = Reach.STATEMENT
        elif isinstance(node, ast.Throw):
            reach = Reach.TRANSACTION if engine.settings.xact_abort else Reach.BATCH
        else:
            reach = failures.reach_of(
                problem, compiling=compiling, xact_abort=engine.settings.xact_abort
            )
            if ddl.ends_batch(node):
                reach = max(reach, Reach.BATCH)
        # a string that EXEC could not compile is caught by the TRY around that EXEC
        compiled_in = frame if compiling and not is_batch else None
        failure = Failure(problem, reach, compiled_in)
        if self._tries:
            raise failure
        self._report(failure, sink, node)

    def _report(self, failure: Failure, sink: Sink, node: ast.Statement | None = None) -> None:
        """Send an error that no block catches, and end the statement, batch or transaction."""
        engine = self.engine
        for each in failure.error.all:
            sink.error(each)
        if failure.reach is Reach.TRANSACTION:
            engine.transactions.rollback_all(sink)
            raise BatchEnded
        if failure.reach is Reach.BATCH:
            raise BatchEnded
        if failure.reach is Reach.SCOPE:
            raise ScopeEnded
        if isinstance(node, QUERIES) and not isinstance(node, ast.Select):
            sink.error(error(3621))
        sink.done(None)

    def _try(self, node: ast.TryCatch, frame: Frame, sink: Sink) -> Signal | None:
        self._tries += 1
        try:
            signal = self._run(node.body, frame, sink)
        except Failure as failure:
            caught_failure = failure
        else:
            if signal is None:
                self.engine.row_count = 0  # END CATCH does that, also if nothing is caught
            return signal
        finally:
            self._tries -= 1
        if caught_failure.compiled_in is frame:
            if self._tries:
                raise caught_failure
            self._report(caught_failure, sink)
        self._doom(caught_failure, sink)
        caught_errors = self.engine.caught_errors
        caught_errors.append(caught_failure.error)
        try:
            signal = self._run(node.handler, frame, sink)
        finally:
            caught_errors.pop()
        if signal is None:
            self.engine.row_count = 0
        return signal

    def _doom(self, failure: Failure, sink: Sink) -> None:
        """Doom the transaction if the caught error would have rolled it back."""
        if failure.reach is Reach.TRANSACTION:
            self.engine.transactions.doom()

    # --- Control of flow ---

    def _block(self, node: ast.Block, frame: Frame, sink: Sink) -> Signal | None:
        return self._run(node.statements, frame, sink)

    def _condition(self, node: ast.If | ast.While, frame: Frame, sink: Sink) -> bool | None:
        """Return the result, or None if it fails and the batch goes on."""
        result = self._guard(
            node, frame, sink, lambda: self.executor.condition(node.condition, frame)
        )
        self.engine.row_count = 0
        return None if result is None else bool(result)

    def _if(self, node: ast.If, frame: Frame, sink: Sink) -> Signal | None:
        holds = self._condition(node, frame, sink)
        if holds:
            return self._statement(node.then, frame, sink)
        if holds is not None and node.otherwise is not None:
            return self._statement(node.otherwise, frame, sink)
        return None

    def _while(self, node: ast.While, frame: Frame, sink: Sink) -> Signal | None:
        while self._condition(node, frame, sink):
            signal = self._statement(node.body, frame, sink)
            if signal is Signal.BREAK:
                break
            if signal is Signal.RETURN:
                return signal
        return None

    def _break(self, node: ast.Break, frame: Frame, sink: Sink) -> Signal:
        return Signal.BREAK

    def _continue(self, node: ast.Continue, frame: Frame, sink: Sink) -> Signal:
        return Signal.CONTINUE

    def _return(self, node: ast.Return, frame: Frame, sink: Sink) -> Signal:
        if node.value is not None:
            value = node.value
            self._guard(node, frame, sink, lambda: self._set_status(value, frame))
        else:
            self.engine.row_count = 0
        return Signal.RETURN

    def _set_status(self, value: ast.Expression, frame: Frame) -> None:
        if not frame.procedure:
            raise error(178)
        frame.status = self.engine.evaluate(value, frame, calls.INT) or 0

    _flow: dict[type, Callable[..., Signal | None]] = {
        ast.Block: _block,
        ast.If: _if,
        ast.While: _while,
        ast.Break: _break,
        ast.Continue: _continue,
        ast.Return: _return,
        ast.TryCatch: _try,
    }
