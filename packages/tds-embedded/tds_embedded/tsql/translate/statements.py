"""T-SQL to PostgreSQL: statements, conditions, values, and the expressions of tables.

`statement` translates the statements that read and change rows; the session runs the result with
the values of the variables in `parameters`, in that order, as $1, $2 ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import (
    binder,
    collations,
    expressions,
    functions,
    predicates,
    sequence_checks,
    sources,
    types,
)
from tds_embedded.tsql.translate.binder import (
    Context,
    Field,
    ReadPast,
    Relation,
    Scope,
    Translation,
    Waiting,
)
from tds_embedded.tsql.translate.hints import check_query_hints
from tds_embedded.tsql.translate.inserts import insert
from tds_embedded.tsql.translate.merge import merge
from tds_embedded.tsql.translate.output import Written
from tds_embedded.tsql.translate.queries import (
    derived_fields,
    nested_query,
    query_rows,
    with_clause,
)
from tds_embedded.tsql.translate.rows import Item, Rows
from tds_embedded.tsql.translate.select_into import select_into
from tds_embedded.tsql.translate.session_values import (
    TRANSACTION_COUNT_OF_CHANGE,
    TRANSACTION_STATE_OF_READ,
)
from tds_embedded.tsql.translate.updates import delete, update
from tds_embedded.tsql.translate.values import Value, convert, expression, predicate, unsupported
from tds_embedded.tsql.translate.windows import WINDOWED
from tds_embedded.tsql.walk import descendants
from tds_embedded.types import Column, Command, SqlType

__all__ = [
    "Context",
    "Translated",
    "condition",
    "into_of",
    "scalar",
    "statement",
    "table_expression",
    "view",
]

READING_FUNCTIONS = ("IDENT_CURRENT", "OBJECT_ID")

# importing a family registers its handlers
FAMILIES = (expressions, functions, predicates, sources)


@dataclass(frozen=True, slots=True)
class Translated:
    """A statement in PostgreSQL and the meaning of its results.

    parameters: the values of $1, $2 ...: variables (lower case, with @), or names of
        session_values.SESSION_VALUES in lower case.
    columns: the result set; empty if the client receives none.
    assigns: the variables that take the last row's values, by position, instead of a result set.
    identity: the last value of each row is not a column but the row's new identity value (NULL if
        the row was not inserted): SCOPE_IDENTITY() becomes the last row's.
    locks: statements to run before, in the same transaction.
    creates: the table to create before (SELECT ... INTO).
    command: the kind of the statement, for its DONE token.
    target: the table that the statement changes.
    through: whether it does so through a query, whose columns it names.
    waiting: the query that a SELECT runs first if another session is changing its rows.
    update_locked: the oids of tables whose rows it locks as UPDLOCK does.
    lasts: whether it reads nothing that a statement can define, so that it never becomes stale.
    read_past: the READPAST hints, which are judged when the statement runs.
    moves_keys: whether it can run again, see engine/deferred_keys.py.
    """

    sql: str
    parameters: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    assigns: tuple[str, ...] = ()
    identity: bool = False
    locks: tuple[str, ...] = ()
    creates: ast.CreateTable | None = None
    command: Command = Command.SELECT
    target: Table | None = None
    lasts: bool = False
    read_past: tuple[ReadPast, ...] = ()
    through: bool = False
    waiting: Waiting | None = None
    update_locked: frozenset[int] = frozenset()
    moves_keys: bool = False


# --- Statements ---


def statement(node: ast.Statement, context: Context) -> Translated:
    """Return a SELECT, INSERT, UPDATE, DELETE or MERGE in PostgreSQL.

    Raises SqlServerError with SQL Server's number for the first error in it.
    """
    result = _statement(node, context)
    return replace(result, parameters=tuple(_in_context(result.parameters, node, result.creates)))


def _statement(node: ast.Statement, context: Context) -> Translated:
    """Return one statement's translation. Raises 422 for a WITH before constants alone."""
    sequence_checks.check(node)
    scope = Scope(Translation(context))
    result = _by_kind(node, scope)
    if isinstance(node, ast.Select) and node.ctes and _is_constant(node.query):
        raise error(422)
    return result


def _by_kind(node: ast.Statement, scope: Scope) -> Translated:
    translation = scope.translation
    if isinstance(node, ast.Select):
        return _select(node, scope)
    if isinstance(node, ast.Insert):
        return _from_change(insert(node, scope), translation, Command.INSERT)
    if isinstance(node, ast.Update):
        result = _from_change(update(node, scope), translation, Command.UPDATE)
        return replace(result, moves_keys=not translation.takes_numbers)
    if isinstance(node, ast.Delete):
        return _from_change(delete(node, scope), translation, Command.DELETE)
    if isinstance(node, ast.Merge):
        result = _from_change(merge(node, scope), translation, Command.MERGE)
        return replace(result, moves_keys=not _takes_numbers(node, translation))
    raise unsupported(node)


def _takes_numbers(node: ast.Merge, translation: Translation) -> bool:
    """Return whether each run of a MERGE takes numbers of a sequence or identity column."""
    inserts = any(isinstance(when.action, ast.MergeInsert) for when in node.whens)
    columns = translation.target.columns if translation.target is not None else ()
    return translation.takes_numbers or (inserts and any(each.identity for each in columns))


def _in_context(
    parameters: Sequence[str], node: ast.Statement, creates: ast.CreateTable | None
) -> Iterator[str]:
    """Yield the names of session values, which differ in a statement that reads or changes."""
    changes = creates is not None or not isinstance(node, ast.Select)
    for name in parameters:
        if name == "@@trancount" and changes:
            yield TRANSACTION_COUNT_OF_CHANGE
        elif name == "xact_state()" and _reads(node):
            yield TRANSACTION_STATE_OF_READ
        else:
            yield name


