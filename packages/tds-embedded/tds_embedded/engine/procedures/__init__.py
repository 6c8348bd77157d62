"""Procedures: calls, the system's own and the users'."""

from __future__ import annotations
