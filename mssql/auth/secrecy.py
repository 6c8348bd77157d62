"""What keeps secrets out of places that outlive them: pickles, debug pages, logs."""

from __future__ import annotations

from typing import Any, NoReturn


class Secretive:
    """Objects that hold a secret: they refuse to be pickled."""

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds secrets and is not to be pickled or copied.")


class HiddenText(str):
    """A str whose repr does not show it. Django's debug page shows settings by their repr."""

    def __repr__(self) -> str:
        return "'********************'"
