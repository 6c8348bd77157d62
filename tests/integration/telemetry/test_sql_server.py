"""Telemetry through Django, the real driver and a server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, models, transaction
from django.db.utils import DatabaseError, IntegrityError, OperationalError, ProgrammingError
from django.test.utils import isolate_apps
from opentelemetry.trace import StatusCode

from mssql.telemetry import plans
from mssql.telemetry.plans import read, server_views
from tds_embedded.server import Server
from tests.integration.telemetry.conftest import Connect
from tests.sdk import Sdk, attributes


def test_a_query(connect: Connect, song: Any, sdk: Sdk) -> None:
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM telemetry_song WHERE title <> %s", ["title 2"])
        assert len(cursor.fetchall()) == 4
    span = sdk.span
    assert span.name == "SELECT telemetry_song"
    found = attributes(span)
    assert found["db.system.name"] == "microsoft.sql_server"
    assert found["db.namespace"] == "master"
    assert found["server.address"] == connection.settings_dict["HOST"]
    assert found["server.port"] == int(connection.settings_dict["PORT"])
    assert found["db.query.text"] == "SELECT id FROM telemetry_song WHERE title <> ?"
    assert found["db.response.returned_rows"] == 4
    assert (span.attributes or {})["code.file.path"] == __file__


def test_writing(connect: Connect, song: Any, sdk: Sdk) -> None:
    with connect().cursor() as cursor:
        cursor.execute("UPDATE telemetry_song SET title = title + %s", ["x"])
        assert cursor.rowcount == 5
        cursor.executemany("DELETE FROM telemetry_song WHERE id = %s", [[1], ["2"]])
    update, delete = sdk.spans
    assert update.name == "UPDATE telemetry_song"
    assert "db.response.returned_rows" not in attributes(update)
    assert delete.name == "BATCH DELETE telemetry_song"
    assert attributes(delete)["db.operation.batch.size"] == 2


def test_a_stored_procedure(connect: Connect, sdk: Sdk) -> None:
    with connect().cursor() as cursor:
        cursor.callproc("sys.sp_executesql", ["SELECT 1; SELECT 2"])
        first = cursor.fetchall()
        assert cursor.nextset()
        assert [first, cursor.fetchall()] == [[(1,)], [(2,)]]
    assert sdk.span.name == "EXEC sys.sp_executesql"
    assert attributes(sdk.span)["db.stored_procedure.name"] == "sys.sp_executesql"
    assert attributes(sdk.span)["db.response.returned_rows"] == 2


@pytest.mark.parametrize(
    ("sql", "error", "number", "description"),
    [
        (
            "INSERT INTO telemetry_song VALUES (1, 'secret')",
            IntegrityError,
            "2627",
            "Violation of a unique or primary key constraint",
        ),
        ("SELECT 'secret' FROM nowhere", ProgrammingError, "208", "Invalid object name"),
    ],
)
def test_an_error(
    connect: Connect, song: Any, sdk: Sdk, sql: str, error: Any, number: str, description: str
) -> None:
    with connect().cursor() as cursor, pytest.raises(error):
        cursor.execute(sql)
    span = sdk.span
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == description
    assert attributes(span)["db.response.status_code"] == number
    assert attributes(span)["error.type"] == number
    assert "secret" not in span.to_json()
    (point,) = sdk.points("db.client.operation.duration")[-1:]
    assert point.attributes["error.type"] == number


def test_savepoints_are_spans(connect: Connect, song: Any, sdk: Sdk) -> None:
    connect()
    with (
        transaction.atomic("traced"),
        pytest.raises(ZeroDivisionError),
        transaction.atomic("traced"),
    ):
        raise ZeroDivisionError
    back = "ROLLBACK TRANSACTION SAVE TRANSACTION"  # which takes the savepoint away
    assert [span.name for span in sdk.spans] == ["SAVE TRANSACTION", back]
    assert [attributes(span)["db.query.text"] for span in sdk.spans] == [
        "SAVE TRANSACTION ?",
        "ROLLBACK TRANSACTION ?; SAVE TRANSACTION ?",
    ]


def test_introspection_is_traced(connect: Connect, song: Any, sdk: Sdk) -> None:
    assert "telemetry_song" in connect().introspection.table_names()
    assert any("sys.tables" in span.name or "sys.objects" in span.name for span in sdk.spans)


def test_migrations_are_traced(connect: Connect, sdk: Sdk) -> None:
    connect()
    call_command("migrate", "contenttypes", database="traced", verbosity=0)
    try:
        names = [span.name for span in sdk.spans]
        assert any(name.startswith("CREATE TABLE [django_content_type]") for name in names)
        assert any(name.startswith("INSERT [django_migrations]") for name in names)
    finally:
        call_command("migrate", "contenttypes", "zero", database="traced", verbosity=0)
        with connections["traced"].cursor() as cursor:
            cursor.execute("DROP TABLE [django_migrations]")


def test_the_plan_of_a_statement_in_an_open_transaction(
    connect: Connect, song: Any, sdk: Sdk
) -> None:
    """It is captured during the transaction, which has locks and continues undisturbed."""
    connection = connect(plans="every")
    with transaction.atomic("traced"), connection.cursor() as cursor:
        cursor.execute("UPDATE telemetry_song SET title = %s WHERE id = %s", ["secret", 1])
        assert plans.flush()
        (span,) = (span for span in sdk.spans if span.name == "UPDATE telemetry_song")
        cursor.execute("SELECT @@TRANCOUNT, title FROM telemetry_song WHERE id = %s", [1])
        assert cursor.fetchone() == (1, "secret")
        transaction.set_rollback(True, "traced")
    event = sdk.events[0]
    found = event.attributes
    assert found["mssql.plan.kind"] == "estimated"
    assert found["mssql.query_hash"].startswith("0x")
    assert found["mssql.plan_hash"].startswith("0x")
    assert found["mssql.plan.cost"] > 0
    (plan,) = read.statements(event.body)
    assert plan.plan_hash == found["mssql.plan_hash"]
    assert "telemetry_song" in event.body
    assert "secret" not in event.body
    context = span.get_span_context()
    assert context is not None
    assert event.span_id == context.span_id


@pytest.mark.parametrize("source", ["cache", "last_actual", "query_store"])
def test_a_plan_that_the_server_has_kept(
    connect: Connect, song: Any, sdk: Sdk, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found by the text that the driver declared the parameters of."""
    if source == "query_store":
        monkeypatch.setattr(server_views, "find_in_cache", lambda connection, ran: None)
    connection = connect(plans="every")
    with switched(song, source), connection.cursor() as cursor:
        for name in ("x", "xyz"):
            cursor.execute("SELECT id FROM telemetry_song WHERE title <> %s AND id > 1", [name])
            assert len(cursor.fetchall()) == 4
        assert plans.flush()
    assert len(sdk.events) == len(sdk.spans) == 2
    for event in sdk.events:
        found = event.attributes
        assert found["mssql.plan.source"] == source
        assert found["mssql.plan.kind"] == ("actual" if source == "last_actual" else "estimated")
        (plan,) = read.statements(event.body)
        assert plan.query_hash == found["mssql.query_hash"]
        assert "xyz" not in event.body
        if source == "last_actual":
            assert plan.root.actual_rows == 4


