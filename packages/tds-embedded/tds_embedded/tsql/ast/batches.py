"""The statements of batches: variables, control of flow, procedures, transactions, session."""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.tsql.ast.ddl import TableElement
from tds_embedded.tsql.ast.expressions import Variable
from tds_embedded.tsql.ast.nodes import (
    DataType,
    DefaultValue,
    Expression,
    Node,
    ObjectName,
    Predicate,
    Statement,
)
from tds_embedded.tsql.ast.queries import CommonTableExpression, Query


@dataclass(frozen=True, slots=True)
class Declaration(Node):
    """@name type [= value], or @name TABLE (elements)."""

    name: str
    type: DataType | None
    value: Expression | None = None
    elements: tuple[TableElement, ...] = ()


@dataclass(frozen=True, slots=True)
class Declare(Statement):
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class SetVariable(Statement):
    variable: str
    value: Expression  # of SET @v += x it is @v + x


@dataclass(frozen=True, slots=True)
class SetOption(Statement):
    """SET option[, option] value: `value` is ON, OFF, a word, or an expression."""

    names: tuple[str, ...]  # upper case: NOCOUNT, XACT_ABORT, LOCK_TIMEOUT, SHOWPLAN_XML ...
    value: str | Expression


@dataclass(frozen=True, slots=True)
class SetIsolationLevel(Statement):
    level: str  # READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ, SNAPSHOT, SERIALIZABLE


@dataclass(frozen=True, slots=True)
class SetIdentityInsert(Statement):
    table: ObjectName
    on: bool


@dataclass(frozen=True, slots=True)
class Block(Statement):
    """BEGIN ... END."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class If(Statement):
    condition: Predicate
    then: Statement
    otherwise: Statement | None = None


@dataclass(frozen=True, slots=True)
class While(Statement):
    condition: Predicate
    body: Statement


@dataclass(frozen=True, slots=True)
class Break(Statement):
    pass


@dataclass(frozen=True, slots=True)
class Continue(Statement):
    pass


@dataclass(frozen=True, slots=True)
class Return(Statement):
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class TryCatch(Statement):
    body: tuple[Statement, ...]
    handler: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Throw(Statement):
    """THROW number, message, state; all None if it raises the caught error again."""

    number: Expression | None = None
    message: Expression | None = None
    state: Expression | None = None


@dataclass(frozen=True, slots=True)
class RaisError(Statement):
    message: Expression
    severity: Expression
    state: Expression
    arguments: tuple[Expression, ...] = ()
    options: tuple[str, ...] = ()  # NOWAIT, LOG, SETERROR


@dataclass(frozen=True, slots=True)
class Print(Statement):
    message: Expression


@dataclass(frozen=True, slots=True)
class WaitFor(Statement):
    kind: str  # DELAY or TIME
    value: Expression


@dataclass(frozen=True, slots=True)
class Use(Statement):
    database: str


@dataclass(frozen=True, slots=True)
class Kill(Statement):
    session_id: int


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """[@name =] value [OUTPUT] of an EXEC."""

    value: Expression | DefaultValue
    name: str | None = None
    output: bool = False


@dataclass(frozen=True, slots=True)
class Execute(Statement):
    """EXEC [@status =] procedure arguments; `procedure` may be a variable with its name."""

    procedure: ObjectName | str
    arguments: tuple[Argument, ...] = ()
    status: str | None = None
    options: tuple[str, ...] = ()  # RECOMPILE


@dataclass(frozen=True, slots=True)
class ExecuteString(Statement):
    """EXEC (string + string ...)."""

    text: Expression


@dataclass(frozen=True, slots=True)
class BeginTransaction(Statement):
    name: Variable | str | None = None


@dataclass(frozen=True, slots=True)
class CommitTransaction(Statement):
    name: Variable | str | None = None


@dataclass(frozen=True, slots=True)
class RollbackTransaction(Statement):
    name: Variable | str | None = None


@dataclass(frozen=True, slots=True)
class SaveTransaction(Statement):
    name: Variable | str


# --- Procedures, functions, triggers: kept with their text and their parsed body ---


@dataclass(frozen=True, slots=True)
class RoutineParameter(Node):
    name: str
    type: DataType
    default: Expression | None = None
    output: bool = False
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class CreateProcedure(Statement):
    """A procedure: `mode` is CREATE, ALTER or CREATE OR ALTER, `text` the whole statement."""

    name: ObjectName
    parameters: tuple[RoutineParameter, ...]
    body: tuple[Statement, ...]
    text: str
    mode: str = "CREATE"
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateFunction(Statement):
    """A scalar (`returns`), inline (`query`) or multi-statement function (`table_variable`)."""

    name: ObjectName
    parameters: tuple[RoutineParameter, ...]
    text: str
    mode: str = "CREATE"
    returns: DataType | None = None
    query: Query | None = None
    ctes: tuple[CommonTableExpression, ...] = ()
    table_variable: str | None = None
    elements: tuple[TableElement, ...] = ()
    body: tuple[Statement, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTrigger(Statement):
    name: ObjectName
    table: ObjectName
    events: tuple[str, ...]  # INSERT, UPDATE, DELETE
    body: tuple[Statement, ...]
    text: str
    timing: str = "AFTER"  # or INSTEAD OF
    mode: str = "CREATE"


@dataclass(frozen=True, slots=True)
class EnableTrigger(Statement):
    """{ENABLE | DISABLE} TRIGGER {ALL | names} ON table."""

    enable: bool
    names: tuple[ObjectName, ...]  # empty: ALL
    table: ObjectName
