"""The test runner of Django's suite: Django's own, which also writes each result as JSON.

Runs inside Django's runtests.py. A line is written as a test ends, so that the earlier results of a
module which hangs or crashes are kept.
"""

from __future__ import annotations

import json
import os
import time
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.test.runner import DiscoverRunner

from tests.conformance.results import LEFT_OUT

# Models whose tables SQL Server refuses. Without them the other tests of their modules can run.
IMPOSSIBLE_MODELS = {
    # Two foreign keys ON DELETE SET DEFAULT to one table (error 1785).
    "delete": "SetDefaultDbModel",
    # ON DELETE CASCADE from a table to itself (error 1785).
    "admin_utils": "DBCascade",
}
NO_DATABASE = "no database"
FINISHED = "finished"


def _write(entry: dict[str, Any]) -> None:
    with Path(os.environ["CONFORMANCE_RESULTS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def _cases(suite: unittest.TestSuite) -> Iterator[Any]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _cases(test)
        else:
            yield test


class Result(unittest.TextTestResult):
    """Writes the outcome of each test."""

    _started = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        self._started = time.monotonic()
        super().startTest(test)

    def _note(self, test: unittest.TestCase, outcome: str, detail: str = "") -> None:
        seconds = round(time.monotonic() - self._started, 3)
        _write({"test": test.id(), "outcome": outcome, "detail": detail, "seconds": seconds})

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self._note(test, "passed")

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self._note(test, "error", self.errors[-1][1])

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._note(test, "failed", self.failures[-1][1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._note(test, "skipped", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self._note(test, "expected failure", self.expectedFailures[-1][1])

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self._note(test, "unexpected success")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            detail = (self.failures if failed else self.errors)[-1][1]
            self._note(test, "failed" if failed else "error", f"{subtest}\n{detail}")


class Runner(DiscoverRunner):
    """Runs only modules that use a database: the others do not concern a backend."""

    def get_resultclass(self) -> type[Result]:
        return Result

    def build_suite(self, *args: Any, **kwargs: Any) -> Any:
        suite = super().build_suite(*args, **kwargs)
        file = os.environ.get("CONFORMANCE_LEAVE_OUT")
        left_out = set(Path(file).read_text().split()) if file else set()
        for test in _cases(suite):
            if test.id() in left_out:
                name = test._testMethodName
                setattr(test, name, unittest.skip(LEFT_OUT)(getattr(test, name)))
        return suite

    def get_databases(self, suite: unittest.TestSuite) -> Any:
        databases = super().get_databases(suite)
        if not databases and connection.vendor == "microsoft":
            _write({"ended": NO_DATABASE})
            raise SystemExit(0)
        return databases

    def setup_databases(self, **kwargs: Any) -> Any:
        impossible = IMPOSSIBLE_MODELS if connection.vendor == "microsoft" else {}
        for app, name in impossible.items():
            if apps.is_installed(app) and name.lower() in apps.all_models[app]:
                apps.get_model(app, name)._meta.managed = False
        return super().setup_databases(**kwargs)

    def run_suite(self, suite: unittest.TestSuite, **kwargs: Any) -> Any:
        result = super().run_suite(suite, **kwargs)
        _write({"ended": FINISHED})
        return result
