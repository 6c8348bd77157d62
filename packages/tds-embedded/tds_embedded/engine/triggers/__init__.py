"""DML triggers: definitions and firing."""

from __future__ import annotations
