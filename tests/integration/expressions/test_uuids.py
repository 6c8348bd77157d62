"""UUIDs that the server generates."""

from __future__ import annotations

import datetime
import uuid

import django
import pytest
from django.db.models import functions

from tests.models import Everything

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(django.VERSION < (6, 1), reason="UUID4 and UUID7 came with Django 6.1"),
]


def test_version_4_is_random_in_every_row() -> None:
    Everything.objects.bulk_create([Everything(), Everything()])
    Everything.objects.update(uuid=functions.UUID4())
    found = list(Everything.objects.values_list("uuid", flat=True))
    assert [value.version for value in found] == [4, 4]
    assert len(set(found)) == 2
    assert Everything.objects.filter(uuid=found[0]).count() == 1


@pytest.mark.parametrize("shift", [None, datetime.timedelta(days=-400, milliseconds=5)])
def test_version_7_begins_with_the_time(shift: datetime.timedelta | None) -> None:
    Everything.objects.create(uuid=functions.UUID7(shift))
    made = Everything.objects.get().uuid
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    told = datetime.datetime.fromtimestamp((made.int >> 80) / 1000, tz=datetime.timezone.utc)
    expected = datetime.datetime.now(datetime.timezone.utc) + (shift or datetime.timedelta())
    assert abs(told - expected) < datetime.timedelta(minutes=2)
