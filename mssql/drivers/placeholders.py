"""From Django's parameter styles to ODBC's: `%s` and `%(name)s` become `?`."""

from __future__ import annotations

from typing import Any, Mapping, Sequence


class _Names(dict):  # type: ignore[type-arg]
    """Answers every `%(name)s` with `?` and writes down in which order they came."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def __missing__(self, name: str) -> str:
        self.order.append(name)
        return "?"


def to_qmark(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The statement with `?`, `%%` being a percent sign, and the values in their order.

    Raises TypeError or KeyError where values are missing or left over, as Django's drivers do.
    """
    if isinstance(parameters, Mapping):
        names = _Names()
        return sql % names, [parameters[name] for name in names.order]
    return sql % (("?",) * len(parameters)), list(parameters)
