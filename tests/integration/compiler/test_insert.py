"""Rows written many at a time: keys in row order, conflicts, triggers, limits."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext, isolate_apps

from mssql.tsql.limits import MAX_PARAMETERS
from tds_embedded.server import Server
from tests.models import Account, Author, Book, Defaults, Everything, Restaurant, Stock, Tag
from tests.tables import alter, columns, create, models, rows, run

pytestmark = pytest.mark.django_db


def test_keys_are_returned_in_row_order() -> None:
    tags = Tag.objects.bulk_create([Tag(name=name) for name in ("c", "a", "b")])
    assert {tag.name: tag.pk for tag in tags} == dict(Tag.objects.values_list("name", "pk"))
    assert len({tag.pk for tag in tags}) == 3


@isolate_apps("tests")
def test_keys_are_returned_in_row_order_through_a_synonym(server: Server) -> None:
    class Alias(models.Model):
        name = models.CharField(max_length=10)

        class Meta:
            app_label = "tests"

    run("CREATE TABLE tests_behind (id bigint IDENTITY (1, 1), name nvarchar(10))")
    run("CREATE SYNONYM tests_alias FOR tests_behind")
    assert rows("SELECT IDENT_INCR(N'[tests_alias]')") == [(None,)]
    with server.recorder.capture() as capture:
        made = Alias.objects.bulk_create([Alias(name=name) for name in ("c", "a", "b")])
    assert [(row.name, row.pk) for row in made] == [("c", 1), ("a", 2), ("b", 3)]
    assert any("ISNULL(SIGN(IDENT_INCR(" in text for text in capture.texts)  # not by NULL


@isolate_apps("tests")
def test_keys_that_count_down_are_returned_in_row_order() -> None:
    class Countdown(models.Model):
        name = models.CharField(max_length=10)

        class Meta:
            app_label = "tests"

    run("CREATE TABLE tests_countdown (id bigint IDENTITY (0, -10), name nvarchar(10))")
    made = Countdown.objects.bulk_create([Countdown(name=name) for name in ("c", "a", "b")])
    assert [(row.name, row.pk) for row in made] == [("c", 0), ("a", -10), ("b", -20)]
    assert dict(Countdown.objects.values_list("name", "pk")) == {row.name: row.pk for row in made}


def test_every_type_survives_single_and_bulk_inserts() -> None:
    at = datetime.datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=datetime.timezone.utc)
    values = {
        "uuid": uuid.UUID("12345678123456781234567812345678"),
        "blob": b"\x00\xff\x00",
        "small": -32768,
        "big": 2**63 - 1,
        "price": Decimal("12345678901234.567891"),
        "ratio": 0.1,
        "flag": False,
        "text": "Ωmega 😀 " * 1000,
        "char": "it's [x]",
        "address": "2001:db8::1",
        "at": at,
        "day": datetime.date(1, 1, 1),
        "clock": datetime.time(23, 59, 59, 999999),
        "length": datetime.timedelta(days=-3, microseconds=1),
        "data": {"a": [1, None, "é"]},
    }
    one = Everything.objects.create(**values)
    full, empty = Everything.objects.bulk_create([Everything(**values), Everything()])
    for pk in (one.pk, full.pk):
        result = Everything.objects.get(pk=pk)
        assert {name: getattr(result, name) for name in values} == values
    result = Everything.objects.get(pk=empty.pk)
    assert {getattr(result, name) for name in values} == {None}


def test_explicit_keys_and_rows_of_defaults() -> None:
    Tag.objects.bulk_create([Tag(pk=70, name="x"), Tag(pk=71, name="y")])
    Tag.objects.create(pk=90, name="z")
    assert sorted(Tag.objects.values_list("pk", flat=True)) == [70, 71, 90]
    one = Defaults.objects.create()
    assert (one.count, one.name, one.double) == (7, "it's N", 14)
    two = Defaults.objects.bulk_create([Defaults(count=1), Defaults(name="n")])
    assert [(d.count, d.name, d.double) for d in two] == [(1, "it's N", 2), (7, "n", 14)]
    pizzeria = Restaurant.objects.create(name="Da Ugo", serves_pizza=True)
    assert Restaurant.objects.get(pk=pizzeria.pk).name == "Da Ugo"


def test_batches_keep_within_rows_and_parameters() -> None:
    size = connection.ops.bulk_batch_size
    fields = Book._meta.local_concrete_fields[1:]
    assert size(fields, [None] * 5000) == MAX_PARAMETERS // len(fields)
    assert size(fields[:1], [None] * 5000) == MAX_PARAMETERS
    assert size(fields[:1], []) == MAX_PARAMETERS
    assert size([], [None] * 5000) == 5000
    assert size(["pk", "pk", "title", "pages"], [None] * 5000) == MAX_PARAMETERS // 5
    with CaptureQueriesContext(connection) as queries:
        Tag.objects.bulk_create([Tag(name=str(n)) for n in range(2500)])
    assert sum(query["sql"].count("INSERT INTO") for query in queries) == 2
    assert Tag.objects.count() == 2500


def test_ignored_conflicts() -> None:
    Account.objects.create(owner="Ann", balance=1)
    rows = [("ann", 2), ("Bob", 3), ("bob", 4), (None, 5), (None, 6)]
    Account.objects.bulk_create(
        [Account(owner=owner, balance=balance) for owner, balance in rows], ignore_conflicts=True
    )
    accounts = Account.objects.order_by("balance").values_list("owner", "balance")
    assert list(accounts) == [("Ann", 1), ("Bob", 3), (None, 5), (None, 6)]


def test_ignored_conflicts_of_several_keys_count_one_by_one() -> None:
    Stock.objects.create(code="A", shelf=1, place=1)
    rows = [("B", 1, 1), ("B", 2, 2), ("C", 2, 2), ("C", 3, 3)]
    Stock.objects.bulk_create(
        [Stock(code=code, shelf=shelf, place=place) for code, shelf, place in rows],
        ignore_conflicts=True,
    )
    # The first B violates the key of its shelf and place, so the second B is not a duplicate.
    stocks = Stock.objects.order_by("code").values_list("code", "shelf")
    assert list(stocks) == [("A", 1), ("B", 2), ("C", 3)]


def test_updated_conflicts() -> None:
    ann = Account.objects.create(owner="Ann", balance=1)
    rows = Account.objects.bulk_create(
        [Account(owner="Ann", balance=10), Account(owner="Bob", balance=20)],
        update_conflicts=True,
        update_fields=["balance"],
        unique_fields=["owner"],
    )
    assert rows[0].pk == ann.pk
    result = Account.objects.order_by("owner").values_list("owner", "balance", "pk")
    assert list(result) == [("Ann", 10, ann.pk), ("Bob", 20, rows[1].pk)]


def test_updated_conflicts_of_keys_that_the_server_counts() -> None:
    ann = Account.objects.create(owner="Ann", balance=1)
    new = ann.pk + 40
    Account.objects.bulk_create(
        [Account(pk=ann.pk, owner="Ann B.", balance=2), Account(pk=new, owner="Bob", balance=3)],
        update_conflicts=True,
        update_fields=["owner"],
        unique_fields=["pk"],
    )
    result = Account.objects.order_by("pk").values_list("pk", "owner", "balance")
    assert list(result) == [(ann.pk, "Ann B.", 1), (new, "Bob", 3)]
    assert Account.objects.create(owner="Cid").pk == new + 1


def test_updated_conflicts_of_a_key_of_several_columns() -> None:
    Stock.objects.create(code="A", shelf=1, place=2, amount=1)
    Stock.objects.bulk_create(
        [Stock(code="B", shelf=1, place=2, amount=5), Stock(code="C", shelf=2, place=1, amount=6)],
        update_conflicts=True,
        update_fields=["code", "amount"],
        unique_fields=["shelf", "place"],
    )
    result = Stock.objects.order_by("code").values_list("code", "shelf", "place", "amount")
    assert list(result) == [("B", 1, 2, 5), ("C", 2, 1, 6)]


@pytest.mark.django_db(transaction=True)  # the error ends the whole transaction
@isolate_apps("tests")
def test_small_keys_are_counted_to_their_end() -> None:
    class Ticket(models.Model):
        id = models.SmallAutoField(primary_key=True)
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "tests"

    create(Ticket)
    assert columns(Ticket)["id"].type_code == "smallint"
    made = Ticket.objects.bulk_create([Ticket(name="a"), Ticket(name="b")])
    assert [(ticket.pk, ticket.name) for ticket in made] == [(1, "a"), (2, "b")]
    Ticket.objects.create(pk=32766, name="c")
    assert Ticket.objects.create(name="d").pk == 32767
    with pytest.raises(DataError), transaction.atomic():
        Ticket.objects.create(name="e")
    alter(Ticket, "id", models.AutoField(primary_key=True))
    run("INSERT INTO tests_ticket (name) VALUES (N'f')")
    assert Ticket.objects.get(name="f").pk == 32768
    run("DROP TABLE tests_ticket")


def test_a_conflict_of_another_key_is_an_error() -> None:
    Tag.objects.create(name="x")
    with pytest.raises(IntegrityError):
        Tag.objects.bulk_create([Tag(name="x")])


@pytest.fixture
def trigger_on_accounts() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER tests_account_log ON tests_account AFTER INSERT, UPDATE AS "
            "SET NOCOUNT ON; "
            "INSERT INTO tests_tag (name) SELECT CONCAT('log ', id, '/', balance) FROM inserted"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER tests_account_log")


@pytest.mark.usefixtures("trigger_on_accounts")
def test_keys_are_returned_from_a_table_with_a_trigger() -> None:
    one = Account.objects.create(owner="Ann")
    two = Account.objects.bulk_create([Account(owner="Bob"), Account(owner="Cid")])
    keys = dict(Account.objects.values_list("owner", "pk"))
    assert keys == {"Ann": one.pk, "Bob": two[0].pk, "Cid": two[1].pk}
    assert Tag.objects.count() == 3


@pytest.mark.usefixtures("trigger_on_accounts")
def test_changes_of_a_table_with_a_trigger_are_counted() -> None:
    ann, bob = Account.objects.bulk_create([Account(owner="Ann"), Account(owner="Bob")])
    assert Account.objects.filter(owner="Ann").update(balance=F("balance") + 5) == 1
    ann.balance = 7
    ann.save()
    bob.balance = 8
    ann.balance = 6
    assert Account.objects.bulk_update([ann, bob], ["balance"]) == 2
    Account.objects.bulk_create(
        [Account(owner="Ann", balance=9), Account(owner="Cid", balance=9)],
        update_conflicts=True,
        update_fields=["balance"],
        unique_fields=["owner"],
    )
    Account.objects.bulk_create([Account(owner="Cid", balance=1)], ignore_conflicts=True)
    assert sorted(Account.objects.values_list("balance", flat=True)) == [8, 9, 9]
    assert Account.objects.filter(owner="Cid").delete()[0] == 1
    assert Tag.objects.filter(name=f"log {ann.pk}/7").count() == 1


def test_bulk_update_with_and_without_nulls() -> None:
    people = [Author(name=f"a{n}", age=n) for n in range(3)]
    people = Author.objects.bulk_create(people)
    for person, alias in zip(people, ("x", None, "z"), strict=True):
        person.alias, person.age = alias, None
    assert Author.objects.bulk_update(people, ["alias", "age"]) == 3
    rows = Author.objects.order_by("name").values_list("alias", "age")
    assert list(rows) == [("x", None), (None, None), ("z", None)]


def test_a_large_bulk_update_is_split() -> None:
    people = Author.objects.bulk_create([Author(name=f"{n:04}") for n in range(1500)])
    for number, person in enumerate(people):
        person.age, person.alias = number, str(number)
    assert Author.objects.bulk_update(people, ["age", "alias"]) == 1500
    assert Author.objects.exclude(name=F("alias")).count() == 1000
    assert list(Author.objects.values_list("age", flat=True)) == list(range(1500))
