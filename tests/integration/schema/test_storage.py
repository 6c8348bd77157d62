"""Indexes that are set aside come again as they were stored; a switch of IDENTITY loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, NotSupportedError, connection, connections, transaction
from django.test.utils import isolate_apps

from mssql.schema import dependents
from mssql.schema.catalog import to_indexes
from mssql.schema.dependents import Difference, Table
from mssql.schema.identity import switch_sql
from mssql.schema.table_objects import Column, Index, Statistics, Storage
from mssql.tsql.identifiers import TableName
from tds_embedded.server import Server
from tests.tables import alter, create, models, rows, run

pytestmark = pytest.mark.django_db

NAME = TableName(None, "parts")
BIGGER = Difference(type=True, size=True, growth=False, nullability=False, nullable=False)

_STORED = (0, False, False, True, True, False, False, None)


def index_row(column: str, *, key: int = 0, included: bool = False, partition: int = 0) -> Any:
    """A row of INDEXES_SQL about the index by_code, which is on a partition scheme."""
    attributes = (2, "by_code", "NONCLUSTERED", True, False, False, None)
    stored = (80, True, True, False, False, False, True, "scheme")
    return (*attributes, *stored, column, False, included, key, partition)


def table(*indexes: Index, compression: str | None = None, **facts: Any) -> Table:
    columns = [
        Column("id", "int", None, 10, 0, False, None, True, None, None, None, False, None),
        Column("code", "int", None, 10, 0, False, None, False, None, None, None, False, None),
    ]
    rowstore = [index for index in indexes if index.is_rowstore]
    others = [index for index in indexes if not index.is_rowstore]
    given: dict[str, Any] = {"filegroups": (None, None), "statistics": [], **facts}
    return Table(
        NAME,
        "dbo",
        None,
        compression=compression,
        columns=columns,
        indexes=rowstore,
        other_indexes=others,
        checks=[],
        foreign_keys=[],
        referencing_keys=[],
        **given,
    )


def index(name: str = "by_code", type_: str = "NONCLUSTERED", **facts: Any) -> Index:
    keys = facts.pop("keys", (("code", False),))
    primary_key = facts.pop("primary_key", False)
    return Index(name, type_, primary_key, primary_key, False, None, keys, (), **facts)


def test_a_partitioning_column_that_nobody_made_a_key_is_none() -> None:
    found = to_indexes(
        [
            index_row("day", partition=1),
            index_row("code", key=1),
            index_row("size", included=True),
        ],
        [(2, 1, "PAGE"), (2, 3, "PAGE"), (2, 2, "ROW"), (1, 1, "ROW")],
    )
    assert [(i.keys, i.include) for i in found] == [((("code", False),), ("size",))]
    assert found[0].create_sql(NAME) == (
        "CREATE UNIQUE NONCLUSTERED INDEX [by_code] ON [parts] ([code]) INCLUDE ([size]) "
        "WITH (PAD_INDEX = ON, FILLFACTOR = 80, IGNORE_DUP_KEY = ON, "
        "STATISTICS_NORECOMPUTE = ON, ALLOW_ROW_LOCKS = OFF, ALLOW_PAGE_LOCKS = OFF, "
        "DATA_COMPRESSION = PAGE ON PARTITIONS (1, 3), DATA_COMPRESSION = ROW ON PARTITIONS (2)) "
        "ON [scheme] ([day])"
    )
    renamed = found[0].with_renamed("DAY", "date")
    assert renamed.create_sql(NAME).endswith("ON [scheme] ([date])")


@pytest.mark.parametrize(
    "stored",
    [
        Storage(("FILLFACTOR = 70",), "fg", None, ((1, "PAGE"),), disabled=True),
        Storage((), "scheme", "code", ((1, "ROW"),)),
    ],
)
@pytest.mark.parametrize("primary_key", [False, True])
def test_the_clauses_are_t_sql(stored: Storage, primary_key: bool) -> None:
    sql = index(primary_key=primary_key, storage=stored).create_sql(NAME)
    with pytest.raises(DatabaseError), transaction.atomic():
        run(sql)  # Microsoft's grammar judges it; the filegroup and the table are not there


@isolate_apps("tests")
def test_an_index_keeps_its_options_when_its_column_changes() -> None:
    class Part(models.Model):
        code = models.IntegerField()

        class Meta:
            app_label = "tests"

    create(Part)
    run(
        "CREATE INDEX by_code ON tests_part (code) WITH (FILLFACTOR = 70, PAD_INDEX = ON, "
        "ALLOW_PAGE_LOCKS = OFF, DATA_COMPRESSION = PAGE)"
    )
    facts = (
        "SELECT i.fill_factor, i.is_padded, i.allow_page_locks, i.allow_row_locks, "
        "p.data_compression_desc FROM sys.indexes AS i JOIN sys.partitions AS p "
        "ON p.object_id = i.object_id AND p.index_id = i.index_id WHERE i.name = N'by_code'"
    )
    before = rows(facts)
    assert before == [(70, True, False, True, "PAGE")]
    alter(Part, "code", models.BigIntegerField())
    assert rows(facts) == before


def test_a_column_under_another_kind_of_index_is_refused_before_anything_is_dropped() -> None:
    columnstore = index("fast", "NONCLUSTERED COLUMNSTORE")
    with pytest.raises(NotSupportedError, match=r"fast on \[parts\] is a NONCLUSTERED COLUMNST"):
        table(columnstore).refuse_what_cannot_go_aside("CODE", BIGGER)
    table(columnstore).refuse_what_cannot_go_aside("id", BIGGER)


def test_a_partitioning_column_is_refused_before_anything_is_dropped() -> None:
    by_id = index(keys=(("id", False),), storage=Storage((), None, "code"))
    with pytest.raises(NotSupportedError, match="cannot alter the column Code"):
        table(by_id).refuse_what_cannot_go_aside("Code", BIGGER)
    longer = Difference(type=False, size=True, growth=True, nullability=False, nullable=True)
    table(by_id).refuse_what_cannot_go_aside("code", longer)


def test_a_switch_goes_where_the_table_is_and_grants_again() -> None:
    statistics = Statistics("st", ("code",), None, False, False)
    key = index("pk", "CLUSTERED", keys=(("id", False),), primary_key=True)
    stored = table(key, filegroups=("rows", "large"), compression="PAGE", statistics=[statistics])
    grants = [
        ("G", "SELECT", None, "reader"),
        ("W", "UPDATE", "code", "a]b"),
        ("D", "DELETE", None, "reader"),
    ]
    statements = switch_sql(stored, stored.columns[1], "", grants)
    created = next(sql for sql in statements if sql.startswith("CREATE TABLE"))
    assert created.endswith("PRIMARY KEY CLUSTERED ([id])) ON [rows] TEXTIMAGE_ON [large]")
    assert statements[-4:] == [
        "CREATE STATISTICS [st] ON [parts] ([code])",
        "GRANT SELECT ON [parts] TO [reader]",
        "GRANT UPDATE ON [parts] ([code]) TO [a]]b] WITH GRANT OPTION",
        "DENY DELETE ON [parts] TO [reader]",
    ]
    heap = table(compression="ROW")
    created = switch_sql(heap, heap.columns[1], "", [])[0]
    assert created.endswith(" WITH (DATA_COMPRESSION = ROW)")


def test_what_a_switch_writes_is_t_sql() -> None:
    statistics = Statistics("st", ("code",), "([code]>(0))", True, True)
    stored = table(filegroups=("rows", "large"), compression="ROW", statistics=[statistics])
    grants = [
        ("G", "SELECT", None, "reader"),
        ("W", "VIEW CHANGE TRACKING", None, "reader"),
        ("W", "UPDATE", "code", "a]b"),
        ("D", "DELETE", None, "reader"),
        ("R", "SELECT", "id", "reader"),
    ]
    for sql in switch_sql(stored, stored.columns[1], "", grants):
        with pytest.raises(DatabaseError), transaction.atomic():
            run(sql)  # Microsoft's grammar judges it; its objects do not exist


@isolate_apps("tests")
def test_a_switch_refuses_to_lose_an_extended_property() -> None:
    class Part(models.Model):
        id = models.IntegerField(primary_key=True)

        class Meta:
            app_label = "tests"

    create(Part)
    run(
        "EXEC sp_addextendedproperty N'owner', N'sales', N'SCHEMA', N'dbo', N'TABLE', N'tests_part'"
    )
    with pytest.raises(NotSupportedError, match="would lose the extended property owner"):
        alter(Part, "id", models.AutoField(primary_key=True))
    with connection.cursor() as cursor:
        assert dependents.Table.read(cursor, TableName(None, "tests_part")).indexes


@pytest.fixture
def fabric(db: None) -> Iterator[None]:
    """Let the connection take its server for a SQL database in Fabric."""
    wrapper: Any = connections["default"]
    before = wrapper.server
    wrapper._server = replace(before, edition=12)
    yield
    wrapper._server = before


@isolate_apps("tests")
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (models.IntegerField, models.AutoField, r"requires ALTER TABLE \.\.\. SWITCH"),
        (models.IntegerField, models.BigIntegerField, "requires altering a primary key"),
    ],
)
@pytest.mark.usefixtures("fabric")
def test_fabric_refuses_before_anything_is_done(
    old: Any, new: Any, what: str, server: Server
) -> None:
    class Part(models.Model):
        id = old(primary_key=True)

        class Meta:
            app_label = "tests"

    create(Part)
    with (
        server.recorder.capture() as capture,
        pytest.raises(NotSupportedError, match=f"{what}, which SQL database in Fabric does not"),
    ):
        alter(Part, "id", new(primary_key=True))
    assert not [text for text in capture.texts if "ALTER TABLE" in text]


@isolate_apps("tests")
@pytest.mark.usefixtures("fabric")
def test_fabric_refuses_column_names_in_a_check() -> None:
    class Part(models.Model):
        good = models.IntegerField(db_column="a_b-c")
        bad = models.IntegerField(db_column="a (b)")

        class Meta:
            app_label = "tests"

    good, bad = (Part._meta.get_field(name) for name in ("good", "bad"))
    assert connection.validation.check_field(good) == []
    (error,) = connection.validation.check_field(bad)
    assert (error.id, "' ', '(', ')'" in error.msg) == ("mssql.E105", True)
