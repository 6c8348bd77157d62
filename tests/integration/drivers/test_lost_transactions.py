"""Transactions that the server rolls back: nothing of them may be committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, transaction
from django.db.transaction import TransactionManagementError

from tds_embedded.server import Server
from tests.databases import alias
from tests.integration.drivers.test_freetds import OPTIONS as FREETDS
from tests.models import Author

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
LOST = "has rolled back the whole transaction"


def _drivers() -> list[Any]:
    pyodbc = pytest.importorskip("pyodbc")
    has_freetds = any(name.lower() == "freetds" for name in pyodbc.drivers())
    return [
        pytest.param({"python_driver": "pyodbc"}, id="pyodbc"),
        pytest.param({"python_driver": "mssql_python"}, id="mssql_python"),
        pytest.param(
            FREETDS, id="freetds", marks=pytest.mark.skipif(not has_freetds, reason="no FreeTDS")
        ),
    ]


@pytest.fixture(params=_drivers())
def db(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A connection to the tests' database through each driver."""
    with alias("db", request.param, HOST="127.0.0.1") as made:
        yield made


@pytest.fixture
def trigger(db: Any) -> Iterator[None]:
    """Authors named "refused" are refused by a trigger, in which any error is the last."""
    with db.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refusing ON tests_author AFTER INSERT, UPDATE AS "
            "IF EXISTS (SELECT 1 FROM inserted WHERE name = 'refused') SELECT 1 / 0"
        )
    yield
    with db.cursor() as cursor:
        cursor.execute("DROP TRIGGER refusing")


def create(name: str) -> Author:
    return Author.objects.using("db").create(name=name)


def run(db: Any, sql: str) -> Any:
    with db.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def convert(db: Any) -> None:
    run(db, "SELECT CAST(N'x' AS int)")


def deadlock(db: Any) -> None:
    run(db, "SELECT 1 AS deadlock")


def names() -> list[str]:
    return list(Author.objects.order_by("pk").values_list("name", flat=True))


ERRORS = {"conversion": (convert, DataError), "deadlock": (deadlock, OperationalError)}


@pytest.fixture(params=ERRORS)
def failing(request: pytest.FixtureRequest, server: Server) -> Callable[[Any], None]:
    """Fails, swallows the error, and leaves nothing of the transaction."""
    statement, error = ERRORS[request.param]
    if statement is deadlock:
        server.faults.error(1205, "AS deadlock")

    def run_it(db: Any) -> None:
        with pytest.raises(error, match=LOST):
            statement(db)

    return run_it


def test_no_statement_runs_after_the_loss(db: Any, failing: Any) -> None:
    with pytest.raises(TransactionManagementError, match=LOST), transaction.atomic("db"):  # noqa: PT012
        create("before")
        failing(db)
        assert db.needs_rollback
        assert transaction.get_rollback("db")
        create("after")
    assert names() == []
    assert run(db, "SELECT @@TRANCOUNT") == [(0,)]
    create("later")
    assert names() == ["later"]


def test_the_end_of_the_block_tells_of_the_loss(db: Any, failing: Any) -> None:
    lost = pytest.raises(TransactionManagementError, match=LOST)
    with lost as caught, transaction.atomic("db"):
        create("before")
        failing(db)
    assert isinstance(caught.value.__cause__, DatabaseError)
    assert names() == []
    assert db.get_autocommit()
    assert not db.needs_rollback


def test_an_inner_block_cannot_save_the_outer_one(db: Any, failing: Any) -> None:
    with pytest.raises(TransactionManagementError, match=LOST), transaction.atomic("db"):  # noqa: PT012
        create("before")
        with suppress(ZeroDivisionError), transaction.atomic("db"):
            failing(db)
            raise ZeroDivisionError
        assert db.needs_rollback
    assert names() == []


