"""Further aliases for the time of one test."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, transaction

from mssql.base import DatabaseWrapper
from tds_embedded.server import Endpoint
from tests.relay import Relay

Settings = dict[str, Any]


def settings_of(endpoint: Endpoint) -> Settings:
    """Return the entry of DATABASES for an embedded server that the tests have started."""
    return {
        "HOST": endpoint.host,
        "PORT": str(endpoint.port),
        "USER": endpoint.user,
        "PASSWORD": endpoint.password,
        "OPTIONS": {"extra_params": f"Encrypt=strict;ServerCertificate={endpoint.certificate}"},
    }


@contextmanager
def alias(name: str, options: Settings | None = None, **settings: Any) -> Iterator[Any]:
    """Register an alias: the settings of "default", its test database too, with these instead."""
    given = copy.deepcopy(connections["default"].settings_dict)
    given.update(copy.deepcopy(settings))
    given["OPTIONS"].update(options or {})
    made = connections[name] = DatabaseWrapper(given, name)
    try:
        yield made
    finally:
        made.close()
        del connections[name]


@contextmanager
def through(network: Relay, driver: str, **options: Any) -> Iterator[Any]:
    """Register the alias "db", whose connections of a driver go through a network that can fail.

    Without the driver's own attempts to reconnect, which hide much of a failure, but not all.
    """
    pytest.importorskip(driver)
    extra_params = connections["default"].settings_dict["OPTIONS"]["extra_params"]
    with alias(
        "db",
        {
            "python_driver": driver,
            "extra_params": f"{extra_params};ConnectRetryCount=0",
            **options,
        },
        HOST="127.0.0.1",
        PORT=str(network.port),
    ) as made:
        yield made


@contextmanager
def tables(name: str, *models: Any) -> Iterator[None]:
    """Give the alias the tables of the models, in a transaction that is rolled back."""
    with transaction.atomic(using=name):
        with connections[name].schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        yield
        transaction.set_rollback(True, using=name)
