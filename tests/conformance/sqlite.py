"""A run of the failed tests on SQLite, to find those that concern a backend.

Django's suite is written for USE_TZ = False and switches it on for the tests about it. With
USE_TZ = True as the setting, tests that compare naive datetimes with those read fail anywhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.conformance import results
from tests.conformance.django_source import ROOT

LIMIT = 600.0  # seconds
_FIXTURE = re.compile(r"\w+ \((.+)\)")  # as in "setUpClass (lookup.tests.LookupTests)"


def failing(python: Path, folder: Path, tests: Iterable[str], use_tz: bool) -> set[str]:
    """Those of `tests` that go badly on SQLite, too, with Django's tests/ in `folder`.

    A class that could not be set up counts as a test.
    """
    tests = set(tests)
    labels = sorted(_FIXTURE.sub(r"\1", test) for test in tests)
    with tempfile.TemporaryDirectory() as kept:
        lines = Path(kept) / "results.jsonl"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CONFORMANCE_DATABASE": "sqlite",
            "CONFORMANCE_USE_TZ": str(use_tz).lower(),
            "CONFORMANCE_RESULTS": str(lines),
        }
        settings = "--settings=tests.conformance.settings"
        subprocess.run(
            [str(python), "runtests.py", settings, "--noinput", "--parallel=1", *labels],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
        outcomes, _ = results.read_lines(lines)
    fails = {*results.BAD, "expected failure"}  # one that compares dates and datetimes is that
    return {test for test in tests if test in outcomes and outcomes[test].outcome in fails}
