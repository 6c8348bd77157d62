"""The results of Django's suite: the meaning of outcomes, and the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance import django_source, peer, report, results, statements
from tests.conformance.results import ModuleResult, Outcome, Setting


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (django_source, peer, results, statements):
        monkeypatch.setattr(module, "CACHE", tmp_path)
    return tmp_path


def module(name: str, *outcomes: str, ended: str = "finished", detail: str = "") -> ModuleResult:
    tests = {f"{name}.{i}": Outcome(outcome, detail) for i, outcome in enumerate(outcomes)}
    return ModuleResult(name, "state", "2026-01-02", 1.0, ended, tests, judged=7)


def test_the_worst_outcome_of_a_test_counts(cache: Path) -> None:
    file = cache / "lines"
    lines = [
        {"test": "a", "outcome": "failed", "detail": "subtest", "seconds": 1},
        {"test": "a", "outcome": "passed", "detail": "", "seconds": 2},
        {"test": "b", "outcome": "passed", "detail": "", "seconds": 3},
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    outcomes, ended = results.read_lines(file)
    assert {test: found.outcome for test, found in outcomes.items()} == {
        "a": "failed",
        "b": "passed",
    }
    assert ended == ""
    file.write_text(json.dumps({"ended": "finished"}))
    assert results.read_lines(file) == ({}, "finished")


def test_what_is_kept_comes_back() -> None:
    setting = Setting("5.2.19", "2019", use_tz=True)
    kept = module("lookup", "passed", "skipped", detail="Database has feature(s) x")
    results.save(setting, kept)
    assert results.load(setting) == {"lookup": kept}
    assert results.settings_kept() == [setting]
    assert kept.skipped_by_flags == 1
    assert kept.is_good


def test_what_says_nothing_about_the_backend_is_not_bad() -> None:
    assert module("lookup", "passed", results.FAILS_ON_SQLITE).is_good


@pytest.mark.parametrize("outcome", ["error", "failed", "unexpected success"])
def test_what_nobody_expected_is_bad(outcome: str) -> None:
    assert not module("lookup", "passed", outcome).is_good
    assert not module("lookup", "passed", ended="time limit").is_good


def test_the_report_adds_up(cache: Path) -> None:
    setting = Setting("5.2.19", "2022", use_tz=False)
    outcomes = ["passed"] * 3 + ["expected failure", "skipped", "failed"]
    outcomes += [results.FAILS_ON_SQLITE] * 2
    results.save(setting, module("lookup", *outcomes, detail="not installed"))
    results.save(setting, module("basic", *["passed"] * 5))
    results.save(setting, module("i18n", ended="no database"))
    report.write(cache / "report.md")
    text = (cache / "report.md").read_text()
    assert (
        "| Django 5.2.19, SQL Server 2022, USE_TZ=False | 2 | 13 | 8 | 1 | 0 | 1 | 2 | 1 |" in text
    )
    assert "| lookup | 8 | 3 | 1 | 0 | 1 | 2 | 1 | 7 | 0 |" in text
    assert "| **all** | 13 | 8 | 1 | 0 | 1 | 2 | 1 | 14 | 0 |" in text
    assert "i18n" not in text


def test_another_backend_stands_beside_on_the_modules_that_both_ran(cache: Path) -> None:
    ours = Setting("5.2.19", "2022", use_tz=False)
    its = Setting("5.2.19", "2022", use_tz=False, peer="mssql-django 2.0.0")
    results.save(ours, module("lookup", "passed", "passed", "expected failure"))
    results.save(ours, module("basic", "passed"))
    outcomes = {
        "a": Outcome("error"),
        "b": Outcome("passed"),
        "c": Outcome("skipped", results.LEFT_OUT),
    }
    one = ModuleResult("lookup", "state", "2026-01-02", 1.0, "finished", outcomes, unknown=["x"])
    results.save(its, one)
    results.save(its, module("aggregation", "passed"))
    assert results.peers_kept() == [its]
    report.write(cache / "report.md")
    text = (
        (cache / "report.md").read_text().partition("## Beside mssql-django 2.0.0, Django 5.2")[2]
    )
    assert "| lookup | 3 | 2 | 1 | 0 | 0 | 1 | 1 | 0 | 1 | 1 |" in text
    assert "| **all** | 3 | 2 | 1 | 0 | 0 | 1 | 1 | 0 | 1 | 1 |" in text
    assert "basic" not in text
    assert "aggregation" not in text


def test_another_backend_does_not_see_this_one(cache: Path) -> None:
    for _ in range(2):
        path = Path(peer.environment(cache)["PYTHONPATH"])
        assert [found.name for found in path.iterdir()] == ["tests"]
        assert (path / "tests" / "conformance" / "settings.py").exists()


def test_without_results_the_report_stays(cache: Path) -> None:
    report.write(cache / "report.md")
    assert not (cache / "report.md").exists()


def test_statements_are_judged_once_and_from_where_the_last_module_ended(cache: Path) -> None:
    record = cache / "record"
    sent = [
        ("SELECT 1", None),
        ("SELECT 2", None),
        ("SELECT a FROM t LIMIT 5", None),
        ("SELECT FROM", 102),
        ("SELECT 3", 40517),
    ]
    record.write_text("".join(json.dumps({"text": t, "error": e}) + "\n" for t, e in sent))
    judge = statements.Judge("2022")
    end, judged, refused, unknown = judge.judge(record, 0)
    assert judged == 2  # the first two differ in a literal, the last was refused by the server
    assert len(refused) == 1
    assert "LIMIT" in refused[0]
    assert unknown == ["SELECT 3"]
    assert judge.judge(record, end) == (end, 0, [], [])


def test_a_django_that_no_python_here_can_have_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_source, "OLDEST_PYTHON", {"9.9": (3, 90)})
    with pytest.raises(django_source.Unavailable, match=r"Django 9\.9 needs Python 3\.90 or newer"):
        django_source.interpreter("9.9")
