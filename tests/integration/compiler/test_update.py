"""Values to store: every hook of a field receives the value that the application has set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import F, Value
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.tables import create, models, rows

pytestmark = pytest.mark.django_db

Store = Callable[..., Any]


class HookedField(models.CharField):
    """A field with each of the hooks that Django documents; the column contains `<value>`."""

    seen: list[tuple[str, Any]] = []

    def db_type(self, connection: Any) -> str:
        return "nvarchar(60)"

    def rel_db_type(self, connection: Any) -> str:
        return "nvarchar(60)"

    def pre_save(self, instance: Any, add: bool) -> Any:
        value = super().pre_save(instance, add)
        self.seen.append(("pre_save", value))
        return value

    def get_prep_value(self, value: Any) -> Any:
        self.seen.append(("get_prep_value", value))
        return super().get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        self.seen.append(("get_db_prep_value", value))
        return super().get_db_prep_value(value, connection, prepared)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        self.seen.append(("get_db_prep_save", value))
        if hasattr(value, "as_sql"):
            return value
        prepared = super().get_db_prep_save(value, connection)
        return None if prepared is None else f"<{prepared}>"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        self.seen.append(("from_db_value", value))
        return value if value is None else value.strip("<>")


class PlacedField(models.CharField):
    """A field whose placeholder converts the value in SQL."""

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> Any:
        if hasattr(value, "as_sql"):
            sql, params = compiler.compile(value)
            return f"UPPER({sql})", params
        return "UPPER(%s)", [value]

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        assert value is None or isinstance(value, str) or hasattr(value, "as_sql"), value
        return "UPPER(%s)"


class SecretField(models.TextField):
    """A text that is encrypted when it is saved, like a field of django-encrypted-model-fields."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        value = super().get_db_prep_save(value, connection)
        return None if value is None else f"secret:{value}"[::-1]

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else value[::-1][len("secret:") :]


class NeverNullField(models.CharField):
    """A field that stores a word for None, and NULL for another word."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value == "nothing":
            return None
        return super().get_db_prep_save("none" if value is None else value, connection)


@pytest.fixture
def Note() -> Iterator[Any]:
    with isolate_apps("tests"):

        class Note(models.Model):
            text = HookedField(max_length=50, null=True)
            placed = PlacedField(max_length=50, null=True)
            secret = SecretField(null=True)
            word = NeverNullField(max_length=20, null=True)
            blob = models.BinaryField(null=True)

            class Meta:
                app_label = "tests"

        create(Note)
        HookedField.seen.clear()
        yield Note


def by_create(Note: Any, **values: Any) -> Any:
    return Note.objects.create(**values).pk


def by_bulk_create(Note: Any, **values: Any) -> Any:
    return Note.objects.bulk_create([Note(**values), Note(text="other")])[0].pk


def by_save(Note: Any, **values: Any) -> Any:
    note = Note.objects.create(text="before", placed="before", secret="before", blob=b"before")
    for name, value in values.items():
        setattr(note, name, value)
    note.save()
    return note.pk


def by_update(Note: Any, **values: Any) -> Any:
    pk = Note.objects.create(text="before", placed="before", secret="before", blob=b"before").pk
    assert Note.objects.filter(pk=pk).update(**values) == 1
    return pk


def by_bulk_update(Note: Any, **values: Any) -> Any:
    notes = [Note.objects.create(text="before", blob=b"before") for _ in range(2)]
    for name, value in values.items():
        setattr(notes[0], name, value)
    Note.objects.bulk_update(notes, list(values))
    return notes[0].pk


STORES = [by_create, by_bulk_create, by_save, by_update, by_bulk_update]


def stored(Note: Any, pk: Any, column: str) -> Any:
    ((value,),) = rows(f"SELECT [{column}] FROM tests_note WHERE id = %s", [pk])
    return value


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(("value", "column"), [("a", "<a>"), (None, None)])
def test_hooks_receive_the_value_as_set(Note: Any, store: Store, value: Any, column: Any) -> None:
    pk = store(Note, text=value)
    saved = [seen for name, seen in HookedField.seen if name == "get_db_prep_save"]
    assert value in saved
    assert {type(seen) for seen in saved if not hasattr(seen, "as_sql")} <= {str, type(None)}
    assert all(
        isinstance(seen, (str, type(None))) or name == "get_db_prep_save"
        for name, seen in HookedField.seen
        if not hasattr(seen, "resolve_expression")
    )
    assert stored(Note, pk, "text") == column
    assert Note.objects.get(pk=pk).text == value


# bulk_update()'s CASE goes through the placeholder, or not, by Django's version.
@pytest.mark.parametrize("store", STORES[:-1])
@pytest.mark.parametrize(("value", "column"), [("a", "A"), (None, None)])
def test_the_placeholder_of_a_field(Note: Any, store: Store, value: Any, column: Any) -> None:
    pk = store(Note, placed=value, text="x")
    assert stored(Note, pk, "placed") == column


# Django hands bulk_update()'s CASE to get_db_prep_save(), on every database.
@pytest.mark.parametrize("store", STORES[:-1])
def test_none_of_an_encrypted_field_is_null(Note: Any, store: Store) -> None:
    pk = store(Note, secret=None, text="x")
    assert stored(Note, pk, "secret") is None
    assert Note.objects.filter(secret__isnull=True).filter(pk=pk).exists()
    pk = store(Note, secret="told", text="y")
    assert stored(Note, pk, "secret") == "secret:told"[::-1]
    assert Note.objects.get(pk=pk).secret == "told"


@pytest.mark.parametrize("store", STORES)
def test_a_field_decides_which_values_are_null(Note: Any, store: Store) -> None:
    assert stored(Note, store(Note, word=None, text="x"), "word") == "none"
    assert stored(Note, store(Note, word="nothing", text="y"), "word") is None


@pytest.mark.parametrize("store", STORES)
def test_null_of_a_binary_column(Note: Any, store: Store) -> None:
    assert stored(Note, store(Note, blob=None, text="x"), "blob") is None
    assert bytes(stored(Note, store(Note, blob=b"\x00", text="y"), "blob")) == b"\x00"


def test_expressions_are_assigned_through_the_hooks(Note: Any) -> None:
    pk = by_create(Note, text="a", secret="b")
    Note.objects.filter(pk=pk).update(placed=Lower(Value("Ab")), text=F("placed"))
    assert stored(Note, pk, "placed") in ("AB", "ab")  # Django before 6.1 compiles the value alone
    assert stored(Note, pk, "text") is None
    Note.objects.filter(pk=pk).update(text=F("id") + 1)
    assert stored(Note, pk, "text") == str(pk + 1)


def test_null_and_not_null_are_one_statement(Note: Any, server: Server) -> None:
    note = Note.objects.create(text="a")
    with server.recorder.capture() as seen:
        for value in ("b", None):
            note.text = value
            note.save(update_fields=["text"])
    first, second = [
        (request.text, [parameter.type for parameter in request.parameters[-2:]])
        for request in seen.requests
        if "UPDATE" in request.text
    ]
    assert first == second
    assert "NULL" not in first[0]


def test_a_field_is_named_as_itself(Note: Any) -> None:
    note = Note.objects.create(text="a")
    with pytest.raises(TypeError) as caught:
        Note.objects.update(word=note)
    assert "field tests.Note.word with a model instance" in str(caught.value)
    assert "compatible with NeverNullField" in str(caught.value)
