"""ShowPlan XML from PostgreSQL's query plans."""

from __future__ import annotations
