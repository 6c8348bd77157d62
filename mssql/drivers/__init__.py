"""The Python packages that speak to SQL Server, one adapter each."""

from __future__ import annotations

from mssql.config.target import Target
from mssql.drivers.base import Driver
from mssql.drivers.cursor import Cursor
from mssql.drivers.session import Outcome, Session
from mssql.errors.fault import Fault

__all__ = ["Cursor", "Driver", "Fault", "Outcome", "Session", "Target", "load"]


def load(name: str) -> Driver:
    """An adapter for "pyodbc" or "mssql_python", whose package is imported now.

    Raises ImproperlyConfigured, with what to install, where the package cannot be imported.
    """
    if name == "mssql_python":
        from mssql.drivers.mssql_python_driver import MssqlPythonDriver

        return MssqlPythonDriver()
    from mssql.drivers.pyodbc_driver import PyodbcDriver

    return PyodbcDriver()
