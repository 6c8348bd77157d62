"""The table of implementations: every class once, and the nearest base class decides."""

from __future__ import annotations

from typing import Any

from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Func, Value
from django.db.models.functions import Ceil

from mssql.compat import UUID4
from mssql.expressions import aggregates
from mssql.expressions.registry import TABLES, as_tsql


class Compiler:
    """A compiler whose columns are `[c]`."""

    def compile(self, node: object) -> tuple[str, list[Any]]:
        return "[c]", []


class _Inherited(Ceil):
    """A subclass without an as_sql() method."""


class _Written(Ceil):
    """A subclass with T-SQL from its project."""

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return "MINE([c])", []


def test_no_class_has_two_implementations() -> None:
    classes = [cls for table in TABLES for cls in table]
    assert len(classes) == len(set(classes)) > 80


def test_a_class_that_django_lacks_has_no_subclasses() -> None:
    """On versions without them the names of compat stand for empty classes."""
    assert UUID4.__mro__[1:] == (object,) or issubclass(UUID4, Func)
    assert aggregates.TSQL[Aggregate] is aggregates.aggregate


def test_the_nearest_base_class_decides() -> None:
    compiler: Any = Compiler()
    assert as_tsql(_Inherited(Value(1.5)), compiler, None) == ("CEILING([c])", [])  # type: ignore[arg-type]
    assert as_tsql(_Written(Value(1.5)), compiler, None) == ("MINE([c])", [])  # type: ignore[arg-type]
