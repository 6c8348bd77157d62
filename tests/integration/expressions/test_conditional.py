"""CASE and COALESCE of NULLs, which require a type in T-SQL."""

from __future__ import annotations

from typing import Any

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


def test_a_case_is_rendered_with_a_type_only_if_it_has_none() -> None:
    one = When(age=1, then=Value(None))
    for case, sql in (
        (Case(one), "WHEN [tests_author].[age] = 1 THEN NULL ELSE CAST(NULL AS int) END"),
        (Case(one, default=Value(2)), "WHEN [tests_author].[age] = 1 THEN NULL ELSE 2 END"),
        (Case(When(age=1, then=Value(2))), "WHEN [tests_author].[age] = 1 THEN 2 ELSE NULL END"),
        (Case(When(NEVER, then=Value(2))), "COUNT(CAST(NULL AS int))"),
        (Case(When(ALWAYS, then=Value(None)), default=Value(2)), "COUNT(CAST(NULL AS int))"),
        (Case(default=Value(None)), "COUNT(CAST(NULL AS int))"),
        (Case(When(NEVER, then=Value(2)), one), "THEN NULL ELSE NULL END"),
    ):
        case.output_field = IntegerField()
        query = Author.objects.annotate(n=Count(case)).values("n").query
        assert sql in str(query)


@pytest.mark.parametrize(
    "expression",
    [
        Case(When(age=1, then=Value(None)), output_field=IntegerField()),
        Case(When(NEVER, then=Value(1)), output_field=IntegerField()),
        Case(When(ALWAYS, then=Value(None)), default=Value(1), output_field=IntegerField()),
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
