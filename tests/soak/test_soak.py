"""The short form of the soak."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.soak.__main__ import line, parser, plan
from tests.soak.model import Row, Task
from tests.soak.scenarios import SCENARIOS
from tests.soak.servers import ROOT

SECONDS = 280  # on a busy machine; less than a minute on a quiet one


@pytest.mark.timeout(SECONDS + 10)
def test_nothing_fails_is_wrong_or_leaks() -> None:
    soak = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--short"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert soak.returncode == 0, soak.stdout
    assert "killed writers" in soak.stdout


def test_every_scenario_runs_with_both_drivers_and_pools() -> None:
    tasks = [task for worker in plan(parser().parse_args([])) for task in worker]
    for name, scenario in SCENARIOS.items():
        mine = [task for task in tasks if task.scenario == name]
        assert len(mine) == (4 if scenario.has_driver else 1)
        assert sum(task.amount for task in mine) == scenario.amount


def test_a_row_counts_what_went_badly() -> None:
    row = Row(done=3)
    assert row.is_good
    row.fail(ValueError("no"))
    row.fail(ValueError("no"))
    row.err("2 rows of 1")
    assert not row.is_good
    again = Row.from_json(row.to_json())
    assert again.problems == {"ValueError: no": 2, "2 rows of 1": 1}
    text = line(Task("threads", 3, 1.0, "pyodbc", "on"), again)
    assert text.startswith("| threads | pyodbc | on | 3 of 3 | 0 | 2 | 1 | 0 |")


def test_a_worker_that_dies_is_a_failure_of_all_it_had_to_do() -> None:
    from tests.soak.__main__ import run

    ((_, row),) = run([Task("no such scenario", 1, 1.0)])
    assert not row.is_good


def test_nothing_outlives_a_run_that_is_killed() -> None:
    mark = f"SOAK_MARK={uuid.uuid4().hex}"
    environment = {**os.environ, **dict([mark.split("=")])}
    command = [sys.executable, "-m", "tests.soak", "--only", "malformed sessions"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as soak:
        await_processes(mark, lambda running: running >= 3)  # the run, a worker, its servers
        soak.kill()
    await_processes(mark, lambda running: not running)


def await_processes(mark: str, enough: Callable[[int], bool]) -> None:
    """Wait until so many processes have the mark in their environment."""
    deadline = time.monotonic() + 120
    while not enough(sum(1 for process in Path("/proc").glob("[0-9]*") if has(process, mark))):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def has(process: Path, mark: str) -> bool:
    try:
        return mark.encode() in (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended
        return False