@pytest.fixture
def clerk(song: Any, server: Server) -> Iterator[Callable[[str], None]]:
    """Yield a function that runs GRANT statements for a login without the right to see plans."""

    def run(*statements: str) -> None:
        with song.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    run(
        "CREATE LOGIN clerk WITH PASSWORD = 'Clerk 1'",
        "CREATE USER clerk FOR LOGIN clerk",
        "ALTER ROLE db_datareader ADD MEMBER clerk",
    )
    yield run
    run("DROP USER clerk", "DROP LOGIN clerk")


@pytest.mark.parametrize(
    ("permission", "source"),
    [
        ("SHOWPLAN", "showplan"),
        ("VIEW DATABASE PERFORMANCE STATE", "query_store"),
        ("VIEW SERVER PERFORMANCE STATE", "cache"),
    ],
)
def test_the_source_that_the_login_s_permissions_allow(
    connect: Connect, clerk: Any, song: Any, sdk: Sdk, permission: str, source: str
) -> None:
    clerk(f"GRANT {permission} TO clerk")
    connection = connect("clerk", user=("clerk", "Clerk 1"), plans="every")
    with switched(song, "query_store"), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM telemetry_song WHERE title = %s", ["title 1"])
        assert cursor.fetchall() == [(1,)]
        assert plans.flush()
    (event,) = sdk.events
    assert event.attributes["mssql.plan.source"] == source


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
def test_without_any_permission_statements_run_all_the_same(
    connect: Connect, clerk: Any, driver: str, sdk: Sdk, caplog: pytest.LogCaptureFixture
) -> None:
    connection = connect("clerk", user=("clerk", "Clerk 1"), driver=driver, plans="every")
    with connection.cursor() as cursor:
        for title in ("title 1", "title 2"):
            cursor.execute("SELECT id FROM telemetry_song WHERE title = %s", [title])
            assert len(cursor.fetchall()) == 1
            assert plans.flush()
    (point,) = sdk.points("mssql.client.plans")
    assert point.attributes["mssql.plan.outcome"] == "denied"
    assert point.attributes["db.query.summary"] == "SELECT telemetry_song"
    assert caplog.text.count("GRANT SHOWPLAN TO [user]") == 1
    assert sdk.events == []


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
@pytest.mark.parametrize("analyze", [False, True])
def test_explain_without_the_permission(
    connect: Connect, clerk: Any, driver: str, analyze: bool
) -> None:
    connection = connect("clerk", user=("clerk", "Clerk 1"), driver=driver)
    with pytest.raises(plans.PlanDenied, match="GRANT SHOWPLAN") as raised:
        connection.showplan("SELECT id FROM telemetry_song", [], analyze=analyze)
    assert connection.driver.fault(raised.value.__cause__).number == 262


