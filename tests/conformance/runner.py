"""Runs modules side by side: one process per module, one server per process.

With MSSQL_TEST_HOST set the modules run one after the other on that server, and no statements are
judged.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tds_embedded.server import Endpoint, join_or_start
from tests.conformance import peer, results, sqlite
from tests.conformance.django_source import ROOT, Unavailable
from tests.conformance.results import ModuleResult, Outcome, Setting
from tests.conformance.statements import Judge

KEPT_OUTPUT = 4000  # characters, of the end


@dataclass
class Run:
    """The modules to run, and their database. `limit` is a module's, in seconds."""

    python: Path
    folder: Path  # Django's tests/
    setting: Setting
    limit: float
    leave_out: Path | None = None  # the names of tests, a line each


class Slot:
    """One embedded server, and the module that runs on it at the moment."""

    def __init__(self, run: Run, judge: Judge) -> None:
        self.run = run
        self.judge = judge
        self._server: subprocess.Popen[str] | None = None
        self._module: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(
            prefix="mssql-conformance-", ignore_cleanup_errors=True
        )
        self._path = Path(self._folder.name)
        self._record = self._path / "record.jsonl"
        self._judged_to = 0
        self._stopped = False

    def test(self, module: str) -> ModuleResult | None:
        """Run a module; None if the run was stopped meanwhile."""
        environment = self._environment()
        lines = self._path / f"{module}.jsonl"
        lines.unlink(missing_ok=True)
        environment["CONFORMANCE_RESULTS"] = str(lines)
        state, started = results.state(), time.monotonic()
        output, in_time = self._run_module(module, environment)
        if self._stopped:
            return None
        outcomes, ended = results.read_lines(lines)
        if not in_time:
            self.close_server()  # it may still run the statement that hung
        self._look_elsewhere(outcomes)
        result = ModuleResult(
            module=module,
            state=state,
            date=f"{datetime.now(timezone.utc):%Y-%m-%d}",
            seconds=round(time.monotonic() - started, 1),
            ended=ended or ("crashed" if in_time else "time limit"),
            outcomes=outcomes,
            output="" if ended else output[-KEPT_OUTPUT:],
        )
        if self._record.exists():
            judged = self.judge.judge(self._record, self._judged_to)
            self._judged_to, result.judged = judged.end, judged.distinct
            result.refused, result.unknown = judged.refused, judged.unknown
        return result

    def _run_module(self, module: str, environment: dict[str, str]) -> tuple[str, bool]:
        """The output of the module's process, and whether it ended in time."""
        command = [str(self.run.python), "runtests.py", "--settings=tests.conformance.settings"]
        self._module = subprocess.Popen(
            [*_unprivileged(), *command, "--noinput", "--parallel=1", module],
            cwd=self.run.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # so that it can be ended with its child processes
        )
        try:
            output, _ = self._module.communicate(timeout=self.run.limit)
        except subprocess.TimeoutExpired:
            self._end_module()
            return self._module.communicate()[0], False
        return output, True

    def _look_elsewhere(self, outcomes: dict[str, Outcome]) -> None:
        """Mark the tests that USE_TZ = True breaks on any database."""
        bad = [test for test, found in outcomes.items() if found.outcome in results.BAD]
        if self.run.setting.use_tz and bad:
            for test in sqlite.failing(self.run.python, self.run.folder, bad, use_tz=True):
                outcomes[test].outcome = results.FAILS_ON_SQLITE

    def _end_module(self) -> None:
        if self._module is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._module.pid, signal.SIGKILL)

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
        environment["CONFORMANCE_USE_TZ"] = str(self.run.setting.use_tz).lower()
        if self.run.leave_out:
            environment["CONFORMANCE_LEAVE_OUT"] = str(self.run.leave_out.resolve())
        if self.run.setting.peer:
            environment.update(peer.environment(self._path))
        if "MSSQL_TEST_HOST" in os.environ:
            return environment
        endpoint = self._endpoint()
        return {
            **environment,
            "MSSQL_TEST_HOST": endpoint.host,
            "MSSQL_TEST_PORT": str(endpoint.port),
            "MSSQL_TEST_USER": endpoint.user,
            "MSSQL_TEST_PASSWORD": endpoint.password,
            "MSSQL_TEST_EXTRA_PARAMS": f"Encrypt=strict;ServerCertificate={endpoint.certificate}",
        }

    def _endpoint(self) -> Endpoint:
        if self._server is None:
            data = self._path / "data"
            options = ["--product", self.run.setting.product, "--record", str(self._record)]
            with (self._path / "server.log").open("a") as log:
                self._server = subprocess.Popen(
                    [sys.executable, "-m", "tds_embedded", "--data", str(data), *options],
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
            assert self._server.stdout is not None
            if not self._server.stdout.readline():
                said = (self._path / "server.log").read_text()
                raise Unavailable(f"The embedded server did not start: {said[-KEPT_OUTPUT:]}")
        return join_or_start(self._path / "data")

    def close_server(self) -> None:
        """End the server; the next module starts it again."""
        server, self._server = self._server, None
        if server is not None:
            server.terminate()
            server.communicate()

    def stop(self) -> None:
        """End the module that runs."""
        self._stopped = True
        self._end_module()

    def close(self) -> None:
        """End the server and forget its folder."""
        self.close_server()
        self._folder.cleanup()


def _unprivileged() -> list[str]:
    """Return the prefix of a command whose files stay protected although root runs it."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def run(
    wanted: Run, modules: list[str], processes: int, done: Callable[[ModuleResult], None]
) -> None:
    """Run `modules`, keep their results and tell `done` of each.

    Ends early on KeyboardInterrupt: unfinished modules are dropped, finished ones kept.
    """
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for module in modules:
        waiting.put(module)
    judge = Judge(wanted.setting.product)
    if "MSSQL_TEST_HOST" in os.environ:
        processes = 1
    slots = [Slot(wanted, judge) for _ in range(min(processes, len(modules)))]
    problems: list[Exception] = []

    def work(slot: Slot) -> None:
        try:
            while True:
                result = slot.test(waiting.get_nowait())
                if result is None:
                    return
                if "." not in result.module:  # not a part of a module
                    results.save(wanted.setting, result)
                done(result)
        except queue.Empty:
            return
        except Exception as problem:  # noqa: BLE001  told by the main thread
            problems.append(problem)

    threads = [threading.Thread(target=work, args=[slot]) for slot in slots]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        for slot in slots:
            slot.stop()
        raise
    finally:
        for thread in threads:
            thread.join()
        for slot in slots:
            slot.close()
    if problems:
        raise problems[0]
