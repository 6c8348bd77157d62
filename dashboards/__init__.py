"""Dashboards and alert rules for applications that use this backend, generated from code.

    python -m dashboards

writes grafana/*.json and prometheus/*.yml. The generated files are committed, so that a change of
a panel or a rule is a difference that a reviewer reads.
"""

from __future__ import annotations
