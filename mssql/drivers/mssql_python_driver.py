"""mssql-python: Microsoft's driver for Python, with its own copy of the ODBC driver.

Follows https://github.com/microsoft/mssql-python/wiki
"""

from __future__ import annotations

import datetime
import os
import re
import uuid
from decimal import Decimal
from typing import Any, Iterable, Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mssql.config.connection_string import Keywords, build
from mssql.config.target import Target
from mssql.drivers.access_token import attributes
from mssql.drivers.base import CANCEL_SECONDS, SQL_ATTR_CONNECTION_TIMEOUT
from mssql.drivers.failures import cause_of
from mssql.drivers.opening import connected
from mssql.errors import server_messages
from mssql.errors.fault import Fault
from mssql.errors.numbers import ErrorNumber
from mssql.tsql import types

_SOURCE = re.compile(r"^(?:\[[^\]]*\])+")
# mssql-python drops an error's number, and replaces its SQLSTATE by these words: its C++ layer
# reads the record's text and state, and owns the only handle.
_STATES = {
    "Invalid authorization specification": "28000",
    "Communication link failure": "08S01",
    "Client unable to establish connection": "08001",
    "Timeout expired": "HYT00",
    "String data, right-truncated": "22001",
    "Numeric value out of range": "22003",
    "Invalid datetime format": "22007",
    "Datetime field overflow": "22008",
    "Division by zero": "22012",
    "Invalid character value for cast specification": "22018",
    "Integrity constraint violation": "23000",
    "Syntax error or access violation": "42000",
    "COUNT field incorrect": "07002",
}
# After a failed login the exception that it handled begins with the state.
_LOGIN_STATE = re.compile(r"SQLSTATE:(\w{5}):")
_NETWORK = re.compile(r"TCP Provider: (?:Error code 0x([0-9A-Fa-f]+)|Timeout error \[(\d+)\]\. ?)")


def _state(error: BaseException) -> str:
    match = _LOGIN_STATE.match(str(error.__context__))
    if match:
        return match[1]
    words = getattr(error, "driver_error", "")
    return next((state for name, state in _STATES.items() if name in words), "")


def _network_numbers(message: str) -> tuple[int, ...]:
    match = _NETWORK.fullmatch(message)
    if match is None:
        return ()
    return (int(match[1], 16) if match[1] else int(match[2]),)


def _varchar_size(value: str) -> types.Size:
    if not value:
        return types.NULL_SIZE  # an empty text of a wider type is a function sequence error
    # mssql-python declares varchar(max) for a value that it cannot send within the message, and for
    # a column size above its limit.
    return (types.SQL_VARCHAR, _MAX_INLINE if len(value) <= _MAX_INLINE else 0, 0)


_MAX_INLINE = 4000  # characters, mssql_python.cursor.MAX_INLINE_CHAR
# mssql-python does not bind earlier dates, although the type date begins with the year 1. It binds
# them as datetime2, which SQL Server compares and stores as the date.
_FIRST_YEAR_OF_DATES = 1753


_MASTER = "master"
_STATE_42000 = "Syntax error or access violation"
_CANNOT_OPEN = (
    "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
    'Cannot open database "{}" requested by the login. The login failed.'
)
_refused_everywhere: set[int] = set()  # hashes of logins


def _clear_pool() -> None:
    import mssql_python

    bindings: Any = mssql_python.ddbc_bindings
    if mssql_python.PoolingManager.is_enabled():
        bindings.close_pooling()


if hasattr(os, "register_at_fork"):
    # A child process must not use its parent's connections in the pool.
    os.register_at_fork(before=_clear_pool)


