"""The errors of DDL that several statements share."""

from __future__ import annotations

from tds_embedded.errors import SqlServerError, error


def not_emulated(feature: str) -> SqlServerError:
    """Return the error for a feature of SQL Server that is not emulated."""
    return error(40517, feature)


def found_compiling(cause: SqlServerError) -> SqlServerError:
    """Return an error that is found before the batch runs."""
    cause.compiling = True
    return cause


def not_created(cause: SqlServerError, *, compiling: bool = False) -> SqlServerError:
    """Return 1750 after its cause; of one found while compiling its state is 0."""
    last = error(1750, state=0 if compiling else 1).after(cause)
    last.compiling = compiling
    return last
