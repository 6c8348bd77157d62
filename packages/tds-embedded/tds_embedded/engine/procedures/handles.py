"""The handles of prepared statements."""

from __future__ import annotations

from tds_embedded.errors import error


class Handles:
    """The prepared statements of a session: handle -> (declarations, text).

    Without declarations the text is the name of a procedure, prepared by sp_prepexecrpc.
    """

    def __init__(self) -> None:
        self._statements: dict[int, tuple[str | None, str]] = {}
        self._last = 0

    def add(self, declarations: str | None, text: str) -> int:
        self._last += 1
        self._statements[self._last] = (declarations, text)
        return self._last

    def get(self, handle: int) -> tuple[str | None, str]:
        """Return the statement of a handle. Raises 8179 for an invalid one."""
        if handle not in self._statements:
            raise error(8179, handle)
        return self._statements[handle]

    def remove(self, handle: int) -> None:
        self.get(handle)
        del self._statements[handle]
