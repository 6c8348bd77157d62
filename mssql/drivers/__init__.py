"""The Python drivers for SQL Server, with one adapter per driver."""

from __future__ import annotations

from mssql.config.target import Target
from mssql.drivers.base import Driver
from mssql.drivers.cursor import Cursor
from mssql.drivers.session import Outcome, Session
from mssql.errors.fault import Fault

__all__ = ["Cursor", "Driver", "Fault", "Outcome", "Session", "Target", "load"]


def load(name: str) -> Driver:
    """Return the adapter of "pyodbc" or "mssql_python", and import that package.

    Raises ImproperlyConfigured with instructions if the package cannot be imported.
    """
    if name == "mssql_python":
        from mssql.drivers.mssql_python_driver import MssqlPythonDriver

        return MssqlPythonDriver()
    from mssql.drivers.pyodbc_driver import PyodbcDriver

    return PyodbcDriver()
