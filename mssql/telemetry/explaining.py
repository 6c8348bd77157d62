"""The spans of explained statements, which are sent on connections that nobody observes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence

from mssql.telemetry.cursor import TracedCursor

if TYPE_CHECKING:
    from mssql.telemetry.connection import Telemetry
    from mssql.telemetry.statements import Statement


class _Explanation:
    """A DB-API cursor whose execute() asks for the statement's plan."""

    description = None

    def __init__(self, explain: Callable[[], str]) -> None:
        self._explain = explain
        self.plan = ""

    def execute(self, sql: str, parameters: Sequence[Any]) -> None:
        self.plan = self._explain()


class _ExplainingCursor(TracedCursor):
    __slots__ = ()

    def _statement(self, sql: str, parameterized: bool) -> Statement:
        return super()._statement(sql, parameterized).explaining()


def explain(
    telemetry: Telemetry, sql: str, parameters: Sequence[Any], ask: Callable[[], str]
) -> str:
    """Return the plan that `ask` returns, inside a span of the statement's own."""
    instruments = telemetry.find_instruments()
    if instruments is None:
        return ask()
    telemetry.instruments = instruments
    explanation = _Explanation(ask)
    _ExplainingCursor(explanation, telemetry).execute(sql, parameters)
    return explanation.plan
