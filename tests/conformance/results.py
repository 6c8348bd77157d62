"""The results of a run, kept as JSON: one file per module, Django version, product and USE_TZ."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conformance.django_source import CACHE, ROOT

# The worst comes first: it is a test's outcome if its subtests differ.
FAILS_ON_SQLITE = "fails on SQLite too"
OUTCOMES = (
    "error", "failed", "unexpected success", FAILS_ON_SQLITE, "expected failure", "skipped",
    "passed",
)  # fmt: skip
BAD = OUTCOMES[:3]
LEFT_OUT = "left out on demand"  # why a test was skipped


@dataclass(frozen=True)
class Setting:
    """The settings of a module's run. `peer` is another backend and its version, "" for this
    one."""

    django: str
    product: str
    use_tz: bool
    peer: str = ""

    @property
    def folder(self) -> Path:
        """The file of its results."""
        zone = "use_tz" if self.use_tz else "naive"
        kept = CACHE / "peers" / self.peer if self.peer else CACHE / "results"
        return kept / self.django / self.product / zone

    def __str__(self) -> str:
        backend = f"{self.peer}, " if self.peer else ""
        return f"{backend}Django {self.django}, SQL Server {self.product}, USE_TZ={self.use_tz}"


@dataclass
class Outcome:
    """The outcome of a test; `detail` is its traceback or why it was skipped."""

    outcome: str
    detail: str = ""
    seconds: float = 0.0


@dataclass
class ModuleResult:
    """The outcomes of a module's tests. `state` is that of the package they ran against.

    `ended` is "finished", "no database", "time limit" or "crashed"; `judged` counts the distinct
    statements that Microsoft's grammar judged, `refused` names those it does not take, `unknown`
    those it takes and the server did not.
    """

    module: str
    state: str
    date: str
    seconds: float
    ended: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    judged: int = 0
    refused: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    output: str = ""

    @property
    def counts(self) -> Counter[str]:
        """The number of tests by outcome."""
        return Counter(outcome.outcome for outcome in self.outcomes.values())

    @property
    def skipped_by_flags(self) -> int:
        """The tests that Django skips for a feature that features declares about the database."""
        return sum(
            outcome.outcome == "skipped" and outcome.detail.startswith("Database ")
            for outcome in self.outcomes.values()
        )

    @property
    def left_out(self) -> int:
        """The tests that did not run since --leave-out names them."""
        return sum(outcome.detail == LEFT_OUT for outcome in self.outcomes.values())

    @property
    def bad(self) -> dict[str, Outcome]:
        """The tests whose outcome nobody expected."""
        return {test: found for test, found in self.outcomes.items() if found.outcome in BAD}

    @property
    def is_good(self) -> bool:
        """Whether all outcomes were expected."""
        ended_well = self.ended in ("finished", "no database")
        return ended_well and not self.bad and not self.refused


def read_lines(file: Path) -> tuple[dict[str, Outcome], str]:
    """The lines that recording.py wrote: each test's outcome, and how the module ended ("" if it
    did not)."""
    outcomes: dict[str, Outcome] = {}
    ended = ""
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        entry = json.loads(line)
        if "ended" in entry:
            ended = entry["ended"]
            continue
        new = Outcome(entry["outcome"], entry["detail"], entry["seconds"])
        old = outcomes.get(entry["test"])
        if old is None or OUTCOMES.index(new.outcome) < OUTCOMES.index(old.outcome):
            outcomes[entry["test"]] = new
    return outcomes, ended


def save(setting: Setting, result: ModuleResult) -> None:
    """Keep a module's result; a run that is stopped in between leaves the old one whole."""
    setting.folder.mkdir(parents=True, exist_ok=True)
    unfinished = setting.folder / f"{result.module}.new"
    unfinished.write_text(json.dumps(dataclasses.asdict(result), indent=1), encoding="utf-8")
    unfinished.replace(setting.folder / f"{result.module}.json")


def load(setting: Setting) -> dict[str, ModuleResult]:
    """All results kept for a setting, by module."""
    return {file.stem: _read(file) for file in sorted(setting.folder.glob("*.json"))}


def _read(file: Path) -> ModuleResult:
    entry: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    outcomes = {test: Outcome(**outcome) for test, outcome in entry.pop("outcomes").items()}
    return ModuleResult(**entry, outcomes=outcomes)


def settings_kept() -> list[Setting]:
    """The settings that there are results of."""
    return [
        Setting(folder.parts[-3], folder.parts[-2], folder.name == "use_tz")
        for folder in sorted((CACHE / "results").glob("*/*/*"))
    ]


def peers_kept() -> list[Setting]:
    """The same for other backends."""
    return [
        Setting(folder.parts[-3], folder.parts[-2], folder.name == "use_tz", folder.parts[-4])
        for folder in sorted((CACHE / "peers").glob("*/*/*/*"))
    ]


def state() -> str:
    """A digest of both packages: results of another state are stale."""
    digest = hashlib.sha256()
    sources = [*(ROOT / "mssql").rglob("*"), *(ROOT / "packages").rglob("*")]
    for file in sorted(sources):
        if file.suffix in (".py", ".sql"):
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
