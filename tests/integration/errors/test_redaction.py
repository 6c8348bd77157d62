"""Values that SQL Server quotes reach no exception, traceback, log or span."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import mssql_python
import pyodbc
import pytest
from django.db import DataError, IntegrityError, utils
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mssql.drivers.mssql_python_driver import MssqlPythonDriver
from mssql.drivers.pyodbc_driver import PyodbcDriver
from mssql.errors import server_messages
from mssql.errors.fault import Fault
from mssql.errors.redaction import leave_out_values
from tds_embedded.errors import MESSAGES
from tds_embedded.server import Server
from tests.databases import alias, settings_of, tables
from tests.models import Everything

SECRET = "s3cret"
SERVER = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"

# For each number, the arguments of its text up to the value, and those after it.
ARGUMENTS: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    220: (("tinyint",), ()),
    232: (("int",), ()),
    244: (("varchar",), ("INT2",)),
    245: (("nvarchar",), ("int",)),
    248: (("varchar",), ()),
    506: ((), ("LIKE",)),
    1505: (("dbo.t", "ux"), ()),
    2601: (("dbo.t", "ux"), ()),
    2627: (("UNIQUE KEY", "uq", "dbo.t"), ()),
    2628: (("db.dbo.t", "code"), ()),
    13607: ((), ("3",)),
    13609: ((), ("3",)),
    19300: ((), ("missing )",)),
}
OTHERS = {
    506: 'The invalid escape character "{}" was specified in a {} predicate.',
    6522: 'A .NET Framework error occurred during execution of user-defined routine or aggregate "'
    'hierarchyid": {}',
    6926: "XML Validation: Invalid simple type value: '{}'. Location: /*:a[1]",
    7630: "Syntax error near '{}' in the full-text search condition 'x'.",
}
NUMBERS = sorted(ARGUMENTS.keys() | OTHERS.keys())
# Values that look like the texts around them.
values = st.text(alphabet=st.sampled_from("'\"()x.; 1[]")) | st.sampled_from(
    [f"{SECRET}' to data type int.", f"{SECRET}).", f"'{SECRET}'", f"(1). (2627) {SECRET}", "\n"]
)


def message(number: int, value: str) -> str:
    before, after = ARGUMENTS.get(number, ((), ()))
    text = OTHERS.get(number) or MESSAGES[number][1]
    return text.format(*before, value, *after)


def cleaned(text: str, *numbers: int, sqlstate: str = "42000") -> str:
    return leave_out_values(Fault(sqlstate, text, numbers), Exception(text)).message


@pytest.mark.parametrize("number", NUMBERS)
@given(value=values)
def test_a_message_is_the_same_whatever_the_value(number: int, value: str) -> None:
    assert cleaned(message(number, value), number) == cleaned(message(number, "1"), number)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_message_that_the_server_cut_short_keeps_nothing_of_the_value(number: int) -> None:
    whole = message(number, SECRET * 20)
    assert SECRET not in cleaned(whole[: whole.rindex(SECRET)], number)


@pytest.mark.parametrize("number", NUMBERS)
def test_mssql_python_tells_these_by_their_texts(number: int) -> None:
    assert server_messages.numbers(message(number, SECRET)) == (number,)


def test_names_and_types_stay() -> None:
    assert cleaned(message(2627, SECRET), 2627) == (
        "Violation of UNIQUE KEY constraint 'uq'. Cannot insert duplicate key in object 'dbo.t'. "
        "The duplicate key value is (...)."
    )
    assert cleaned(message(2628, SECRET), 2628) == (
        "String or binary data would be truncated in table 'db.dbo.t', column 'code'. Truncated "
        "value: '...'."
    )
    assert cleaned(message(245, SECRET), 245) == (
        "Conversion failed when converting the nvarchar value '...' to data type int."
    )
    assert cleaned(message(220, "300"), 220) == (
        "Arithmetic overflow error for data type tinyint, value = ...."
    )


@pytest.mark.parametrize("numbers", [(2627,), ()])
@pytest.mark.parametrize(
    "text",
    [
        'Verletzung der UNIQUE KEY-Einschränkung "uq". Ein doppelter Schlüssel kann in das '
        "dbo.t-Objekt nicht eingefügt werden. Der doppelte Schlüsselwert ist (s3cret, x).",
        "Violation de la contrainte UNIQUE KEY « uq ». Impossible d'insérer une clé en double dans "
        "l'objet « dbo.t ». Valeur de clé dupliquée : (s3cret).",
    ],
)
def test_in_another_language_the_constraint_stays(text: str, numbers: tuple[int, ...]) -> None:
    assert cleaned(text, *numbers, sqlstate="23000") == text[: text.index("(") + 1] + "..."


def test_mssql_python_tells_the_kind_of_a_message_in_another_language() -> None:
    for kind, words, state in (
        (mssql_python.IntegrityError, "Integrity constraint violation", "23000"),
        (mssql_python.DataError, "Invalid character value for cast specification", "22018"),
        (mssql_python.DataError, "Numeric value out of range", "22003"),
    ):
        error = kind(words, f"{SERVER}Wert = ({SECRET}).")
        fault = leave_out_values(MssqlPythonDriver().fault(error), error)
        assert fault.sqlstate == state
        assert SECRET not in repr((fault, error, vars(error)))


@pytest.mark.parametrize("numbers", [(245,), ()])
def test_in_another_language_a_value_is_cut_off(numbers: tuple[int, ...]) -> None:
    text = f"Fehler beim Konvertieren des nvarchar-Werts '{SECRET}' in den int-Datentyp."
    assert cleaned(text, *numbers, sqlstate="22018") == (
        "Fehler beim Konvertieren des nvarchar-Werts '..."
    )


def test_what_quotes_no_value_stays_as_it_is() -> None:
    for number, text in ((208, "Invalid object name 'x'."), (50000, "No (s)eat 'x' = 1.")):
        assert cleaned(text, number) == text
    assert cleaned("Invalid object name 'x'.", sqlstate="42S02") == "Invalid object name 'x'."
    client = Fault("22001", "String data, right truncation: 'x'", from_server=False)
    assert leave_out_values(client, Exception()) is client


def test_further_records_are_left_out() -> None:
    text = (
        f"[23000] {SERVER}The statement has been terminated. (3621) (SQLExecute); "
        f"[23000] {SERVER}The duplicate key value is ({SECRET}). (2627)"
    )
    driver, error = PyodbcDriver(), pyodbc.IntegrityError("23000", text)
    fault = leave_out_values(driver.fault(error), error)
    assert SECRET not in repr(error)
    assert driver.fault(error).message == fault.message == "The statement has been terminated."


# Through the drivers


@pytest.fixture(params=["pyodbc", "mssql_python"])
def options(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """OPTIONS of a connection of either driver."""
    with django_db_blocker.unblock():
        yield {"python_driver": request.param}


@pytest.fixture
def database(options: dict[str, Any]) -> Iterator[Any]:
    with connected(options) as made:
        yield made


def connected(options: dict[str, Any], **settings: Any) -> Any:
    return alias("other", options, **{"NAME": "master", **settings})


TABLE = """
DROP TABLE IF EXISTS #t;
CREATE TABLE #t (code nvarchar(20) CONSTRAINT uq_code UNIQUE, n smallint, note nvarchar(4));
CREATE UNIQUE INDEX ux_n ON #t (n);
INSERT INTO #t VALUES (N's3cret', 31234, NULL), (N'x', 31235, N's3cr'), (N'y', 31236, N's3cr');
"""
PROVOKED: list[tuple[int, str, list[Any], type[utils.Error], str]] = [
    (2627, "INSERT INTO #t (code) VALUES (%s)", [SECRET], IntegrityError, "uq_code"),
    (2601, "INSERT INTO #t (n) VALUES (%s)", [31234], IntegrityError, "ux_n"),
    (2628, "INSERT INTO #t (note) VALUES (%s)", [f"'{SECRET}'"], DataError, "note"),
    (245, "SELECT CAST(%s AS int)", [f"'{SECRET}' to data type x."], DataError, "data type int"),
    (244, "SELECT CAST(CAST(%s AS varchar(9)) AS smallint)", ["31234567"], DataError, "INT2"),
    (248, "SELECT CAST(CAST(%s AS varchar(20)) AS int)", ["31234567890"], DataError, "int column"),
    (220, "SELECT CAST(CAST(%s AS int) AS tinyint)", [31234], DataError, "tinyint"),
    (506, "SELECT 1 WHERE 'a' LIKE 'b' ESCAPE %s", [SECRET], utils.Error, "LIKE predicate"),
    (13609, "SELECT JSON_VALUE(%s, '$.a')", ["§" + SECRET], DataError, "at position 0"),
    (1505, "CREATE UNIQUE INDEX ux_note ON #t (note)", [], IntegrityError, "ux_note"),
]
LEAKS = (SECRET, "s3cr", "31234", "§")


@pytest.mark.parametrize(
    ("number", "sql", "params", "error", "keeps"), PROVOKED, ids=[str(row[0]) for row in PROVOKED]
)
def test_no_value_gets_out(
    database: Any, number: int, sql: str, params: list[Any], error: type[utils.Error], keeps: str
) -> None:
    with database.cursor() as cursor:
        cursor.execute(TABLE)
        with pytest.raises(error) as caught:
            cursor.execute(sql, params or None)
    assert f"(SQL Server error {number})" in str(caught.value)
    assert keeps in str(caught.value)
    for shown in everything_shown(caught.value):
        assert not [leak for leak in LEAKS if leak in shown]


def everything_shown(error: BaseException | None) -> Iterator[str]:
    """The text of a traceback, a log and the exceptions of the chain."""
    assert error is not None
    yield without_source(traceback.format_exception(error))
    log = io.StringIO()
    logger = logging.Logger("values")
    logger.addHandler(logging.StreamHandler(log))
    logger.error("failed", exc_info=error)
    yield without_source(log.getvalue().splitlines())
    cause: Any = error.__cause__
    assert cause.__context__ is None
    for each in (error, cause):
        yield from (str(each), repr(each), repr(each.args), repr(vars(each)))
    assert cause is error.__context__  # the driver's exception


def without_source(lines: list[str]) -> str:
    return "\n".join(line for line in lines if not line.lstrip().startswith(("File ", "^")))


def test_values_by_option(options: dict[str, Any]) -> None:
    with connected({**options, "error_values": True}) as database:
        with database.cursor() as cursor, pytest.raises(DataError, match=SECRET) as caught:
            cursor.execute("SELECT CAST(%s AS int)", [SECRET])
        assert SECRET in str(caught.value.__cause__)


def test_rows_in_one_message_tell_nothing_either(server_apart: Any, django_db_blocker: Any) -> None:
    settings = settings_of(server_apart)
    fast = {**settings.pop("OPTIONS"), "fast_executemany": True}
    with django_db_blocker.unblock(), connected(fast, **settings) as database:
        with database.cursor() as cursor:
            cursor.execute(TABLE)
            rows = [["a"], [SECRET], ["b"], [SECRET]]
            with pytest.raises(IntegrityError) as caught:
                cursor.executemany("INSERT INTO #t (code) VALUES (%s)", rows)
        assert not [shown for shown in everything_shown(caught.value) if SECRET in shown]


def test_the_field_is_named_and_the_value_is_not(options: dict[str, Any]) -> None:
    with connected(options) as database, tables("other", Everything):
        with pytest.raises(DataError, match=r"tests\.Everything\.char: .*longer") as caught:
            Everything(char=SECRET * 20).save(using=database.alias)
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert SECRET not in repr((caught.value, caught.value.__cause__))


def test_a_text_that_cannot_be_encoded_is_not_kept(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), connected({}) as database, database.cursor() as cursor:
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed") as caught:
            cursor.execute("SELECT %s", [f"{SECRET}\ud800"])
        assert SECRET not in repr(caught.value)
        assert caught.value.object == "\ud800"


def test_no_value_in_a_span(server: Server, options: dict[str, Any]) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    with connected({**options, "telemetry": {"tracer_provider": provider}}) as database:
        for _, sql, params, error, _ in PROVOKED:
            with database.cursor() as cursor:
                cursor.execute(TABLE)
                with pytest.raises(error):
                    cursor.execute(sql, params or None)
    shown = [span.to_json() for span in spans.get_finished_spans() if not span.status.is_ok]
    assert len(shown) == len(PROVOKED)
    assert not [span for span in shown for leak in LEAKS if leak in span]
