"""Model checks that depend on SQL Server."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error, Warning
from django.db import connection
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
