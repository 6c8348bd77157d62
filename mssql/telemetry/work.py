"""The former path of `mssql.telemetry.task`."""

from __future__ import annotations

from mssql.telemetry.origin import task

__all__ = ["task"]