@contextlib.contextmanager
def switched(connection: Any, source: str) -> Iterator[None]:
    """The server keeps plans of that kind meanwhile."""
    setting = {
        "last_actual": "ALTER DATABASE SCOPED CONFIGURATION SET LAST_QUERY_PLAN_STATS = {}",
        "query_store": "ALTER DATABASE CURRENT SET QUERY_STORE = {}",
    }.get(source, "SET NOCOUNT {}")
    with connection.cursor() as cursor:
        cursor.execute(setting.format("ON"))
        try:
            yield
        finally:
            cursor.execute(setting.format("OFF"))


def test_the_plan_of_a_text_with_literals(connect: Connect, song: Any, sdk: Sdk) -> None:
    with connect(plans="every").cursor() as cursor:
        cursor.execute("SELECT title FROM telemetry_song WHERE title = 'title 4242' OR id = 4343")
        cursor.fetchall()
    assert plans.flush()
    (event,) = sdk.events
    assert "4242" not in event.body
    assert "4343" not in event.body
    assert "title" in event.body


def test_a_locked_table_has_no_plan_and_no_statement_waits(
    connect: Connect, song: Any, sdk: Sdk
) -> None:
    """A table that its transaction has just created is locked for all others."""
    connection = connect(plans="every")
    with transaction.atomic("traced"), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE telemetry_new (id int)")
        cursor.execute("INSERT INTO telemetry_new VALUES (%s)", [1])
        assert plans.flush()
        transaction.set_rollback(True, "traced")
    assert "INSERT telemetry_new" in [span.name for span in sdk.spans]
    assert sdk.events == []


