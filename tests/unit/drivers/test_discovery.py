"""The search for an ODBC driver, and the error if there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from mssql.drivers import discovery
from mssql.drivers.discovery import DRIVER_17, DRIVER_18, find


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "wheel_driver", lambda: None)


def test_driver_18_comes_before_17() -> None:
    assert find(None, lambda: ["FreeTDS", DRIVER_17, DRIVER_18]).keyword == DRIVER_18
    assert find(None, lambda: [DRIVER_17]).keyword == DRIVER_17


def test_a_named_driver_is_found_without_regard_to_case() -> None:
    found = find("freetds", lambda: ["FreeTDS"])
    assert (found.keyword, found.is_microsoft) == ("FreeTDS", False)


@pytest.mark.parametrize("named", [None, DRIVER_18])
def test_the_wheels_driver_18_where_none_is_installed(named: str | None) -> None:
    found = find(named, list)
    assert Path(found.keyword).is_file()
    assert found.is_microsoft


def test_a_named_driver_that_is_missing_is_an_error_with_those_there_are() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"'Nope'.*Installed ODBC drivers: 'FreeTDS'"):
        find("Nope", lambda: ["FreeTDS"])


def test_a_path_must_exist() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"no file '/nowhere/driver\.so'"):
        find("/nowhere/driver.so", list)


@pytest.mark.usefixtures("no_wheel")
def test_nothing_found_names_all_that_was_tried() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        find(None, lambda: ["SQLite3"])
    for tried in (DRIVER_18, DRIVER_17, "mssql-python-odbc", "'SQLite3'", "OPTIONS['driver']"):
        assert tried in str(caught.value)
