"""Concurrent transactions: isolation levels, row locks, savepoints, async, persistence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection, transaction
from django.db.models import Count, F
from django.test.utils import CaptureQueriesContext, isolate_apps

from mssql.compat import QUOTES_ALIASES
from tds_embedded.server import Server
from tests.databases import alias
from tests.models import Author, Book
from tests.tables import create, models

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people() -> list[Author]:
    return Author.objects.bulk_create(Author(name=name, age=1) for name in ("Ann", "Bob", "Cid"))


@pytest.fixture
def other() -> Iterator[Any]:
    """A second connection to the tests' database."""
    with alias("other") as made:
        yield made


def names(queryset: Any) -> list[str]:
    return [author.name for author in queryset]


# Row locks


def test_nowait_fails_at_once_where_a_row_is_locked(people: list[Author], other: Any) -> None:
    locked = Author.objects.select_for_update().filter(name="Bob")
    theirs = Author.objects.using("other").order_by("name")
    with transaction.atomic(), transaction.atomic(using="other"):
        assert names(locked) == ["Bob"]
        with (
            pytest.raises(OperationalError, match="Another transaction holds the lock"),
            transaction.atomic(using="other"),
        ):
            list(theirs.select_for_update(nowait=True))
        assert names(theirs.filter(name="Ann").select_for_update(nowait=True)) == ["Ann"]


def test_skip_locked_passes_locked_rows_by(people: list[Author], other: Any) -> None:
    theirs = Author.objects.using("other").order_by("name")
    with transaction.atomic(), transaction.atomic(using="other"):
        assert names(Author.objects.select_for_update().filter(name="Bob")) == ["Bob"]
        assert names(theirs.select_for_update(skip_locked=True)) == ["Ann", "Cid"]
        assert names(theirs.select_for_update(skip_locked=True)[:1]) == ["Ann"]


@pytest.mark.usefixtures("snapshots")
@pytest.mark.parametrize("level", ["READ UNCOMMITTED", "SERIALIZABLE", "SNAPSHOT"])
def test_skip_locked_works_at_every_isolation_level(people: list[Author], level: str) -> None:
    with alias("other", {"isolation_level": level}), transaction.atomic():
        assert names(Author.objects.select_for_update().filter(name="Bob")) == ["Bob"]
        with transaction.atomic(using="other"):
            theirs = Author.objects.using("other").order_by("name")
            assert names(theirs.select_for_update(skip_locked=True)) == ["Ann", "Cid"]


@isolate_apps("tests")
def test_a_joined_table_of_any_name_is_locked(people: list[Author]) -> None:
    class Ambiguous(models.Model):
        author = models.ForeignKey(Author, models.CASCADE, related_name="+")
        next = models.ForeignKey("self", models.CASCADE, null=True)

        class Meta:
            app_label = "tests"
            db_table = "odd ON (a"  # reads like the beginning of a join's condition

    with transaction.atomic():
        create(Ambiguous)
        first = Ambiguous.objects.create(author=people[0])
        Ambiguous.objects.create(author=people[1], next=first)
        joined = Ambiguous.objects.select_related("next").filter(next__author__name="Ann")
        with CaptureQueriesContext(connection) as queries:
            assert joined.select_for_update(of=("self", "next")).get().next == first
        transaction.set_rollback(True)
    (query,) = (query["sql"] for query in queries)
    alias_of_next = "[T2]" if QUOTES_ALIASES else "T2"
    assert query.count("[odd ON (a] WITH (UPDLOCK, ROWLOCK)") == 1
    assert query.count(f"[odd ON (a] {alias_of_next} WITH (UPDLOCK, ROWLOCK) ON (") == 1


def test_of_locks_the_rows_of_some_tables(people: list[Author], other: Any) -> None:
    Book.objects.create(title="x", author=people[0])
    books = Book.objects.select_related("author")
    with transaction.atomic(), transaction.atomic(using="other"):
        assert len(books.select_for_update(of=("self",))) == 1
        theirs = Author.objects.using("other").select_for_update(nowait=True)
        assert len(theirs) == 3
    with transaction.atomic(), transaction.atomic(using="other"):
        assert len(books.select_for_update(of=("author",))) == 1
        theirs = Author.objects.using("other").order_by("name").select_for_update(skip_locked=True)
        assert names(theirs) == ["Bob", "Cid"]
        assert Book.objects.using("other").select_for_update(nowait=True).get().title == "x"


# Isolation levels


