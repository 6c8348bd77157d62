"""The WINDOW clause: windows that refer to others (SQL Server 2022).

Follows https://learn.microsoft.com/sql/t-sql/queries/select-window-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tds_embedded.errors import error
from tds_embedded.tsql import ast


def named_windows(definitions: Iterable[ast.NamedWindow]) -> dict[str, ast.Window]:
    """Return the windows of a clause by their names in lower case, each with its base window.

    Raises 16211 for a repeated name, 5362 for a missing one, 5365 for a circle, 5367 for a repeated
    element, 5364 for a frame without an order.
    """
    windows: dict[str, ast.Window] = {}
    for definition in definitions:
        if definition.name.lower() in windows:
            raise error(16211, definition.name)
        windows[definition.name.lower()] = definition.window
    return {name: _resolved_window(name, windows, (name,)) for name in windows}


def _resolved_window(
    name: str, windows: Mapping[str, ast.Window], path: tuple[str, ...]
) -> ast.Window:
    window = windows[name]
    if window.name is None:
        return _framed(window)
    below = window.name.lower()
    if below not in windows or below == name:
        raise error(5362, window.name, state=7)
    if below in path:
        raise error(5365, window.name)
    return _extended_window(window, _resolved_window(below, windows, (*path, below)), 5367)


def over_window(window: ast.Window, named: Mapping[str, ast.Window]) -> ast.Window:
    """Return the window of an OVER with the elements of the named one.

    Raises 5362, 4123 or 5364.
    """
    if window.name is None:
        return window
    below = named.get(window.name.lower())
    if below is None:
        raise error(5362, window.name, state=4 if named else 3)
    return _extended_window(window, below, 4123)


def _extended_window(window: ast.Window, below: ast.Window, error_number: int) -> ast.Window:
    """Return a window on top of another. Raises `error_number` for an element of both."""
    if (
        (window.partition_by and below.partition_by)
        or (window.order_by and below.order_by)
        or (window.frame and below.frame)
    ):
        raise error(error_number, window.name, state=2)
    return _framed(
        ast.Window(
            None,
            window.partition_by or below.partition_by,
            window.order_by or below.order_by,
            window.frame or below.frame,
            position=window.position,
        )
    )


def _framed(window: ast.Window) -> ast.Window:
    if window.frame is not None and not window.order_by:
        raise error(5364)
    return window
