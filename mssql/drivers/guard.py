"""The protection of a driver's calls: signals are delayed, and a silent server ends a call."""

from __future__ import annotations

import contextlib
import sys
from typing import Iterator

from mssql.drivers.signals import Signals
from mssql.drivers.silence import Watch


class Guard:
    """A context manager around the calls of one connection; only the outermost use has effect.

    A call may wait `seconds` for a server that sends nothing; 0 sets no limit.
    """

    def __init__(self, seconds: float = 0) -> None:
        self.watch = Watch(seconds) if seconds else None
        self._signals = Signals()
        self._depth = 0

    @property
    def is_silent(self) -> bool:
        """Whether the present call was ended because the server was silent."""
        return self.watch is not None and self.watch.has_cut

    @property
    def has_interrupted(self) -> bool:
        """Whether Ctrl-C has interrupted a call, which leaves the connection in any state."""
        return self._signals.has_interrupted

    @property
    def is_over(self) -> bool:
        """Whether the present call has exceeded its time limit."""
        return self.watch is not None and self.watch.is_over

    @contextlib.contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """Guard a short call that must be completed: Ctrl-C is delayed, too."""
        self._begin(keys=True)
        try:
            yield
        finally:
            self._end(sys.exc_info()[1])

    def __enter__(self) -> None:
        self._begin()

    def _begin(self, keys: bool = False) -> None:
        if self._depth == 0:
            if self.watch is not None:
                self.watch.begin()
            self._signals.hold(keys)
        self._depth += 1

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._end(error)

    def _end(self, error: BaseException | None) -> None:
        self._depth -= 1
        if self._depth == 0:
            if self.watch is not None:
                self.watch.end()
            self._signals.release(error)
