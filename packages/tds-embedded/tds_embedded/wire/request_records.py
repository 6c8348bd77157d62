"""The recorded properties of a request: its statement and its parameters without their values."""

from __future__ import annotations

from tds_embedded.recorder import RecordedParameter
from tds_embedded.types import MAX, SqlType
from tds_embedded.wire.requests import Parameter, RpcCall

# the procedures that carry a statement, and at which place
_STATEMENT_AT = {
    "sp_executesql": 0,
    "sp_prepare": 2,
    "sp_prepexec": 2,
    "sp_describe_undeclared_parameters": 0,
    "sp_describe_first_result_set": 0,
}
_GIVES_HANDLE = ("sp_prepare", "sp_prepexec")
_TAKES_HANDLE = ("sp_execute", "sp_unprepare")


class Handles:
    """The statements of a connection's prepared handles."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def statement(self, call: RpcCall) -> str:
        """Return the statement that a call runs or prepares, or "" if it has none."""
        name = call.name.lower()
        if name in _TAKES_HANDLE:
            handle = call.parameters[0].value if call.parameters else None
            return self._texts.get(handle, "") if isinstance(handle, int) else ""
        at = _STATEMENT_AT.get(name)
        if at is None or at >= len(call.parameters):
            return ""
        text = call.parameters[at].value
        return text if isinstance(text, str) else ""

    def note(self, call: RpcCall, text: str, handle: int | None) -> None:
        """After the call: keep the new handle's statement, forget an unprepared one."""
        name = call.name.lower()
        if name in _GIVES_HANDLE and handle is not None:
            self._texts[handle] = text
        elif name == "sp_unprepare" and call.parameters:
            self._texts.pop(call.parameters[0].value, None)

    def clear(self) -> None:
        """Remove all handles, after a reset of the connection."""
        self._texts.clear()


def parameters(call: RpcCall) -> tuple[RecordedParameter, ...]:
    """Return a call's parameters without their values."""
    return tuple(
        RecordedParameter(parameter.name, type_text(parameter.type), _size(parameter))
        for parameter in call.parameters
    )


def type_text(sql_type: SqlType) -> str:
    """Return a type as T-SQL writes it."""
    if sql_type.length is not None:
        return f"{sql_type.name}({'max' if sql_type.length == MAX else sql_type.length})"
    if sql_type.precision is not None:
        return f"{sql_type.name}({sql_type.precision},{sql_type.scale or 0})"
    if sql_type.scale is not None:
        return f"{sql_type.name}({sql_type.scale})"
    return sql_type.name


def _size(parameter: Parameter) -> int | None:
    return len(parameter.value) if isinstance(parameter.value, (str, bytes)) else None