def test_spans_of_two_threads(connect: Connect, song: Any, sdk: Sdk) -> None:
    for alias in ("one", "two"):
        connect(alias).inc_thread_sharing()
    pair = {alias: connections[alias] for alias in ("one", "two")}

    def on(connection: Any) -> None:
        with connection.cursor() as cursor:
            for _ in range(20):
                cursor.execute("SELECT id FROM telemetry_song")
                cursor.fetchall()

    threads = [threading.Thread(target=on, args=(connection,)) for connection in pair.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [attributes(span)["db.response.returned_rows"] for span in sdk.spans] == [5] * 40
    for connection in pair.values():
        connection.dec_thread_sharing()


def test_explain_of_the_actual_run(connect: Connect, song: Any, sdk: Sdk) -> None:
    connection = connect()
    sql, parameters = "SELECT id FROM telemetry_song WHERE title = %s", ["title 3"]
    (estimated,) = read.statements(connection.showplan(sql, parameters))
    (actual,) = read.statements(connection.showplan(sql, parameters, analyze=True))
    assert not estimated.is_actual
    assert actual.is_actual
    assert actual.root.actual_rows == 1
    for span in sdk.spans:
        assert span.name == "EXPLAIN SELECT telemetry_song"
        assert span.attributes is not None
        assert span.attributes["db.query.text"] == sql.replace("%s", "?")
        assert span.attributes["code.function.name"] == (
            f"{__name__}.test_explain_of_the_actual_run"
        )
    assert len(sdk.spans) == 2


def test_explain_does_not_run_a_statement_that_writes(connect: Connect, song: Any) -> None:
    connection = connect()
    sql = "DELETE FROM telemetry_song WHERE id = %s"
    assert read.statements(connection.showplan(sql, [1]))
    with pytest.raises(plans.PlanUnavailable, match="analyze=False"):
        connection.showplan(sql, [1], analyze=True)
    with song.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM telemetry_song")
        assert cursor.fetchone() == (5,)


@isolate_apps("tests")
def test_an_explained_query_set_is_a_span(connect: Connect, song: Any, sdk: Sdk) -> None:
    class Song(models.Model):
        title = models.TextField()

        class Meta:
            db_table = "telemetry_song"

    connect("explained", plans="every")
    Song.objects.using("explained").filter(pk=1).explain()
    assert [span.name for span in sdk.spans] == ["EXPLAIN SELECT [telemetry_song]"]
    assert plans.flush()
    assert sdk.events == []


@isolate_apps("tests")
def test_the_orm_s_inserts_are_named_by_their_table(connect: Connect, song: Any, sdk: Sdk) -> None:
    class Tune(models.Model):
        title = models.TextField()

        class Meta:
            db_table = "telemetry_tune"

    connection = connect("tunes", plans="off")
    with song.schema_editor() as editor:
        editor.create_model(Tune)
    try:
        sdk.clear()
        Tune.objects.using(connection.alias).create(title="a")
        Tune.objects.using(connection.alias).bulk_create([Tune(title="b"), Tune(title="c")])
        names = {span.name for span in sdk.spans if span.name.startswith("INSERT")}
        assert names == {"INSERT [telemetry_tune]", "INSERT [telemetry_tune] SELECT"}
        measured = {
            point.attributes["db.query.summary"]
            for point in sdk.points("db.client.operation.duration")
        }
        assert names < measured
    finally:
        with song.schema_editor() as editor:
            editor.delete_model(Tune)


@pytest.mark.parametrize("options", [{}, {"context_info": True, "comment_tags": ["framework"]}])
@pytest.mark.parametrize("rows", [[], iter(())])
def test_a_batch_of_none_is_a_span(
    connect: Connect, song: Any, sdk: Sdk, rows: Any, options: dict[str, Any]
) -> None:
    connection = connect(**options)
    tracer = sdk.tracer_provider.get_tracer("test")
    with tracer.start_as_current_span("request"), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO telemetry_song VALUES (%s, %s)", rows)
    assert [span.name for span in sdk.spans] == ["BATCH INSERT telemetry_song", "request"]
    assert attributes(sdk.spans[0])["db.operation.batch.size"] == 0
    with connection.cursor() as cursor:
        cursor.close()
        cursor.executemany("INSERT INTO telemetry_song VALUES (%s, %s)", [])
    assert len(sdk.spans) == 2


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
def test_a_statement_that_takes_too_long_is_a_timeout(
    connect: Connect, driver: str, sdk: Sdk
) -> None:
    connection = connect("slow", driver=driver, query_timeout=1)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("WAITFOR DELAY '00:00:10'")
    assert attributes(sdk.span)["error.type"] == "timeout"
    assert "db.response.status_code" not in attributes(sdk.span)


def test_explain_s_errors_are_django_s(connect: Connect, sdk: Sdk) -> None:
    with pytest.raises((ProgrammingError, OperationalError), match="nowhere"):
        connect().showplan("SELECT 1 FROM nowhere", [])
    assert attributes(sdk.span)["error.type"] == "208"


def test_an_error_behind_the_rows_is_the_statements(connect: Connect, sdk: Sdk) -> None:
    with pytest.raises(DatabaseError, match="late"), connect().cursor() as cursor:
        cursor.execute("SELECT 1; THROW 50001, N'late', 1")
    assert sdk.span.status.status_code is StatusCode.ERROR
    assert sdk.span.attributes is not None
    assert sdk.span.attributes["db.response.status_code"] == "50001"


def test_a_statement_that_ends_by_a_lock_timeout_asks_for_its_plan(
    connect: Connect, song: Any, sdk: Sdk
) -> None:
    waiting = connect("waiting", plans="slow", plan_threshold=60_000)
    with waiting.cursor() as cursor:
        cursor.execute("SET LOCK_TIMEOUT 100")
    with transaction.atomic(using=song.alias), song.cursor() as holder:
        holder.execute("UPDATE telemetry_song SET title = title + 'x' WHERE id = 1")
        with waiting.cursor() as cursor, pytest.raises(OperationalError):
            cursor.execute("UPDATE telemetry_song SET title = title + 'y' WHERE id = 1")
    assert plans.flush()
    found = attributes(sdk.spans[-1])
    assert found["error.type"] == "1222"
    assert found["mssql.plan.outcome"] == "requested"
    (point,) = sdk.points("mssql.client.plans")
    assert (point.attributes["mssql.plan.outcome"], point.value) == ("captured", 1)
