"""What keeps secrets out of places that outlive them: pickles, debug pages, error reports, logs.

Reporters such as sentry-sdk walk mappings and sequences among a frame's local variables and take
the repr of anything else.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Iterator, Mapping, NoReturn, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Secretive:
    """Objects that hold a secret: they refuse to be pickled."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds secrets and is not to be pickled or copied.")


class HiddenValues(Secretive):
    """Values by name, each had by its name only.

    It is no Mapping, and its repr, iteration and members show the names alone. Later `layers`
    override earlier ones.
    """

    __slots__ = ("_values",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *layers: Mapping[str, Any] | HiddenValues) -> None:
        self._values: dict[str, Any] = {}
        for layer in layers:
            for name in layer:
                self._values[self._spelt(name)] = layer[name]

    def _spelt(self, name: str) -> str:
        """Return the name by which the value is stored."""
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._spelt(name) in self._values

    def __getitem__(self, name: str) -> Any:
        return self._values[self._spelt(name)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HiddenValues) and self._values == other._values

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, self))})"

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of `name`, or `default` if there is none."""
        return self._values.get(self._spelt(name), default)


def traceless(function: F) -> F:
    """Decorator: an exception leaves the function without the frames it was raised in.

    Their local variables hold secrets, and a debug page or an error report would show them.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            del args, kwargs
            raise error.with_traceback(None) from None

    return cast(F, call)
