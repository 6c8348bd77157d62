"""A check of a module's statements by Microsoft's grammar, at the version that the server
presents."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import NamedTuple

from mssql.telemetry.sanitize import sanitize
from tds_embedded.postgres.errors import INTERNAL
from tests.conformance.django_source import CACHE
from tests.grammar import refusals

JUDGE = {"azure": "2025", "managed": "2022"}  # the others are named as the grammars are
# What the server itself refused as syntax, where a test meant that, it has passed; or failed with.
SYNTAX_ERRORS = {102, 105, 156, 319, 40517, INTERNAL}


class Judged(NamedTuple):
    """Where the record ends, the number of distinct statements, a line for each one that the
    grammar refuses though the server did not, and the statements where it is the other way round.
    """

    end: int
    distinct: int
    refused: list[str]
    unknown: list[str]


class Judge:
    """Judges each statement once, whatever its literals: the position is kept in a file."""

    def __init__(self, product: str) -> None:
        self.version = JUDGE.get(product, product)
        self._file = CACHE / f"judged-{self.version}"
        self._lock = threading.Lock()
        self._taken = set(self._file.read_text().split()) if self._file.exists() else set()

    def judge(self, record: Path, offset: int) -> Judged:
        """Judge the statements that the server wrote to `record` from `offset` on."""
        with record.open("rb") as file:
            file.seek(offset)
            lines = file.readlines()
            end = file.tell()
        texts, not_taken = set(), set()
        for line in lines:
            request = json.loads(line)
            if request["text"]:
                kind = not_taken if request["error"] in SYNTAX_ERRORS else texts
                kind.add(request["text"])
        distinct = {_fingerprint(text): text for text in texts}
        with self._lock:
            new = {key: text for key, text in distinct.items() if key not in self._taken}
        refused = refusals(dict.fromkeys(new.values(), "sent"), self.version) if new else []
        if not refused:
            with self._lock:
                self._taken.update(new)
                with self._file.open("a") as kept:
                    kept.writelines(f"{key}\n" for key in new)
        unknown = [text for text in not_taken if not refusals({text: "sent"}, self.version)]
        return Judged(end, len(distinct), refused, sorted(unknown))


def _fingerprint(text: str) -> str:
    return hashlib.sha256(sanitize(text).encode("utf-8", "surrogatepass")).hexdigest()[:24]
