"""Tests that no token of another test reaches."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _isolated(new_process: None) -> None:
    """Start every test in a new process."""
