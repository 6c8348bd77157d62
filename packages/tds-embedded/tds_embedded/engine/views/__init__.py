"""The rows of dynamic management views and of Query Store's views."""

from __future__ import annotations
