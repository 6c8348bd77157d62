"""Requests for a statement's query plan, on a separate connection.

Follows "SET SHOWPLAN_XML" and "SET STATISTICS XML",
https://learn.microsoft.com/sql/t-sql/statements/set-showplan-xml-transact-sql
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from django.db.utils import DatabaseError

from mssql.errors.numbers import ErrorNumber
from mssql.telemetry import errors
from mssql.telemetry.summary import summarize
from mssql.tsql import scanner
from mssql.tsql.types import type_of

# The longest wait for a lock, whose transaction may itself wait for the plan.
LOCK_TIMEOUT_MS = 1000
# The name of STATISTICS XML's one column, in every version of SQL Server.
_PLAN_COLUMN = "XML Showplan"
_PLAN_SETTINGS = frozenset(
    ("SHOWPLAN_XML", "SHOWPLAN_ALL", "SHOWPLAN_TEXT", "STATISTICS", "NOEXEC", "PARSEONLY")
)

Bind = Callable[[Any, Sequence[Any]], Sequence[Any]]
NumberOf = Callable[[BaseException], "int | None"]


class PlanUnavailable(DatabaseError):
    """The absence of a plan; the message contains the reason and what to do."""


class PlanDenied(PlanUnavailable):
    """The absence of the permission to see plans in a database."""


def showplan(
    open_side_connection: Callable[[], Any],
    sql: str,
    parameters: Sequence[Any] = (),
    *,
    analyze: bool = False,
    bind: Bind | None = None,
    error_number: NumberOf = errors.number,
) -> str:
    """Return the ShowPlan XML document of one statement with `?` markers.

    It is the estimated plan, or with `analyze` the actual one, for which the statement is run with
    its parameters, adapted to the driver by `bind`(cursor, parameters). `open_side_connection`
    returns a DB-API connection in autocommit mode, which is closed again; `error_number` returns
    SQL Server's number of a driver's exception. Raises PlanUnavailable and the driver's exceptions.
    """
    connection = open_side_connection()
    try:
        if analyze:
            return actual(connection, sql, parameters, bind, error_number)
        return estimated(connection, sql, declared_types(parameters), error_number)
    finally:
        connection.close()


def estimated(
    connection: Any,
    sql: str,
    types: Sequence[str],
    error_number: NumberOf = errors.number,
) -> str:
    """Return the optimizer's plan of `sql`, whose markers have the T-SQL types `types`.

    The statement is not run. Under SHOWPLAN a variable has no value, so a comparison with one is
    estimated from the column's density. Of the connection only the lock timeout changes; after an
    exception it should be closed.
    """
    batch = explained_batch(sql, types)
    cursor = connection.cursor()
    try:
        cursor.execute(f"SET LOCK_TIMEOUT {LOCK_TIMEOUT_MS}")
        cursor.execute("SET SHOWPLAN_XML ON")
        cursor.execute(batch)
        plans = _plans(cursor)
        cursor.execute("SET SHOWPLAN_XML OFF")
    except Exception as error:
        _raise_if_denied(error, error_number(error))
        raise
    finally:
        cursor.close()
    return _with_operators(plans)


def actual(
    connection: Any,
    sql: str,
    parameters: Sequence[Any] = (),
    bind: Bind | None = None,
    error_number: NumberOf = errors.number,
) -> str:
    """Run the query `sql` and return the plan that it ran with, with counts of rows.

    It must be a query: a statement that writes would write again.
    """
    _refuse_settings(sql)
    if summarize(sql).writes:
        raise PlanUnavailable(
            "An actual plan requires a SELECT, because the statement is run for it. "
            "Request the estimated plan: analyze=False."
        )
    cursor = connection.cursor()
    try:
        cursor.execute(f"SET LOCK_TIMEOUT {LOCK_TIMEOUT_MS}")
        cursor.execute("SET STATISTICS XML ON")
        if parameters:
            cursor.execute(sql, bind(cursor, parameters) if bind else parameters)
        else:
            cursor.execute(sql)
        plans = _plans(cursor)
        cursor.execute("SET STATISTICS XML OFF")
    except Exception as error:
        _raise_if_denied(error, error_number(error))
        raise
    finally:
        cursor.close()
    return _with_operators(plans)


def impatient(connection: Any) -> Any:
    """Return a connection after its lock timeout is set, which closes it if that fails."""
    cursor = connection.cursor()
    try:
        cursor.execute(f"SET LOCK_TIMEOUT {LOCK_TIMEOUT_MS}")
    except BaseException:
        connection.close()
        raise
    finally:
        cursor.close()
    return connection


def explained_batch(sql: str, types: Sequence[str]) -> str:
    """Return `sql` as one batch, whose markers have become variables declared with `types`.

    A prepared statement with bound parameters returns nothing under SHOWPLAN.
    """
    _refuse_settings(sql)
    text, names = scanner.with_named_parameters(sql)
    if len(names) != len(types):
        raise PlanUnavailable(
            f"The statement has {len(names)} parameter markers, but {len(types)} parameters."
        )
    if not names:
        return text
    declarations = ", ".join(f"{name} {kind}" for name, kind in zip(names, types))
    return f"DECLARE {declarations};\n{text}"


def declared_types(parameters: Sequence[Any]) -> list[str]:
    """Return the T-SQL type that the driver binds each parameter as. No value is kept."""
    return [str(type_of(value)) for value in parameters]


def _refuse_settings(sql: str) -> None:
    previous = ""
    for token in scanner.tokens(sql):
        if token.kind in (scanner.NAME, scanner.VARIABLE):
            word = token.text.upper()
            if previous == "SET" and word in _PLAN_SETTINGS:
                raise PlanUnavailable(
                    f"The statement contains SET {word}, so it has no plan. Remove it."
                )
            previous = word


def _plans(cursor: Any) -> list[str]:
    """Return the plans among the cursor's results, and read past all other results."""
    plans: list[str] = []
    while True:
        description = cursor.description
        if description and len(description) == 1 and _PLAN_COLUMN in str(description[0][0]):
            plans.extend(str(row[0]) for row in cursor.fetchall())
        elif description:
            while cursor.fetchmany(1000):
                pass
        if not cursor.nextset():
            return plans


def _with_operators(plans: Sequence[str]) -> str:
    for xml in plans:
        if "<RelOp" in xml:
            return xml
    raise PlanUnavailable(
        "SQL Server has no plan of the statement: it has no operators. Plans exist of SELECT, "
        "INSERT, UPDATE, DELETE and MERGE."
    )


def _raise_if_denied(error: Exception, number: int | None) -> None:
    if number == ErrorNumber.DATABASE_PERMISSION_DENIED:
        raise PlanDenied(
            "The login may not see query plans (error 262). Grant it in each database that the "
            "statement reads: GRANT SHOWPLAN TO [user]."
        ) from error
