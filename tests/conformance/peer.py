"""mssql-django, on the same tests and the same server.

Its import package is `mssql`, as ours is. So it gets a virtual environment of its own, in whose
processes this repository's folder is not on the path: of it they see tests/ alone.
"""

from __future__ import annotations

import functools
from pathlib import Path

from mssql.drivers.discovery import DRIVER_18, wheel_driver
from tests.conformance.django_source import CACHE, ROOT

NAME = "mssql-django"
WANTED = "mssql-django==2.0.*"
# The tests that its own run of Django's suite leaves out, a line each, some with the Django version
# from which on: EXCLUDED_TESTS and REGEX_TESTS for Django 5.2.4 and newer, in
# https://github.com/microsoft/mssql-django/blob/0182ac528ecfe5238a38a34df3ac4a842cbcca66/testapp/settings.py
LEAVES_OUT = Path(__file__).with_name("mssql_django_leaves_out.txt")


def environment(folder: Path, django: str) -> dict[str, str]:
    """Variables of its processes, for the suite of Django `django`. It finds drivers by their
    names only, so `folder` gets a register of them."""
    path = CACHE / NAME
    path.mkdir(parents=True, exist_ok=True)
    tests = path / "tests"
    if not tests.is_symlink():
        tests.symlink_to(ROOT / "tests", target_is_directory=True)
    (folder / "odbcinst.ini").write_text(f"[{DRIVER_18}]\nDriver={wheel_driver()}\n")
    (folder / "left-out").write_text("\n".join(leaves_out(django)))
    return {
        "CONFORMANCE_LEFT_OUT": str(folder / "left-out"),
        "PYTHONPATH": str(path),
        "ODBCSYSINI": str(folder),
        "CONFORMANCE_DRIVER": DRIVER_18,
    }


@functools.lru_cache
def leaves_out(django: str) -> frozenset[str]:
    """The tests that its own run of the suite of Django `django` ("5.2.19") leaves out."""
    lines = (line.split() for line in LEAVES_OUT.read_text().splitlines())
    return frozenset(
        test for test, *since in lines if not since or _version(since[0]) <= _version(django)
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")[:2]))
