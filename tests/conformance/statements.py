"""Has Microsoft's grammar judge what a module sent, at the version that the server presents."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

from mssql.telemetry.sanitize import sanitize
from tests.conformance.django_source import CACHE
from tests.grammar import refusals

JUDGE = {"azure": "2025"}  # the others are named as the grammars are
# What the server itself refused as syntax; where a test meant that, it has passed.
SYNTAX_ERRORS = {102, 105, 156, 319, 40517}


class Judge:
    """Judges each statement once, whatever its literals: what was taken is kept in a file."""

    def __init__(self, product: str) -> None:
        self.version = JUDGE.get(product, product)
        self._file = CACHE / f"judged-{self.version}"
        self._lock = threading.Lock()
        self._taken = set(self._file.read_text().split()) if self._file.exists() else set()

    def judge(self, record: Path, offset: int) -> tuple[int, int, list[str]]:
        """Judge what the server wrote to `record` from `offset` on.

        Gives the file's new end, how many distinct statements there were, and a line for each one
        that the grammar refuses though the server did not.
        """
        with record.open("rb") as file:
            file.seek(offset)
            lines = file.readlines()
            end = file.tell()
        texts = set()
        for line in lines:
            request = json.loads(line)
            if request["text"] and request["error"] not in SYNTAX_ERRORS:
                texts.add(request["text"])
        distinct = {_fingerprint(text): text for text in texts}
        with self._lock:
            new = {key: text for key, text in distinct.items() if key not in self._taken}
        refused = refusals(dict.fromkeys(new.values(), "sent"), self.version) if new else []
        if not refused:
            with self._lock:
                self._taken.update(new)
                with self._file.open("a") as kept:
                    kept.writelines(f"{key}\n" for key in new)
        return end, len(distinct), refused


def _fingerprint(text: str) -> str:
    return hashlib.sha256(sanitize(text).encode("utf-8", "surrogatepass")).hexdigest()[:24]
