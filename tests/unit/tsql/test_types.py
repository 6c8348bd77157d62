"""Types of values and of declarations."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest

from mssql.tsql import types

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("declaration", "name", "facets"),
    [
        ("int", "int", ()),
        ("NVARCHAR(50)", "nvarchar", (50,)),
        ("nvarchar(max)", "nvarchar", ()),
        ("numeric(10, 2)", "numeric", (10, 2)),
        ("decimal (10,2)", "decimal", (10, 2)),
        ("double precision", "float", (53,)),
        ("float(24)", "float", (24,)),
        ("datetime2", "datetime2", (7,)),
        ("time(0)", "time", (0,)),
    ],
)
def test_the_parts_of_a_declaration(declaration: str, name: str, facets: tuple[int, ...]) -> None:
    assert types.name_and_facets(declaration) == (name, facets)


@pytest.mark.parametrize(
    ("values", "declaration", "brief"),
    [
        (["a", "b" * 4000], "nvarchar(4000)", "nvarchar(4000)"),
        (["a", "b" * 4001], "nvarchar(max)", "nvarchar(max)"),
        ([b"a", b"b" * 8001], "varbinary(max)", "varbinary(max)"),
        ([1, 2**40], "bigint", "bigint"),
        ([True], "bit", "bit"),
        ([1.5], "float(53)", "float"),
        ([Decimal("1.25"), Decimal("100")], "numeric(5, 2)", "numeric(5, 2)"),
        ([uuid.UUID(int=1)], "uniqueidentifier", "uniqueidentifier"),
        ([datetime.time(1)], "time(7)", "time"),
        ([datetime.datetime(2024, 1, 1)], "datetime2(7)", "datetime2"),
        ([datetime.datetime(2024, 1, 1, tzinfo=UTC)], "datetimeoffset(7)", "datetimeoffset"),
    ],
)
def test_one_type_for_several_values(values: list[Any], declaration: str, brief: str) -> None:
    kind = types.kind_of(values[0])
    assert kind is not None
    common = types.common_type(kind, values)
    assert common is not None
    assert (str(common), common.brief) == (declaration, brief)


@pytest.mark.parametrize("values", [[2**63], [Decimal("NaN")], [Decimal("1e38"), Decimal("0.1")]])
def test_values_without_a_type_in_common(values: list[Any]) -> None:
    assert types.common_type(type(values[0]), values) is None


def test_a_size_and_its_type_are_the_same() -> None:
    for sql_type in (types.BIGINT, types.FLOAT, types.TIME, types.VARCHAR_MAX, types.VARBINARY):
        assert types.type_of(types.Typed(None, sql_type.size)) == sql_type
