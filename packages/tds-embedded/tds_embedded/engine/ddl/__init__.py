"""Definitions: the statements that create, alter and drop objects."""

from __future__ import annotations
