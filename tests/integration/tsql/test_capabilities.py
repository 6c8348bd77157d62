"""Capabilities of a server: by its version and the database's compatibility level."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mssql.tsql.capabilities import ServerInfo
from tds_embedded.server import Server
from tests.databases import alias, settings_of

SQL_SERVER = 3
AZURE = 5
MANAGED_INSTANCE = 8
COLLATION = "SQL_Latin1_General_CP1_CI_AS"


def info(version: str, level: int, edition: int = SQL_SERVER) -> ServerInfo:
    return ServerInfo(version, edition, level, COLLATION)


@pytest.mark.parametrize(
    ("capability", "since", "level"),
    [
        ("has_string_agg", 14, 100),
        ("has_utf8_collations", 15, 100),
        ("has_greatest_least", 16, 100),
        ("has_datetrunc", 16, 100),
        ("has_json_object", 16, 100),
        ("has_isjson_value", 16, 100),
        ("has_window_clause", 16, 160),
        ("has_regexp_like", 17, 170),
        ("has_json_type", 17, 100),
    ],
)
def test_a_capability_begins_with_its_release_and_level(
    capability: str, since: int, level: int
) -> None:
    assert getattr(info(f"{since}.0.1000.6", 170), capability)
    assert not getattr(info(f"{since - 1}.0.4000.1", 170), capability)
    assert getattr(info(f"{since}.0.1000.6", level), capability)
    assert level == 100 or not getattr(info(f"{since}.0.1000.6", level - 10), capability)


def test_azure_says_version_12_whatever_it_can_do() -> None:
    azure = info("12.0.2000.8", 160, AZURE)
    assert azure.is_azure
    assert azure.has_datetrunc
    assert azure.has_window_clause
    assert not azure.has_regexp_like
    assert info("12.0.2000.8", 170, AZURE).has_regexp_like
    assert not info("12.0.2000.8", 150, AZURE).has_window_clause


@pytest.mark.parametrize(
    ("version", "edition", "product", "many"),
    [
        ("16.0.4185.3", SQL_SERVER, "SQL Server 2022", True),
        ("13.0.5026.0", 2, "SQL Server 2016", True),
        ("12.0.2000.8", AZURE, "Azure SQL Database", False),
        ("12.0.2000.8", MANAGED_INSTANCE, "Azure SQL Managed Instance", True),
        ("12.0.2000.8", 12, "SQL database in Fabric", False),
    ],
)
def test_its_name(version: str, edition: int, product: str, many: bool) -> None:
    found = info(version, 160, edition)
    assert (found.product, found.can_use_other_databases) == (product, many)


@pytest.mark.parametrize(
    ("collation", "sensitive"),
    [
        ("SQL_Latin1_General_CP1_CI_AS", False),
        ("Latin1_General_100_CS_AS_SC", True),
        ("Latin1_General_100_BIN2_UTF8", True),
    ],
)
def test_case(collation: str, sensitive: bool) -> None:
    assert ServerInfo("16.0.1.1", SQL_SERVER, 160, collation).is_case_sensitive is sensitive


def test_an_unknown_compatibility_level_is_an_error_that_says_so() -> None:
    with pytest.raises(LookupError, match="compatibility level of the database is unknown"):
        ServerInfo.from_row(("12.0.2000.8", AZURE, None, COLLATION))


def test_the_json_type_is_there_at_every_level_of_azure() -> None:
    assert info("12.0.2000.8", 150, AZURE).has_json_type
    assert not info("12.0.2000.8", 160, MANAGED_INSTANCE).has_json_type
    assert info("12.0.2000.8", 170, MANAGED_INSTANCE).has_json_type


@pytest.mark.django_db(databases=["default"])
def test_the_level_is_found_where_db_id_and_sys_databases_differ(
    server_as: Callable[[str], Server],
) -> None:
    azure = server_as("azure")
    settings = settings_of(azure.endpoint)
    with alias("azure", **settings, NAME="master") as made, made.cursor() as cursor:
        cursor.execute("CREATE DATABASE level_by_name")
    with alias("azure", **settings, NAME="level_by_name") as made:
        assert made.server.compatibility_level == 170
        with made.cursor() as cursor:
            cursor.execute("SELECT DB_ID(), database_id FROM sys.databases WHERE name = DB_NAME()")
            own, of_the_server = cursor.fetchone()
    assert own != of_the_server
