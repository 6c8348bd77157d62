"""`python -m tests.conformance`: Django's own suite, or a part of it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tds_embedded import products
from tests.conformance import django_source, peer, report, results, runner
from tests.conformance.results import ModuleResult, Setting

REPORT = django_source.ROOT / "docs" / "conformance.md"
LIMIT = 1800.0  # seconds; the longest module takes a fraction of it
PROCESSES = 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    option = made.add_argument
    option("modules", nargs="*", help="test modules or labels; all that use a database otherwise")
    option("--backend", choices=["mssql", peer.NAME], default="mssql", help="what is tested")
    option("--django", default="", metavar="X.Y", help="the installed version otherwise")
    option("--product", choices=products.PRODUCTS, default=products.DEFAULT)
    option("--use-tz", action="store_true", help="with USE_TZ = True")
    option("--processes", type=int, default=PROCESSES)
    option("--limit", type=float, default=LIMIT, help="seconds that a module may take")
    option("--again", action="store_true", help="run what has a result of this very state too")
    option("--stale", action="store_true", help="keep results of other states of the package")
    option("--failed", action="store_true", help="only the modules whose last result was bad")
    option(
        "--leave-out", type=Path, metavar="FILE", help="names of tests to leave out, a line each"
    )
    option("--report", action="store_true", help="only write the report, of all that is kept")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the modules and write the report; 1 if a result was not as expected."""
    options = parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):  # in the background a shell ignores SIGINT
        signal.signal(number, signal.default_int_handler)
    django_source.CACHE.mkdir(exist_ok=True)
    try:
        good = options.report or _run(options)
    except django_source.Unavailable as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    if not options.modules:
        report.write(REPORT)
    return 0 if good else 1


def _run(options: argparse.Namespace) -> bool:
    """Return whether all modules had the expected results."""
    is_peer = options.backend == peer.NAME
    if is_peer:
        python = django_source.interpreter_with(peer.WANTED, options.django)
    else:
        python = django_source.interpreter(options.django)
    version = django_source.installed(python)
    folder = django_source.tests(python, version)
    other = f"{peer.NAME} {django_source.installed(python, peer.NAME)}" if is_peer else ""
    setting = Setting(version, options.product, options.use_tz, other)
    kept = results.load(setting)
    modules = options.modules or _still_to_run(options, folder, kept)
    progress = Progress(len(modules))
    print(f"{setting}: {len(modules)} modules to run", flush=True)
    run = runner.Run(python, folder, setting, options.limit, options.leave_out)
    runner.run(run, modules, options.processes, progress.tell)
    return progress.good


def _still_to_run(
    options: argparse.Namespace, folder: Path, kept: dict[str, ModuleResult]
) -> list[str]:
    """The modules without a result that counts; those that took longest last time come first."""
    state = results.state()

    def counts(module: str) -> bool:
        result = kept.get(module)
        if result is None:
            return options.failed
        if options.failed:
            return result.is_good
        return not options.again and (options.stale or result.state == state)

    every = django_source.modules(folder, with_datetimes=options.use_tz)
    modules = [module for module in every if not counts(module)]
    return sorted(modules, key=lambda module: -kept[module].seconds if module in kept else 0)


class Progress:
    """Tells of each module as it ends."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.good = True

    def tell(self, result: ModuleResult) -> None:
        """A line a module; its failures below, each with the last line of its traceback."""
        self.done += 1
        self.good = self.good and result.is_good
        counts = ", ".join(f"{number} {outcome}" for outcome, number in result.counts.items())
        lines = [
            f"[{self.done}/{self.total}] {result.module}: {result.ended}, {counts or 'no tests'}"
            f" ({result.seconds:.0f} s)"
        ]
        for test, found in result.bad.items():
            last = (found.detail.strip().splitlines() or [""])[-1]
            lines.append(f"    {found.outcome}: {test}: {last[:300]}")
        lines += [f"    refused: {line[:400]}" for line in result.refused]
        lines += [f"    not known here: {line[:400]}" for line in result.unknown]
        if result.output:
            lines.append(result.output)
        print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
