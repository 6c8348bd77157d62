"""pyodbc with Microsoft's ODBC driver 18 or 17, or FreeTDS.

Follows https://github.com/mkleehammer/pyodbc/wiki
"""

from __future__ import annotations

import datetime
import itertools
import os
import re
import struct
import uuid
from decimal import Decimal
from typing import Any, Callable, Iterable, Mapping, Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mssql.config.connection_string import Keywords, build
from mssql.config.target import Target
from mssql.drivers.access_token import attributes
from mssql.drivers.base import CANCEL_SECONDS, NEEDS_MICROSOFT, SQL_ATTR_CONNECTION_TIMEOUT
from mssql.drivers.discovery import find
from mssql.drivers.failures import cause_of
from mssql.drivers.opening import connected
from mssql.errors.fault import Fault
from mssql.tsql import types

# "[42S02] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Invalid object name 'x'. (208)
# (SQLExecDirectW); [42000] ...": only the first record names the ODBC function that failed. The
# text may quote a user's words, so the last match is the one that pyodbc wrote.
_FIRST_RECORD = re.compile(r"^\[(\w{5})\] (.*) \((-?\d+)\) \(SQL\w+\)", re.DOTALL)
_LATER_RECORD = re.compile(r"; \[\w{5}\] \[[^;]*?\((\d+)\)(?=; \[|$)", re.DOTALL)
_STATE = re.compile(r"[A-Z0-9]{5}")
_OF_FREETDS = range(20000, 21000)  # db-lib's numbers of the client's errors
_MAX_WRITE = 2**31 - 1
# https://learn.microsoft.com/sql/odbc/reference/develop-driver/upgrading-a-3-5-driver-to-a-3-8-driver
_SQL_ATTR_RESET_CONNECTION = 116
_SQL_RESET_CONNECTION_YES = 1
_IS_WINDOWS = os.name == "nt"
_SOURCE = re.compile(r"^(?:\[[^\]]*\])+")


_sources_with_reset: set[str | None] = set()  # DSNs and drivers whose sessions can be reset
_generation = 0  # of the pool
_numbers = itertools.count()


def _pool_key(target: Target) -> Mapping[str, str]:
    """Return a Description, which has no other effect, for the connection string.

    A driver manager's pool (odbcinst.ini, Pooling=Yes) selects connections by that string. So a
    forked process gets none of its parent's, no connection is reused after an error that broke
    one, and none without a reset.
    """
    key = f"{os.getpid()}.{_generation}"
    has_reset = (target.dsn or target.driver) in _sources_with_reset
    return {"Description": key if has_reset else f"{key}.{next(_numbers)}"}


