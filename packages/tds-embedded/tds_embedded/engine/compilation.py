"""Batches are compiled as a whole before their first statement runs.

Names of columns, types and grouping of all statements are checked, also of those that may never
run. A statement that names a table which does not exist yet is left until it is reached.
Follows "Deferred Name Resolution and Compilation" and "Batches (SQL Server)",
https://learn.microsoft.com/sql/relational-databases/native-client-odbc-queries/executing-statements/batches-of-sql-statements
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tds_embedded.catalog.tables import Catalog
from tds_embedded.engine import messages, wait_for
from tds_embedded.engine.ddl import table_elements
from tds_embedded.engine.failures import CompileError
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.transactions import check_name
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.walk import columns_read, descendants, nested_statements

COMPILED = 200  # batches that a session remembers to have compiled
QUERIES = (ast.Select, ast.Insert, ast.Update, ast.Delete, ast.Merge)
MODULES = (ast.CreateFunction, ast.CreateProcedure, ast.CreateTrigger, ast.CreateView)
CONTROL = (ast.Block, ast.If, ast.While, ast.TryCatch)
TRANSACTION_STATEMENTS = (
    ast.BeginTransaction,
    ast.CommitTransaction,
    ast.RollbackTransaction,
    ast.SaveTransaction,
)
MISSING_OBJECT = 208
# Errors of the translation that SQL Server raises only when the statement runs: they depend on
# SET IDENTITY_INSERT, on locks, or on a table that another statement of the batch creates.
WHEN_RUN = frozenset({MISSING_OBJECT, 544, 545, 650, 2714})
REFUSALS = range(40510, 40520)  # of missing features: they count if the statement is reached


class Compiler:
    """The compiler of one session's batches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._compiled: OrderedDict[int, tuple[Sequence[ast.Statement], Any]] = OrderedDict()

    def forget(self) -> None:
        """Forget all batches: the database is another one."""
        self._compiled.clear()

    def compile(self, statements: Sequence[ast.Statement], frame: Frame) -> None:
        """Check the statements of a batch. Raises the error of the first that is wrong."""
        if len(statements) < 2 and not _holds_others(statements):
            return  # its error is the same when it runs
        catalog = self._engine.catalog
        state = (catalog.version, tuple(frame.types.items()))
        entry = self._compiled.get(id(statements))
        if entry is not None and entry[1] == state:
            return
        _refuse_parse_only(statements)
        _check_temporary_names(statements)
        _check_throws(statements, frame)
        for node in nested_statements(statements):
            if isinstance(node, ast.Use):
                return  # names after it belong to another database
            self._check(node, frame, catalog)
        self._compiled[id(statements)] = (statements, state)
        if len(self._compiled) > COMPILED:
            self._compiled.popitem(last=False)

    def compile_module(self, statements: Sequence[ast.Statement], frame: Frame) -> None:
        """Check the body of a procedure when it is created. Raises 154, too."""
        _check_temporary_names(statements)
        _check_throws(statements, frame)
        for node in nested_statements(statements):
            if isinstance(node, ast.Use):
                raise error(154)
            self._check(node, frame, self._engine.catalog)

    def prepare(self, statements: Sequence[ast.Statement], frame: Frame) -> None:
        """Check a statement for sp_prepare, also the tables it names. Raises 8180 after it."""
        if not can_be_prepared(statements):
            return
        try:
            self._bind(statements[0], frame)
            _bind_definition(statements[0], self._engine.catalog)
        except (CompileError, SqlServerError) as raised:
            problem = raised.error if isinstance(raised, CompileError) else raised
            raise error(8180).after(problem) from None

    def _check(self, node: ast.Statement, frame: Frame, catalog: Catalog) -> None:
        try:
            self._bind(node, frame)
            _bind_definition(node, catalog)
        except (CompileError, SqlServerError) as raised:
            problem = raised.error if isinstance(raised, CompileError) else raised
            if problem.number in WHEN_RUN or problem.number in REFUSALS:
                return
            if not problem.compiling and _names_missing_table(node, catalog):
                return
            for each in problem.all:
                each.line = frame.line(node)
            raise problem from None

    def _bind(self, node: ast.Statement, frame: Frame) -> None:
        binder = self._binders.get(type(node))
        if binder is not None:
            binder(self, node, frame)

    def _query(self, node: ast.Statement, frame: Frame) -> None:
        if not isinstance(getattr(node, "source", None), (ast.Execute, ast.ExecuteString)):
            self._engine.translation(node, frame, translate.statement)

    def _condition(self, node: ast.If | ast.While, frame: Frame) -> None:
        self._engine.translation(node.condition, frame, translate.condition)

    def _set(self, node: ast.SetVariable, frame: Frame) -> None:
        if node.variable.lower() not in frame.types:
            raise error(137, node.variable, state=1)
        self._engine.executor.compile_value(node.value, frame, frame.types[node.variable.lower()])

    def _declare(self, node: ast.Declare, frame: Frame) -> None:
        for declaration in node.declarations:
            if declaration.value is not None:
                sql_type = frame.types.get(declaration.name.lower())
                self._engine.executor.compile_value(declaration.value, frame, sql_type)

    def _return(self, node: ast.Return, frame: Frame) -> None:
        if node.value is not None and not frame.procedure:
            raise error(178)

    def _transaction(self, node: Any, frame: Frame) -> None:
        check_name(node.name)

    def _variables(self, node: ast.Statement, frame: Frame) -> None:
        """Check that the variables of a call, PRINT or RAISERROR are declared."""
        for each in descendants(node):
            if isinstance(each, ast.Variable) and each.name.lower() not in frame.types:
                raise error(137, each.name)
        if isinstance(node, ast.RaisError):
            messages.check_arguments(node, frame)

    def _wait(self, node: ast.WaitFor, frame: Frame) -> None:
        wait_for.check(node, frame)

    _binders: dict[type, Callable[[Compiler, Any, Frame], None]] = {
        **dict.fromkeys(QUERIES, _query),
        **dict.fromkeys(TRANSACTION_STATEMENTS, _transaction),
        **dict.fromkeys((ast.Execute, ast.ExecuteString, ast.Print, ast.RaisError), _variables),
        ast.If: _condition,
        ast.While: _condition,
        ast.SetVariable: _set,
        ast.Declare: _declare,
        ast.Return: _return,
        ast.WaitFor: _wait,
    }


