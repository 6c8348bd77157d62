"""The compiler, the connection and the nodes, as the T-SQL of expressions uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Protocol, Sequence, Tuple, Union

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable, Expression
from django.db.models.sql.compiler import SQLCompiler

from mssql.errors.fault import Fault
from mssql.expressions.time_zones import TimeZones
from mssql.tsql.capabilities import ServerInfo

if TYPE_CHECKING:
    from django.db.models import Field
    from django.db.models.sql.query import Query
    from django.db.models.sql.where import WhereNode
    from typing_extensions import TypeAlias

AnyField: TypeAlias = "Field[Any, Any]"
Params = Union[Tuple[Any, ...], List[Any]]
SqlWithParams = Tuple[str, Params]


class Connection(BaseDatabaseWrapper):
    """A database wrapper that reports the server's capabilities."""

    has_native_uuid: bool
    has_native_json: bool

    @property
    def server(self) -> ServerInfo:
        """The capabilities of the server; connects if necessary."""
        raise NotImplementedError

    def showplan(
        self, sql: str, params: Sequence[Any], analyze: bool = False, format: str = "XML"
    ) -> str:
        """Return the plan of a statement."""
        raise NotImplementedError

    def fault(self, error: BaseException) -> Fault | None:
        """Return the fault that an exception of a driver reports, otherwise None."""
        raise NotImplementedError

    def read_time_zones(self) -> TimeZones:
        """Return the server's time zones."""
        raise NotImplementedError


class Compiler(SQLCompiler):
    """A compiler that renders every node as T-SQL."""

    connection: Connection
    query: Query
    # HAVING, and since Django 4.2 the filter by windows.
    having: WhereNode | None = None
    qualify: WhereNode | None = None
    # Names of Django that django-stubs lack or declare without a type.
    elide_empty: bool
    _order_by_pairs: Any
    _meta_ordering: Any

    @property
    def is_definition(self) -> bool:
        """Whether the SQL defines a computed column, a check or an index: no aliases there."""
        return not self.query.alias_cols  # type: ignore[attr-defined]

    def compile(self, node: Node) -> SqlWithParams:  # type: ignore[override]
        """Return the SQL and the parameters of a node."""
        raise NotImplementedError

    def hoist(self, expression: Node) -> Expression:
        """Move the expression into a CROSS APPLY; return the column that represents it."""
        raise NotImplementedError

    def hoist_operand(self, expression: Node) -> Expression:
        """Do the same for an expression that only an aggregate needs as a column."""
        raise NotImplementedError


class Compilable(Protocol):
    """An expression, a lookup, a condition, a query or a table: anything with as_sql()."""

    def as_sql(self, compiler: Compiler, connection: Connection) -> SqlWithParams:
        """Return the SQL and the parameters as Django writes them."""


# django-stubs declare many operands as Combinable, which has no as_sql() itself.
Node = Union[Compilable, Combinable]
