"""Where a Django expression finds its T-SQL: one function, one implementation per class."""

from __future__ import annotations

from functools import lru_cache
from string import Formatter
from typing import Any, Callable, Sequence, TypeVar

from django.core.exceptions import FieldError
from django.db.models.fields import BinaryField, CharField

from mssql.expressions.interfaces import SqlWithParams as SqlWithParams
from mssql.tsql.limits import MAX_NVARCHAR, MAX_VARBINARY

Implementation = TypeVar("Implementation", bound=Callable[..., SqlWithParams])


_implementations: dict[type, Callable[..., SqlWithParams]] = {}


def tsql(*classes: type) -> Callable[[Implementation], Implementation]:
    """Register the decorated function as the T-SQL of the given classes and their subclasses."""

    def register(implementation: Implementation) -> Implementation:
        for cls in classes:
            _implementations[cls] = implementation
        return implementation

    return register


def as_tsql(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """
    Return (sql, params) of a Django expression, lookup or table reference.

    The compiler asks here, so no Django class has to be patched.
    """
    cls: Any = type(node)
    return _implementation(cls)(node, compiler, connection)


@lru_cache(maxsize=None)
def _implementation(cls: Any) -> Callable[..., SqlWithParams]:
    """Return the implementation nearest to the class: ours, or an as_sql() of the project's own."""
    for base in cls.__mro__:
        if base in _implementations:
            return _implementations[base]
        if "as_sql" in base.__dict__ and not base.__module__.startswith("django."):
            break
    return _as_django_writes_it


def _as_django_writes_it(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql


def field_of(expression: Any) -> Any:
    """Return the output field of an expression; None if it has none or its types are mixed."""
    try:
        return getattr(expression, "_output_field_or_none", None)
    except FieldError:
        return None


def has_length(expression: Any) -> bool:
    """Tell whether the text or binary value is of a type with a length, not of one with (max)."""
    field = field_of(expression)
    limit = MAX_VARBINARY if isinstance(field, BinaryField) else MAX_NVARCHAR
    return isinstance(field, (BinaryField, CharField)) and 0 < (field.max_length or 0) <= limit


def compile_all(compiler: Any, nodes: Sequence[Any]) -> tuple[list[str], list[Any]]:
    """Compile several expressions: their SQL one by one, their parameters in one list."""
    sqls, params = [], []
    for node in nodes:
        sql, node_params = compiler.compile(node)
        sqls.append(sql)
        params.extend(node_params)
    return sqls, params


def fill(template: str, compiler: Any, *nodes: Any) -> SqlWithParams:
    """
    Fill `{0}`, `{1}`, ... of a template with the compiled nodes.

    A node may stand more than once; its parameters are repeated in the order of the template.
    A per cent sign of T-SQL's own is written `%%`, as everywhere in Django's SQL.
    """
    compiled = [compiler.compile(node) for node in nodes]
    return fill_compiled(template, *compiled)


def fill_compiled(template: str, *compiled: SqlWithParams) -> SqlWithParams:
    """Fill a template like fill(), from SQL that is compiled already."""
    sql: list[str] = []
    params: list[Any] = []
    for literal, position, _, _ in Formatter().parse(template):
        sql.append(literal)
        if position is not None:
            node_sql, node_params = compiled[int(position)]
            sql.append(node_sql)
            params.extend(node_params)
    return "".join(sql), params
