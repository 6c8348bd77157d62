"""Alert rules for Prometheus, and their unit tests."""

from __future__ import annotations
