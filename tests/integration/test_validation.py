"""Model checks that depend on SQL Server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.checks import Error, Warning
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test.utils import isolate_apps

from tests.tables import models


@pytest.mark.django_db
@isolate_apps("tests")
@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (models.TextField(db_index=True), [(Warning, "fields.W162")]),
        (models.JSONField(db_index=True), [(Warning, "fields.W162")]),
        (models.BinaryField(unique=True), [(Error, "mssql.E101")]),
        (models.TextField(), []),
        (models.CharField(max_length=4000, db_index=True), []),
    ],
)
def test_columns_of_unlimited_length_cannot_be_indexed(
    field: Any, expected: list[tuple[type, str]]
) -> None:
    class Document(models.Model):
        text = field

        class Meta:
            app_label = "tests"

    found = connection.validation.check_field(Document._meta.get_field("text"))
    assert [(type(check), check.id) for check in found] == expected


@pytest.mark.django_db
def test_a_compatibility_level_without_openjson(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not connection.validation.check()
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    monkeypatch.setattr(wrapper, "_server", replace(wrapper.server, compatibility_level=120))
    (found,) = connection.validation.check()
    assert (found.id, "level is 120" in found.msg) == ("mssql.E106", True)


@pytest.mark.django_db
@isolate_apps("tests")
def test_a_foreign_key_to_a_nullable_field_cannot_be_enforced() -> None:
    class Car(models.Model):
        make = models.CharField(max_length=20, null=True, unique=True)

        class Meta:
            app_label = "tests"

    class Driver(models.Model):
        car = models.ForeignKey(Car, models.CASCADE, to_field="make")
        owned = models.ForeignKey(Car, models.CASCADE, related_name="+")
        nobodys = models.ForeignKey("Nothing", models.CASCADE, related_name="+")

        class Meta:
            app_label = "tests"

    fields = {field.name: field for field in Driver._meta.get_fields()}
    (warning,) = connection.validation.check_field(fields["car"])
    assert (warning.id, "Car.make" in warning.msg) == ("mssql.W102", True)
    assert connection.validation.check_field(fields["owned"]) == []
    assert connection.validation.check_field(fields["nobodys"]) == []
