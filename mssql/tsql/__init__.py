"""T-SQL: one scanner, identifiers, literals, types, limits, scripts and server capabilities."""

from __future__ import annotations
