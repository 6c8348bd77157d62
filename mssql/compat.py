"""The differences between the Django versions that the backend supports (3.2 to 6.1)."""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator

import django
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields import NOT_PROVIDED
from django.db.models.sql import compiler as sql_compiler
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.datastructures import Join

if sys.version_info >= (3, 9):
    from zoneinfo import ZoneInfo
else:  # tzlocal requires it there
    from backports.zoneinfo import ZoneInfo

try:
    from django.core.exceptions import FullResultSet
except ImportError:  # before Django 4.2 an always true condition compiles to an empty string

    class FullResultSet(Exception):  # type: ignore[no-redef]
        """Never raised before Django 4.2."""


try:
    from django.db.models.expressions import ColPairs
except ImportError:  # before Django 5.2

    class ColPairs:  # type: ignore[no-redef]
        """A class without instances: composite primary keys were added in Django 5.2."""


def _classes(module: str, *names: str) -> Iterator[type]:
    """Yield classes of Django, and classes without instances for those that this version lacks."""
    try:
        members = vars(import_module(module))
    except ImportError:
        members = {}
    for name in names:
        yield members.get(name) or type(name, (), {"__module__": __name__})


if TYPE_CHECKING:
    from django.db.models.aggregates import AnyValue, BitAnd, BitOr, BitXor, StringAgg
    from django.db.models.fields.tuple_lookups import TupleExact, TupleIn
    from django.db.models.functions import UUID4, UUID7, JSONArray
else:
    # Since Django 6.0, and 6.1.
    AnyValue, StringAgg = _classes("django.db.models.aggregates", "AnyValue", "StringAgg")
    BitAnd, BitOr, BitXor = _classes("django.db.models.aggregates", "BitAnd", "BitOr", "BitXor")
    # Since Django 5.2.
    TupleExact, TupleIn = _classes("django.db.models.fields.tuple_lookups", "TupleExact", "TupleIn")
    (JSONArray,) = _classes("django.db.models.functions", "JSONArray")
    # Since Django 6.1.
    UUID4, UUID7 = _classes("django.db.models.functions", "UUID4", "UUID7")


try:
    from django.db.models.expressions import DatabaseDefault
except ImportError:  # before Django 5.0

    class DatabaseDefault:  # type: ignore[no-redef]
        """A class without instances: db_default was added in Django 5.0."""


# Since Django 6.1 the compiler quotes aliases of tables as well.
QUOTES_ALIASES = hasattr(SQLCompiler, "quote_name")

try:
    from django.db.backends.utils import debug_transaction
except ImportError:  # Django logs the end of transactions since 4.2

    @contextlib.contextmanager
    def debug_transaction(connection: Any, sql: str) -> Iterator[None]:  # type: ignore[misc]
        """Log nothing."""
        yield


# Django 4.2 added filters over window functions, which it compiles to a derived table.
FILTERS_WINDOWS = hasattr(SQLCompiler, "get_qualify_sql")

# Before Django 5.0, models have no computed columns.
HAS_GENERATED_FIELDS = django.VERSION >= (5, 0)

# Since Django 4.1 a column is altered if only its IDENTITY changes.
ALTERS_BY_SUFFIX = django.VERSION >= (4, 1)

# Since Django 4.1 a connection is checked before its first use in a request.
HAS_HEALTH_CHECKS = django.VERSION >= (4, 1)

# The result of a compiler that is the count of rows; before Django 5.2 the cursor has it.
ROW_COUNT = getattr(sql_compiler, "ROW_COUNT", None)


def compile_condition(compiler: Any, condition: Any) -> tuple[str, Any]:
    """Return the SQL and parameters of a condition.

    Raises FullResultSet if it is always true; before Django 4.2 such a condition has no SQL.
    """
    sql, params = compiler.compile(condition)
    if not sql:
        raise FullResultSet
    return sql, params


def aggregate_condition(aggregate: Any) -> Any:
    """Return the condition of an aggregate's filter, or None. Django 6.0 wraps it in a node."""
    condition = aggregate.filter
    return getattr(condition, "condition", condition)


