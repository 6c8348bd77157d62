"""The demo project: every flight that left New York in 2013, on the mssql backend."""

from __future__ import annotations