class MssqlPythonDriver:
    """Connects through mssql-python."""

    name = "mssql_python"

    def __init__(self) -> None:
        try:
            import mssql_python
        except ImportError as error:
            raise ImproperlyConfigured(
                "OPTIONS['python_driver'] names mssql-python, which cannot be imported: "
                f"{error}. Run 'pip install mssql-python'."
            ) from error
        self.module: Any = mssql_python
        self._row_count = self.module.ddbc_bindings.DDBCSQLRowCount
        if getattr(settings, "DATABASE_CONNECTION_POOLING", True) is False:
            mssql_python.PoolingManager.disable()

    def detect_microsoft(self, named: str | None) -> bool:
        """See Driver.detect_microsoft."""
        return True

    def connect(self, target: Target) -> Any:
        """See Driver.connect."""
        # mssql-python refuses keywords without a value, such as PWD of a login without password.
        layer = target.keywords
        keywords = Keywords(*({name: layer[name]} for name in layer if layer[name]))
        try:
            connection = self._opened(target, keywords)
        except self.module.Error as error:
            if not self._opens_master(error, target, keywords):
                raise
            text = _CANNOT_OPEN.format(keywords["Database"])
            raise self.module.ProgrammingError(_STATE_42000, text) from error
        if target.query_timeout:
            connection.timeout = target.query_timeout
            connection.set_attr(SQL_ATTR_CONNECTION_TIMEOUT, CANCEL_SECONDS)
        for options in target.encodings:
            connection.setencoding(**options)
        for options in target.decodings:
            connection.setdecoding(**options)
        return connection

    def _opened(self, target: Target, keywords: Keywords) -> Any:
        return connected(
            self.module,
            build(keywords),
            timeout=target.login_timeout,
            timed_out=lambda text: self.module.OperationalError("Timeout expired", text),
            attrs_before=attributes(target.access_token),
            native_uuid=False,  # text, as from pyodbc
        )

    def _opens_master(self, error: Exception, target: Target, keywords: Keywords) -> bool:
        """Return whether a refused login opens master: then only its database is wrong.

        The server sends 4060 and then 18456, of which mssql-python reports the last. A login that
        master refuses, too, is not tried there again, because that may lock it out.
        """
        name = keywords.get("Database") or _MASTER
        if ErrorNumber.LOGIN_FAILED not in self.fault(error).numbers or name.lower() == _MASTER:
            return False
        login = hash(build(keywords) + target.access_token)
        if login in _refused_everywhere:
            return False
        try:
            self._opened(target, Keywords(keywords, {"Database": _MASTER})).close()
        except self.module.Error:
            _refused_everywhere.add(login)
            return False
        return True

    def clear_pool(self) -> None:
        """See Driver.clear_pool."""
        _clear_pool()

    def cursor(self, connection: Any) -> Any:
        """See Driver.cursor."""
        return connection.cursor()

    def rowcount(self, cursor: Any) -> int:
        """See Driver.rowcount. mssql-python itself reads only the first result's count."""
        return int(self._row_count(cursor.hstmt))

    def sends_rows_together(self, cursor: Any) -> bool:
        """See Driver.sends_rows_together."""
        return True

    def fault(self, error: BaseException) -> Fault:
        """See Driver.fault."""
        text = str(getattr(error, "ddbc_error", "") or error)
        source = _SOURCE.match(text)
        message = text[source.end() :] if source else text
        from_server = bool(source and "[SQL Server]" in source.group())
        if from_server:
            return Fault(_state(error), message, server_messages.numbers(message))
        numbers = _network_numbers(message)
        return Fault(_state(error), message, numbers, from_server=False, cause=cause_of(message))

    def bind(self, cursor: Any, parameters: Sequence[Any]) -> Sequence[Any]:
        """See Driver.bind."""
        sizes = [self._size(value) for value in parameters]
        values = [self._plain(value) for value in parameters]
        if None in sizes:
            # It accepts sizes for all parameters or not at all.
            cursor.setinputsizes([])
            return values
        cursor.setinputsizes(sizes)
        return [value.bytes_le if isinstance(value, uuid.UUID) else value for value in values]

    def bind_many(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """See Driver.bind_many."""
        cursor.setinputsizes([])
        return [tuple(self._plain(value) for value in row) for row in rows]

    def _size(self, value: Any) -> types.Size:
        if isinstance(value, types.Typed):
            if value.is_varchar:
                return _varchar_size(value.value)
            return value.size if value.fits else self._size(value.value)
        if isinstance(value, datetime.time) and value.microsecond:
            return None  # with a declared type mssql-python would cut off the microseconds
        value = self._plain(value)
        if isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31:
            return types.INTEGER_SIZE
        return types.column_size((value,))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, types.Typed):
            value = value.value
        if isinstance(value, (memoryview, bytearray)):
            return bytes(value)
        if isinstance(value, str) and type(value) is not str:
            return str.__str__(value)  # str() returns a SafeString unchanged
        if isinstance(value, int) and not types.within_bigint(value):
            return Decimal(value)
        if type(value) is datetime.date and value.year < _FIRST_YEAR_OF_DATES:
            return datetime.datetime.combine(value, datetime.time.min)
        return value
