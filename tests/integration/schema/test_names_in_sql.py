"""Names that a project chooses reach SQL as names only: of procedures, collations, savepoints."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Value
from django.db.models.functions import Collate
from django.test.utils import isolate_apps
from django.utils.functional import SimpleLazyObject

from mssql import checks
from mssql.procedures import call
from tests.databases import alias
from tests.models import Author
from tests.tables import create, models

HOSTILE = (
    "x; DROP TABLE canary",
    "x--",
    "x-- y",
    "x/*",
    "x\nDROP TABLE canary",
    "x]",
    "[x",
    "[x]y",
    "[x]; DROP TABLE canary",
    '"x',
    "it's",
    "x y",
    "@x",
    "1x",
    "",
    "x\0",
)


class TestProcedures:
    @pytest.mark.parametrize("name", [*HOSTILE, "x.", ".x", "a.b.c.d.e", "[]", "x" * 129])
    def test_what_is_no_name_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"callproc.*is not the name of a procedure") as caught:
            call(name, [], {})
        assert repr(name[:128])[1:-1] in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "sent"),
        [
            ("visit", "EXEC visit"),
            ("#visit", "EXEC #visit"),
            ("sp_executesql", "EXEC sp_executesql"),
            ("dbo.visit", "EXEC dbo.visit"),
            ("shop..visit", "EXEC shop..visit"),
            ("a.b.c.d", "EXEC a.b.c.d"),
            ("größe_1", "EXEC größe_1"),
            ("[a b].[c;d]", "EXEC [a b].[c;d]"),
            ("[dbo].[a]].b]", "EXEC [dbo].[a]].b]"),
            ('dbo."a""b]"', 'EXEC dbo.[a"b]]]'),
            ("[x' --]", "EXEC [x' --]"),
        ],
    )
    def test_one_to_four_parts(self, name: str, sent: str) -> None:
        assert call(name, [], {}) == (sent, [], [])

    @pytest.mark.parametrize("python_driver", ["pyodbc", "mssql_python"])
    def test_delimited_names_are_found(self, python_driver: str, django_db_blocker: Any) -> None:
        name = "dbo.[a];-- ' \" b]"
        with (
            django_db_blocker.unblock(),
            alias("named", {"python_driver": python_driver}, NAME="master"),
            connections["named"].cursor() as cursor,
        ):
            cursor.execute("CREATE PROCEDURE dbo.[a]];-- ' \" b] @n int AS SELECT @n + 1")
            try:
                cursor.callproc(name.replace("a]", "a]]"), [1])
                assert cursor.fetchall() == [(2,)]
                cursor.callproc("[master].[dbo].[a]];-- ' \" b]", [], {"n": 2})
                assert cursor.fetchall() == [(3,)]
            finally:
                cursor.execute("DROP PROCEDURE dbo.[a]];-- ' \" b]")


@pytest.mark.django_db
class TestSavepoints:
    @pytest.mark.parametrize(
        "name", ["s1_x2", "a b", "a]b", "a;b", "a--", "it's", '"a"', "a\nb", "@a", "[a]", "x" * 32]
    )
    def test_any_name_is_a_name(self, name: str) -> None:
        author = Author.objects.create(name="before")
        connection._savepoint(name)
        Author.objects.update(name="after")
        connection._savepoint_rollback(name)
        connection._savepoint_rollback(name)  # Django may do so twice
        author.refresh_from_db()
        assert author.name == "before"

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("x" * 33, "33 characters"), ("", "0 characters"), ("x\0", "a NUL character")],
    )
    def test_what_is_no_name_is_refused(self, name: str, reason: str) -> None:
        for savepoint in (connection._savepoint, connection._savepoint_rollback):
            with pytest.raises(ValueError, match=reason) as caught:
                savepoint(name)
            assert f"The savepoint's name {name!r}" in str(caught.value)
        assert Author.objects.count() == 0  # the transaction goes on

    def test_djangos_own(self) -> None:
        with transaction.atomic():
            Author.objects.create(name="kept")
            with transaction.atomic():
                Author.objects.create(name="lost")
                transaction.set_rollback(True)
        assert [author.name for author in Author.objects.all()] == ["kept"]


@pytest.mark.django_db
class TestCollations:
    """COLLATE takes a word of the grammar, which cannot be delimited."""

    @pytest.fixture(
        params=["X NULL); DROP TABLE canary; CREATE TABLE zz(c int", "a--", "a\nb", "[x]", "it's"]
    )
    def name(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def refused(self, name: str) -> Any:
        text = re.escape(f"{name!r} is not the name of a collation")
        return pytest.raises(ValueError, match=text)

    @isolate_apps("tests")
    def test_a_tables_columns(self, name: str, refused: Any) -> None:
        class Word(models.Model):
            text = models.CharField(max_length=9, db_collation=name)

            class Meta:
                app_label = "tests"

        with refused:
            create(Word)
        checked = connection.validation.check_field(Word._meta.get_field("text"))
        assert [message.id for message in checked] == ["mssql.E107"]
        assert repr(name) in checked[0].msg

    @isolate_apps("tests")
    def test_a_lazy_name(self) -> None:
        class Word(models.Model):
            text = models.CharField(
                max_length=9,
                db_collation=SimpleLazyObject(lambda: "Latin1_General_100_CS_AS"),
            )

            class Meta:
                app_label = "tests"

        create(Word)
        assert connection.validation.check_field(Word._meta.get_field("text")) == []
        Word.objects.create(text="Yes")
        assert not Word.objects.filter(text="yes").exists()

    @isolate_apps("tests")
    def test_a_columns_alteration(self, name: str, refused: Any) -> None:
        class Word(models.Model):
            text = models.CharField(max_length=9)

            class Meta:
                app_label = "tests"

        create(Word)
        changed = models.CharField(max_length=9, db_collation=name)
        for method, arguments in (
            ("alter_field", (Word, Word._meta.get_field("text"), changed)),
            ("add_field", (Word, changed)),
        ):
            changed.set_attributes_from_name("text")
            changed.model = Word
            with refused, connection.schema_editor() as editor:
                getattr(editor, method)(*arguments)

    @isolate_apps("tests")
    def test_an_upsert(self, name: str, refused: Any) -> None:
        class Word(models.Model):
            text = models.CharField(max_length=9, unique=True)

            class Meta:
                app_label = "tests"

        create(Word)
        Word._meta.get_field("text").db_collation = name
        with refused:
            Word.objects.bulk_create([Word(text="a"), Word(text="b")], ignore_conflicts=True)

    def test_an_expression(self, name: str, refused: Any) -> None:
        expression = Collate("name", "Latin1_General_100_CI_AS")
        expression.collation = name  # Django's own check lets hyphens through, comments too
        with refused:
            list(Author.objects.filter(pk__gt=0).annotate(x=expression))
        with refused:
            list(Author.objects.order_by(expression))

    def test_a_test_database(
        self, name: str, refused: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = connection.settings_dict
        monkeypatch.setitem(settings, "TEST", {**settings["TEST"], "COLLATION": name})
        with refused:
            connection.creation.sql_table_creation_suffix()
        given = {"ENGINE": "mssql", "NAME": "x", "TEST": {"COLLATION": name}, "OPTIONS": {}}
        (message,) = checks.messages(given, "default")
        assert (message.id, "TEST['COLLATION']" in message.msg) == ("mssql.E003", True)

    def test_djangos_own_check_lets_a_comment_through(self) -> None:
        with pytest.raises(ValueError, match="not the name of a collation"):
            list(Author.objects.annotate(x=Collate(Value("a"), "Latin1_General_100_CI_AS--")))

    @isolate_apps("tests")
    def test_names_of_collations(self) -> None:
        class Word(models.Model):
            text = models.CharField(max_length=9, db_collation="SQL_Latin1_General_CP1_CI_AS")

            class Meta:
                app_label = "tests"

        create(Word)
        Word.objects.create(text="a")
        assert Word.objects.annotate(x=Collate("text", "DATABASE_DEFAULT")).get().x == "a"
        assert not connection.validation.check_field(Word._meta.get_field("text"))
