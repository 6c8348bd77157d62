"""Nothing happens behind a query's back: no query while compiling, no text rewritten, no class
changed; aliases and threads do not feel each other."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import SHA256, Greatest, NthValue, Substr, TruncMonth

from mssql.tsql.limits import MAX_PARAMETERS
from tds_embedded.server import Server
from tests.databases import alias, settings_of, tables
from tests.models import Author, Book, Document, Event, Seat

pytestmark = pytest.mark.django_db

LONG = range(MAX_PARAMETERS + 1)


def querysets() -> dict[str, QuerySet[Any]]:
    """Queries of the kinds that could tempt a compiler to ask the server something."""
    books = Book.objects.filter(author=OuterRef("pk"))
    return {
        "long list": Author.objects.filter(pk__in=LONG).exclude(age__in=LONG),
        "long list of pairs": Seat.objects.filter(pk__in=[(n, n) for n in LONG]),
        "hash": Author.objects.annotate(hash=SHA256("name")),
        "text": Author.objects.filter(name__icontains="%[").annotate(x=Substr("name", 2)),
        "grouped": Author.objects.values(big=Exists(books.filter(pages__gt=7))).annotate(
            n=Count("id")
        ),
        "grouped by a parameter": Book.objects.values(x=F("pages") + 1).annotate(n=Sum("pages")),
        "distinct": Book.objects.order_by("author").distinct("author"),
        "window": Book.objects.annotate(x=Window(NthValue("title", 2), order_by="title")),
        "greatest": Author.objects.annotate(x=Greatest("age", Value(3))),
        "month": Event.objects.annotate(x=TruncMonth("at")).filter(at__year=2024),
        "json": Document.objects.filter(data__a__b__contains={"x": [1]}, data__has_key="%"),
        "union": Author.objects.filter(age=1).union(Author.objects.filter(age=2)).order_by("name"),
        "slice": Book.objects.select_related("author").order_by("-pages")[3:7],
        "locked": Book.objects.select_related("author").select_for_update(of=("self",)),
        "xor": Author.objects.filter(Q(age=1) ^ Q(name="x")),
    }


@pytest.mark.parametrize("kind", querysets())
def test_compiling_does_not_use_the_connection(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper: Any = connection
    wrapper.read_time_zones()  # the server is asked for them once

    def forbidden(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the connection was used")

    for name in ("cursor", "create_cursor", "connect", "get_new_connection"):
        monkeypatch.setattr(connection, name, forbidden)
    sql, _ = querysets()[kind].query.get_compiler("default").as_sql()
    assert sql.startswith("SELECT")


@pytest.mark.parametrize("kind", querysets())
def test_the_server_gets_the_text_that_was_compiled(kind: str, server: Server) -> None:
    queryset = querysets()[kind]
    sql, params = queryset.query.get_compiler("default").as_sql()
    with server.recorder.capture() as seen:
        list(queryset)
    markers = tuple(f"@P{number}" for number in range(1, len(params) + 1))
    (text,) = (text for text in seen.texts if text.startswith("SELECT"))
    assert text.rstrip() == sql % markers


def test_the_text_of_a_statement_is_the_same_every_time() -> None:
    first = {
        kind: each.query.get_compiler("default").as_sql() for kind, each in querysets().items()
    }
    again = {
        kind: each.query.get_compiler("default").as_sql() for kind, each in querysets().items()
    }
    assert first == again


CLASSES = """
import gc, sys
import django
from django.conf import settings
settings.configure(DATABASES={"default": %r}, INSTALLED_APPS=["django.contrib.contenttypes"])
import django.db.backends.base.base, django.db.backends.utils, django.db.models.sql.compiler
import django.db.models.functions.comparison
import django.db.migrations.executor

def of_django():
    return {
        cls: dict(vars(cls)) for cls in gc.get_objects()
        if isinstance(cls, type) and cls.__module__.startswith("django.db")
    }

