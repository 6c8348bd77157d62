"""Test databases: made, kept, copied and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.utils import ProgrammingError

NAME = "made_by_test_creation"


@pytest.fixture
def fresh(django_db_blocker: Any) -> Iterator[Any]:
    """A connection whose test database is not made yet, and is dropped in the end."""
    with django_db_blocker.unblock():
        default = connections["default"]
        settings = {**default.settings_dict, "NAME": "unused"}
        settings["TEST"] = {**settings["TEST"], "NAME": NAME, "COLLATION": None, "MIGRATE": False}
        made = type(default)(settings, "fresh")
        yield made
        made.close()
        with made._nodb_cursor() as cursor:
            for name in names(made):
                if name.startswith(NAME):
                    cursor.execute(f"DROP DATABASE {made.ops.quote_name(name)}")


def names(database: Any) -> list[str]:
    with database._nodb_cursor() as cursor:
        cursor.execute("SELECT name FROM sys.databases")
        return [name for (name,) in cursor.fetchall()]


def test_a_test_database_is_made_and_dropped(fresh: Any) -> None:
    assert fresh.creation._create_test_db(verbosity=0, autoclobber=True) == NAME
    assert NAME in names(fresh)
    fresh.creation._destroy_test_db(NAME, verbosity=0)
    assert NAME not in names(fresh)


def test_an_old_test_database_is_replaced(fresh: Any, capsys: Any) -> None:
    fresh.creation._create_test_db(verbosity=0, autoclobber=True)
    assert fresh.creation._create_test_db(verbosity=0, autoclobber=True) == NAME
    assert "already exists" in capsys.readouterr().err


def test_keepdb_keeps_it(fresh: Any) -> None:
    fresh.creation._create_test_db(verbosity=0, autoclobber=True)
    fresh.settings_dict["NAME"] = NAME
    with fresh.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id int)")
    fresh.close()
    assert fresh.creation._create_test_db(verbosity=0, autoclobber=True, keepdb=True) == NAME
    with fresh.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM kept")
        assert cursor.fetchone() == (0,)


def test_it_is_dropped_although_somebody_is_connected(fresh: Any) -> None:
    fresh.creation._create_test_db(verbosity=0, autoclobber=True)
    busy = type(fresh)({**fresh.settings_dict, "NAME": NAME}, "busy")
    busy.ensure_connection()
    fresh.creation._destroy_test_db(NAME, verbosity=0)
    assert NAME not in names(fresh)
    busy.close()


def test_the_collation_of_the_settings(fresh: Any) -> None:
    fresh.settings_dict["TEST"]["COLLATION"] = "Latin1_General_100_CS_AS"
    fresh.creation._create_test_db(verbosity=0, autoclobber=True)
    fresh.settings_dict["NAME"] = NAME
    assert fresh.server.collation == "Latin1_General_100_CS_AS"
    assert fresh.server.is_case_sensitive


def test_two_databases_of_one_name(fresh: Any) -> None:
    fresh.creation._create_test_db(verbosity=0, autoclobber=True)
    with pytest.raises(ProgrammingError, match="1801"), fresh._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {NAME}")
