"""`python -m tests.soak`: the soak, and its table of counts. Fails if anything failed."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from mssql.drivers.discovery import wheel_driver
from tests.soak.model import POOL_SECONDS, Row, Task
from tests.soak.scenarios import SCENARIOS
from tests.soak.servers import ROOT

AT_A_TIME = 2  # workers
COMBINATIONS = tuple(
    (driver, pool) for pool in ("off", "on") for driver in ("pyodbc", "mssql_python")
)
SHORT_COMBINATIONS = COMBINATIONS[:2]
SHORT_SECONDS = 6.0
END_SECONDS = 60.0
COLUMNS = ("Scenario", "Driver", "Pool", "Done", "/s")
COUNTS = ("Failed", "Wrong", "Leaks", "Uncertain", "Facts")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    made = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    option = made.add_argument
    option("--short", action="store_true", help="small amounts, in less than a minute")
    option("--scale", type=float, default=1.0, help="a factor of all amounts")
    option("--time", type=float, default=1.0, help="a factor of all time limits")
    option("--only", action="append", choices=SCENARIOS, help="this scenario; may be repeated")
    option("--driver", choices=("pyodbc", "mssql_python"), help="this driver only")
    option("--pool", choices=("on", "off"), help="this setting of the pool only")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak; return the process's exit code."""
    options = parser().parse_args(arguments)
    workers = list(plan(options))
    print(head(), flush=True)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        rows = [pair for pairs in pool.map(run, workers) for pair in pairs]
    print()
    for task, row in rows:
        for problem, times in sorted(row.problems.items(), key=lambda each: -each[1])[:5]:
            where = f"{task.scenario} {task.driver} {task.pool}".rstrip()
            print(f"{where}: {times} x {problem}")
    return 0 if all(row.is_good for _, row in rows) else 1


def plan(options: argparse.Namespace) -> Iterator[list[Task]]:
    """Yield the tasks of each worker."""
    combinations = SHORT_COMBINATIONS if options.short else COMBINATIONS
    chosen = {name: SCENARIOS[name] for name in options.only or SCENARIOS}
    for driver, pool in (("", ""), *combinations):
        if options.driver not in (None, driver) or options.pool not in (None, pool):
            continue
        tasks = []
        for name, scenario in chosen.items():
            if scenario.has_driver is not bool(driver):
                continue
            amount = scenario.short if options.short else scenario.amount
            share = len(combinations) if driver else 1
            seconds = SHORT_SECONDS if options.short else scenario.seconds
            tasks.append(
                Task(
                    name,
                    max(1, int(amount * options.scale / share)),
                    seconds * options.time,
                    driver,
                    pool,
                )
            )
        if tasks:
            yield tasks


def run(tasks: list[Task]) -> list[tuple[Task, Row]]:
    """Run a worker; a task that it did not finish is a failure."""
    with tempfile.TemporaryDirectory(prefix="mssql-soak-") as name:
        environment = {**os.environ, **_driver_manager(Path(name), tasks[0].pool)}
        command = [sys.executable, "-m", "tests.soak.worker"]
        command.append(json.dumps([asdict(task) for task in tasks]))
        rows = []
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        ) as worker:
            assert worker.stdout is not None
            for text in worker.stdout:
                rows.append((tasks[len(rows)], Row.from_json(text)))
                print(line(*rows[-1]), flush=True)
            status = _ended(worker)
    for task in tasks[len(rows) :]:
        row = Row()
        row.fail(f"the worker ended with status {status}")
        rows.append((task, row))
        print(line(task, row), flush=True)
    return rows


def _ended(worker: subprocess.Popen[str]) -> int:
    """Wait until a worker that has sent all its results has ended."""
    try:
        return worker.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()  # its servers end with it
        return worker.wait()


def _driver_manager(folder: Path, pool: str) -> dict[str, str]:
    """Return the environment for unixODBC with its pool on or off.

    Follows https://www.unixodbc.org/doc/conn_pool.html
    """
    (folder / "odbcinst.ini").write_text(
        f"[ODBC]\nPooling={'Yes' if pool == 'on' else 'No'}\n\n"
        f"[ODBC Driver 18 for SQL Server]\nDriver={wheel_driver()}\nCPTimeout={POOL_SECONDS}\n"
    )
    return {"ODBCSYSINI": str(folder)}


def head() -> str:
    """Return the first lines of the table."""
    columns = (*COLUMNS, *COUNTS)
    return f"{_line(columns)}\n{_line(['---'] * len(columns))}"


def line(task: Task, row: Row) -> str:
    """Return the row as a line of the table, in Markdown."""
    rate = row.done / row.seconds if row.seconds else 0
    uncertain = f"{row.uncertain}, {row.applied} applied" if row.uncertain else "0"
    facts = ", ".join(f"{name}: {value}" for name, value in row.facts.items())
    figures = map(str, (row.failures, row.wrong, row.leaks))
    amounts = (f"{row.done:,} of {task.amount:,}", f"{rate:,.0f}")
    return _line((task.scenario, task.driver, task.pool, *amounts, *figures, uncertain, facts))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
