"""The processes with the servers, from the side of those who use them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
END_SECONDS = 30.0
# Two user-assigned identities, each with its client id.
CLIENTS = {
    "11111111-0000-0000-0000-000000000001": "11111111-0000-0000-0000-000000000001",
    "22222222-0000-0000-0000-000000000002": "22222222-0000-0000-0000-000000000002",
}


class Servers:
    """One process of servers. A context manager; thread-safe.

    The process ends with this one's pipe, thus also if this one is killed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Servers:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.serve", json.dumps(CLIENTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C is this process's to handle
        )
        self.facts = self._answer()
        return self

    def __exit__(self, *exception: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def call(self, command: str, *arguments: Any) -> Any:
        """Have the process do one of the commands of serve.Host."""
        with self._lock:
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps([command, *arguments]) + "\n")
            self._process.stdin.flush()
            return self._answer()

    def _answer(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The servers have ended with status {self._process.wait()}.")
        return json.loads(line)

    def settings(self, driver: str, **changed: Any) -> dict[str, Any]:
        """Return DATABASES["default"] for the stand-in, signed in with a password."""
        facts = self.facts
        options = {
            "python_driver": driver,
            "extra_params": f"Encrypt=strict;ServerCertificate={facts['certificate']}",
            **changed.pop("OPTIONS", {}),
        }
        return {
            "ENGINE": "mssql",
            "NAME": "master",
            "HOST": "127.0.0.1",
            "PORT": str(facts["port"]),
            "USER": facts["user"],
            "PASSWORD": facts["password"],
            "OPTIONS": options,
            **changed,
        }

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which azure-identity finds the identity endpoint."""
        environment: dict[str, str] = self.facts["environment"]
        return environment
