"""Which of Django's exceptions each SQL Server error is, and what to do about it.

ODBC's SQLSTATE cannot decide: it gives 42000 to a broken conversion and to a syntax error alike.
Numbers follow "Database Engine events and errors",
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
"""

from __future__ import annotations

import contextlib
from typing import Any, Iterable

from django.db import utils
from django.db.transaction import TransactionManagementError
from django.db.utils import DatabaseErrorWrapper

from mssql.errors import retry
from mssql.errors.fault import CONNECTION_LOST, TOKEN_EXPIRED, Fault
from mssql.errors.redaction import leave_out_text, leave_out_values
from mssql.errors.server_messages import DUPLICATE_ROWS


def _classes() -> dict[int, type[utils.Error]]:
    numbers: dict[type[utils.Error], Iterable[int]] = {
        utils.IntegrityError: (515, 530, 544, 547, 1505, 2601, 2627, 3728, 8672, DUPLICATE_ROWS[0]),
        utils.DataError: (
            *(220, 232, 235, 236, 237, 238, 241, 242, 244, 245, 248, 293, 295, 296, 517, 535, 542),
            *(1007, 2628, 3606, 3607, 3623, 8023, 8114, 8115, 8134, 8152, 8169),
            *(9400, 9402, 9436, 9803, 9807, 9810, 9812, 9813, 9814, 13608, 13609, 13614),
        ),
        utils.OperationalError: (
            *(601, 605, 701, 802, 823, 824, 845, 1101, 1105, 1204, 1205, 1222, 3930, 3960, 3988),
            *(4060, 5061, 8628, 8645, 8651, 9001, 9002, 17300, 17809, 18401, 18451, 18452, 18456),
            *(18461, 18470, 18486, 18487, 18488, 40544, 40549, 40550, 40551, 40552, 40553),
            *retry.TRANSIENT,
            *retry.DOUBTFUL,
            *CONNECTION_LOST,
        ),
        TransactionManagementError: (628, 3902, 3903, 3931),
        utils.NotSupportedError: (40508, 40510, 40511, 40512, 40514, 40515, 40517, 40519, 40520),
        utils.ProgrammingError: (
            *(102, 104, 105, 107, 128, 130, 137, 141, 144, 145, 147, 156, 157, 164, 169, 170, 178),
            *(195, 201, 206, 207, 208, 209, 213, 214, 229, 230, 257, 262, 264, 266, 297, 306, 319),
            *(334, 402, 408, 421, 468, 512, 529, 1018, 1023, 1033, 1087, 1750, 1767, 1769),
            *(1776, 1778, 1779, 1781, 1785, 1801, 1902, 1911, 1913, 1919, 1921, 1934, 2020, 2705),
            *(2714, 2715, 2760, 2812, 3701, 3702, 3718, 3723, 3725, 3726, 3727, 3729, 4104),
            *(4108, 4113, 4127, 4145, 4405, 4502, 4506, 4701, 4712, 4901, 4902, 4924, 4928, 5074),
            *(6401, 8003, 8117, 8120, 8121, 8127, 8133, 8141, 8144, 8146, 8155, 8156, 8158, 8178),
            *(8180, 10729, 10738, 10752, 15151, 15225, 15248, 15335),
        ),
    }
    return {number: error for error, several in numbers.items() for number in several}


_BY_NUMBER = _classes()
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

_ADVICE = {
    1205: "Run the transaction again: the server chose it to end a deadlock.",
    1222: "Another transaction holds the lock.",
    1785: "SQL Server allows one path of cascades from a table to another, and none back to "
    "itself: let Django delete along all but one (CASCADE, SET_NULL instead of DB_CASCADE, "
    "DB_SET_NULL).",
    3902: "A statement of the application has ended the transaction: what came before is as that "
    "left it, and each statement after it was committed by itself.",
    4060: "Check NAME: the database does not exist, or this login may not use it.",
    8003: "SQL Server takes at most 2,100 parameters in a statement: send fewer at a time.",
    8672: "Rows of one statement have the same key, as the column's collation compares it.",
    8711: "SQL Server sorts a query's rows once for all its STRING_AGG(): give every StringAgg() "
    "the same order_by, or compute one of them in a Subquery().",
    10738: "SQL Server takes at most 1,000 rows in one VALUES: insert fewer at a time.",
    18401: "The server is being upgraded; try again later.",
    18452: "This server does not trust the Windows login: set USER and PASSWORD, or "
    "OPTIONS['authentication'].",
    18456: "Check USER and PASSWORD, or the identity behind OPTIONS['authentication'] and whether "
    "the database has a user for it (CREATE USER ... FROM EXTERNAL PROVIDER).",
    18470: "The login is disabled; ask the server's administrator.",
    18487: "The password has expired; ask the server's administrator.",
    18488: "The password must be changed; ask the server's administrator.",
    TOKEN_EXPIRED: "The access token has expired; the next use of the connection signs in anew. If "
    "that fails, too, check this machine's clock.",
    40615: "The firewall of the Azure server does not let this machine in: add its address there.",
}


_ADVICE_BY_SQLSTATE = {
    "07002": "SQL Server takes at most 2,100 parameters in a statement: send fewer at a time.",
    "HY104": "SQL Server's numbers have at most 38 digits.",
    "HY105": "Give a str, bytes, int, float, Decimal, bool, UUID, date, time, datetime or None.",
}

