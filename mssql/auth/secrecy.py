"""Protection of secrets against pickles, debug pages, error reports and logs.

Reporters such as sentry-sdk walk mappings and sequences among a frame's local variables and take
the repr of anything else.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Iterator, Mapping, NoReturn, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Secretive:
    """The base class of objects that contain a secret: they cannot be pickled."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} contains secrets and cannot be pickled or copied.")


class HiddenValues(Secretive):
    """Values that are returned by name only. Later `layers` override earlier ones.

    The class is not a Mapping, and its repr, iteration and members show the names alone.
    """

    __slots__ = ("_values",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *layers: Mapping[str, Any] | HiddenValues) -> None:
        self._values: dict[str, Any] = {}
        for layer in layers:
            for name in layer:
                self._values[name] = layer[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HiddenValues) and self._values == other._values

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, self))})"

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of `name`, or `default` if there is none."""
        return self._values.get(name, default)


def traceless(function: F) -> F:
    """Return the function with exceptions that lack the frames they were raised in.

    Local variables of these frames are secrets, which a debug page or an error report would show.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            del args, kwargs
            raise error.with_traceback(None) from None

    return cast(F, call)
