"""Names, literals, limits and identities."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.management.color import no_style
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mssql.tsql.literals import displayed_literal
from tests.models import Account, Author, Tag


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("plain", "[plain]"),
        ("a]b", "[a]]b]"),
        ("[a", "[[a]"),
        ("order by", "[order by]"),
        ("it's", "[it's]"),
        ("[sales].[order]", "[sales].[order]"),
        ("[plain]", "[plain]"),
    ],
)
def test_names_are_quoted_once(name: str, quoted: str) -> None:
    assert connection.ops.quote_name(name) == quoted
    assert connection.ops.quote_name(quoted) == quoted


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "1"),
        (7, "7"),
        (Decimal("1.50"), "1.50"),
        ("it's", "N'it''s'"),
        (b"\x00\xff", "0x00ff"),
        (datetime.datetime(2024, 1, 2, 3, 4, 5), "'2024-01-02 03:04:05'"),
        (datetime.date(2024, 1, 2), "'2024-01-02'"),
        (uuid.UUID(int=1), "'00000000-0000-0000-0000-000000000001'"),
    ],
)
def test_literal(value: Any, sql: str) -> None:
    assert displayed_literal(value) == sql


@pytest.mark.django_db
def test_the_log_shows_statements_that_run() -> None:
    Author.objects.create(name="O'Hara 100%", age=3)
    with CaptureQueriesContext(connection) as queries:
        assert Author.objects.filter(name="O'Hara 100%", age=3).count() == 1
    (logged,) = (query["sql"] for query in queries)
    assert "N'O''Hara 100%'" in logged
    with connection.cursor() as cursor:
        cursor.execute(logged)
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_wildcards_are_escaped() -> None:
    assert connection.ops.prep_for_like_query(r"50%_[x]\ ") == r"50\%\_\[x]\\ "
    assert connection.ops.prep_for_iexact_query("50%") == "50%"


@pytest.mark.django_db(transaction=True)
def test_flushed_tables_begin_anew() -> None:
    tables = [Tag._meta.db_table, Account._meta.db_table]  # the second one was never used
    Tag.objects.create(name="x")
    statements = connection.ops.sql_flush(no_style(), tables, reset_sequences=True)
    connection.ops.execute_sql_flush(statements)
    assert Tag.objects.count() == 0
    assert Tag.objects.create(name="y").pk == 1
    assert Account.objects.create(owner="z").pk >= 1


@pytest.mark.django_db
def test_identities_go_on_after_the_largest_key() -> None:
    Tag.objects.create(pk=10_000_000, name="x")
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [Tag]):
            cursor.execute(sql)
    assert Tag.objects.create(name="y").pk == 10_000_001
