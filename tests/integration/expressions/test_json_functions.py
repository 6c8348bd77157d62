"""Functions that build JSON, before and since JSON_ARRAY and JSON_OBJECT."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import NotSupportedError
from django.db.models import UUIDField, Value, functions
from django.db.models.functions import Cast

from tds_embedded.server import Server
from tests.databases import alias, settings_of, tables
from tests.models import Everything

JSONArray: Any = getattr(functions, "JSONArray", None)

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.skipif(JSONArray is None, reason="JSONArray came with Django 5.2"),
]

UUID = uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
MOMENT = datetime.datetime(2024, 2, 29, 23, 30, 15, tzinfo=datetime.timezone.utc)


class NativeField(UUIDField):
    """A column of uniqueidentifier."""

    def cast_db_type(self, connection: Any) -> str:
        return "uniqueidentifier"


@pytest.fixture
def rows_of_2016(server_as: Callable[[str], Server]) -> Iterator[Any]:
    settings = settings_of(server_as("2016").endpoint)
    with alias("json2016", NAME="master", **settings), tables("json2016", Everything):
        yield Everything.objects.using("json2016")


def test_dates_times_and_uuids_in_an_array_before_2022(rows_of_2016: Any) -> None:
    rows_of_2016.create(day=MOMENT.date(), clock=MOMENT.time(), at=MOMENT, uuid=UUID, small=1)
    native = Cast(Value(str(UUID)), NativeField())
    found = rows_of_2016.annotate(
        x=JSONArray("day", "clock", "at", native, Value(MOMENT.date()), "small", "text")
    )
    day, clock, at, text, value, number, null = found.get().x
    assert (day, value, number, null) == ("2024-02-29", "2024-02-29", 1, None)
    assert clock.startswith("23:30:15")
    assert datetime.datetime.fromisoformat(re.sub(r"\.0+", "", at)) == MOMENT
    assert text.replace("-", "").lower() == UUID.hex
    # JSON_MODIFY takes none of them as they are: error 8116.
    sql, _ = found.query.get_compiler("json2016").as_sql()
    assert sql.count("CONVERT(nvarchar(") == 5


def test_binary_values_in_an_array_are_refused_before_2022(rows_of_2016: Any) -> None:
    with pytest.raises(NotSupportedError, match="binary values before SQL Server 2022"):
        list(rows_of_2016.annotate(x=JSONArray("blob")))
