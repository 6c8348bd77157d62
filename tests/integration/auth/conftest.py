"""Connections that sign in with Microsoft Entra."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tds_embedded.server import Server


@pytest.fixture(autouse=True)
def _isolated(new_process: None) -> None:
    """Start every test in a new process."""


@pytest.fixture(params=["pyodbc", "mssql_python"])
def python_driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connect(judging: Server, python_driver: str, django_db_blocker: Any) -> Iterator[Any]:
    """Return a function that creates a Django connection to the judging server."""
    opened = []

    def make(options: dict[str, Any] | None = None, **settings: Any) -> Any:
        default = connections["default"]
        trust = f"Encrypt=strict;ServerCertificate={judging.certificate}"
        options = {"python_driver": python_driver, "extra_params": "", **(options or {})}
        options["extra_params"] = f"{trust};{options['extra_params']}"
        given = {
            **default.settings_dict,
            "HOST": "127.0.0.1",
            "PORT": str(judging.port),
            "NAME": "master",
            "USER": "",
            "PASSWORD": "",
            "OPTIONS": options,
            **settings,
        }
        made = type(default)(given, "entra")
        opened.append(made)
        return made

    with django_db_blocker.unblock():
        yield make
        for connection in opened:
            connection.close()