def is_named_by_outer_ref(node: Any) -> bool:
    """Return whether an OuterRef has named the expression, which Django marks by an attribute."""
    return "possibly_multivalued" in getattr(node, "__dict__", ())


def take_explain_info(query: Any) -> tuple[str | None, dict[str, Any]]:
    """Remove and return the format and options of explain(); Django 4.0 combined them."""
    if hasattr(query, "explain_info"):
        info, query.explain_info = query.explain_info, None
        return info.format, dict(info.options)
    query.explain_query = False
    return query.explain_format, dict(query.explain_options)


def json_value(item: Any) -> Any:
    """Return an item of the list of a lookup of a JSONField: before Django 4.2 it is JSON."""
    return json.loads(item) if django.VERSION < (4, 2) and isinstance(item, str) else item


def is_since(version: tuple[int, int]) -> bool:
    """Return whether Django has the version or a later one."""
    return django.VERSION[:2] >= version


def has_placeholder(field: Any) -> bool:
    """Return whether the field itself renders its values; Django 6.1 has a new hook for it."""
    return hasattr(field, "get_placeholder_sql") or hasattr(field, "get_placeholder")


def placeholder(field: Any, value: Any, compiler: Any) -> tuple[str, Any]:
    """Return the SQL and parameters of a value to insert."""
    hook = getattr(field, "get_placeholder_sql", None)
    if hook is not None:
        sql, params = hook(value, compiler, compiler.connection)
    elif hasattr(value, "as_sql"):
        sql, params = compiler.compile(value)
    else:
        hook = getattr(field, "get_placeholder", None)
        sql = hook(value, compiler, compiler.connection) if hook is not None else "%s"
        params = [value]
    return sql, params


def join_columns(join: Join, compiler: SQLCompiler) -> Iterator[tuple[str, str]]:
    """Yield the SQL of each pair of columns that a join compares; Django 5.0 names their fields."""
    ops = compiler.connection.ops
    tables = join.parent_alias, join.table_alias or ""
    fields = getattr(join, "join_fields", None)
    for pair in () if fields else getattr(join, "join_cols", ()):
        source, other = (
            f"{compiler.quote_name_unless_alias(table)}.{compiler.quote_name(column)}"
            for table, column in zip(tables, pair)
        )
        yield source, other
    for field, other_field in fields or ():
        columns = ops.prepare_join_on_clause(tables[0], field, tables[1], other_field)
        # As in Join.as_sql(), %% of a name becomes % here.
        (sql, params), (other_sql, other_params) = map(compiler.compile, columns)
        yield sql % tuple(params), other_sql % tuple(other_params)


def has_unescaped_columns(join: Join) -> bool:
    """Return whether Django would not escape a % in the names of columns: before 5.0."""
    return django.VERSION < (5, 0) and any("%" in name for pair in join.join_cols for name in pair)


def join_restriction(join: Join, compiler: SQLCompiler) -> Any:
    """Return the condition that a field adds to its joins, if any."""
    field: Any = join.join_field
    aliases = join.table_alias, join.parent_alias
    if django.VERSION < (4, 0):
        return field.get_extra_restriction(type(compiler.query.where), *aliases)
    return field.get_extra_restriction(*aliases)


# Django 4.1 passes the parameters of its SQL to the methods that extract and truncate dates.
PASSES_PARAMS = django.VERSION >= (4, 1)


def with_params(position: int, passes_params: bool = PASSES_PARAMS) -> Callable[[Any], Any]:
    """Return a decorator that lets Django before 4.1 call a method for dates with parameters.

    Django passes only the SQL, as the argument at this position, and expects only SQL.
    """

    def decorate(method: Any) -> Any:
        if passes_params:
            return method

        def without_params(self: Any, *args: Any, **kwargs: Any) -> Any:
            sql, _ = method(self, *args[: position + 1], (), *args[position + 1 :], **kwargs)
            return sql

        return without_params

    return decorate


def iana_zone(name: str) -> datetime.tzinfo:
    """Return a time zone of IANA. Raises KeyError, ValueError or OSError for an unknown name."""
    return ZoneInfo(name)