def test_a_savepoint_is_refused_with_the_reason(db: Any, failing: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic("db"):  # noqa: PT012
        saved = transaction.savepoint("db")
        failing(db)
        with pytest.raises(TransactionManagementError, match="no savepoint of it remains"):
            transaction.savepoint_rollback(saved, "db")
        transaction.set_rollback(False, "db")
        with pytest.raises(TransactionManagementError, match=LOST):
            create("after")
        raise ZeroDivisionError
    assert names() == []


def test_a_wanted_rollback_is_silent(db: Any, failing: Any) -> None:
    with transaction.atomic("db"):
        create("before")
        failing(db)
        transaction.set_rollback(True, "db")
    assert names() == []
    create("later")


def test_without_autocommit_a_rollback_comes_first(db: Any, failing: Any) -> None:
    db.set_autocommit(False)
    create("before")
    failing(db)
    for use in (lambda: create("after"), db.commit, lambda: db.set_autocommit(True)):
        with pytest.raises(TransactionManagementError, match=LOST):
            use()
    db.rollback()
    create("later")
    db.commit()
    db.set_autocommit(True)
    assert names() == ["later"]


@pytest.mark.usefixtures("trigger")
def test_an_error_in_a_trigger_loses_the_transaction(db: Any) -> None:
    with pytest.raises(TransactionManagementError, match=LOST), transaction.atomic("db"):  # noqa: PT012
        create("before")
        with pytest.raises(DataError, match=LOST):
            create("refused")
        create("after")
    assert names() == []


def test_a_doomed_transaction_is_lost_with_its_batch(db: Any) -> None:
    caught = "BEGIN TRY SELECT CAST(N'x' AS int) END TRY BEGIN CATCH SELECT 1 AS caught END CATCH"
    with pytest.raises(TransactionManagementError, match=LOST), transaction.atomic("db"):  # noqa: PT012
        create("before")
        with pytest.raises(DatabaseError, match=LOST), db.cursor() as cursor:
            cursor.execute(caught)
        create("after")
    assert names() == []


def test_a_failed_statement_alone_loses_nothing(db: Any) -> None:
    with transaction.atomic("db"):
        kept = create("kept")
        with pytest.raises(IntegrityError) as caught, transaction.atomic("db"):
            Author.objects.using("db").bulk_create([Author(pk=kept.pk, name="twice")])
        assert LOST not in str(caught.value)
        assert not db.needs_rollback
        create("kept, too")
    assert names() == ["kept", "kept, too"]


def test_a_transaction_ended_without_an_error_is_seen_at_the_commit(db: Any) -> None:
    ended = pytest.raises(
        TransactionManagementError, match="each one after it was committed separately"
    )
    with ended, transaction.atomic("db"):
        create("before")
        with db.cursor() as cursor:
            cursor.execute("ROLLBACK TRANSACTION")
        create("by itself")
    assert names() == ["by itself"]


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT 1 / 0"])
def test_the_server_is_asked_after_a_failure_only(db: Any, server: Server, statement: str) -> None:
    with transaction.atomic("db"):
        with server.recorder.capture() as seen, suppress(DatabaseError):
            run(db, statement)
        transaction.set_rollback(True, "db")
    asked = ["SELECT XACT_STATE()"] if "/" in statement else []
    assert seen.texts == [statement, *asked]


def test_a_closed_connection_leaves_no_transaction(db: Any, server: Server) -> None:
    with transaction.atomic("db"):
        create("before")
        with server.recorder.capture() as seen:
            db.close()
    assert seen.texts[0] == "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION"
    assert names() == []


def test_a_savepoint_can_be_rolled_back_to_again(db: Any, server: Server) -> None:
    with transaction.atomic("db"):
        create("before")
        saved = transaction.savepoint("db")
        with server.recorder.capture() as seen:
            for _ in range(2):
                create("taken back")
                transaction.savepoint_rollback(saved, "db")
        create("after")
    assert names() == ["before", "after"]
    (again,) = {text for text in seen.texts if "ROLLBACK" in text}
    assert again == f"ROLLBACK TRANSACTION [{saved}]; SAVE TRANSACTION [{saved}]"
