"""SQL Server's errors as Django's exceptions."""

from __future__ import annotations

from mssql.errors.fault import Fault
from mssql.errors.mapping import ClaimsRequired, DatabaseErrors, OutcomeUnknown
from mssql.errors.numbers import ErrorNumber

__all__ = ["ClaimsRequired", "DatabaseErrors", "ErrorNumber", "Fault", "OutcomeUnknown"]
