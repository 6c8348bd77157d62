"""mssql-django, on the same tests and the same server.

Its import package is `mssql`, as ours is. So it gets a separate virtual environment, in whose
processes this repository's folder is not on the path: of it they see tests/ alone.
"""

from __future__ import annotations

from pathlib import Path

from mssql.drivers.discovery import DRIVER_18, wheel_driver
from tests.conformance.django_source import CACHE, ROOT

NAME = "mssql-django"
WANTED = "mssql-django==2.0.*"


def environment(folder: Path) -> dict[str, str]:
    """Variables of its processes. It finds drivers by their names only, so `folder` gets a
    register of them."""
    path = CACHE / NAME
    path.mkdir(parents=True, exist_ok=True)
    tests = path / "tests"
    if not tests.is_symlink():
        tests.symlink_to(ROOT / "tests", target_is_directory=True)
    (folder / "odbcinst.ini").write_text(f"[{DRIVER_18}]\nDriver={wheel_driver()}\n")
    return {
        "PYTHONPATH": str(path),
        "ODBCSYSINI": str(folder),
        "CONFORMANCE_DRIVER": DRIVER_18,
    }
