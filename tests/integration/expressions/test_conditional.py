"""CASE and COALESCE of NULLs, which require a type in T-SQL."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db.models import (
    Case,
    CharField,
    Count,
    GenericIPAddressField,
    IntegerField,
    Q,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from tests.models import Author

pytestmark = pytest.mark.django_db

ALWAYS, NEVER = ~Q(pk__in=[]), Q(pk__in=[])


ONE = When(age=1, then=Value(None))
before_4_2 = pytest.mark.skipif(django.VERSION < (4, 2), reason="WHEN has no condition")


@pytest.mark.parametrize(
    ("case", "sql"),
    [
        (Case(ONE), "WHEN [tests_author].[age] = 1 THEN NULL ELSE CAST(NULL AS int) END"),
        (Case(ONE, default=Value(2)), "WHEN [tests_author].[age] = 1 THEN NULL ELSE 2 END"),
        (Case(When(age=1, then=Value(2))), "WHEN [tests_author].[age] = 1 THEN 2 ELSE NULL END"),
        (Case(When(NEVER, then=Value(2))), "COUNT(CAST(NULL AS int))"),
        (Case(default=Value(None)), "COUNT(CAST(NULL AS int))"),
        (Case(When(NEVER, then=Value(2)), ONE), "THEN NULL ELSE NULL END"),
        pytest.param(
            Case(When(ALWAYS, then=Value(None)), default=Value(2)),
            "COUNT(CAST(NULL AS int))",
            marks=before_4_2,
        ),
    ],
)
def test_a_case_without_a_value_has_a_type(case: Case, sql: str) -> None:
    case = case.copy()
    case.output_field = IntegerField()
    assert sql in str(Author.objects.annotate(n=Count(case)).values("n").query)


@pytest.mark.parametrize(
    "expression",
    [
        Case(When(age=1, then=Value(None)), output_field=IntegerField()),
        Case(When(NEVER, then=Value(1)), output_field=IntegerField()),
        pytest.param(
            Case(When(ALWAYS, then=Value(None)), default=Value(1), output_field=IntegerField()),
            marks=before_4_2,
        ),
        Case(default=Value(None), output_field=CharField(max_length=5)),
        Coalesce(Value(None), Value(None), output_field=IntegerField()),
        # Its field prepares the empty string as None.
        Coalesce(
            Value("", GenericIPAddressField(null=True)),
            Value("", GenericIPAddressField(null=True)),
        ),
    ],
)
def test_a_conditional_without_a_value_is_null(expression: Any) -> None:
    Author.objects.create(name="Ann", age=1)
    authors = Author.objects.annotate(value=expression)
    assert authors.get().value is None
    assert authors.aggregate(n=Count("value")) == {"n": 0}
