"""Detection of silent servers: a driver's call that waits too long for one is ended.

Microsoft's driver has no time limit for the TLS handshake under Encrypt=strict, and waits two
minutes or more for the rest of a result. It has a setting for neither, and its sockets are private.
So the socket that the call's thread waits for is read from the system and shut down; the driver
then reports a broken connection.
https://man7.org/linux/man-pages/man5/proc_pid_syscall.5.html, Linux only.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import struct
import threading
import time
import weakref

# By machine, system calls that wait for a descriptor: their number, and whether the first argument
# points to pollfd structures (poll, ppoll) in place of being the descriptor.
_BY_MACHINE = {
    "x86_64": {7: True, 271: True, **dict.fromkeys((0, 1, 20, 44, 45, 46, 47), False)},
    "aarch64": {73: True, **dict.fromkeys((63, 64, 66, 206, 207, 211, 212), False)},
}
_CALLS = _BY_MACHINE.get(platform.machine(), {}) if os.path.isdir("/proc/self/task") else {}
IS_SUPPORTED = bool(_CALLS)
_POLLFD = struct.Struct("=ihh")
_LAST_DATA_RECEIVED = 52  # of struct tcp_info: milliseconds ago
_SECONDS_BETWEEN_LOOKS = 1.0  # at a call that has exceeded its time without waiting


class _Here(threading.local):
    """The system's number of the current thread."""

    def __init__(self) -> None:
        self.thread = threading.get_native_id()


_here = _Here()


class Watch:
    """The calls of one connection in succession, each of which may wait for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.has_cut = False  # during the present or the last call
        self._began: float | None = None
        self._thread = 0
        _watcher.add(self)

    def begin(self) -> None:
        """Note that a call begins in this thread."""
        self.has_cut = False
        self._thread = _here.thread
        self._began = time.monotonic()
        if not _watcher.is_running:
            _watcher.start()

    def end(self) -> None:
        """Note that the call has ended."""
        self._began = None

    @property
    def is_over(self) -> bool:
        """Whether the present call has exceeded its time limit."""
        return self._began is not None and time.monotonic() - self._began >= self.seconds

    def look(self, now: float) -> float:
        """End a call that waits for a silent server; return the time of the next look."""
        began = self._began
        if began is None:
            return now + self.seconds
        if now < began + self.seconds:
            return began + self.seconds
        waiting = _socket_of(self._thread)
        if waiting is None:
            return now + _SECONDS_BETWEEN_LOOKS
        with contextlib.closing(waiting):
            silence = _silence(waiting)
            if silence < self.seconds:  # a long result, for example, is arriving
                return now + self.seconds - silence
            if self._began == began:
                self.has_cut = True
                with contextlib.suppress(OSError):
                    waiting.shutdown(socket.SHUT_RDWR)
        return now + _SECONDS_BETWEEN_LOOKS


class _Watcher:
    """The one thread that looks at all calls. It sleeps until the first of them may be due."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._watches: weakref.WeakSet[Watch] = weakref.WeakSet()
        self.is_running = not IS_SUPPORTED

    def add(self, watch: Watch) -> None:
        """Look at the calls of `watch` while it exists."""
        with self._condition:
            self._watches.add(watch)
            self._condition.notify_all()  # its time may be shorter than the others'

    def start(self) -> None:
        """Start the thread, which ends with the last watch."""
        with self._condition:
            if not self.is_running:
                thread = threading.Thread(target=self._run, name="mssql-limits", daemon=True)
                with contextlib.suppress(RuntimeError):  # the interpreter is ending
                    thread.start()
                    self.is_running = True

    def _run(self) -> None:
        while True:
            with self._condition:
                watches = list(self._watches)
                if not watches:
                    self.is_running = False
                    return
            now = time.monotonic()
            # A call that begins later has its whole time left, so nothing is missed.
            wake = min(watch.look(now) for watch in watches)
            watches.clear()
            with self._condition:
                self._condition.wait(max(wake - time.monotonic(), 0))

    def of_child(self) -> _Watcher:
        """Return a watcher for a forked process, which lacks its parent's thread."""
        watcher = _Watcher()
        watcher._watches = self._watches
        return watcher


def _after_fork() -> None:
    global _watcher, _here
    _watcher, _here = _watcher.of_child(), _Here()


def _system_call(thread: int) -> str:
    """Return a thread's system call with its arguments, or "running"."""
    with open(f"/proc/self/task/{thread}/syscall") as file:
        return file.read()


def _descriptor(call: str) -> int | None:
    number, *arguments = call.split()
    polls = _CALLS.get(int(number)) if number.isdigit() else None
    if polls is None:
        return None
    first = int(arguments[0], 16)
    if not polls:
        return first
    if int(arguments[1], 16) != 1:
        return None
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        descriptor: int = _POLLFD.unpack(os.pread(memory.fileno(), _POLLFD.size, first))[0]
    return descriptor


def _socket_of(thread: int) -> socket.socket | None:
    """Return another descriptor of the socket that a thread of this process waits for.

    Another file may get the descriptor's number at any time. So the copy is of the right socket
    only if the thread has been waiting in the same call all the time.
    """
    try:
        call = _system_call(thread)
        descriptor = _descriptor(call)
        if descriptor is None:
            return None
        copy = os.dup(descriptor)
    except (OSError, ValueError, IndexError, struct.error):
        return None
    try:
        duplicate = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return None
    with contextlib.suppress(OSError):
        is_tcp = duplicate.family in (socket.AF_INET, socket.AF_INET6)
        if is_tcp and duplicate.type == socket.SOCK_STREAM and _system_call(thread) == call:
            return duplicate
    duplicate.close()
    return None


def _silence(waiting: socket.socket) -> float:
    """Return for how many seconds nothing has been received; 0 if the system lacks the figure."""
    try:
        info = waiting.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_RECEIVED + 4)
        milliseconds: int = struct.unpack_from("=I", info, _LAST_DATA_RECEIVED)[0]
    except (OSError, AttributeError, struct.error):
        return 0
    return milliseconds / 1000


_watcher = _Watcher()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
