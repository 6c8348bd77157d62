"""Errors and counts that come after another result: of triggers, procedures and batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.db import DatabaseError, DataError, migrations, transaction
from django.db.migrations.state import ProjectState

from mssql.procedures import Output
from tds_embedded.server import Server
from tests.databases import alias
from tests.models import Author, Stock

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
COUNTS = "UPDATE tests_tag SET name = name; UPDATE tests_tag SET name = name WHERE 1 = 0"
REFUSED = "a trigger refuses"


@pytest.fixture(params=["pyodbc", "mssql_python"])
def db(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A connection to the tests' database through either driver."""
    with alias("db", {"python_driver": request.param}) as made:
        run(made, "INSERT INTO tests_tag (name) VALUES (N'a'), (N'b')")
        yield made


def run(db: Any, sql: str, params: Any = None) -> list[Any]:
    with db.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def trigger(request: pytest.FixtureRequest, db: Any) -> Iterator[None]:
    """A trigger of authors whose body is the parameter."""
    run(db, f"CREATE TRIGGER late ON tests_author AFTER INSERT, UPDATE, DELETE AS {request.param}")
    yield
    run(db, "DROP TRIGGER late")


refusing = pytest.mark.parametrize(
    "trigger",
    [
        f"{COUNTS}; IF @@TRANCOUNT > 0 AND EXISTS (SELECT 1 FROM inserted WHERE name = 'no') "
        f"THROW 50001, N'{REFUSED}', 1"
    ],
    indirect=True,
)
counting = pytest.mark.parametrize("trigger", [COUNTS], indirect=True)
selecting = pytest.mark.parametrize(
    "trigger", [f"SELECT 7 AS seven; {COUNTS}; SELECT name FROM tests_tag"], indirect=True
)


@pytest.fixture
def author(db: Any) -> Author:
    return Author.objects.using("db").create(name="yes")


@refusing
@pytest.mark.usefixtures("trigger")
def test_an_error_after_a_triggers_count_is_raised(db: Any, author: Author) -> None:
    authors = Author.objects.using("db")
    author.name = "no"
    several = [Author(name="yes"), Author(name="no")]
    for change in (
        lambda: authors.filter(pk=author.pk).update(name="no"),
        lambda: author.save(using="db"),
        lambda: authors.create(name="no"),
        lambda: authors.bulk_create(several),
        lambda: authors.bulk_update([author], ["name"]),
        lambda: run(db, "UPDATE tests_author SET name = 'no'"),
        lambda: run(db, "UPDATE tests_author SET name = %s", ["no"]),
    ):
        with pytest.raises(DatabaseError, match=REFUSED):
            change()
    assert [author.name for author in authors.all()] == ["yes"]


@refusing
@pytest.mark.usefixtures("trigger")
def test_a_block_with_a_late_error_commits_nothing(db: Any, author: Author) -> None:
    refused = pytest.raises(DatabaseError, match=REFUSED)
    with refused, transaction.atomic("db"):
        Author.objects.using("db").create(name="yes, too")
        Author.objects.using("db").update(name="no")
    assert Author.objects.using("db").get().name == "yes"


@refusing
@pytest.mark.usefixtures("trigger")
@pytest.mark.parametrize("refused", [0, 1, 2])
def test_every_row_of_executemany_may_fail(db: Any, author: Author, refused: int) -> None:
    rows = [["yes", author.pk]] * 3
    rows[refused] = ["no", author.pk]
    with db.cursor() as cursor, pytest.raises(DatabaseError, match=REFUSED):
        cursor.executemany("UPDATE tests_author SET name = %s WHERE id = %s", rows)


@counting
@pytest.mark.usefixtures("trigger")
def test_the_last_count_is_the_statements(db: Any, author: Author) -> None:
    author.age = 9
    author.save(using="db", force_update=True)
    assert Author.objects.using("db").update(age=8) == 1
    run(db, "DELETE FROM tests_tag")  # now the trigger's first count is 0, too
    author.save(using="db")
    assert Author.objects.using("db").get().age == 9
    with db.cursor() as cursor:
        cursor.execute("UPDATE tests_author SET age = 7")
        assert (cursor.rowcount, cursor.description, cursor.nextset()) == (1, None, False)
    assert Author.objects.using("db").all().delete() == (1, {"tests.Author": 1})


@selecting
@pytest.mark.usefixtures("trigger")
def test_a_triggers_rows_are_not_the_statements(db: Any) -> None:
    authors = Author.objects.using("db")
    made = authors.create(name="one")
    assert authors.get().pk == made.pk
    several = authors.bulk_create([Author(name="two"), Author(name="three")])
    assert [author.pk for author in several] == [made.pk + 1, made.pk + 2]
    assert authors.filter(pk__gt=made.pk).update(age=5) == 2
    made.age = 6
    made.save(using="db")
    assert list(authors.values_list("name", "age")) == [("one", 6), ("three", 5), ("two", 5)]
    assert authors.filter(pk=made.pk).delete() == (1, {"tests.Author": 1})


@pytest.mark.skipif(django.VERSION < (4, 1), reason="update_conflicts came with Django 4.1")
def test_an_upsert_gives_its_own_rows(db: Any) -> None:
    run(db, "CREATE TRIGGER late ON tests_stock AFTER INSERT, UPDATE AS SELECT 7; SELECT 8")
    try:
        made = Stock.objects.using("db").bulk_create(
            [Stock(code="a", shelf=1), Stock(code="b", shelf=2)],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["shelf"],
        )
    finally:
        run(db, "DROP TRIGGER late")
    assert {each.pk for each in made} == set(Stock.objects.values_list("pk", flat=True))


