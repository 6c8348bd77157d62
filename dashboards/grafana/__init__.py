"""Grafana dashboards, one module each, and the panels that they consist of."""

from __future__ import annotations