def of_mssql():
    return {
        cls: dict(vars(cls)) for cls in gc.get_objects()
        if isinstance(cls, type) and cls.__module__.startswith("mssql.")
        and not cls.__module__.startswith("tds_embedded")
    }

def use():
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from django.db.models import Count
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    rows = ContentType.objects.filter(model__in=range(3000)).values("model").annotate(n=Count("id"))
    rows.query.get_compiler("default").as_sql()
    with connection.schema_editor(collect_sql=True) as editor:
        editor.create_model(ContentType)
    connection.introspection.table_names()

def changed(before, after):
    return [
        (cls, name) for cls in before for name in {*before[cls], *after[cls]}
        if before[cls].get(name) is not after[cls].get(name)
        and name != "creation_counter"  # Django numbers fields as they are made
    ]

django.setup()
import django.contrib.contenttypes.models
before = of_django()
use()
print(changed(before, of_django()))
before = of_mssql()
from django.db import connections
connections.settings["other"] = {**connections.settings["default"]}
connections["other"].settings_dict["OPTIONS"]["collation"] = "Latin1_General_100_BIN2"
connections["other"].ensure_connection()
use()
connections.close_all()
print(changed(before, of_mssql()))
"""


def test_no_class_is_changed() -> None:
    given = {**connection.settings_dict, "NAME": "master"}
    given = {name: given[name] for name in ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD",
                                            "OPTIONS")}  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", CLASSES % given], capture_output=True, text=True, timeout=120
    )
    assert (run.stdout.split("\n"), run.stderr) == (["[]", "[]", ""], "")


def test_aliases_side_by_side(server_as: Callable[[str], Server], server: Server) -> None:
    old = settings_of(server_as("2016").endpoint)
    options = {**old.pop("OPTIONS"), "collation": "Latin1_General_100_CS_AS", "datefirst": 1}
    with alias("old", options, NAME="master", **old), tables("old", Author, Event):

        def sql(using: str) -> str:
            extremes = Author.objects.using(using).annotate(x=Greatest("age", 1))
            months = Event.objects.using(using).annotate(x=TruncMonth("at"))
            found = extremes.filter(name__contains="x"), months
            return " ".join(str(each.query.get_compiler(using).as_sql()[0]) for each in found)

        new_sql, old_sql = sql("default"), sql("old")
        for word in ("GREATEST(", "DATETRUNC("):
            assert word in new_sql
            assert word not in old_sql
        assert "COLLATE Latin1_General_100_CS_AS" in old_sql
        assert "COLLATE" not in new_sql
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(sql, ["default"] * 20 + ["default"] * 20))
        assert set(made) == {new_sql}
        for using, expected in (("old", old_sql), ("default", new_sql)) * 3:
            assert sql(using) == expected
            Author.objects.using(using).create(name="Xy", age=3)
        assert connections["old"].server.product == "SQL Server 2016"
        # The collation of the option tells case, the column's own does not.
        assert Author.objects.using("old").filter(name__contains="x").count() == 0
        assert Author.objects.filter(name__contains="x").count() == 3


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_feel_each_other() -> None:
    Author.objects.bulk_create(Author(name=f"a{number}", age=number) for number in range(50))
    start = threading.Barrier(4)

    def count(number: int) -> list[int]:
        start.wait()
        try:
            short = Author.objects.filter(age__in=range(number))
            long = Author.objects.filter(age__in=range(number, number + len(LONG)))
            assert "OPENJSON" not in str(short.query)
            return [n for _ in range(10) for n in (short.count(), long.count())]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(count, (10, 20, 30, 40)))
    assert found == [[number, 50 - number] * 10 for number in (10, 20, 30, 40)]


def test_statements_hold_no_names_made_up_at_random() -> None:
    for queryset in querysets().values():
        sql, _ = queryset.query.get_compiler("default").as_sql()
        assert not re.search(r"DECLARE|#\w+|0x[0-9a-f]{8,}", str(sql))
