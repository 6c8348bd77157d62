"""The alteration of a column as a value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import models

from mssql.schema.column_change import ColumnChange, ColumnDefinition
from mssql.schema.column_types import DATA_TYPES, DATA_TYPES_SUFFIX
from mssql.tsql.identifiers import quote

CONNECTION = SimpleNamespace(
    data_types=DATA_TYPES,
    data_types_suffix=DATA_TYPES_SUFFIX,
    data_type_check_constraints={},
    features=SimpleNamespace(interprets_empty_strings_as_nulls=False),
    ops=SimpleNamespace(quote_name=quote),
    vendor="microsoft",
)


def field(cls: type[models.Field], **options: Any) -> models.Field:
    defined = cls(**options)
    defined.set_attributes_from_name("[the column]")
    return defined


def change(old: models.Field, new: models.Field) -> ColumnChange:
    return ColumnChange.between(old, new, CONNECTION)


def test_a_field_defines_its_column() -> None:
    name = field(models.CharField, max_length=9, null=True, db_collation="Latin1_General_BIN2")
    assert ColumnDefinition.of(name, CONNECTION) == ColumnDefinition(
        type="nvarchar(9)",
        collation="Latin1_General_BIN2",
        nullable=True,
        identity="",
        has_default=False,
        db_default=ColumnDefinition.of(name, CONNECTION).db_default,
    )
    key = ColumnDefinition.of(field(models.BigAutoField, primary_key=True), CONNECTION)
    assert (key.type, key.identity, key.nullable) == ("bigint", "IDENTITY (1, 1)", False)


def test_the_column_has_its_name_of_the_catalog() -> None:
    assert change(field(models.TextField), field(models.TextField)).column == "the column"


@pytest.mark.parametrize(
    ("old", "new", "redefines", "changes_identity"),
    [
        (field(models.IntegerField), field(models.IntegerField, null=True), False, False),
        (field(models.IntegerField), field(models.BigIntegerField), True, False),
        (field(models.IntegerField), field(models.AutoField, primary_key=True), True, True),
        (field(models.AutoField, primary_key=True), field(models.IntegerField), True, True),
        (field(models.TextField), field(models.TextField, db_collation="x"), True, False),
    ],
)
def test_what_redefines_a_column(
    old: models.Field, new: models.Field, redefines: bool, changes_identity: bool
) -> None:
    assert change(old, new).redefines is redefines
    assert change(old, new).changes_identity is changes_identity


def test_nulls_are_filled_before_a_column_becomes_not_null() -> None:
    with_default = field(models.IntegerField, default=1)
    filling = change(field(models.IntegerField, null=True), with_default)
    assert filling.fills_nulls
    assert filling.up_to_nulls() == replace(filling, after=replace(filling.after, nullable=True))
    for old, new in (
        (field(models.IntegerField, null=True), field(models.IntegerField)),
        (field(models.IntegerField), with_default),
        (field(models.IntegerField, null=True), field(models.IntegerField, null=True, default=1)),
    ):
        assert not change(old, new).fills_nulls
        assert change(old, new).up_to_nulls() == change(old, new)


def test_a_change_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        change(field(models.TextField), field(models.TextField)).column = "x"  # type: ignore[misc]
