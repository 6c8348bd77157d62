"""inspectdb writes models of the tables as they are."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from tests.tables import run

pytestmark = pytest.mark.django_db


def inspect(*tables: str, **options: Any) -> str:
    out = StringIO()
    call_command("inspectdb", *tables, stdout=out, **options)
    return out.getvalue()


def test_fields_keys_and_comments() -> None:
    run("CREATE TABLE tests_poet (Id int IDENTITY PRIMARY KEY, Name nvarchar(50) NULL UNIQUE)")
    run(
        "CREATE TABLE tests_poem (id bigint IDENTITY PRIMARY KEY,"
        " poet_id int NOT NULL REFERENCES tests_poet (Id),"
        " price numeric(8, 2) NOT NULL, [class] nvarchar(max) NULL,"
        " tag varchar(9) COLLATE Latin1_General_100_CS_AS NOT NULL,"
        " data nvarchar(max) NULL CHECK (ISJSON(data) = 1),"
        " CONSTRAINT tests_pair UNIQUE (poet_id, tag))"
    )
    run(
        "EXEC sp_addextendedproperty N'MS_Description', N'What it''s about',"
        " N'SCHEMA', N'dbo', N'TABLE', N'tests_poem', N'COLUMN', N'tag'"
    )
    text = inspect("tests_poet", "tests_poem")
    for line in (
        "id = models.AutoField(db_column='Id', primary_key=True)",
        "name = models.CharField(db_column='Name', unique=True, max_length=50, blank=True, "
        "null=True)",
        "id = models.BigAutoField(primary_key=True)",
        "poet = models.ForeignKey(TestsPoet, models.DO_NOTHING)",
        "price = models.DecimalField(max_digits=8, decimal_places=2)",
        "class_field = models.TextField(db_column='class', blank=True, null=True)",
        "tag = mssql.fields.VarcharField(max_length=9, db_collation='Latin1_General_100_CS_AS', "
        'db_comment="What it\'s about")',
        "data = models.JSONField(blank=True, null=True)",
        "unique_together = (('poet', 'tag'),)",
    ):
        assert line in text


def test_views_on_request() -> None:
    run("CREATE TABLE tests_base (a int)")
    run("CREATE VIEW tests_view AS SELECT a FROM tests_base")
    assert "TestsView" not in inspect()
    assert "Created from a view" in inspect(include_views=True)


def test_composite_primary_keys() -> None:
    run("CREATE TABLE tests_pair (a int NOT NULL, b int NOT NULL, PRIMARY KEY (b, a))")
    assert "pk = models.CompositePrimaryKey('b', 'a')" in inspect("tests_pair")


def test_the_tables_of_one_other_schema() -> None:
    run("CREATE SCHEMA apart")
    run("CREATE TABLE apart.tests_far (id int PRIMARY KEY)")
    run("CREATE TABLE tests_near (id int PRIMARY KEY)")
    assert "tests_far" not in inspect()
    text = inspect(schema="apart")
    assert "tests_near" not in text
    assert "db_table = 'apart\"." in text
