"""Expressions over columns of several collations, none of which conflict (error 468)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Collate, Concat, Left, Replace
from django.test.utils import isolate_apps

from tests.tables import create, models, run

pytestmark = pytest.mark.django_db

CASE_SENSITIVE = "Latin1_General_100_CS_AS"
MANY = [str(number) for number in range(2100)]


@pytest.fixture
def words() -> Iterator[Any]:
    """One word in a column that distinguishes case and in one that does not."""
    with isolate_apps("tests"):

        class Word(models.Model):
            exact = models.CharField(max_length=20, db_collation=CASE_SENSITIVE)
            loose = models.CharField(max_length=20)
            text = models.TextField(default="Word")

            class Meta:
                app_label = "tests"

        create(Word)
        Word.objects.create(exact="Word", loose="Word")
        yield Word.objects


def test_replacements_within_a_replacement(words: Any) -> None:
    inner: Any = Replace("exact", Value("W"), Value("w"))
    found = words.annotate(x=Replace("loose", inner, Value("-")))
    assert found.get().x == "Word"  # "word" is not in it
    assert words.annotate(x=Replace(inner, Value("w"), inner)).get().x == "wordord"


def test_a_replacement_has_the_collation_of_the_other_side(words: Any) -> None:
    lower = Replace("loose", Value("W"), Value("w"))
    assert words.filter(exact=lower).count() == 0
    assert words.filter(loose=lower).count() == 1
    assert words.filter(exact__iexact=lower).count() == 1
    assert words.filter(exact__icontains=lower).count() == 1
    assert words.filter(exact__iexact=Collate("loose", "Latin1_General_100_BIN2")).count() == 1
    assert words.annotate(x=Concat(lower, F("exact"))).get().x == "wordWord"
    either = words.annotate(x=Collate(lower, "Latin1_General_100_CI_AS"))
    assert either.filter(x=Replace("exact", Value("d"), Value("D"))).count() == 1


def test_a_replacement_keeps_every_character(words: Any) -> None:
    text = "Word \N{GRINNING FACE}  \u00e9\u0301" * 500
    words.update(text=text)
    found = Replace("text", Value("Word"), Value("Words"), output_field=models.TextField())
    assert words.annotate(x=found).get().x == text.replace("Word", "Words")


def test_a_long_list_has_the_collation_of_the_function_before_it(words: Any) -> None:
    for field, found in (("exact", 0), ("loose", 1)):
        start = words.annotate(x=Left(field, 3))
        assert start.filter(x__in=[*MANY, "wor"]).count() == found
        assert start.filter(x__in=[*MANY, "Wor"]).count() == 1
    collated = words.annotate(x=Collate("exact", "Latin1_General_100_CI_AS"))
    assert collated.filter(x__in=[*MANY, "wORD"]).count() == 1


def test_a_long_list_has_the_collation_of_the_column(
    words: Any,
) -> None:
    table = connection.ops.quote_name(words.model._meta.db_table)
    run(f"ALTER TABLE {table} ALTER COLUMN [loose] nvarchar(20) COLLATE {CASE_SENSITIVE} NOT NULL")
    assert words.filter(loose__in=[*MANY, "Word"]).count() == 1
    assert words.filter(loose__in=[*MANY, "word"]).count() == 0
