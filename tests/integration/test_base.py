"""The database wrapper: opening, session settings, types, constraints, per-connection state."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management.color import no_style
from django.db import connection, connections, models
from django.db.utils import IntegrityError, OperationalError
from django.test import override_settings

from mssql.base import DatabaseWrapper
from mssql.tsql import capabilities
from tds_embedded.server import Server


@pytest.fixture(autouse=True)
def may_connect(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def open_database() -> Iterator[Any]:
    """Return a function that creates separate connections to master, with other settings."""
    made = []

    def open(options: dict[str, Any] | None = None, **settings: Any) -> Any:
        given = copy.deepcopy(connections["default"].settings_dict)
        given.update(NAME="master", **settings)
        given["OPTIONS"].update(options or {})
        made.append(DatabaseWrapper(given, "own"))
        return made[-1]

    yield open
    for database in made:
        database.close()


def value(database: Any, sql: str, params: Any = None) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


# Opening


def test_opening_takes_one_round_trip_after_the_login(server: Server, open_database: Any) -> None:
    first, second = open_database(), open_database()
    capabilities.forget(first.settings_dict["NAME"])
    with server.recorder.capture() as seen:
        assert first.server.product == "SQL Server 2022"
    batches = [text for text in seen.texts if "SET DATEFORMAT" in text]
    assert len(batches) == 1
    assert seen.count("batch") == 1
    with server.recorder.capture() as seen:
        second.ensure_connection()
    assert (seen.count("login"), seen.round_trips) == (1, 1)
    assert second.server is first.server


def test_a_database_without_a_compatibility_level_does_not_open(
    open_database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database()
    capabilities.forget(database.settings_dict["NAME"])
    monkeypatch.setattr("mssql.base.FACTS_SQL", "SELECT N'16.0.1', 3, NULL, N'Latin1_General_BIN2'")
    with pytest.raises(OperationalError, match="compatibility level of the database is unknown"):
        database.ensure_connection()


def test_the_facts_of_the_server(open_database: Any) -> None:
    facts = open_database().server
    assert facts.compatibility_level >= 130
    assert facts.major >= 13
    assert facts.collation


def test_session_settings(open_database: Any) -> None:
    assert value(open_database(), "SELECT @@DATEFIRST") == 7
    assert value(open_database({"datefirst": 1}), "SELECT @@DATEFIRST") == 1
    level = "SELECT transaction_isolation_level FROM sys.dm_exec_sessions WHERE session_id = @@SPID"
    assert value(open_database(), level) == 2
    assert value(open_database({"isolation_level": "serializable"}), level) == 4


def test_name_none_is_master(open_database: Any) -> None:
    database = open_database()
    with database._nodb_cursor() as cursor:
        cursor.execute("SELECT DB_NAME()")
        assert cursor.fetchone() == ("master",)


def test_the_application_has_a_name(open_database: Any) -> None:
    assert value(open_database(), "SELECT APP_NAME()") == "django-mssql-otel"
    named = open_database()
    named.settings_dict["OPTIONS"]["extra_params"] += ";APP=shop"
    assert value(named, "SELECT APP_NAME()") == "shop"


def test_is_usable_and_health_checks(server: Server, open_database: Any) -> None:
    database = open_database(CONN_HEALTH_CHECKS=True)
    database.ensure_connection()
    assert database.is_usable()
    server.faults.drop("SELECT 1")
    database.close_if_unusable_or_obsolete()  # as at the end of a request
    assert value(database, "SELECT 2") == 2


def test_autocommit_of_the_settings(open_database: Any) -> None:
    database = open_database(AUTOCOMMIT=False)
    assert value(database, "SELECT @@TRANCOUNT") == 1
    database.rollback()


def test_a_query_timeout(server: Server, open_database: Any) -> None:
    server.faults.delay(20, "SELECT 1 AS slow")
    with pytest.raises(OperationalError):
        value(open_database({"query_timeout": 1}), "SELECT 1 AS slow")


# State is the connection's, never the class's


def test_use_tz_and_collation_of_one_connection_are_not_felt_by_another(open_database: Any) -> None:
    with override_settings(USE_TZ=True):
        aware = open_database({"collation": "Latin1_General_100_CS_AS"})
    with override_settings(USE_TZ=False):
        naive = open_database()
    assert aware.data_types["DateTimeField"] == "datetimeoffset"
    assert naive.data_types["DateTimeField"] == "datetime2"
    assert DatabaseWrapper.data_types["DateTimeField"] == "datetime2"
    assert "COLLATE Latin1_General_100_CS_AS" in aware.operators["contains"]
    assert "COLLATE" not in naive.operators["contains"]


# Types


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (models.CharField(max_length=30), "nvarchar(30)"),
        (models.CharField(max_length=4000), "nvarchar(4000)"),
        (models.CharField(max_length=4001), "nvarchar(max)"),
        (models.CharField(), "nvarchar(max)"),
        (models.BinaryField(), "varbinary(max)"),
        (models.BinaryField(max_length=16), "varbinary(16)"),
        (models.BinaryField(max_length=9000), "varbinary(max)"),
        (models.DecimalField(max_digits=9, decimal_places=2), "numeric(9, 2)"),
        (models.UUIDField(), "char(32)"),
        (models.DurationField(), "bigint"),
        (models.BooleanField(), "bit"),
        (models.GenericIPAddressField(), "nvarchar(39)"),
        (models.FloatField(), "double precision"),
    ],
)
def test_column_types_are_those_of_mssql_django(field: Any, expected: str) -> None:
    assert field.db_type(connection) == expected


# Constraints


@pytest.fixture
def family(open_database: Any) -> Iterator[Any]:
    """Two tables, one referring to the other, in a transaction that is rolled back."""
    database = open_database()
    database.set_autocommit(False)
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE parents (id int NOT NULL PRIMARY KEY)")
        cursor.execute(
            "CREATE TABLE children (id int NOT NULL PRIMARY KEY,"
            " parent_id int NULL CONSTRAINT children_fk REFERENCES parents (id))"
        )
    yield database
    database.rollback()


def test_constraints_are_put_off_and_checked_again(family: Any) -> None:
    with family.constraint_checks_disabled(), family.cursor() as cursor:
        cursor.execute("INSERT INTO children VALUES (1, 7)")
        cursor.execute("INSERT INTO parents VALUES (7)")
    trusted = "SELECT is_not_trusted FROM sys.foreign_keys WHERE name = 'children_fk'"
    assert value(family, trusted) is False
    with pytest.raises(IntegrityError), family.cursor() as cursor:
        cursor.execute("INSERT INTO children VALUES (2, 8)")


def test_a_broken_foreign_key_holds_again_but_is_not_trusted(family: Any) -> None:
    with family.constraint_checks_disabled(), family.cursor() as cursor:
        cursor.execute("INSERT INTO children VALUES (1, 7), (2, NULL)")
    state = "SELECT is_disabled + 2 * is_not_trusted FROM sys.foreign_keys"
    assert value(family, f"{state} WHERE name = 'children_fk'") == 2
    with pytest.raises(IntegrityError), family.cursor() as cursor:
        cursor.execute("INSERT INTO children VALUES (3, 8)")


def test_a_foreign_key_that_was_off_stays_off(family: Any) -> None:
    with family.cursor() as cursor:
        cursor.execute("ALTER TABLE children NOCHECK CONSTRAINT children_fk")
    with family.constraint_checks_disabled():
        pass
    off = "SELECT is_disabled FROM sys.foreign_keys WHERE name = 'children_fk'"
    assert value(family, off) is True
    with family.cursor() as cursor:
        cursor.execute("INSERT INTO children VALUES (1, 7)")
    family.check_constraints()
    assert value(family, off) is True


def test_flush_switches_on_only_what_it_switched_off(family: Any) -> None:
    with family.cursor() as cursor:
        cursor.execute("ALTER TABLE children ADD other_id int NULL, kind int NULL")
        cursor.execute(
            "ALTER TABLE children ADD CONSTRAINT other_fk FOREIGN KEY (other_id)"
            " REFERENCES parents (id), CONSTRAINT kinds CHECK (kind > 0)"
        )
        cursor.execute("ALTER TABLE children NOCHECK CONSTRAINT other_fk, kinds")
        cursor.execute("INSERT INTO parents VALUES (1); INSERT INTO children VALUES (1, 1, 9, -1)")
        for statement in family.ops.sql_flush(no_style(), ["parents", "children"]):
            cursor.execute(statement)
        cursor.execute(
            "SELECT name, is_disabled FROM sys.foreign_keys WHERE name IN ('children_fk', "
            "'other_fk') UNION ALL SELECT name, is_disabled FROM sys.check_constraints "
            "WHERE name = 'kinds' ORDER BY name"
        )
        assert cursor.fetchall() == [("children_fk", False), ("kinds", True), ("other_fk", True)]
    assert value(family, "SELECT COUNT(*) FROM parents, children") == 0


@pytest.mark.parametrize("tables", [None, ["children"], ["CHILDREN"]])
def test_a_broken_foreign_key_is_found(family: Any, tables: Any) -> None:
    family.disable_constraint_checking()
    with family.cursor() as cursor:
        cursor.execute("INSERT INTO children VALUES (1, 7)")
    family.check_constraints(["parents"])
    with pytest.raises(IntegrityError, match="children_fk"):
        family.check_constraints(tables)


def test_it_loads_before_the_models_do() -> None:
    program = "from django.conf import settings; settings.configure(); import mssql.base"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# Subclasses, as projects write them


def test_a_subclass_that_fetches_its_password_when_it_connects(open_database: Any) -> None:
    right = connections["default"].settings_dict["PASSWORD"]
    opened = []

    class FetchesPassword(DatabaseWrapper):
        def get_connection_params(self) -> dict[str, Any]:
            return {**super().get_connection_params(), "database": "tempdb"}

        def get_new_connection(self, conn_params: Any) -> Any:
            self.settings_dict["PASSWORD"] = right
            opened.append(super().get_new_connection({**conn_params}))
            return opened[-1]

    settings = open_database(PASSWORD="outdated").settings_dict
    database: Any = FetchesPassword(settings, "own")
    assert value(database, "SELECT DB_NAME()") == "tempdb"
    assert database.connection is opened[0]
    database.close()
    assert value(database, "SELECT DB_NAME()") == "tempdb"
    assert len(opened) == 2
    database.close()


def test_a_subclass_that_runs_a_statement_on_each_new_connection(open_database: Any) -> None:
    class SetsContext(DatabaseWrapper):
        def get_new_connection(self, conn_params: Any) -> Any:
            connection = super().get_new_connection(conn_params)
            cursor = connection.cursor()
            cursor.execute("SET LOCK_TIMEOUT 1234")
            cursor.close()
            return connection

    database: Any = SetsContext(open_database().settings_dict, "own")
    assert value(database, "SELECT @@LOCK_TIMEOUT") == 1234
    database.close()
