"""SQL Server's errors as Django's exceptions."""

from __future__ import annotations

from mssql.errors.fault import CANNOT_OPEN, Fault
from mssql.errors.mapping import ClaimsRequired, DatabaseErrors, OutcomeUnknown

__all__ = ["CANNOT_OPEN", "ClaimsRequired", "DatabaseErrors", "Fault", "OutcomeUnknown"]
