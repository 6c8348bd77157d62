"""Test databases: created, kept, copied and dropped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import NotSupportedError, connections
from django.db.utils import ProgrammingError

from tds_embedded.server import Server
from tests.databases import alias, settings_of

NAME = "made_by_test_creation"


@pytest.fixture
def fresh(django_db_blocker: Any) -> Iterator[Any]:
    """Yield a connection whose test database does not exist yet, and is dropped in the end."""
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


def kept_rows(database: Any, name: str) -> list[Any]:
    database.close()
    database.settings_dict["NAME"] = name
    with database.cursor() as cursor:
        cursor.execute("SELECT n FROM kept ORDER BY n")
        return list(cursor.fetchall())


def test_a_test_database_is_copied_for_each_process(fresh: Any) -> None:
    fresh.creation._create_test_db(verbosity=0, autoclobber=True)
    fresh.settings_dict["NAME"] = NAME
    with fresh.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n int PRIMARY KEY); INSERT INTO kept VALUES (1), (2)")
    for suffix in ("1", "2"):
        fresh.creation.clone_test_db(suffix, verbosity=0)
    assert kept_rows(fresh, f"{NAME}_1") == [(1,), (2,)]
    with fresh.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (3)")
    assert kept_rows(fresh, f"{NAME}_2") == [(1,), (2,)]
    assert kept_rows(fresh, NAME) == [(1,), (2,)]
    fresh.creation.clone_test_db("1", verbosity=0)
    assert kept_rows(fresh, f"{NAME}_1") == [(1,), (2,)]
    fresh.close()


PARALLEL = """
import os
from django.db import connection
from django.test import TestCase

class Cases(TestCase):
    def work(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT DB_NAME()")
            name = cursor.fetchone()[0]
            cursor.execute("SELECT COUNT(*) FROM django_content_type")
            assert cursor.fetchone()[0]
        with open(os.environ["SEEN"], "a") as seen:
            print(name, file=seen)

class A(Cases):
    def test_a(self): self.work()
class B(Cases):
    def test_b(self): self.work()
class C(Cases):
    def test_c(self): self.work()
"""


def test_manage_test_runs_in_parallel(server: Server, tmp_path: Path) -> None:
    default = connections["default"].settings_dict
    given = {name: default[name] for name in ("ENGINE", "HOST", "PORT", "USER", "PASSWORD",
                                              "OPTIONS")}  # fmt: skip
    given.update(NAME="unused", TEST={"NAME": f"{NAME}_parallel"})
    (tmp_path / "test_parallel.py").write_text(PARALLEL)
    (tmp_path / "parallel_settings.py").write_text(
        f"DATABASES = {{'default': {given!r}}}\n"
        "INSTALLED_APPS = ['django.contrib.contenttypes']\nSECRET_KEY = 'x'\nUSE_TZ = True\n"
    )
    seen = tmp_path / "seen"
    run = subprocess.run(
        [sys.executable, "-m", "django", "test", "--parallel", "2", "test_parallel"],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "parallel_settings", "SEEN": str(seen),
             "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"},
        capture_output=True,
        text=True,
        timeout=200,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "Ran 3 tests" in run.stderr
    names = set(seen.read_text().split())
    assert names <= {f"{NAME}_parallel_1", f"{NAME}_parallel_2"}
    assert names


@pytest.fixture
def managed(
    server_as: Any, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A connection to a Managed Instance, registered as the alias "managed"."""
    settings = settings_of(server_as("managed").endpoint)
    test = {**connections["default"].settings_dict["TEST"], "NAME": NAME, "COLLATION": None}
    monkeypatch.setitem(django_settings.DATABASES, "managed", {"NAME": ""})
    with (
        django_db_blocker.unblock(),
        alias("managed", **settings, NAME="unused", TEST=test) as made,
    ):
        yield made


def test_a_managed_instance_drops_and_clones_by_what_it_knows(managed: Any) -> None:
    creation = managed.creation
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    busy = type(managed)({**managed.settings_dict}, "busy")
    busy.ensure_connection()
    managed.close()
    creation.clone_test_db("1", verbosity=0)
    assert managed.settings_dict["NAME"] == NAME
    assert managed.settings_dict["TEST"]["NAME"] == NAME
    managed.settings_dict["NAME"] = f"{NAME}_1"
    assert "tests_author" in managed.introspection.table_names()
    managed.close()
    managed.settings_dict["NAME"] = NAME
    creation.clone_test_db("1", verbosity=0)
    creation._destroy_test_db(f"{NAME}_1", verbosity=0)
    creation._destroy_test_db(NAME, verbosity=0)
    assert not [name for name in names(managed) if name.startswith(NAME)]
    busy.close()


def test_the_stand_in_refuses_what_a_managed_instance_does(managed: Any) -> None:
    with managed._nodb_cursor() as cursor:
        for statement in (
            "ALTER DATABASE msdb SET SINGLE_USER WITH ROLLBACK IMMEDIATE",
            "BACKUP DATABASE msdb TO DISK = N'x' WITH COPY_ONLY",
            "RESTORE DATABASE msdb FROM DISK = N'x'",
        ):
            with pytest.raises(NotSupportedError):
                cursor.execute(statement)
