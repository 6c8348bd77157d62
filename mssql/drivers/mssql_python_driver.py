"""mssql-python: Microsoft's driver for Python, with its own copy of the ODBC driver.

Follows https://github.com/microsoft/mssql-python/wiki
"""

from __future__ import annotations

import re
from typing import Any, Iterable, Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mssql.drivers.access_token import SQL_COPT_SS_ACCESS_TOKEN, packed
from mssql.drivers.base import Fault, Target
from mssql.drivers.connection_string import build

_STATE_AND_NUMBER = re.compile(r"\[(\w{5})\] \((\d+)\)")
_SOURCE = re.compile(r"^(?:\[[^\]]*\])+")
# When a connection fails, mssql-python keeps neither SQLSTATE nor number, only words of its own.
_STATES = {
    "Invalid authorization specification": ("28000", (18456,)),
    "Communication link failure": ("08S01", ()),
    "Client unable to establish connection": ("08001", ()),
    "Timeout expired": ("HYT00", ()),
}


class MssqlPythonDriver:
    """Connects through mssql-python."""

    name = "mssql_python"

    def __init__(self) -> None:
        try:
            import mssql_python
            import mssql_python.ddbc_bindings as bindings
        except ImportError as error:
            raise ImproperlyConfigured(
                "OPTIONS['python_driver'] asks for mssql-python, which cannot be imported: "
                f"{error}. Run 'pip install mssql-python'."
            ) from error
        self.module: Any = mssql_python
        self._diagnostics: Any = vars(bindings)["DDBCSQLGetAllDiagRecords"]
        if getattr(settings, "DATABASE_CONNECTION_POOLING", True) is False:
            mssql_python.PoolingManager.disable()

    def is_microsoft(self, named: str | None) -> bool:
        """See Driver.is_microsoft."""
        return True

    def connect(self, target: Target) -> Any:
        """See Driver.connect."""
        attributes: dict[int, Any] = {}
        if target.access_token:
            attributes[SQL_COPT_SS_ACCESS_TOKEN] = packed(target.access_token)
        connection = self.module.connect(
            build(target.keywords),
            autocommit=True,
            timeout=target.login_timeout,
            attrs_before=attributes,
        )
        if target.query_timeout:
            connection.timeout = target.query_timeout
        for options in target.encodings:
            connection.setencoding(**options)
        for options in target.decodings:
            connection.setdecoding(**options)
        return connection

    def cursor(self, connection: Any) -> Any:
        """See Driver.cursor."""
        return _NumberedCursor(connection.cursor(), self)

    def fault(self, error: BaseException) -> Fault:
        """See Driver.fault."""
        text = str(getattr(error, "ddbc_error", "") or error)
        state, numbers = _STATES.get(getattr(error, "driver_error", ""), ("", ()))
        state = getattr(error, "sqlstate", state)
        return Fault(state, _SOURCE.sub("", text), getattr(error, "numbers", numbers))

    def numbered(self, error: BaseException, cursor: Any) -> None:
        """Put what the ODBC driver says of a failed statement on its exception."""
        if getattr(cursor, "hstmt", None) is None:
            return
        found = []
        for record in self._diagnostics(cursor.hstmt):
            match = _STATE_AND_NUMBER.match(str(record[0]))
            if match:
                found.append((match.group(1), int(match.group(2)), str(record[1])))
        if found:
            error.sqlstate = found[0][0]  # type: ignore[attr-defined]
            numbers = tuple(n for _, n, text in found if n and "[SQL Server]" in text)
            error.numbers = numbers  # type: ignore[attr-defined]
            error.number = numbers[0] if numbers else 0  # type: ignore[attr-defined]

    def bind(self, cursor: Any, parameters: Sequence[Any]) -> Sequence[Any]:
        """See Driver.bind."""
        values = [self._plain(value) for value in parameters]
        cursor.setinputsizes([])
        return values

    def bind_many(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """See Driver.bind_many."""
        cursor.setinputsizes([])
        return [tuple(self._plain(value) for value in row) for row in rows]

    def _plain(self, value: Any) -> Any:
        if isinstance(value, memoryview):
            return bytes(value)
        if isinstance(value, str) and type(value) is not str:
            return str(value)
        return value


class _NumberedCursor:
    """A cursor of mssql-python whose exceptions know SQL Server's error number."""

    def __init__(self, cursor: Any, driver: MssqlPythonDriver) -> None:
        object.__setattr__(self, "_cursor", cursor)
        object.__setattr__(self, "_driver", driver)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._cursor, name, value)

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            return getattr(self._cursor, name)(*arguments)
        except self._driver.module.Error as error:
            self._driver.numbered(error, self._cursor)
            raise

    def execute(self, *arguments: Any) -> Any:
        return self._call("execute", *arguments)

    def executemany(self, *arguments: Any) -> Any:
        return self._call("executemany", *arguments)

    def fetchone(self) -> Any:
        return self._call("fetchone")

    def fetchmany(self, size: int) -> Any:
        return self._call("fetchmany", size)

    def fetchall(self) -> Any:
        return self._call("fetchall")

    def nextset(self) -> Any:
        return self._call("nextset")