# What a failed login needs where the driver itself failed: words of its message -> what to do.
_CONNECT_ADVICE = {
    "certificate": "The server's certificate is not trusted. Install its authority here, "
    "name the certificate in OPTIONS['extra_params'] (Encrypt=strict;ServerCertificate=path), or "
    "for development only trust any (TrustServerCertificate=yes).",
    "sspi": "There is no Windows or Kerberos sign-in here: set USER and PASSWORD, or "
    "OPTIONS['authentication'].",
    "pool size limit": "All connections of mssql-python's pool are in use: call "
    "mssql_python.pooling(max_size=...) before the first connection, with as many as threads "
    "connect at once, or set DATABASE_CONNECTION_POOLING = False.",
}


_EXPIRED_AT_ONCE = (
    "The server takes a token for expired that this machine takes for valid, a new one too: set "
    "this machine's clock (NTP), and the server's if it is your own. A fixed TOKEN lives an hour."
)

_ROLLED_BACK = (
    "SQL Server has rolled back the whole transaction: nothing that was done in it is stored."
)


def django_class(fault: Fault, driver_class: str = "") -> type[utils.Error]:
    """Django's exception for a fault; `driver_class` is the name of the driver's own exception."""
    for number in fault.numbers:
        # The system's numbers (104, a connection that was reset) are others than SQL Server's.
        if number in _BY_NUMBER and (fault.from_server or number in CONNECTION_LOST):
            return _BY_NUMBER[number]
    for prefix, error in _BY_SQLSTATE.items():
        if fault.sqlstate.startswith(prefix):
            return error
    named = getattr(utils, driver_class, utils.DatabaseError)
    return utils.DatabaseError if named is utils.Error else named


def advice(fault: Fault) -> str:
    """What to do about the fault, or "" where its own text says enough."""
    if fault.says_token_expired:
        return _ADVICE[TOKEN_EXPIRED]
    numbers = fault.numbers if fault.from_server else ()
    found = (_ADVICE[number] for number in numbers if number in _ADVICE)
    return next(found, _ADVICE_BY_SQLSTATE.get(fault.sqlstate, ""))


def connect_advice(fault: Fault) -> str:
    """What to do about a connection that could not be opened, or "" if its own text says enough, or
    no server was reached."""
    if fault.says_token_expired:
        return _EXPIRED_AT_ONCE
    known = advice(fault)
    if known or fault.from_server:
        return known
    message = fault.message.lower()
    return next((text for word, text in _CONNECT_ADVICE.items() if word in message), "")


_UNKNOWN = (
    "The answer to {0} was lost: it may have been committed. Look at the data before you do the "
    "work again."
)


class OutcomeUnknown(utils.OperationalError):
    """A commit, or a statement in autocommit mode, that may have taken effect or not.

    The connection broke, or the time was over, after it was sent and before it was answered.
    """


class ClaimsRequired(utils.OperationalError):
    """Microsoft Entra wants the user to sign in again, and to meet `claims` (JSON)."""

    def __init__(self, text: str, claims: str) -> None:
        super().__init__(text, claims)
        self.claims = claims

    def __str__(self) -> str:
        return str(self.args[0])


class DatabaseErrors(DatabaseErrorWrapper):
    """Turns the driver's exceptions into Django's, and lets go of a connection that is lost."""

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
                self._let_go()
            return
        if not shows_values and issubclass(exc_type, self.wrapper.Database.Error):
            fault = leave_out_values(fault, exc_value)
        error = django_class(fault, exc_type.__name__)
        hint = advice(fault)
        outcome = session.unknown_outcome(exc_value) if session else None
        if session is None:
            hint = connect_advice(fault)
            if not hint and not fault.from_server:
                hint = self.wrapper.why_unreached()
            error = utils.OperationalError if error is utils.DatabaseError else error
        elif outcome is not None:
            error, hint = OutcomeUnknown, _UNKNOWN.format(outcome.value)
        if session is not None and fault.connection_is_lost:
            # Inside atomic() Django keeps the block broken.
            hint = hint or "The connection is lost; its next use connects anew."
            if fault.says_token_expired:
                self.wrapper.discard_token()
            self._let_go()
        if error not in (utils.DataError, utils.IntegrityError):
            self.wrapper.errors_occurred = True
        transaction = self.wrapper.lost_transaction
        ended_by_this = transaction is not None and transaction.cause is None
        if ended_by_this:
            hint = f"{hint} {_ROLLED_BACK}".strip()
        made = _made(error, fault, hint)
        if ended_by_this:
            transaction.cause = made
        raise made.with_traceback(traceback) from exc_value

    def _let_go(self) -> None:
        """Close a connection that is lost."""
        with contextlib.suppress(Exception):
            self.wrapper.close()
        with contextlib.suppress(Exception):
            self.wrapper.driver.clear_pool()


def _made(error: type[utils.Error], fault: Fault, hint: str) -> utils.Error:
    text = fault.message if fault.message.endswith((".", "!", "?")) else f"{fault.message}."
    if fault.number:
        text += f" (SQL Server error {fault.number})"
    if hint:
        text += f" {hint}"
    return error(fault.sqlstate, text) if fault.sqlstate else error(text)
