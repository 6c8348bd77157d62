"""A side connection that answers as SQL Server does under SET SHOWPLAN_XML and STATISTICS XML, and
to questions about the plan cache and Query Store."""

from __future__ import annotations

import threading
from typing import Any

from tests.unit.telemetry.plans.documents import ACTUAL, ESTIMATED

PLAN_COLUMN = (("Microsoft SQL Server 2005 XML Showplan",),)
DENIED = (
    "[42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]SHOWPLAN permission denied in "
    "database 'shop'. (262) (SQLExecDirectW)"
)
_SAYS = "[42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
STATE_DENIED = (
    f"{_SAYS}VIEW SERVER STATE permission was denied on object 'server', database 'master'. (300) "
    f"(SQLExecDirectW); {_SAYS}The user does not have permission to perform this action. (297)"
)
FIND, LAST_ACTUAL = "sys.dm_exec_query_stats", "sys.dm_exec_query_plan_stats"
CACHE, QUERY_STORE = "sys.dm_exec_text_query_plan", "sys.query_store_plan"
# A statement's place in the plan cache: its handle, offsets and hash.
PLACE = (b"\x06", 0, -1, bytes.fromhex("1BB66B3F2D6C7C5E"))


class SideConnection:
    """A connection with the plan `xml`.

    Under SHOWPLAN a statement waits for `gate`, and raises `error`. `kept` maps views and functions
    to their row, or to their error; other views are empty.
    """

    def __init__(self, xml: str = "", error: str = "", gate: threading.Event | None = None) -> None:
        self.xml, self.error, self.gate = xml, error, gate
        self.kept: dict[str, tuple[Any, ...] | str] = {}
        self.ran: list[Any] = []
        self.modes: set[str] = set()
        self.is_closed = False

    def cursor(self) -> SideCursor:
        return SideCursor(self)

    def close(self) -> None:
        self.is_closed = True


class SideCursor:
    def __init__(self, connection: SideConnection) -> None:
        self._connection = connection
        self._results: list[tuple[Any, list[Any]]] = []

    def execute(self, sql: str, *parameters: Any) -> None:
        connection = self._connection
        connection.ran.append((sql, *parameters) if parameters else sql)
        self._results = [(None, [])]
        words = sql.split()
        if words[0] == "SET":
            change = connection.modes.add if words[-1] == "ON" else connection.modes.discard
            change(words[1])
            return
        for name in (FIND, LAST_ACTUAL, CACHE, QUERY_STORE):
            if name in sql:
                self._answer(connection.kept.get(name))
                return
        if connection.gate is not None:
            assert connection.gate.wait(10)
        if connection.error:
            raise RuntimeError(connection.error)
        if "SHOWPLAN_XML" in connection.modes:
            self._results = [(PLAN_COLUMN, [(connection.xml or ESTIMATED,)])]
        elif "STATISTICS" in connection.modes:
            plan = (PLAN_COLUMN, [(connection.xml or ACTUAL,)])
            self._results = [((("id",),), [(n,) for n in range(1500)]), plan]

    def _answer(self, row: tuple[Any, ...] | str | None) -> None:
        if isinstance(row, str):
            raise RuntimeError(row)
        self._results = [((("x",),), [row] if row else [])]

    def fetchone(self) -> Any:
        return next(iter(self.fetchmany(1)), None)

    @property
    def description(self) -> Any:
        return self._results[0][0]

    def fetchmany(self, size: int) -> list[Any]:
        rows = self._results[0][1]
        taken, rows[:] = rows[:size], rows[size:]
        return taken

    def fetchall(self) -> list[Any]:
        return self.fetchmany(1_000_000)

    def nextset(self) -> bool:
        del self._results[0]
        return bool(self._results)

    def close(self) -> None:
        pass
