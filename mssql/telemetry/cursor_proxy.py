"""The base of cursors that wrap another one.

Follows "Proxies, Decorators and Monkey Patching" of wrapt,
https://wrapt.readthedocs.io/en/latest/wrappers.html: a proxy's own attributes begin with `_self_`.
"""

from __future__ import annotations

from typing import Any, Callable


class CursorProxy:
    """A DB-API cursor that reads and sets all attributes but its own on another cursor."""

    __slots__ = ("_self_cursor",)

    _self_cursor: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self._self_cursor, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_self_"):
            object.__setattr__(self, name, value)
        else:
            setattr(self._self_cursor, name, value)

    def _self_or(self, result: Any) -> Any:
        """Return a method's result; this proxy if the method has returned the wrapped cursor."""
        return self if result is self._self_cursor else result


def slot_setter(proxy: type[CursorProxy], name: str) -> Callable[[CursorProxy, Any], None]:
    """Return a function that sets a slot of a proxy in a fifth of the time of __setattr__."""
    setter: Callable[[CursorProxy, Any], None] = proxy.__dict__[name].__set__
    return setter


set_cursor = slot_setter(CursorProxy, "_self_cursor")
