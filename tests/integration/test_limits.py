"""Long lists, values that do not fit, and odd characters: a right answer or a clear refusal."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, NotSupportedError, ProgrammingError, connection, transaction
from django.db.models import F, Q
from django.test.utils import CaptureQueriesContext, isolate_apps

from mssql.tsql.limits import MAX_PARAMETERS
from tests.models import Author, Book, Document, Event, Everything, Seat
from tests.tables import create, models

pytestmark = pytest.mark.django_db

MANY = MAX_PARAMETERS + 1
UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=UTC)

# A value for each column, and as many others as no statement has parameters for.
COLUMNS: dict[str, tuple[Any, Any]] = {
    "uuid": (uuid.UUID(int=2**127), [uuid.UUID(int=n) for n in range(MANY)]),
    "blob": (b"\x00\xff'", [b"\x00" + str(n).encode() for n in range(MANY)]),
    "small": (-7, range(MANY)),
    "big": (2**63 - 1, range(2**63, 2**63 + MANY)),
    "price": (Decimal("0.1"), [Decimal(n) / 8 for n in range(MANY)]),
    "ratio": (0.1, [n + 0.5 for n in range(MANY)]),
    "text": ("it's 😀 [x]", [f"{n}😀" for n in range(MANY)]),
    "char": ("100%", [f"100{n}" for n in range(MANY)]),
    "address": ("2001:db8::1", [f"10.0.{n >> 8}.{n & 255}" for n in range(MANY)]),
    "at": (MOMENT, [MOMENT + datetime.timedelta(seconds=1 + n) for n in range(MANY)]),
    "day": (datetime.date(1, 1, 1), [datetime.date.fromordinal(2 + n) for n in range(MANY)]),
    "clock": (datetime.time(23, 59, 59, 999999), [datetime.time(n % 24, n // 24 % 60, n // 1440)
                                                  for n in range(MANY)]),
    "length": (datetime.timedelta(days=-3, microseconds=1),
               [datetime.timedelta(n) for n in range(MANY)]),
    "data": ({"a": [1, None, "é"]}, [*range(MANY), "1"]),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_long_lists_of_every_type(name: str) -> None:
    value, others = COLUMNS[name]
    Everything.objects.create(**{name: value})
    found = Everything.objects.filter(**{f"{name}__in": [*others, value]})
    assert [getattr(each, name) for each in found] == [value]
    assert not Everything.objects.filter(**{f"{name}__in": others}).exists()
    assert Everything.objects.exclude(**{f"{name}__in": others}).count() == 1
    assert not Everything.objects.exclude(**{f"{name}__in": [*others, value]}).exists()


def test_long_lists_round_nothing_to_match() -> None:
    Everything.objects.create(price=Decimal("0.123457"), char="x" * 40)
    many = [Decimal(n) for n in range(MANY)]
    near = Everything.objects.filter(price__in=[*many, Decimal("0.1234567")])
    cut = Everything.objects.filter(char__in=[*map(str, many), "x" * 41])
    assert not near.exists()
    assert not cut.exists()


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_lists_of_thousands(length: int) -> None:
    ann, bob = (Author.objects.create(name=name, age=age) for name, age in (("A", 7), ("B", 8)))
    ids = list(range(ann.pk, ann.pk + length))
    assert set(Author.objects.filter(pk__in=ids).values_list("pk", flat=True)) == {ann.pk, bob.pk}
    assert Author.objects.filter(pk__in=ids, age__in=range(8, 8 + length)).get() == bob
    assert not Author.objects.exclude(pk__in=ids).exists()


def test_lists_that_are_short_each_but_long_together() -> None:
    ann = Author.objects.create(name="Ann", age=1_500)
    half = MANY // 2 + 1
    either = Q(age__in=range(half)) | Q(age__in=range(half, 2 * half))
    authors = Author.objects.filter(either)
    Book.objects.create(title="A", author=ann)
    with CaptureQueriesContext(connection) as queries:
        assert authors.get() == ann
        assert Book.objects.filter(author__in=authors).count() == 1
        assert authors.update(alias="x") == 1
        assert Book.objects.filter(author__in=authors).delete()[0] == 1
    assert [query["sql"].count("OPENJSON") for query in list(queries)[:3]] == [2, 2, 2]


def test_what_no_column_holds_is_in_no_list() -> None:
    Everything.objects.create(ratio=1.5, small=1)
    for odd in (float("nan"), float("inf")):
        assert Everything.objects.filter(ratio__in=[odd, 1.5]).count() == 1
        assert Everything.objects.filter(ratio__in=[odd]).count() == 0
    assert Everything.objects.filter(small__in=[40_000, -(10**50), 1]).count() == 1
    assert Everything.objects.exclude(small__in=[10**50]).count() == 1
    assert Everything.objects.filter(small__in=[*range(-40_000, -1)]).count() == 0


@isolate_apps("tests")
def test_long_lists_compare_as_the_column_does() -> None:
    class Word(models.Model):
        exact = models.CharField(max_length=20, db_collation="Latin1_General_100_CS_AS")
        loose = models.CharField(max_length=20)

        class Meta:
            app_label = "tests"

    create(Word)
    Word.objects.create(exact="Word", loose="Word")
    many = [str(n) for n in range(MANY)]
    assert Word.objects.filter(exact__in=[*many, "Word"]).count() == 1
    assert Word.objects.filter(exact__in=[*many, "word"]).count() == 0
    assert Word.objects.filter(loose__in=[*many, "wORD"]).count() == 1


def test_long_lists_of_composite_keys() -> None:
    Seat.objects.bulk_create([Seat(row=1, number=2), Seat(row=2, number=1)])
    keys = [(n, n) for n in range(MANY // 2 + 1)]
    assert Seat.objects.filter(pk__in=[*keys, (2, 1)]).get().pk == (2, 1)
    assert Seat.objects.filter(pk__in=keys).count() == 0
    assert Seat.objects.exclude(pk__in=[*keys, (2, 1)]).get().pk == (1, 2)


def test_long_lists_of_values_under_a_key() -> None:
    for value in ("1", 1, True, None, {"b": 1}, 2.5, 2**60):
        Document.objects.create(data={"a": value})
    numbers = list(range(2, MANY))

    def found(*items: Any) -> list[Any]:
        rows = Document.objects.filter(data__a__in=[*numbers, *items]).order_by("pk")
        return [row.data["a"] for row in rows]

    assert found() == []
    assert found("1") == ["1"]
    assert found(1) == [1]
    assert found(True, None, {"b": 1}) == [True, None, {"b": 1}]
    assert found(2.5, 2**60) == [2.5, 2**60]


def test_thousands_of_rows_are_prefetched_found_by_key_and_deleted() -> None:
    authors = Author.objects.bulk_create(Author(name=str(n)) for n in range(MANY))
    Book.objects.bulk_create(Book(title="x", author=author) for author in authors)
    with CaptureQueriesContext(connection) as queries:
        loaded = list(Author.objects.prefetch_related("books"))
    assert [len(author.books.all()) for author in loaded] == [1] * MANY
    assert len(queries) == 2
    assert len(Author.objects.in_bulk([author.pk for author in authors])) == MANY
    assert Author.objects.filter(pk__in=[author.pk for author in authors]).update(age=1) == MANY
    assert Author.objects.all().delete()[0] == 2 * MANY


def test_more_conditions_than_parameters_are_refused() -> None:
    condition = Q()
    for number in range(MANY):
        condition |= Q(age=number)
    with pytest.raises(NotSupportedError, match="Split the query, or filter by a subquery"):
        Author.objects.filter(condition).count()


# Values that do not fit


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("small", 40_000, "not within -32768 to 32767"),
        ("big", 2**63, "not within -9223372036854775808"),
        ("big", -(10**40), "not within -9223372036854775808"),
        ("price", Decimal("1e14"), "more than 14 digits before the point"),
        ("price", Decimal("1e50"), "more than 14 digits before the point"),
        ("ratio", float("nan"), "neither NaN nor infinity"),
        ("ratio", float("-inf"), "neither NaN nor infinity"),
        ("char", "x" * 41, "longer than 40"),
        ("char", "😀" * 21, "longer than 40"),
        ("char", "\ud800", "half of a surrogate pair"),
        ("text", "x\udfff", "half of a surrogate pair"),
        ("address", "x" * 40, "longer than 39"),
        ("length", datetime.timedelta.max, "exceed bigint"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_field(name: str, value: Any, says: str) -> None:
    row = Everything.objects.create()
    full = {name: value}
    attempts = (
        lambda: Everything.objects.create(**full),
        lambda: Everything.objects.bulk_create([Everything(), Everything(**full)]),
        lambda: Everything.objects.filter(pk=row.pk).update(**full),
        lambda: Everything.objects.bulk_update([Everything(pk=row.pk, **full)], [name]),
    )
    for attempt in attempts:
        with pytest.raises(DataError, match=says) as caught, transaction.atomic():
            attempt()
        assert f"tests.Everything.{name}: " in str(caught.value)
    assert Everything.objects.count() == 1


def test_values_at_the_ends_of_their_types() -> None:
    ends = {
        "small": (-(2**15), 2**15 - 1),
        "big": (-(2**63), 2**63 - 1),
        "price": (Decimal("-99999999999999.999999"), Decimal("99999999999999.999999")),
        "ratio": (-1.7976931348623157e308, 2.2250738585072014e-308),
        "char": ("", "😀" * 20),
        "text": ("", "x" * 100_000),
        "blob": (b"", bytes(100_000)),
        "at": (datetime.datetime(1, 1, 2, tzinfo=UTC), datetime.datetime.max.replace(tzinfo=UTC)),
        "day": (datetime.date.min, datetime.date.max),
        "clock": (datetime.time.min, datetime.time.max),
        "length": (datetime.timedelta(microseconds=-(2**63)), datetime.timedelta(days=106_751_991)),
    }
    for position in (0, 1):
        values = {name: both[position] for name, both in ends.items()}
        one = Everything.objects.create(**values)
        (two,) = Everything.objects.bulk_create([Everything(**values)])
        for pk in (one.pk, two.pk):
            found = Everything.objects.get(pk=pk)
            assert {name: getattr(found, name) for name in values} == values


def test_a_column_may_hold_more_than_its_field_says() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tests_everything ALTER COLUMN [char] nvarchar(100) NULL")
    assert Everything.objects.create(char="x" * 41).char == "x" * 41


# Odd characters

ODD = [
    "[", "]", "[b]", "]]", "'", "''", "%", "%s", "%%", "%(x)s", "_", "\\", "\\%", "😀", "?", "{}",
    "{0}", '"', "@p1", "--", "/*", ";", "\n", "é",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_odd_characters_in_values_and_patterns(text: str) -> None:
    odd = Author.objects.create(name=f"x{text}y", alias=text)
    Author.objects.create(name="xzy", alias="z")
    for lookup, value in (
        ("alias", text), ("alias__in", [text]), ("alias__iexact", text),
        ("name__contains", text), ("name__icontains", text), ("name__contains", F("alias")),
        ("name__startswith", f"x{text}"), ("name__istartswith", f"X{text}"),
        ("name__endswith", f"{text}y"), ("name__iendswith", f"{text}Y"),
    ):  # fmt: skip
        expected = [odd] if value != F("alias") else list(Author.objects.all())
        assert list(Author.objects.filter(**{lookup: value})) == expected, lookup
    odd.refresh_from_db()
    assert odd.alias == text


@pytest.mark.parametrize("text", [text for text in ODD if text != "_"])  # data___x is not a lookup
def test_odd_characters_in_json_keys_and_values(text: str) -> None:
    odd = Document.objects.create(data={text: text, "n": [text, {text: 1}]})
    Document.objects.create(data={"z": "z", "n": []})
    for lookup, value in (
        (f"data__{text}", text), ("data__has_key", text), ("data__has_keys", [text, "n"]),
        ("data__contains", {text: text}), ("data__n__contains", [text]),
        (f"data__n__1__{text}", 1), (f"data__{text}__in", [text]),
        (f"data__{text}__startswith", text), (f"data__{text}__icontains", text),
    ):  # fmt: skip
        assert list(Document.objects.filter(**{lookup: value})) == [odd], lookup
    odd.refresh_from_db()
    assert odd.data == {text: text, "n": [text, {text: 1}]}


@pytest.mark.bad_grammar
def test_names_of_more_than_128_characters() -> None:
    with isolate_apps("tests"):

        class Named(models.Model):
            value = models.IntegerField(db_column="x" * 128, default=7)

            class Meta:
                app_label = "tests"
                db_table = "ä" * 128

        class TooLong(models.Model):
            value = models.IntegerField(db_column="x" * 129)

            class Meta:
                app_label = "tests"

    create(Named)
    assert Named.objects.create().pk == Named.objects.get(value=7).pk
    with pytest.raises(ProgrammingError, match=r"'x{128}' is too long.* error 103"):
        create(TooLong)


@pytest.mark.parametrize("text", ["a]b", "a[b", "a'b", "a%b", "a%sb", "a_b", "a\\b", "a😀b", 'a"b'])
def test_odd_characters_in_names(text: str) -> None:
    escaped = text.replace("%", "%%")
    with isolate_apps("tests"):

        class Odd(models.Model):
            value = models.CharField(max_length=20, db_column=text, db_index=True, default="x")
            other = models.IntegerField(db_column=f"{text} 2", default=1, null=True)

            class Meta:
                app_label = "tests"
                db_table = f"odd {text}"
                constraints = [
                    models.UniqueConstraint(fields=["value", "other"], name=f"one {escaped}"),
                    models.CheckConstraint(condition=Q(other__gt=0), name=f"check {escaped}"),
                ]

    create(Odd)  # Django takes a % in the name of a constraint for a format
    one = Odd.objects.create(value=text)
    two, _ = Odd.objects.bulk_create([Odd(value="b"), Odd(value="c")])
    Odd.objects.filter(value=text).update(other=F("other") + 1)
    assert list(Odd.objects.order_by("-value").values_list("value", "other")[1:]) == sorted(
        [("b", 1), (text, 2)], reverse=True
    )
    assert Odd.objects.bulk_update([one, two], ["value"]) == 2
    assert Odd.objects.filter(value__startswith=text).delete()[0] == 1
    with connection.schema_editor() as editor:
        editor.remove_constraint(Odd, Odd._meta.constraints[0])
        editor.alter_db_table(Odd, f"odd {text}", f"even {text}")


def test_a_half_surrogate_within_json_is_kept() -> None:
    row = Document.objects.create(data={"k": "\ud800"})
    assert Document.objects.get(pk=row.pk).data == {"k": "\ud800"}


def test_nul_within_json_is_kept() -> None:
    row = Document.objects.create(data={"a\0": "\0b"})
    assert Document.objects.get(pk=row.pk).data == {"a\0": "\0b"}


def test_nul_is_a_character_like_others() -> None:
    row = Event.objects.create(name="a\0b")
    assert Event.objects.get(name="a\0b") == row
    Document.objects.create(data={"a\0": "\0b"})
    assert Document.objects.filter(data__has_key="a\0").count() == 1
