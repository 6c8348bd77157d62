"""A slow statement's span arrives however the process ends, and whether its plan does or not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mssql.telemetry.plans import worker
from tests.unit.telemetry.plans.lost_spans import MANNERS


@pytest.mark.parametrize("manner", MANNERS)
def test_the_span_arrives_while_the_server_hangs(manner: str, tmp_path: Path) -> None:
    exported = tmp_path / "spans"
    subprocess.run(
        [sys.executable, "-m", "tests.unit.telemetry.plans.lost_spans", manner, str(exported)],
        cwd=Path(__file__).parents[4],
        check=True,
        timeout=60,
    )
    count = worker.CAPACITY + 10 if manner == "full_queue" else 1
    assert exported.read_text().split("\n")[:-1] == ["SELECT sqlite_master"] * count
