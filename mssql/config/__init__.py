"""The settings of an alias, from DATABASES to the keywords of a connection."""

from __future__ import annotations
