"""Records of clients' requests, for tests and for counting round trips. Never a value.

Every request is one round trip: the counts of `capture()` are therefore exact.
"""

from __future__ import annotations

import functools
import json
import os
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

KEPT = 1000
LONGEST_KEPT_TEXT = 100_000  # characters


@dataclass(frozen=True)
class RecordedParameter:
    """A parameter without its value. `size` is the value's, in bytes or characters of its text."""

    name: str
    type: str
    size: int | None


@dataclass(slots=True)  # not frozen, which would cost each statement some microseconds
class Request:
    """One request of a client, or its login.

    `kind` is login, batch, rpc, transaction or attention. A message with several procedure calls
    is one request each; only the first of them has `bytes_in` and counts as a round trip.
    `procedure` is that of an rpc; `text` its statement, if it has one, or the batch's.
    """

    kind: str
    connection: int
    session: int
    text: str = ""
    procedure: str = ""
    parameters: tuple[RecordedParameter, ...] = ()
    rows: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    seconds: float = 0.0
    error: int | None = None
    state: int | None = None
    database: str = ""
    user: str = ""
    read_only_intent: bool = False  # of a login: ApplicationIntent=ReadOnly
    features: tuple[int, ...] = ()  # of a login: the features in its FEATUREEXT, MS-TDS 2.2.6.4


@dataclass
class Capture:
    """The requests recorded while it was open, in their order."""

    requests: list[Request] = field(default_factory=list)

    @property
    def round_trips(self) -> int:
        """The messages that waited for an answer; logins, which take several, not among them."""
        return sum(1 for request in self.requests if request.bytes_in and request.kind != "login")

    @property
    def texts(self) -> list[str]:
        """The statements of the requests that had one."""
        return [request.text for request in self.requests if request.text]

    def count(self, kind: str) -> int:
        """Return the requests of a kind."""
        return Counter(request.kind for request in self.requests)[kind]


class Recorder:
    """The last requests; with a file, all are written to it as lines of JSON."""

    def __init__(self, file: Path | None = None, limit: int = KEPT) -> None:
        self.requests: deque[Request] = deque(maxlen=limit)
        self._captures: list[Capture] = []
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        if file is not None:
            # Statements without parameters quote values.
            private = functools.partial(os.open, mode=0o600)
            self._file = open(file, "a", encoding="utf-8", buffering=1, opener=private)  # noqa: SIM115
            os.chmod(file, 0o600)  # a file that was there before

    def record(self, request: Request) -> None:
        """Add a request. Called before its answer has left, so that no client can be faster."""
        with self._lock:
            self.requests.append(request)
            for capture in self._captures:
                capture.requests.append(request)
            if self._file is not None:
                self._file.write(json.dumps(asdict(request)) + "\n")

    @contextmanager
    def capture(self) -> Iterator[Capture]:
        """Collect the requests of all connections during the block."""
        capture = Capture()
        with self._lock:
            self._captures.append(capture)
        try:
            yield capture
        finally:
            with self._lock:
                # by identity: dataclasses of equal contents are equal
                self._captures = [other for other in self._captures if other is not capture]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
