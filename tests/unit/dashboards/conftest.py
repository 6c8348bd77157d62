"""Debian's promtool, unpacked without its service."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("grafana_foundation_sdk", reason="needs Python 3.11")

ROOT = Path(__file__).parents[3]


@cache
def promtool() -> str:
    """Return the path of promtool; skip the test on a machine without Debian's packages."""
    script = ROOT / ".ci" / "prometheus"
    result = subprocess.run(["bash", script], capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip(f"needs Debian's prometheus: {result.stderr[-200:]}")
    return f"{result.stdout.strip()}/promtool"
