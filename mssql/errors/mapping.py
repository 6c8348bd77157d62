"""Django's exceptions for SQL Server's errors, with advice.

ODBC's SQLSTATE cannot decide: it is 42000 for a failed conversion and for a syntax error.
The numbers are those of mssql/errors/numbers.py.
"""

from __future__ import annotations

import contextlib
from typing import Any

from django.db import utils
from django.db.utils import DatabaseErrorWrapper

from mssql.errors.fault import CONNECTION_LOST, Cause, Fault
from mssql.errors.numbers import BY_NUMBER, ErrorNumber
from mssql.errors.redaction import leave_out_text, leave_out_values

_BY_SQLSTATE: dict[str, type[utils.Error]] = {
    "07002": utils.ProgrammingError,
    "08": utils.OperationalError,
    "22": utils.DataError,
    "23": utils.IntegrityError,
    "28": utils.OperationalError,
    "40": utils.OperationalError,
    "42": utils.ProgrammingError,
    "HY104": utils.DataError,
    "HYT": utils.OperationalError,
    "IM": utils.InterfaceError,
}

_ADVICE: dict[int, str] = {
    ErrorNumber.DEADLOCK_VICTIM: "Run the transaction again: the server chose it to end a "
    "deadlock.",
    ErrorNumber.LOCK_TIMEOUT: "Another transaction holds the lock.",
    ErrorNumber.CASCADE_CYCLE: "SQL Server allows one path of cascades from a table to another, "
    "and none back to itself: let Django delete along all but one (CASCADE, SET_NULL instead of "
    "DB_CASCADE, DB_SET_NULL).",
    ErrorNumber.COMMIT_WITHOUT_BEGIN: "A statement of the application has ended the transaction: "
    "it committed or rolled back the statements before it, and each one after it was committed "
    "separately.",
    ErrorNumber.CANNOT_OPEN_DATABASE: "Check NAME: the database does not exist, or this login may "
    "not use it.",
    ErrorNumber.TOO_MANY_PARAMETERS: "SQL Server allows at most 2,100 parameters in a statement: "
    "send fewer at a time.",
    ErrorNumber.ROW_MERGED_TWICE: "Rows of one statement have the same key by the column's "
    "collation.",
    ErrorNumber.INCOMPATIBLE_ORDERINGS: "SQL Server sorts a query's rows once for all its "
    "STRING_AGG(): use the same order_by in every StringAgg(), or compute one of them in a "
    "Subquery().",
    ErrorNumber.TOO_MANY_ROWS: "SQL Server allows at most 1,000 rows in one VALUES: insert fewer "
    "at a time.",
    ErrorNumber.SERVER_UPGRADING: "The server is being upgraded; try again later.",
    ErrorNumber.UNTRUSTED_DOMAIN: "This server does not trust the Windows login: set USER and "
    "PASSWORD, or OPTIONS['authentication'].",
    ErrorNumber.LOGIN_FAILED: "Check USER and PASSWORD, or the identity of "
    "OPTIONS['authentication'] and whether the database has a user for it (CREATE USER ... FROM "
    "EXTERNAL PROVIDER).",
    ErrorNumber.LOGIN_DISABLED: "The login is disabled; ask the server's administrator.",
    ErrorNumber.PASSWORD_EXPIRED: "The password has expired; ask the server's administrator.",
    ErrorNumber.PASSWORD_MUST_CHANGE: "The password must be changed; ask the server's "
    "administrator.",
    ErrorNumber.TOKEN_EXPIRED: "The access token has expired; the next use of the connection signs "
    "in again. If that fails, too, check this machine's clock.",
    ErrorNumber.FIREWALL: "The firewall of the Azure server does not let this machine in: add its "
    "address there.",
}


_ADVICE_BY_SQLSTATE = {
    "07002": "SQL Server allows at most 2,100 parameters in a statement: send fewer at a time.",
    "HY104": "SQL Server's numbers have at most 38 digits.",
    "HY105": "Use a str, bytes, int, float, Decimal, bool, UUID, date, time, datetime or None.",
}

_ADVICE_BY_CAUSE = {
    Cause.UNTRUSTED_CERTIFICATE: "The server's certificate is not trusted. Install its authority "
    "here, name the certificate in OPTIONS['extra_params'] "
    "(Encrypt=strict;ServerCertificate=path), or for development only trust any "
    "(TrustServerCertificate=yes).",
    Cause.NO_WINDOWS_SIGN_IN: "There is no Windows or Kerberos sign-in here: set USER and "
    "PASSWORD, or OPTIONS['authentication'].",
    Cause.POOL_IN_USE: "All connections of mssql-python's pool are in use: call "
    "mssql_python.pooling(max_size=...) before the first connection, with as many as threads "
    "connect at once, or set DATABASE_CONNECTION_POOLING = False.",
}


_EXPIRED_AT_ONCE = (
    "The server considers a token expired that is valid on this machine, even a new one: set "
    "this machine's clock (NTP), and the server's if you run it. A fixed TOKEN is valid for an "
    "hour."
)

_ROLLED_BACK = "SQL Server has rolled back the whole transaction: no change of it is stored."