def _reads(node: ast.Statement) -> bool:
    """Return whether a statement runs in a transaction, because it reads something."""
    return any(
        isinstance(each, ast.TableSource)
        or (isinstance(each, ast.FunctionCall) and each.name.name.upper() in READING_FUNCTIONS)
        for each in descendants(node)
    )


def _is_constant(query: ast.Query) -> bool:
    """Return whether a query reads and computes only constants."""
    body = query.body
    if not isinstance(body, ast.QuerySpecification) or query.order_by:
        return False
    if body.from_ or body.where or body.top or body.distinct or body.having:
        return False
    return not any(
        isinstance(each, ast.ScalarSubquery | ast.Exists | ast.InSubquery)
        or (isinstance(each, ast.FunctionCall) and each.name.name.upper() in WINDOWED)
        for element in body.select
        for each in descendants(element)
    )


def _select(node: ast.Select, scope: Scope) -> Translated:
    check_query_hints(node.options)
    with_ = with_clause(node.ctes, scope, node.options)
    rows = query_rows(node.query, scope)
    into = into_of(node.query.body)
    if into is not None:
        creates, sql = select_into(into, rows, scope)
        return _result(f"{sql}", scope.translation, (), False, Command.SELECT, creates, with_)
    sql = rows.sql
    if node.query.for_ is not None:  # without rows it has no row; only a subquery returns NULL
        sql = f"SELECT * FROM ({sql}) AS document (text) WHERE text IS NOT NULL"
    result = _result(sql, scope.translation, rows.items, False, Command.SELECT, None, with_)
    waiting = rows.reads.waiting() if rows.reads is not None else None
    if waiting is not None:
        result = replace(result, waiting=replace(waiting, sql=with_ + waiting.sql))
    return result


def into_of(body: ast.QueryBody) -> ast.ObjectName | None:
    """Return the table that a SELECT ... INTO creates."""
    while isinstance(body, ast.SetOperation):
        body = body.left
    return body.into if isinstance(body, ast.QuerySpecification) else None


def _from_change(change: Written, translation: Translation, command: Command) -> Translated:
    return _result(change.sql, translation, change.items, change.identity, command, None, "")


def _result(
    sql: str,
    translation: Translation,
    items: Sequence[Item],
    identity: bool,
    command: Command,
    creates: ast.CreateTable | None,
    with_: str,
) -> Translated:
    client_items = [item for item in items if item.variable is None]
    for position, item in enumerate(client_items, start=1):
        collations.check_column(item.value.type, "SELECT", position)
    assigns = [item.variable.lower() for item in items if item.variable is not None]
    if client_items and assigns:
        raise unsupported("OUTPUT with SET @variable")
    return Translated(
        with_ + sql,
        tuple(translation.parameters),
        tuple(item.column for item in client_items),
        tuple(assigns),
        identity,
        tuple(dict.fromkeys(translation.locks)),
        creates,
        command,
        translation.target,
        read_past=tuple(translation.read_past),
        through=translation.through,
        update_locked=frozenset(translation.update_locked),
    )


# --- The expressions of batches ---


def scalar(node: ast.Expression, context: Context, sql_type: SqlType | None = None) -> Translated:
    """Return a SELECT of one value, as a `sql_type` if it is not None.

    Used for SET @v = ..., PRINT and arguments.
    """
    translation = Translation(context)
    value = expression(node, Scope(translation))
    if sql_type is not None:
        value = convert(value, sql_type)
    return _result(
        f"SELECT {value.sql}", translation, [Item("", value)], False, Command.SELECT, None, ""
    )


def condition(node: ast.Predicate, context: Context) -> Translated:
    """Return a SELECT of one boolean (NULL if it is unknown), for IF and WHILE."""
    translation = Translation(context)
    sql = predicate(node, Scope(translation))
    value = Value(sql, types.BIT)
    return _result(f"SELECT {sql}", translation, [Item("", value)], False, Command.SELECT, None, "")


# --- The expressions of tables and views ---


def table_expression(
    node: ast.Expression | ast.Predicate,
    columns: Sequence[TableColumn],
    context: Context,
    table: str = "",
) -> Value:
    """Return a DEFAULT, CHECK, computed column or filter, which may name `columns`.

    The PostgreSQL expression names them bare. A condition is a bit whose `sql` is boolean.
    """
    fields = tuple(
        Field(each.name, quote(each.name), each.type, each.nullable, owner=table)
        for each in columns
    )
    translation = Translation(context, parameters=False)
    scope = Scope(translation).child([Relation(table, fields, "", alias=not table)])
    scope.clause = binder.VALUES
    if isinstance(node, ast.Predicate):
        return Value(predicate(node, scope), types.BIT)
    return expression(node, scope)


def view(
    query: ast.Query,
    ctes: Sequence[ast.CommonTableExpression],
    context: Context,
    name: str,
    columns: Sequence[str] = (),
) -> tuple[str, tuple[Column, ...]]:
    """Return the query of a view or inline function, and its columns.

    Raises 1033, 4511 or 8156.
    """
    translation = Translation(context, parameters=False)
    scope = Scope(translation)
    with_ = with_clause(ctes, scope)
    rows: Rows = nested_query(query, scope)
    for position, item in enumerate(rows.items, start=1):
        collations.check_column(item.value.type, "CREATE VIEW", position)
        if not columns and not item.name:
            raise error(4511, name, position)
    fields = derived_fields(name, columns, rows.items)
    named = Rows(
        [replace(item, name=each.name) for item, each in zip(rows.items, fields, strict=True)],
        rows._write,
    )
    return with_ + named.sql, tuple(each.column for each in fields)
