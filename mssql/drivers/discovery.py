"""Finds the ODBC driver to connect with."""

from __future__ import annotations

import functools
import importlib.util
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable

from django.core.exceptions import ImproperlyConfigured

DRIVER_18 = "ODBC Driver 18 for SQL Server"
DRIVER_17 = "ODBC Driver 17 for SQL Server"

_MACHINES = {"amd64": "x86_64", "aarch64": "arm64"}  # the wheel's names for them


@dataclass(frozen=True)
class OdbcDriver:
    """What stands behind `Driver=`: a name of odbcinst.ini or the path of a shared library."""

    keyword: str
    is_microsoft: bool


def find(named: str | None, installed: Callable[[], Iterable[str]]) -> OdbcDriver:
    """The driver named in OPTIONS["driver"], else Microsoft's 18, 17 or the one of a wheel.

    `installed` gives the names that the ODBC driver manager knows (`pyodbc.drivers`). Driver 18 by
    its name is also satisfied by the copy inside the wheel mssql-python-odbc.
    Raises ImproperlyConfigured with everything that was tried.
    """
    if named and ("/" in named or "\\" in named):
        if Path(named).is_file():
            return OdbcDriver(named, "msodbcsql" in Path(named).name.lower())
        raise ImproperlyConfigured(
            f"OPTIONS['driver'] is the path of an ODBC driver, but there is no file {named!r}."
        )
    names = {name.lower(): name for name in installed()}
    for wanted in (named,) if named else (DRIVER_18, DRIVER_17):
        if wanted.lower() in names:
            return OdbcDriver(names[wanted.lower()], _is_microsoft(wanted))
    shipped = wheel_driver() if named in (None, DRIVER_18) else None
    if shipped:
        return OdbcDriver(str(shipped), is_microsoft=True)
    raise ImproperlyConfigured(_nothing_found(named, sorted(names.values())))


@functools.lru_cache(maxsize=None)
def wheel_driver() -> Path | None:
    """Microsoft's driver 18 inside the wheel mssql-python-odbc, if that is installed.

    The wheel holds one library for each family of systems (libs/linux/rhel/x86_64/lib/...).
    """
    package = importlib.util.find_spec("mssql_python_odbc")
    if package is None or not package.submodule_search_locations:
        return None
    root = Path(next(iter(package.submodule_search_locations))) / "libs"
    machine = platform.machine().lower()
    family = "debian_ubuntu" if Path("/etc/debian_version").exists() else "rhel"
    libraries = [
        path
        for name in ("libmsodbcsql*", "msodbcsql*.dll")
        for path in sorted(root.rglob(name))
        if _MACHINES.get(machine, machine) in path.parts
    ]
    return next((path for path in libraries if family in path.parts), next(iter(libraries), None))


def _is_microsoft(name: str) -> bool:
    return name.lower().endswith("for sql server") or name.lower().startswith("sql server native")


def _nothing_found(named: str | None, installed: Iterable[str]) -> str:
    known = ", ".join(map(repr, installed)) or "none"
    if named and named != DRIVER_18:
        return (
            f"OPTIONS['driver'] names {named!r}, which is not installed. Installed ODBC drivers: "
            f"{known}. Install it, name one of those, or leave the option out."
        )
    return (
        f"No ODBC driver for SQL Server was found. Tried: {DRIVER_18!r} and {DRIVER_17!r} among "
        f"the installed drivers ({known}), and the one inside the package mssql-python-odbc. "
        "Install Microsoft's ODBC driver "
        "(https://learn.microsoft.com/sql/connect/odbc/download-odbc-driver-for-sql-server) or run "
        "'pip install mssql-python-odbc', or name another driver in OPTIONS['driver']."
    )
