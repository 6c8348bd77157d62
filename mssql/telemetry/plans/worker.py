"""The background thread that captures plans, with a bounded queue that drops jobs.

The thread starts with the first job and ends with its connections after a time without jobs. It is
a daemon, so the process never waits for a server because of it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections import deque
from typing import Any, Callable, Hashable, Protocol

from opentelemetry import context

from mssql.telemetry import guard
from mssql.telemetry.sdk.instrumentations import suppressed

# A job is small: the text that it refers to is kept by the cache of statements, too.
CAPACITY = 1000
IDLE_SECONDS = 2.0
EXIT_SECONDS = 1.0


class Job(Protocol):
    """A task for the background thread."""

    def run(self, connections: Connections) -> None:
        """Do the task."""

    def drop(self) -> None:
        """Note that the task will not be done."""


class Connections:
    """The worker's connections, one per database."""

    def __init__(self) -> None:
        self._open: dict[Hashable, Any] = {}

    def get(self, key: Hashable, connect: Callable[[], Any]) -> Any:
        if key not in self._open:
            self._open[key] = connect()
        return self._open[key]

    def close(self, key: Hashable) -> None:
        connection = self._open.pop(key, None)
        if connection is not None:
            # Even this may fail on a broken connection.
            with contextlib.suppress(Exception):
                connection.close()

    def close_all(self) -> None:
        for key in list(self._open):
            self.close(key)


class Worker:
    """A thread that runs jobs one after the other."""

    def __init__(self, capacity: int = CAPACITY, idle_seconds: float = IDLE_SECONDS) -> None:
        self._capacity = capacity
        self._idle_seconds = idle_seconds
        self._ends_with_process = False
        self._orphaned: list[Connections] = []
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def _reset(self) -> None:
        self._condition = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self._closing = 0
        self._flushing = 0
        self._connections = Connections()

    def _after_fork(self) -> None:
        # The jobs and the connections are the parent's: closing one would end the parent's
        # session, so they are kept and never used.
        self._orphaned.append(self._connections)
        self._reset()

    def submit(self, job: Job) -> bool:
        """Queue a job; return False if too many are waiting, so that it will not run."""
        with self._condition:
            if len(self._jobs) >= self._capacity:
                return False
            if self._thread is None and not self._start():
                return False
            self._jobs.append(job)
            self._condition.notify_all()
        return True

    def _start(self) -> bool:
        if not self._ends_with_process:
            # Registered this late so that it runs before the SDK's own shutdown does.
            self._ends_with_process = True
            atexit.register(self._at_exit)
        thread = threading.Thread(target=self._work, name="mssql-plans", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is shutting down
            return False
        self._thread = thread
        return True

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all jobs are done and the worker's connections closed.

        Return whether they are after at most `timeout` seconds.
        """
        with self._condition:
            self._flushing += 1
            self._condition.notify_all()
            try:
                return self._condition.wait_for(
                    lambda: self._thread is None and not self._closing, timeout
                )
            finally:
                self._flushing -= 1

    def _at_exit(self) -> None:
        self.flush(EXIT_SECONDS)
        with self._condition:
            jobs = list(self._jobs)
            self._jobs.clear()
        for job in jobs:
            guard.call(job.drop)

    def _work(self) -> None:
        # Requests for connections and their tokens are not the application's.
        context.attach(suppressed())
        connections = self._connections
        job = self._next()
        while job is not None:
            try:
                job.run(connections)
            except Exception as error:  # noqa: BLE001 (the thread goes on with the next)
                guard.report(job, error)
                guard.call(job.drop)
            job = self._next()
        connections.close_all()
        with self._condition:
            self._closing -= 1
            self._condition.notify_all()

    def _next(self) -> Job | None:
        """Return the next job; None if this thread must close its connections and end."""
        with self._condition:
            self._condition.wait_for(lambda: self._jobs or self._flushing, self._idle_seconds)
            if self._jobs:
                return self._jobs.popleft()
            # A server may take long to close them, and submit() must not wait for that: a new job
            # gets a new thread with other connections.
            self._thread, self._connections = None, Connections()
            self._closing += 1
            return None


process_worker = Worker()