def flat_fields(fields: Iterable[Any]) -> Iterator[Any]:
    """Yield the fields, and instead of each CompositePrimaryKey (Django 5.2) its fields."""
    for field in fields:
        parts = getattr(field, "fields", None)
        if parts is None:
            yield field
        else:
            yield from parts


def conflict_action(query: Any) -> str:
    """Return the action of an INSERT on a conflict: "ignore", "update" or "" (fail)."""
    if getattr(query, "ignore_conflicts", False):  # before Django 4.1
        return "ignore"
    on_conflict = getattr(query, "on_conflict", None)
    return on_conflict.name.lower() if on_conflict else ""


# The action of a FOREIGN KEY on deletion, which Django 6.1 added with DB_CASCADE.
ON_DELETE_PART = "%(on_delete_db)s" if django.VERSION >= (6, 1) else ""


def is_generated(field: Any) -> bool:
    """Return whether it is a GeneratedField, which was added in Django 5.0."""
    return bool(getattr(field, "generated", False)) and hasattr(field, "generated_sql")


def db_default(field: Any) -> Any:
    """Return the field's database default, which was added in Django 5.0, or NOT_PROVIDED."""
    return getattr(field, "db_default", NOT_PROVIDED)


def has_db_default(field: Any) -> bool:
    """Return whether the field has a database default."""
    return db_default(field) is not NOT_PROVIDED


def comment(field: Any) -> str | None:
    """Return the field's comment, which was added in Django 4.2."""
    return getattr(field, "db_comment", None)


def collation(field: Any, connection: Any) -> str | None:
    """Return the collation of the field's column, which its type contains since Django 4.1."""
    own = getattr(field, "db_collation", None)
    return field.db_parameters(connection=connection).get("collation") or own


def primary_key_fields(model: Any) -> tuple[Any, ...]:
    """Return the fields of the model's primary key, which may be several since Django 5.2."""
    return tuple(getattr(model._meta, "pk_fields", [model._meta.pk]))


def primary_key_columns(model: Any) -> list[str]:
    """Return the columns of the model's primary key."""
    return [field.column for field in primary_key_fields(model)]


def collect_table_rename(editor: Any, old: str, new: str) -> None:
    """Store a rename that sqlmigrate only collects, as Django does since 6.1."""
    renames = getattr(editor, "collected_table_renames", None)
    if renames is not None:
        renames[new] = renames.pop(old, old)


def name_in_database(editor: Any, db_table: str) -> str:
    """Return the name of a table in the database, whose rename sqlmigrate may only collect."""
    renames: dict[str, str] = getattr(editor, "collected_table_renames", {})
    return renames.get(db_table, db_table)


def fields_of(model: Any, fields: Any) -> list[Any]:
    """Return the fields of a unique constraint; Django before 4.0 passes the columns' names."""
    by_column = {field.column: field for field in model._meta.local_fields}
    return [by_column[field] if isinstance(field, str) else field for field in fields or ()]


def has_expressions(constraint: Any) -> bool:
    """Whether a unique constraint has expressions (Django 4.0)."""
    return bool(getattr(constraint, "expressions", None))


def on_delete(introspection: Any, action: str) -> tuple[Any, ...]:
    """Return the action of a foreign key on deletion, if introspection includes it (Django 6.1)."""
    types = getattr(introspection, "on_delete_types", None)
    return () if types is None else (types.get(action),)


def check_database_version(connection: Any) -> None:
    """Raise NotSupportedError for an old server, once per alias; Django does it since 4.2."""
    if django.VERSION >= (4, 2):
        BaseDatabaseWrapper.init_connection_state(connection)


# Names of Django that other modules import from here.
__all__ = [
    "UUID4",
    "UUID7",
    "AnyValue",
    "BitAnd",
    "BitOr",
    "BitXor",
    "ColPairs",
    "DatabaseDefault",
    "FullResultSet",
    "JSONArray",
    "StringAgg",
    "TupleExact",
    "TupleIn",
    "debug_transaction",
]