@pytest.fixture
def snapshots() -> Iterator[None]:
    """The tests' database with versions of its rows."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET ALLOW_SNAPSHOT_ISOLATION ON")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET ALLOW_SNAPSHOT_ISOLATION OFF")


@pytest.mark.usefixtures("snapshots")
def test_a_snapshot_stays_as_it_was_and_refuses_to_lose_a_change(people: list[Author]) -> None:
    with alias("snapshot", {"isolation_level": "snapshot"}):
        theirs = Author.objects.using("snapshot").order_by("name")
        with transaction.atomic(using="snapshot"):
            assert names(theirs.filter(age=1)) == ["Ann", "Bob", "Cid"]
            Author.objects.filter(name="Bob").update(age=2)
            assert names(theirs.filter(age=1)) == ["Ann", "Bob", "Cid"]
            assert theirs.filter(name="Ann").update(age=F("age") + 9) == 1
            with pytest.raises(OperationalError, match="3960"):
                theirs.filter(name="Bob").update(age=F("age") + 9)
            transaction.set_rollback(True, using="snapshot")
        assert list(theirs.values_list("age", flat=True)) == [1, 2, 1]


def test_the_isolation_level_of_the_settings_is_the_sessions(people: list[Author]) -> None:
    levels = {"READ UNCOMMITTED": 1, "read committed": 2, "REPEATABLE READ": 3, "SERIALIZABLE": 4}
    for level, number in levels.items():
        with alias("other", {"isolation_level": level}) as made, made.cursor() as cursor:
            cursor.execute(
                "SELECT transaction_isolation_level FROM sys.dm_exec_sessions"
                " WHERE session_id = @@SPID"
            )
            assert cursor.fetchone() == (number,)


# Savepoints


def test_savepoints_take_back_what_came_after_them(people: list[Author]) -> None:
    with transaction.atomic():
        Author.objects.filter(name="Ann").update(age=2)
        with transaction.atomic():
            Author.objects.filter(name="Bob").update(age=2)
            transaction.set_rollback(True)
        with transaction.atomic(), transaction.atomic():
            Author.objects.filter(name="Cid").update(age=2)
    assert names(Author.objects.filter(age=2)) == ["Ann", "Cid"]


def test_what_happens_on_commit_happens_after_it(people: list[Author], other: Any) -> None:
    seen: list[int] = []
    with transaction.atomic():
        Author.objects.update(age=5)
        transaction.on_commit(
            lambda: seen.append(Author.objects.using("other").filter(age=5).count())
        )
        assert seen == []
    assert seen == [3]


# Async


def test_the_async_interface(people: list[Author]) -> None:
    async def use() -> list[Any]:
        dora = await Author.objects.acreate(name="Dora", age=4)
        await Book.objects.abulk_create([Book(title=title, author=dora) for title in "xy"])
        dora.age = 5
        await dora.asave()
        counted = Author.objects.annotate(n=Count("books")).filter(age__gt=0).order_by("name")
        found = [(author.name, author.n) async for author in counted]
        changed = await Author.objects.filter(name="Ann").aupdate(age=F("age") + 1)
        one = await Author.objects.aget(name="Dora")
        deleted, _ = await Author.objects.filter(name="Cid").adelete()
        exists = await Author.objects.filter(name="Cid").aexists()
        return [found, changed, one.age, deleted, exists]

    assert async_to_sync(use)() == [
        [("Ann", 0), ("Bob", 0), ("Cid", 0), ("Dora", 2)],
        1,
        5,
        1,
        False,
    ]


# Persistent connections


def test_a_persistent_connection_lasts_and_a_dead_one_is_replaced(server: Server) -> None:
    with alias("other", CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True) as other:
        people = Author.objects.using("other")
        with server.recorder.capture() as seen:
            for _ in range(3):
                assert people.count() == 0
                other.close_if_unusable_or_obsolete()
        assert seen.count("login") == 1
        server.faults.drop("SELECT 1")
        other.close_if_unusable_or_obsolete()  # a request begins
        with CaptureQueriesContext(other):
            assert people.count() == 0
        assert other.health_check_done


def test_a_connection_of_age_zero_ends_with_its_request(server: Server) -> None:
    with alias("other", CONN_MAX_AGE=0) as other, server.recorder.capture() as seen:
        for _ in range(2):
            assert Author.objects.using("other").count() == 0
            other.close_if_unusable_or_obsolete()
        assert other.connection is None
    assert seen.count("login") == 2