def can_be_prepared(statements: Sequence[ast.Statement]) -> bool:
    """Return whether sp_prepare compiles them: a single statement, not a declaration or a
    branch.
    """
    return len(statements) == 1 and not isinstance(statements[0], (*CONTROL, ast.Declare))


def _refuse_parse_only(statements: Sequence[ast.Statement]) -> None:
    """SET PARSEONLY counts while its batch is parsed, of which nothing then runs."""
    for node in statements:
        if isinstance(node, ast.SetOption) and "PARSEONLY" in node.names:
            raise error(40517, "SET PARSEONLY beside other statements")


def refuse_modules(statements: Sequence[ast.Statement], frame: Frame) -> None:
    """Raise 156 for CREATE of a module in a statement with parameters, which come before it."""
    for each in statements:
        if isinstance(each, MODULES):
            kind = type(each).__name__.removeprefix("Create").upper()
            raise error(156, kind, line=frame.line(each))


def _holds_others(statements: Sequence[ast.Statement]) -> bool:
    return any(
        isinstance(each, (ast.Block, ast.If, ast.While, ast.TryCatch)) for each in statements
    )


def _names_missing_table(node: ast.Statement, catalog: Catalog) -> bool:
    """Return whether a statement reads or changes a table that does not exist (yet)."""
    below = list(descendants(node))
    common = {each.name.lower() for each in below if isinstance(each, ast.CommonTableExpression)}
    return any(
        not (len(each.name.parts) == 1 and each.name.name.lower() in common)
        and catalog.table(each.name.schema, each.name.name) is None
        for each in below
        if isinstance(each, ast.NamedTable)
    )


def _check_throws(statements: Sequence[ast.Statement], frame: Frame) -> None:
    """Raise error 10704 for a THROW without arguments that is in no CATCH block."""
    throws_in_handlers = {
        id(each)
        for node in nested_statements(statements)
        if isinstance(node, ast.TryCatch)
        for each in nested_statements(node.handler)
    }
    for node in nested_statements(statements):
        if (
            isinstance(node, ast.Throw)
            and node.number is None
            and id(node) not in throws_in_handlers
        ):
            problem = error(10704)
            problem.line = frame.line(node)
            raise problem


# --- Temporary tables --------------------------------------------------------------------------


def _check_temporary_names(statements: Sequence[ast.Statement]) -> None:
    """Raise error 2714 if a batch creates a temporary table twice, on whatever path."""
    names: set[str] = set()
    for name in _created(statements):
        if name.startswith("#"):
            if name.lower() in names:
                raise error(2714, name, state=1)
            names.add(name.lower())


def _created(statements: Sequence[ast.Statement]) -> Iterator[str]:
    for node in nested_statements(statements):
        if isinstance(node, ast.CreateTable):
            yield node.name.name
        elif (
            isinstance(node, ast.Select)
            and (into := translate.into_of(node.query.body)) is not None
        ):
            yield into.name


# --- Definitions -------------------------------------------------------------------------------


def _bind_definition(node: ast.Statement, catalog: Catalog) -> None:
    """Check the columns of CHECK constraints, filters and computed columns.

    Raises 207, and the errors of `table_elements.check`.
    """
    if isinstance(node, ast.CreateTable):
        _bind_elements(node.elements, ())
        table_elements.check(node.elements, str(node.name), node.name.name, ())
    elif isinstance(node, ast.AlterTable) and isinstance(node.action, ast.AddElements):
        table = catalog.table(node.name.schema, node.name.name)
        if table is not None:
            names = [each.name for each in table.columns]
            _bind_elements(node.action.elements, names)
            table_elements.check(node.action.elements, str(node.name), table.name, names)
    elif isinstance(node, ast.CreateIndex) and node.where is not None:
        table = catalog.table(node.table.schema, node.table.name)
        if table is not None:
            _bind_columns([node.where], {each.name.lower() for each in table.columns})


def _bind_elements(nodes: Sequence[ast.TableElement], existing: Sequence[str]) -> None:
    columns = [each for each in nodes if isinstance(each, ast.ColumnDefinition)]
    names = {name.lower() for name in (*existing, *(each.name for each in columns))}
    expressions: list[ast.Node] = [each.formula for each in columns if each.formula is not None]
    for element in (*nodes, *(each for column in columns for each in column.constraints)):
        if isinstance(element, ast.CheckConstraint):
            expressions.append(element.condition)
        elif isinstance(element, ast.InlineIndex) and element.where is not None:
            expressions.append(element.where)
    _bind_columns(expressions, names)


def _bind_columns(expressions: Sequence[ast.Node], names: set[str]) -> None:
    for expression in expressions:
        for node in columns_read(expression):
            if node.name.lower() not in names:
                raise error(207, node.name)
