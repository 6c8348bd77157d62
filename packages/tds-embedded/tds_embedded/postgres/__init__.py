"""PostgreSQL: its process, its connections and its errors."""

from __future__ import annotations
