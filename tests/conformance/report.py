"""Writes docs/conformance.md from the results kept, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mssql import conformance
from tests.conformance import results
from tests.conformance.results import ModuleResult, Setting

HEAD = """\
# Django's own test suite

Written by `make conformance`, which runs the test modules of Django's source distribution against
this backend on the embedded server. Modules that use no database are left out. Nothing here was
run on a real SQL Server.

- *expected failures* are the tests in `features.django_test_expected_failures`, which stand below
  with their reasons, and the few that Django itself marks; one that passes counts as *bad*.
- *skipped by flags* are left out by Django for what the features say of the database, *skipped
  otherwise* by the tests themselves, mostly for an optional library or another database's vendor.
- *bad* are failures, errors and unexpected successes.
- The tables of some models cannot be made on SQL Server (`IMPOSSIBLE_MODELS` in
  `tests/conformance/recording.py`); the tests that need them are skipped.
- Django's suite is written for USE_TZ=False and switches it on where a test is about it. With
  USE_TZ=True as the setting, the modules run whose tests have to do with datetimes; those tests
  that compare naive ones with what they read fail on any database: what *fails on SQLite too* is
  counted apart.
- *statements* are the distinct ones that Microsoft's grammar judged at the version that the server
  presented, *refused* those it does not take.
"""
COLUMNS = (
    "module", "tests", "passed", "expected failures", "skipped by flags", "skipped otherwise",
    results.FAILS_ON_SQLITE, "bad", "statements", "refused",
)  # fmt: skip

BESIDE = """
Both backends ran the same modules on the same embedded server, {peer} with the options of its own
test run and without the tests that this leaves out, whose names `--leave-out` took from the test
settings in its repository. *not known here* are distinct statements that Microsoft's grammar takes
and the embedded server does not: what failed for them is no failure of {peer}.
"""
BESIDE_COLUMNS = (
    "module", "tests", "passed", "expected failures", "skipped", "bad",
    "its passed", "its left out", "its skipped", "its failures", "not known here",
)  # fmt: skip


def write(file: Path) -> None:
    """Write the report; without any results leave it as it is."""
    settings = results.settings_kept()
    if settings:
        file.write_text("\n".join([HEAD, *_lines(settings)]), encoding="utf-8")


def _lines(settings: list[Setting]) -> Iterator[str]:
    kept = {setting: _with_tests(results.load(setting)) for setting in settings}
    yield _row("setting", "modules", *COLUMNS[1:-2])
    yield _row("---", *["---:"] * (len(COLUMNS) - 2))
    for setting, modules in kept.items():
        if modules:
            yield _row(setting, len(modules), *_sums(modules)[:-2])
    yield from _expected_failures("What fails on SQL Server", conformance.EXPECTED_FAILURES)
    yield from _expected_failures("What cannot be started on it", conformance.SKIPS)
    for setting, modules in kept.items():
        if modules:
            yield from _section(setting, modules)
    for setting in results.peers_kept():
        ours = kept.get(replace(setting, peer=""), {})
        both = {
            name: (ours[name], result)
            for name, result in _with_tests(results.load(setting)).items()
            if name in ours
        }
        if both:
            yield from _beside(setting, both)


def _expected_failures(
    heading: str, groups: tuple[conformance.ExpectedFailures, ...]
) -> Iterator[str]:
    yield from ("", f"## {heading}", "")
    for group in groups:
        since = "" if group.since < (5, 2) else f" Since Django {'.'.join(map(str, group.since))}."
        document = f"[Microsoft's document]({conformance.DOCUMENTS}/{group.document})"
        yield f"- {group.reason}{since} {document}: {', '.join(f'`{t}`' for t in group.tests)}"


def _with_tests(modules: dict[str, ModuleResult]) -> dict[str, ModuleResult]:
    return {name: result for name, result in modules.items() if result.ended != "no database"}


def _section(setting: Setting, modules: dict[str, ModuleResult]) -> Iterator[str]:
    dates = sorted({result.date for result in modules.values()})
    states = {result.state for result in modules.values()}
    yield ""
    yield f"## {setting}"
    yield ""
    yield f"{dates[0]} to {dates[-1]}." if len(dates) > 1 else f"{dates[0]}."
    if len(states) > 1:
        yield f"The results are of {len(states)} states of the package."
    yield ""
    yield _row(*COLUMNS)
    yield _row("---", *["---:"] * (len(COLUMNS) - 1))
    for name, result in modules.items():
        ended = "" if result.ended == "finished" else f" ({result.ended})"
        yield _row(f"{name}{ended}", *_numbers(result))
    yield _row("**all**", *_sums(modules))
    bad = [
        f"- {found.outcome}: `{test}`"
        for result in modules.values()
        for test, found in result.bad.items()
    ]
    if bad:
        yield from ("", "Bad:", "", *bad)


def _numbers(result: ModuleResult) -> list[int]:
    counts, flags = result.counts, result.skipped_by_flags
    return [
        len(result.outcomes), counts["passed"], counts["expected failure"], flags,
        counts["skipped"] - flags, counts[results.FAILS_ON_SQLITE], len(result.bad), result.judged,
        len(result.refused),
    ]  # fmt: skip


def _beside(
    setting: Setting, modules: dict[str, tuple[ModuleResult, ModuleResult]]
) -> Iterator[str]:
    yield from ("", f"## Beside {setting}", BESIDE.format(peer=setting.peer))
    yield _row(*BESIDE_COLUMNS)
    yield _row("---", *["---:"] * (len(BESIDE_COLUMNS) - 1))
    rows = {name: _compared(*pair) for name, pair in modules.items()}
    for name, numbers in rows.items():
        ended = modules[name][1].ended
        yield _row(name if ended == "finished" else f"{name} (its run: {ended})", *numbers)
    yield _row("**all**", *map(sum, zip(*rows.values(), strict=True)))


def _compared(ours: ModuleResult, its: ModuleResult) -> list[int]:
    counts, theirs = ours.counts, its.counts
    return [
        len(ours.outcomes), counts["passed"], counts["expected failure"], counts["skipped"],
        len(ours.bad), theirs["passed"], its.left_out, theirs["skipped"] - its.left_out,
        len(its.bad), len(its.unknown),
    ]  # fmt: skip


def _sums(modules: dict[str, ModuleResult]) -> list[int]:
    return [sum(column) for column in zip(*map(_numbers, modules.values()), strict=True)]


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