def django_class(fault: Fault, driver_class: str = "") -> type[utils.Error]:
    """Return Django's exception for a fault; `driver_class` names the driver's exception."""
    for number in fault.numbers:
        # 104 is SQL Server's error in ORDER BY, and the system's number of a reset connection.
        if not fault.from_server and number not in CONNECTION_LOST:
            continue
        if number in BY_NUMBER and (error := BY_NUMBER[number].error) is not None:
            return error
    for prefix, error in _BY_SQLSTATE.items():
        if fault.sqlstate.startswith(prefix):
            return error
    named = getattr(utils, driver_class, utils.DatabaseError)
    return utils.DatabaseError if named is utils.Error else named


def advice(fault: Fault) -> str:
    """Return advice on a fault, or "" if its own text suffices."""
    if fault.is_token_expired:
        return _ADVICE[ErrorNumber.TOKEN_EXPIRED]
    numbers = fault.numbers if fault.from_server else ()
    matches = (_ADVICE[number] for number in numbers if number in _ADVICE)
    return next(matches, _ADVICE_BY_SQLSTATE.get(fault.sqlstate, ""))


def connect_advice(fault: Fault) -> str:
    """Return advice on a connection that could not be opened.

    It is "" if the fault's own text suffices, or if no server was reached.
    """
    if fault.is_token_expired:
        return _EXPIRED_AT_ONCE
    general = advice(fault)
    if general or fault.from_server:
        return general
    return _ADVICE_BY_CAUSE[fault.cause] if fault.cause else ""


_UNKNOWN = (
    "The answer to {0} was lost: it may have been committed. Check the data before you repeat the "
    "work."
)


class OutcomeUnknown(utils.OperationalError):
    """A commit, or a statement in autocommit mode, that may or may not have taken effect.

    The connection broke, or the time limit passed, after it was sent and before its answer.
    """


class ClaimsRequired(utils.OperationalError):
    """Microsoft Entra requires the user to sign in again and to satisfy `claims` (JSON)."""

    def __init__(self, text: str, claims: str) -> None:
        super().__init__(text, claims)
        self.claims = claims

    def __str__(self) -> str:
        return str(self.args[0])


class DatabaseErrors(DatabaseErrorWrapper):
    """Translates the driver's exceptions into Django's, and closes a lost connection."""

    wrapper: Any

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        if exc_type is None:
            return
        shows_values = self.wrapper.settings_dict["OPTIONS"].get("error_values")
        if isinstance(exc_value, UnicodeEncodeError) and not shows_values:
            leave_out_text(exc_value)
        session = self.wrapper.open_session
        fault = self.wrapper.fault(exc_value)
        if fault is None:
            if session is not None and session.is_lost:  # a signal's handler has raised this
                self._close()
            return
        if not shows_values and issubclass(exc_type, self.wrapper.Database.Error):
            fault = leave_out_values(fault, exc_value)
        error = django_class(fault, exc_type.__name__)
        if session is None:
            error, hint = self._while_connecting(error, fault)
        else:
            error, hint = self._while_connected(error, fault, session.unknown_outcome(exc_value))
        if error not in (utils.DataError, utils.IntegrityError):
            self.wrapper.errors_occurred = True
        transaction = self.wrapper.lost_transaction
        ended_by_this = transaction is not None and transaction.cause is None
        if ended_by_this:
            hint = f"{hint} {_ROLLED_BACK}".strip()
        translation = _translation(error, fault, hint)
        if ended_by_this:
            transaction.cause = translation
        raise translation.with_traceback(traceback) from exc_value

    def _while_connecting(
        self, error: type[utils.Error], fault: Fault
    ) -> tuple[type[utils.Error], str]:
        """Return the exception of a connection that could not be opened, and advice."""
        hint = connect_advice(fault)
        if not hint and not fault.from_server:
            hint = self.wrapper.probe_server()
        return utils.OperationalError if error is utils.DatabaseError else error, hint

    def _while_connected(
        self, error: type[utils.Error], fault: Fault, outcome: Any
    ) -> tuple[type[utils.Error], str]:
        """Return the exception of a failure on an open connection, and advice.

        Closes the connection if it is lost. `outcome` is the request that may have taken effect.
        """
        hint = advice(fault)
        if outcome is not None:
            error, hint = OutcomeUnknown, _UNKNOWN.format(outcome.value)
        if fault.connection_is_lost:
            # Inside atomic() Django keeps the block broken.
            hint = hint or "The connection is lost; its next use reconnects."
            if fault.is_token_expired:
                self.wrapper.discard_token()
            self._close()
        return error, hint

    def _close(self) -> None:
        """Close a connection that is lost, and those in the driver's pool."""
        with contextlib.suppress(Exception):
            self.wrapper.close()
        with contextlib.suppress(Exception):
            self.wrapper.driver.clear_pool()


def _translation(error: type[utils.Error], fault: Fault, hint: str) -> utils.Error:
    text = fault.message if fault.message.endswith((".", "!", "?")) else f"{fault.message}."
    if fault.number:
        text += f" (SQL Server error {fault.number})"
    if hint:
        text += f" {hint}"
    return error(fault.sqlstate, text) if fault.sqlstate else error(text)
