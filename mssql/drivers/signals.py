"""Signals that would interrupt the driver, delayed until its call has ended.

A Python handler never runs inside a driver's call, but its signal interrupts the system call there
(EINTR, which poll() returns even with SA_RESTART), and Microsoft's driver then drops the
connection. So these signals wait: https://man7.org/linux/man-pages/man7/signal.7.html
Ctrl-C does interrupt, and becomes a KeyboardInterrupt after the call, because pyodbc loses one that
is raised inside it. Signals without a Python handler keep their usual effect.
"""

from __future__ import annotations

import threading
from signal import SIGINT, default_int_handler
from typing import Any

try:
    # The functions of `signal` without its conversion to enums, which takes most of their time.
    import _signal as system  # type: ignore[import-not-found]
except ImportError:  # not CPython
    import signal as system

_CAN_WAIT = hasattr(system, "pthread_sigmask")  # not on Windows
# Signals of a fault in the program cannot wait; SIGKILL and SIGSTOP have no handlers.
_NEVER = ("SIGKILL", "SIGSTOP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP")


def _signals() -> tuple[int, ...]:
    if not _CAN_WAIT:
        return ()
    never = {SIGINT, *(getattr(system, name, None) for name in _NEVER)}
    return tuple(sorted(int(number) for number in system.valid_signals() if number not in never))


_SIGNALS = _signals()


class _KeyPress:
    """The handler of SIGINT during a call of the driver; it replaces Python's."""

    def __init__(self) -> None:
        self.is_active = False
        self.came = False

    def __call__(self, number: int, frame: Any) -> None:
        if not self.is_active:  # the application has stored it
            default_int_handler(number, frame)
        self.came = True


class Signals:
    """The delayed signals of the calls of one connection. Not reentrant."""

    def __init__(self) -> None:
        self._handlers: tuple[Any, ...] = ()
        self._handled: set[int] = set()  # signals with a Python handler
        self._with_keys: set[int] = set()  # the same and SIGINT
        self._mask: Any = None  # before the call, if a signal is delayed
        self._key_press = _KeyPress()
        self._keys_wait = False
        # A system call of the driver may have been interrupted, and not every one is repeated.
        self.has_interrupted = False

    def hold(self, keys: bool = False) -> None:
        """Delay the signals that have a handler in this thread; with `keys` Ctrl-C, too."""
        on_key_press = system.getsignal(SIGINT)
        if on_key_press is default_int_handler:
            if threading.current_thread() is threading.main_thread():
                self._watch_keys()
            on_key_press = None
        handlers = (on_key_press, *map(system.getsignal, _SIGNALS))
        if handlers != self._handlers:
            self._handlers = handlers
            pairs = zip((int(SIGINT), *_SIGNALS), handlers)
            self._handled = {number for number, handler in pairs if callable(handler)}
            self._with_keys = {int(SIGINT), *self._handled}
        self._keys_wait = keys
        signals = self._with_keys if keys and self._key_press.is_active else self._handled
        if signals and _CAN_WAIT:
            try:
                self._mask = system.pthread_sigmask(system.SIG_BLOCK, signals)
            except BaseException:  # of a handler, just before
                system.pthread_sigmask(system.SIG_UNBLOCK, signals)
                self._unwatch_keys()
                raise

    def release(self, error: BaseException | None) -> None:
        """Deliver the delayed signals.

        Raises the exception of a handler, or KeyboardInterrupt from `error`, that of the call.
        """
        mask, self._mask = self._mask, None
        try:
            if mask is not None:
                system.pthread_sigmask(system.SIG_SETMASK, mask)
        finally:
            if self._unwatch_keys():
                self.has_interrupted = self.has_interrupted or not self._keys_wait
                raise KeyboardInterrupt from error

    def _watch_keys(self) -> None:
        press = self._key_press
        press.came, press.is_active = False, True
        try:
            system.signal(SIGINT, press)
        except ValueError:  # not the main interpreter
            press.is_active = False

    def _unwatch_keys(self) -> bool:
        press = self._key_press
        if not press.is_active:
            return False
        if system.getsignal(SIGINT) is press:
            system.signal(SIGINT, default_int_handler)
        press.is_active = False
        return press.came
