"""Search for the ODBC driver to connect with."""

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
    """An ODBC driver. `keyword` is a name of odbcinst.ini or the path of a shared library."""

    keyword: str
    is_microsoft: bool


def find(name: str | None, list_drivers: Callable[[], Iterable[str]]) -> OdbcDriver:
    """Return the driver of OPTIONS["driver"], otherwise Microsoft's 18, 17 or that of a wheel.

    `list_drivers` returns the names in the ODBC driver manager (`pyodbc.drivers`). The copy in the
    wheel mssql-python-odbc is also found by the name of driver 18.
    Raises ImproperlyConfigured, with all names that were tried.
    """
    if name and ("/" in name or "\\" in name):
        if Path(name).is_file():
            return OdbcDriver(name, "msodbcsql" in Path(name).name.lower())
        raise ImproperlyConfigured(
            f"OPTIONS['driver'] is the path of an ODBC driver, but there is no file {name!r}."
        )
    names = {each.lower(): each for each in list_drivers()}
    for candidate in (name,) if name else (DRIVER_18, DRIVER_17):
        if candidate.lower() in names:
            return OdbcDriver(names[candidate.lower()], _is_microsoft(candidate))
    path = wheel_driver() if name in (None, DRIVER_18) else None
    if path:
        return OdbcDriver(str(path), is_microsoft=True)
    raise ImproperlyConfigured(_not_found(name, sorted(names.values())))


@functools.lru_cache(maxsize=None)
def wheel_driver() -> Path | None:
    """Return the path of driver 18 in the wheel mssql-python-odbc, None without that wheel.

    The wheel contains one library per family of systems (libs/linux/rhel/x86_64/lib/...).
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


def _not_found(name: str | None, drivers: Iterable[str]) -> str:
    names = ", ".join(map(repr, drivers)) or "none"
    if name and name != DRIVER_18:
        return (
            f"OPTIONS['driver'] names {name!r}, which is not installed. Installed ODBC drivers: "
            f"{names}. Install it, name one of those, or leave the option out."
        )
    return (
        f"No ODBC driver for SQL Server was found. Tried: {DRIVER_18!r} and {DRIVER_17!r} among "
        f"the installed drivers ({names}), and the one inside the package mssql-python-odbc. "
        "Install Microsoft's ODBC driver "
        "(https://learn.microsoft.com/sql/connect/odbc/download-odbc-driver-for-sql-server) or run "
        "'pip install mssql-python-odbc', or name another driver in OPTIONS['driver']."
    )
