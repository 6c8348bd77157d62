"""The database engine: sessions, batches, procedures, triggers and definitions."""

from __future__ import annotations
