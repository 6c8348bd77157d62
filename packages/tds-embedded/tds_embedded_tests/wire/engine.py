"""An engine for the tests of the wire alone: it runs no T-SQL, only the script of each test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tds_embedded.errors import SqlServerError, error
from tds_embedded.types import Column, SqlType
from tds_embedded.wire.requests import Login, Parameter, RpcCall, TransactionRequest
from tds_embedded.wire.responses import Sink

SELECT = 0xC1
STATEMENT_PARAMETERS_AT = {"sp_executesql": 2, "sp_prepexec": 3, "sp_execute": 1}
# pyodbc's requests on connecting: the sizes of the types that it binds
ODBC_TYPES = [
    ("varchar", 12, 8000),
    ("nvarchar", -9, 4000),
    ("varbinary", -3, 8000),
    ("datetime2", 93, 27),
]


@dataclass
class Script:
    """The engine's reactions by the text of a batch or statement, and the requests it received."""

    answers: dict[str, Callable[[Sink], None]] = field(default_factory=dict)
    calls: list[RpcCall] = field(default_factory=list)
    transactions: list[TransactionRequest] = field(default_factory=list)
    resets: list[bool] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    databases: tuple[str, ...] = ("master", "sales")

    def last_parameters(self) -> list[Parameter]:
        """The statement's own parameters in the last call that runs one."""
        call = next(call for call in reversed(self.calls) if call.name in STATEMENT_PARAMETERS_AT)
        return call.parameters[STATEMENT_PARAMETERS_AT[call.name] :]


def result(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Callable[[Sink], None]:
    """The answer of a SELECT."""

    def answer(sink: Sink) -> None:
        sink.columns(columns)
        sink.rows(iter(rows))
        sink.done(len(rows), SELECT)

    return answer


def one(type: SqlType, value: Any) -> Callable[[Sink], None]:
    """The answer of a SELECT of one value."""
    return result([Column("value", type)], [(value,)])


class ScriptedSession:
    """An EngineSession that follows a Script."""

    _spids = iter(range(51, 32000))

    def __init__(self, script: Script, login: Login) -> None:
        script.logins.append(login)
        if login.database and login.database not in script.databases:
            raise error(4060, login.database)
        self.spid = next(self._spids)
        self.database = login.database or "master"
        self.login_name = login.user
        self.cancelled = threading.Event()
        self._script = script
        self._handles: dict[int, str] = {}

    def batch(self, sql: str, sink: Sink) -> None:
        self._statement(sql, sink)

    def rpc(self, call: RpcCall, sink: Sink) -> None:
        self._script.calls.append(call)
        values = [parameter.value for parameter in call.parameters]
        if call.name == "sp_executesql":
            self._statement(values[0], sink)
        elif call.name in ("sp_prepexec", "sp_prepare"):
            handle = len(self._handles) + 1
            self._handles[handle] = values[2]
            if call.name == "sp_prepexec":
                self._statement(values[2], sink)
            sink.return_status(0)
            sink.return_value("", SqlType("int"), handle)
            return
        elif call.name == "sp_execute":
            self._statement(self._handles[values[0]], sink)
        elif call.name == "[sys].sp_datatype_info_100":
            _datatype_info(values[0])(sink)
        elif call.name != "sp_unprepare":
            sink.error(SqlServerError(2812, f"Could not find stored procedure '{call.name}'."))
            return
        sink.return_status(0)

    def transaction(self, request: TransactionRequest, sink: Sink) -> None:
        self._script.transactions.append(request)
        descriptor = (1).to_bytes(8, "little")
        if request.kind.name == "BEGIN":
            sink.environment(8, descriptor, b"")
        else:
            sink.environment(9 if request.kind.name == "COMMIT" else 10, b"", descriptor)
            if request.begin_after:
                sink.environment(8, descriptor, b"")
        sink.done(None)

    def reset(self, keep_transaction: bool = False) -> None:
        self._script.resets.append(keep_transaction)

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.cancelled.set()

    def _statement(self, sql: str, sink: Sink) -> None:
        if sql == "WAIT":
            self.cancelled.clear()
            self.cancelled.wait(30)
            sink.error(SqlServerError(3204, "The query was canceled"))
        elif sql == "ENDLESS":
            sink.columns([Column("n", SqlType("int"))])
            sink.rows(_endless())
            sink.done(0, SELECT)
        elif sql in self._script.answers:
            self._script.answers[sql](sink)
        elif sql.startswith(("SET ", "IF @@TRANCOUNT")):
            sink.done(None)
        else:
            sink.error(error(102, sql.split()[0] if sql.split() else ""))


def _endless() -> Iterator[tuple[int]]:
    number = 0
    while True:
        number += 1
        yield (number,)


def _datatype_info(odbc_type: int) -> Callable[[Sink], None]:
    columns = [
        Column("TYPE_NAME", SqlType("sysname")),
        Column("DATA_TYPE", SqlType("smallint")),
        Column("PRECISION", SqlType("int")),
    ]
    return result(columns, [row for row in ODBC_TYPES if row[1] == odbc_type])