class PyodbcDriver:
    """Connects through pyodbc and an ODBC driver manager."""

    name = "pyodbc"

    def __init__(self) -> None:
        try:
            import pyodbc
        except ImportError as error:
            raise ImproperlyConfigured(
                f"pyodbc cannot be imported: {error}. On Debian and Ubuntu it needs the system "
                "package unixodbc; or set OPTIONS['python_driver'] to 'mssql_python', which needs "
                "none."
            ) from error
        self.module: Any = pyodbc
        self._is_microsoft = True
        self._fast_executemany = False
        self._null = pyodbc.BinaryNull
        self._binders: Mapping[type, Callable[[Any], tuple[Any, types.Size]]] = {
            type(None): self._bind_null,
            str: lambda value: (value, types.text_size(value)),
            bytes: lambda value: (value, types.bytes_size(value)),
            bytearray: lambda value: (value, types.bytes_size(value)),
            memoryview: lambda value: (bytes(value), types.bytes_size(value)),
            int: self._bind_integer,
            types.Typed: self._bind_typed,
            datetime.datetime: self._bind_datetime,
            datetime.time: lambda value: (types.time_text(value), types.TIME_SIZE),
            **dict.fromkeys((bool, float, Decimal, uuid.UUID, datetime.date), _as_it_is),
        }
        if getattr(settings, "DATABASE_CONNECTION_POOLING", True) is False:
            pyodbc.pooling = False

    def detect_microsoft(self, named: str | None) -> bool:
        """See Driver.detect_microsoft."""
        return find(named, self.module.drivers).is_microsoft

    def connect(self, target: Target) -> Any:
        """See Driver.connect."""
        connection = connected(
            self.module,
            build(self._keywords(target)),
            timeout=target.login_timeout,
            timed_out=lambda text: self.module.OperationalError("HYT00", text),
            attrs_before=attributes(target.access_token),
        )
        library = str(connection.getinfo(self.module.SQL_DRIVER_NAME)).lower()
        self._is_microsoft = "msodbcsql" in library or "sqlncli" in library
        if self._is_microsoft:
            if not _IS_WINDOWS:  # its driver manager resets sessions
                # The next request carries the reset, without a round trip: transaction, temporary
                # tables, SET options and context are again those of a login.
                connection.set_attr(_SQL_ATTR_RESET_CONNECTION, _SQL_RESET_CONNECTION_YES)
            _sources_with_reset.add(target.dsn or target.driver)
        self._fast_executemany = target.fast_executemany
        connection.timeout = target.query_timeout
        if self._is_microsoft:
            if target.query_timeout:
                connection.set_attr(SQL_ATTR_CONNECTION_TIMEOUT, CANCEL_SECONDS)
            # Longer values would be sent after the statement, in two round trips. FreeTDS would
            # cut them off at 4,000 characters.
            connection.maxwrite = _MAX_WRITE
        connection.add_output_converter(types.SQL_SS_TIMESTAMPOFFSET, _aware_datetime)
        for options in target.encodings:
            connection.setencoding(**options)
        for options in target.decodings:
            connection.setdecoding(**options)
        return connection

    def _keywords(self, target: Target) -> Keywords:
        if target.dsn:
            keywords = Keywords({"DSN": target.dsn}, target.keywords, _pool_key(target))
            keywords.pop("Server", None)
            return keywords
        odbc = find(target.driver, self.module.drivers)
        keywords = Keywords({"Driver": odbc.keyword}, target.keywords, _pool_key(target))
        if not odbc.is_microsoft:
            if target.access_token or "Authentication" in target.keywords:
                raise ImproperlyConfigured(NEEDS_MICROSOFT)
            self._as_freetds(keywords, target.named_server)
        return keywords

    def _as_freetds(self, keywords: Keywords, named_server: bool) -> None:
        # https://www.freetds.org/userguide/odbcconnattr.html
        server, _, port = (keywords.pop("Server", None) or "").partition(",")
        if named_server:
            keywords["Servername"] = server
            return
        keywords["Server"] = server
        if port:
            keywords["Port"] = port

    def clear_pool(self) -> None:
        """See Driver.clear_pool. The driver manager closes its connections after its time limit."""
        global _generation
        _generation += 1

    def cursor(self, connection: Any) -> Any:
        """See Driver.cursor."""
        return connection.cursor()

    def rowcount(self, cursor: Any) -> int:
        """See Driver.rowcount."""
        return int(cursor.rowcount)

    def sends_rows_together(self, cursor: Any) -> bool:
        """See Driver.sends_rows_together."""
        return bool(cursor.fast_executemany)

    def fault(self, error: BaseException) -> Fault:
        """See Driver.fault."""
        record = _FIRST_RECORD.match(str(error.args[-1])) if error.args else None
        if record is None:
            # pyodbc's own errors: a text alone, or text and SQLSTATE in either order.
            texts = [str(argument) for argument in error.args]
            states = [text for text in texts if _STATE.fullmatch(text)]
            message = " ".join(text for text in texts if text not in states)
            state = next(iter(states), "")
            return Fault(state, message, from_server=False, cause=cause_of(message))
        state, message, leading = record.groups()
        later = _LATER_RECORD.findall(error.args[-1][record.end() :])
        numbers = tuple(number for number in map(int, (leading, *later)) if number > 0)
        source = _SOURCE.match(message)
        from_server = bool(source and "[SQL Server]" in source.group())
        if from_server and "[FreeTDS]" in message and int(leading) in _OF_FREETDS:
            from_server = False
        message = message[source.end() :] if source else message
        cause = None if from_server else cause_of(message)
        return Fault(state, message, numbers, from_server, cause)

    def bind(self, cursor: Any, parameters: Sequence[Any]) -> Sequence[Any]:
        """See Driver.bind."""
        pairs = [self._with_size(value) for value in parameters]
        cursor.setinputsizes([size for _, size in pairs] if self._is_microsoft else None)
        return [value for value, _ in pairs]

    def bind_many(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """See Driver.bind_many.

        With `fast_executemany` all rows are sent in one message if each column has one kind of
        value. It first requests the types, and meanwhile blocks the other threads of Python.
        """
        rows = [tuple(row) for row in rows]
        sizes = [types.column_size(column) for column in types.by_columns(rows)]
        has_sizes = self._is_microsoft and bool(sizes) and None not in sizes
        cursor.fast_executemany = has_sizes and self._fast_executemany
        cursor.setinputsizes(sizes if has_sizes else None)
        null = self._null if has_sizes and not cursor.fast_executemany else None
        return [
            tuple(null if value is None else self._plain(value) for value in row) for row in rows
        ]

    def _with_size(self, value: Any) -> tuple[Any, types.Size]:
        # A subclass, such as SafeString or a member of IntegerChoices, is bound as its base.
        for kind in type(value).__mro__:
            if kind in self._binders:
                return self._binders[kind](value)
        return value, None

    def _bind_null(self, value: None) -> tuple[Any, types.Size]:
        # For None pyodbc would request the type from the server, a round trip per statement. Its
        # BinaryNull has a type, which the declared size replaces.
        return (self._null, types.NULL_SIZE) if self._is_microsoft else (None, None)

    def _bind_typed(self, parameter: types.Typed) -> tuple[Any, types.Size]:
        value, size = self._with_size(parameter.value)
        if value is None and parameter.size and parameter.size[0] == types.SQL_VARBINARY:
            return self._null, size  # FreeTDS sends None as varchar, which does not convert
        return value, parameter.size if self._is_microsoft and parameter.fits else size

    def _bind_integer(self, value: int) -> tuple[Any, types.Size]:
        return (value if types.within_bigint(value) else Decimal(value)), None

    def _bind_datetime(self, value: datetime.datetime) -> tuple[Any, types.Size]:
        if types.is_aware(value):
            return types.offset_text(value), types.DATETIMEOFFSET_SIZE
        return value, None

    def _plain(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime) and types.is_aware(value):
            return types.offset_text(value)
        if isinstance(value, memoryview):
            return bytes(value)
        return value


def _as_it_is(value: Any) -> tuple[Any, types.Size]:
    return value, None


def _aware_datetime(value: bytes) -> datetime.datetime:
    """SQL_SS_TIMESTAMPOFFSET_STRUCT as an aware datetime; nanoseconds are cut to microseconds."""
    *moment, nanoseconds, hours, minutes = struct.unpack("<6hI2h", value)
    zone = datetime.timezone(datetime.timedelta(hours=hours, minutes=minutes))
    year, month, day, hour, minute, second = moment
    return datetime.datetime(
        year, month, day, hour, minute, second, nanoseconds // 1000, tzinfo=zone
    )
