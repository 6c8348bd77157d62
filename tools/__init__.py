"""Tools for those who change or release the package."""

from __future__ import annotations
