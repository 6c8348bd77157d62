"""Judges the statements that the tests sent by Microsoft's own T-SQL grammar.

`maxdop` (https://pypi.org/project/maxdop/) is ScriptDom, the parser of SQL Server's own tools.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tds_embedded.recorder import Capture
from tds_embedded.server import Server

VERSIONS = ("2016", "2019", "2022", "2025")
OLDEST_JUDGE = {"2016": 0, "2017": 1, "2019": 1, "2022": 2, "2025": 3, "azure": 3, "managed": 2}
REFUSAL = re.compile(r"(?P<file>\d{6})\.sql: could not be parsed\D*(?P<what>.*)")


@dataclass
class Judge:
    """Collects each distinct statement once, with the first test that sent it."""

    statements: dict[tuple[str, str], str] = field(default_factory=dict)
    watched: dict[str, Capture] = field(default_factory=dict)

    @contextmanager
    def watch(self, server: Server) -> Iterator[None]:
        """Have `collect` record the statements sent to `server` from now on."""
        with server.recorder.capture() as captured:
            self.watched[server.product.name] = captured
            yield

    def collect(self, test: str, *, bad_on_purpose: bool) -> None:
        """Record the statements since the last call, by `test`; or forget them if they are bad on
        purpose."""
        for product, captured in self.watched.items():
            texts = captured.texts
            captured.requests.clear()
            if not bad_on_purpose:
                for text in texts:
                    self.add(text, product, test)

    def add(self, statement: str, product: str, test: str) -> None:
        """Note that `test` sent `statement` to a server that presented itself as `product`."""
        self.statements.setdefault((statement, product), test)

    def of_the_backend(self) -> Iterator[tuple[str, str, str]]:
        """Yield text, product and test of the statements of the backend's tests."""
        for (statement, product), test in self.statements.items():
            if not test.startswith(("packages/tds-embedded/tds_embedded_tests/", "tests/facts/")):
                yield statement, product, test

    def refusals(self) -> list[str]:
        """Return the refusals of each version's grammar, from the version that the statement was
        sent to."""
        found = []
        for index, version in enumerate(VERSIONS):
            sent = {
                statement: test
                for (statement, product), test in self.statements.items()
                if OLDEST_JUDGE[product] <= index
            }
            found += refusals(sent, version)
        return found


def refusals(statements: dict[str, str], version: str) -> list[str]:
    """A line for each of `statements` (text -> test) that the grammar of `version` refuses."""
    texts = list(statements)
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            Path(folder, f"{number:06}.sql").write_text(text, encoding="utf-8", newline="")
        maxdop = Path(sys.executable).with_name("maxdop")
        result = subprocess.run(
            [maxdop, "--check", "--parser-version", version, folder],
            capture_output=True,
            text=True,
            check=False,
        )
    lines = []
    for match in REFUSAL.finditer(result.stdout + result.stderr):
        text = texts[int(match["file"])]
        lines.append(f"SQL Server {version}, {statements[text]}: {match['what']}\n    {text}")
    return lines