# Batches and procedures

BATCHES = {
    "counts": "UPDATE tests_tag SET name = name; THROW 50001, N'late', 1",
    "rows": "SELECT 1; THROW 50001, N'late', 1",
    "rows and counts": "SELECT 1; UPDATE tests_tag SET name = name; THROW 50001, N'late', 1",
    "counts and rows": "UPDATE tests_tag SET name = name; SELECT 1; THROW 50001, N'late', 1",
}


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("params", [None, []])
def test_a_batch_that_fails_late_raises_when_its_cursor_is_closed(
    db: Any, batch: str, params: Any
) -> None:
    with pytest.raises(DatabaseError, match="late"), db.cursor() as cursor:
        cursor.execute(batch, params)
    assert run(db, "SELECT 2") == [(2,)]


@pytest.mark.parametrize("batch", [BATCHES["rows"], BATCHES["counts and rows"]])
def test_a_batch_that_fails_late_raises_when_its_cursor_is_used_again(db: Any, batch: str) -> None:
    with db.cursor() as cursor:
        cursor.execute(batch)
        with pytest.raises(DatabaseError, match="late"):
            cursor.execute("SELECT 2")
        cursor.execute("SELECT 3")
        assert cursor.fetchall() == [(3,)]


@pytest.mark.parametrize("has_other_statement", [False, True])
def test_a_late_error_comes_to_whoever_reads_on_from_the_rows_before_it(
    db: Any, has_other_statement: bool
) -> None:
    """At the same call, whether another statement has had the rows read into memory or not."""
    with db.cursor() as failing:
        failing.execute("SELECT 1; THROW 50001, N'late', 1")
        if has_other_statement:
            assert run(db, "SELECT 2") == [(2,)]
        assert failing.fetchall() == [(1,)]
        with pytest.raises(DatabaseError, match="late"):
            failing.nextset()


def test_a_late_error_comes_at_the_latest_when_its_cursor_is_closed(db: Any) -> None:
    late = db.cursor()
    late.execute("SELECT 1; THROW 50001, N'late', 1")
    assert run(db, "SELECT 2") == [(2,)]
    with pytest.raises(DatabaseError, match="late"):
        late.close()
    late.close()


def test_results_are_told_in_their_order(db: Any) -> None:
    with db.cursor() as cursor:
        cursor.execute(f"{COUNTS}; SELECT 1; {COUNTS}; UPDATE tests_tag SET name = name; SELECT 2")
        assert (cursor.description, cursor.rowcount) == (None, 0)
        assert cursor.nextset()
        assert cursor.fetchall() == [(1,)]
        assert cursor.nextset()
        assert (cursor.description, cursor.rowcount) == (None, 2)
        assert cursor.nextset()
        assert cursor.fetchall() == [(2,)]
        assert not cursor.nextset()


def test_an_error_among_the_rows_raises(db: Any) -> None:
    with pytest.raises(DataError):
        run(db, "SELECT 1 / (3 - value) FROM GENERATE_SERIES(1, 5)")


def test_few_rows_are_read_past_and_many_are_not(db: Any, server: Server) -> None:
    with db.cursor() as cursor:
        cursor.execute("SELECT value FROM GENERATE_SERIES(1, 1000000)")
        assert cursor.fetchone() == (1,)
    assert run(db, "SELECT 2") == [(2,)]


def test_reading_on_takes_no_round_trip(db: Any, server: Server) -> None:
    run(db, "SELECT %s", [0])
    with server.recorder.capture() as seen:
        for params in (None, [], [1]):
            run(db, COUNTS + ("; SELECT %s" if params else ""), params)
    assert seen.round_trips == 3


@pytest.fixture
def procedure(db: Any) -> Iterator[None]:
    run(
        db,
        f"CREATE PROCEDURE late @n int, @twice int OUTPUT AS {COUNTS}; SET @twice = 2 * @n; "
        "IF @n = 0 THROW 50001, N'late', 1; SELECT @n; IF @n = 1 THROW 50001, N'later', 1",
    )
    yield
    run(db, "DROP PROCEDURE late")


@pytest.mark.usefixtures("procedure")
@pytest.mark.parametrize("n", [0, 1])
def test_a_procedures_late_error_is_raised(db: Any, n: int) -> None:
    for output in (None, Output("int")):
        with pytest.raises(DatabaseError, match="late"), db.cursor() as cursor:
            cursor.callproc("late", [n, output])
    with db.cursor() as cursor:
        assert cursor.callproc("late", [5, Output("int")]) == [5, 10]


def test_run_sql_and_the_schema_editor_raise_late_errors(db: Any) -> None:
    operation = migrations.RunSQL(f"{COUNTS}; THROW 50001, N'late', 1")
    with pytest.raises(DatabaseError, match="late"), db.schema_editor() as editor:
        operation.database_forwards("tests", editor, ProjectState(), ProjectState())
    with pytest.raises(DatabaseError, match="late"), db.schema_editor() as editor:
        editor.execute("SELECT 1; THROW 50001, N'late', 1")
