"""The application's hooks for recorded spans, and the recording of parameters."""

from __future__ import annotations

import datetime
from typing import Any, Sequence

from opentelemetry.trace import Span

from mssql.telemetry import guard, semconv
from mssql.telemetry.plans.explain import declared_types
from mssql.telemetry.settings import Settings
from mssql.telemetry.statements import Statement

# Characters of a parameter's value, and parameters of a statement, that are recorded.
LONGEST_PARAMETER = 256
MOST_PARAMETERS = 64


class Hooks:
    """The hooks of one alias. If they fail, the application's statement does not."""

    def __init__(self, settings: Settings) -> None:
        self._parameters = settings.parameters
        self._parameter_hook = settings.parameter_hook
        self._request_hook = settings.request_hook
        self._response_hook = settings.response_hook

    def __bool__(self) -> bool:
        return bool(self._parameters or self._request_hook or self._response_hook)

    def before(self, span: Span, statement: Statement, parameters: Sequence[Any]) -> None:
        """Call the hook before a recorded statement is sent.

        Of a batch, `parameters` is the first set.
        """
        if self._parameters and parameters and not statement.is_batch:
            guard.call(self._record, span, parameters)
        if self._request_hook is not None:
            guard.call(self._request_hook, span, statement.sql, parameters)

    def after(self, span: Span, rows: int | None, error: BaseException | None) -> None:
        """Call the hook after a recorded statement has been read to its end, or has failed."""
        if self._response_hook is not None:
            guard.call(self._response_hook, span, rows, error)

    def _record(self, span: Span, parameters: Sequence[Any]) -> None:
        first = parameters[:MOST_PARAMETERS]
        span.set_attribute(semconv.PARAMETER_TYPES, declared_types(first))
        for index, value in enumerate(first):
            if self._parameter_hook is not None:
                value = self._parameter_hook(index, value)
                if value is None:
                    continue
            span.set_attribute(f"{semconv.DB_QUERY_PARAMETER}{index}", as_text(value))


def as_text(value: Any) -> str:
    """Return a parameter's value as text, cut to LONGEST_PARAMETER characters."""
    if value is None:
        return "NULL"
    if isinstance(value, (bytes, bytearray, memoryview)):
        head = bytes(value[: LONGEST_PARAMETER // 2])
        text = f"0x{head.hex()}{'...' if len(value) > len(head) else ''}"
    elif isinstance(value, (datetime.date, datetime.time)):
        text = value.isoformat()
    elif isinstance(value, str):
        text = value[: LONGEST_PARAMETER + 1]
    else:
        text = str(value)
    return text if len(text) <= LONGEST_PARAMETER else f"{text[: LONGEST_PARAMETER - 3]}..."
