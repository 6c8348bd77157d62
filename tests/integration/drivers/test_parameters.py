"""Values are sent to the server and return unchanged, each as its T-SQL type."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.utils.safestring import mark_safe

from mssql.tsql.types import column_size
from tds_embedded.server import Server

UTC = datetime.timezone.utc
CHICAGO = datetime.timezone(datetime.timedelta(hours=-6))


@pytest.fixture(params=["pyodbc", "mssql_python"])
def cursor(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Any]:
    """A cursor of either driver, in master."""
    default = connections["default"]
    options = {**default.settings_dict["OPTIONS"], "python_driver": request.param}
    with django_db_blocker.unblock():
        made = type(default)({**default.settings_dict, "NAME": "master", "OPTIONS": options})
        with made.cursor() as opened:
            yield opened
        made.close()


ROUND_TRIPS = [
    (None, "varchar(1)"),
    ("", "nvarchar(4000)"),
    ("Grüße, 東京 🚄", "nvarchar(4000)"),
    ("x" * 4000, "nvarchar(4000)"),
    ("🚄" * 2001, "nvarchar(max)"),
    ("x" * 100_000, "nvarchar(max)"),
    (b"\x00\xff", "varbinary(8000)"),
    (b"x" * 9000, "varbinary(max)"),
    (0, "int"),
    (1 - 2**31, "int"),
    (2**31, "bigint"),
    (-(2**63), "bigint"),
    (True, "bit"),
    (1.5, "float"),
    (Decimal("12.50"), "decimal(4,2)"),
    (Decimal("-0.001"), "decimal(3,3)"),
    (Decimal("1E+3"), "decimal(4,0)"),
    (datetime.date(1753, 1, 1), "date"),
    (datetime.time(1, 2, 3, 456789), "time("),
    (datetime.datetime(2024, 2, 29, 23, 59, 59, 999999), "datetime2(7)"),
    (datetime.datetime(2024, 2, 29, 23, 59, 59, 999999, UTC), "datetimeoffset(7)"),
    (datetime.datetime(2024, 2, 29, 23, 59, 59, tzinfo=CHICAGO), "datetimeoffset(7)"),
]


@pytest.mark.parametrize(("value", "type_name"), ROUND_TRIPS, ids=lambda value: repr(value)[:30])
def test_round_trip(server: Server, cursor: Any, value: Any, type_name: str) -> None:
    with server.recorder.capture() as seen:
        cursor.execute("SELECT %s", [value])
        assert cursor.fetchall() == [(value,)]
    # One request, and none for a parameter's type.
    (request,) = (each for each in seen.requests if each.kind == "rpc")
    assert request.parameters[-1].type.startswith(type_name)


@pytest.mark.parametrize("day", [datetime.date.min, datetime.date(1752, 12, 31)], ids=str)
def test_a_date_before_1753_is_stored_and_found(cursor: Any, day: datetime.date) -> None:
    cursor.execute("CREATE TABLE #days (day date, next_day date)")
    cursor.execute("INSERT INTO #days VALUES (%s, DATEADD(day, 1, %s))", [day, day])
    cursor.executemany("INSERT INTO #days VALUES (%s, NULL)", [[day]])
    cursor.execute("SELECT day, next_day FROM #days WHERE day <= %s", [day])
    assert cursor.fetchall() == [(day, day + datetime.timedelta(days=1)), (day, None)]


def test_an_aware_datetime_is_the_same_moment_in_a_datetime2(cursor: Any) -> None:
    moment = datetime.datetime(2024, 7, 1, 12, 0, tzinfo=CHICAGO)
    cursor.execute("CREATE TABLE #moments (local datetime2, zoned datetimeoffset)")
    cursor.execute("INSERT INTO #moments VALUES (%s, %s)", [moment, moment])
    cursor.executemany("INSERT INTO #moments VALUES (%s, %s)", [(moment, moment)])
    where = "WHERE local = %s AND zoned = %s"
    cursor.execute(f"SELECT local, zoned FROM #moments {where}", [moment, moment])
    found = cursor.fetchall()
    cursor.execute("DROP TABLE #moments")
    assert found == [(datetime.datetime(2024, 7, 1, 18, 0), moment)] * 2


def test_an_integer_beyond_bigint_goes_as_a_number(cursor: Any) -> None:
    cursor.execute("SELECT %s", [2**63])
    assert cursor.fetchone() == (Decimal(2**63),)


def test_uuid_memoryview_and_subclasses(cursor: Any) -> None:
    identifier = uuid.uuid4()
    cursor.execute("SELECT %s, %s, %s", [identifier, memoryview(b"ab"), mark_safe("safe")])
    found = cursor.fetchone()
    assert (uuid.UUID(str(found[0])), found[1], found[2]) == (identifier, b"ab", "safe")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([None, None], (12, 1, 0)),
        (["a", None], (-9, 4000, 0)),
        (["a", "x" * 5000], (-9, 0, 0)),
        ([b"a", b"x" * 9000], (-3, 0, 0)),
        ([1, None, 2], (-5, 19, 0)),
        ([Decimal("1.5"), Decimal("-10.125")], (2, 5, 3)),
        ([Decimal("0.001")], (2, 3, 3)),
        ([1, "a"], None),
        ([1, True], None),
        ([2**70], None),
        ([Decimal("NaN")], None),
        ([Decimal("1E-40")], None),
        ([datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, tzinfo=UTC)], (93, 27, 7)),
    ],
)
def test_the_type_of_a_column(values: list[Any], expected: Any) -> None:
    assert column_size(values) == expected
