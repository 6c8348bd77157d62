from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from opentelemetry import context

from mssql.telemetry.plans.worker import Connections, Worker
from tests.unit.telemetry.plans.side import SideConnection


class Job:
    def __init__(self, gate: threading.Event | None = None, error: bool = False) -> None:
        self.gate, self.error = gate, error
        self.started = threading.Event()
        self.outcome = ""
        self.is_suppressed = False
        self.side = SideConnection()

    def run(self, connections: Connections) -> None:
        self.started.set()
        connections.get("shop", lambda: self.side)
        self.is_suppressed = bool(context.get_value("suppress_instrumentation"))
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.error:
            raise ValueError("no")
        self.outcome = "done"

    def drop(self) -> None:
        self.outcome = "dropped"


def test_jobs_run_in_a_thread_of_their_own() -> None:
    worker, jobs = Worker(), [Job(), Job()]
    assert all(worker.submit(job) for job in jobs)
    assert worker.flush()
    assert [job.outcome for job in jobs] == ["done", "done"]
    assert jobs[0].is_suppressed
    assert not context.get_value("suppress_instrumentation")


def test_one_connection_serves_them_and_is_closed_by_flush() -> None:
    worker, jobs = Worker(idle_seconds=60), [Job(), Job()]
    for job in jobs:
        worker.submit(job)
    assert worker.flush()
    assert jobs[0].side.is_closed
    assert not jobs[1].side.is_closed  # never opened


def test_too_many_are_dropped_without_waiting() -> None:
    worker, gate = Worker(capacity=2), threading.Event()
    first = Job(gate)
    assert worker.submit(first)
    assert first.started.wait(10)
    started = time.monotonic()
    assert [worker.submit(Job()) for _ in range(4)] == [True, True, False, False]
    assert time.monotonic() - started < 1
    gate.set()
    assert worker.flush()


def test_a_job_that_fails_is_dropped_and_the_next_one_runs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker, jobs = Worker(), [Job(error=True), Job()]
    for job in jobs:
        worker.submit(job)
    assert worker.flush()
    assert [job.outcome for job in jobs] == ["dropped", "done"]
    assert "without Job, which failed: ValueError" in caplog.text


def test_flush_gives_up_after_its_timeout() -> None:
    worker, gate = Worker(), threading.Event()
    worker.submit(Job(gate))
    assert not worker.flush(timeout=0.05)
    gate.set()
    assert worker.flush()


def test_the_thread_ends_when_idle_and_starts_again() -> None:
    worker, job = Worker(idle_seconds=0.01), Job()
    worker.submit(job)
    deadline = time.monotonic() + 10
    while not job.side.is_closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert job.side.is_closed
    again = Job()
    worker.submit(again)
    assert worker.flush()
    assert again.outcome == "done"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_afresh() -> None:
    worker, gate = Worker(), threading.Event()
    parents = Job(gate)
    worker.submit(parents)
    assert parents.started.wait(10)
    child = os.fork()
    if child == 0:
        job = Job()
        done = worker.submit(job) and worker.flush(5) and job.outcome == "done"
        os._exit(0 if done and not parents.side.is_closed else 1)
    _, status = os.waitpid(child, 0)
    gate.set()
    assert worker.flush()
    assert os.waitstatus_to_exitcode(status) == 0
    assert parents.outcome == "done"


AT_EXIT = """
import threading
from mssql.telemetry.plans import worker

class Job:
    def run(self, connections):
        threading.Event().wait()
    def drop(self):
        print("dropped")

worker.EXIT_SECONDS = 0.1
worker.process_worker.submit(Job())
worker.process_worker.submit(Job())
"""


def test_the_process_does_not_wait_for_the_thread() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", AT_EXIT], capture_output=True, text=True, timeout=30, check=True
    )
    assert ran.stdout == "dropped\n"
    assert ran.stderr == ""
