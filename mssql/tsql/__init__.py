"""T-SQL: identifiers, types of values, scripts, and what each server supports."""

from __future__ import annotations
