"""Conversion of Django's parameter styles to ODBC's: `%s` and `%(name)s` become `?`."""

from __future__ import annotations

from typing import Any, Mapping, Sequence


class _Names(dict):  # type: ignore[type-arg]
    """A mapping that returns `?` for every `%(name)s` and records the order of the names."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def __missing__(self, name: str) -> str:
        self.order.append(name)
        return "?"


def to_qmark(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the statement with `?` (`%%` is a percent sign), and the values in order.

    Raises TypeError or KeyError if values are missing or left over, as Django's drivers do.
    """
    if isinstance(parameters, Mapping):
        names = _Names()
        return sql % names, [parameters[name] for name in names.order]
    return sql % (("?",) * len(parameters)), list(parameters)
