"""Updates that move unique keys over each other, as ordered lists and trees do."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, UniqueConstraint, When
from django.test.utils import isolate_apps

from tests.tables import create, models

pytestmark = pytest.mark.django_db


@pytest.fixture
def step() -> Any:
    """A list's steps, with the positions 1 to 4; notes refer to positions."""
    with isolate_apps("tests"):

        class Step(models.Model):
            position = models.IntegerField(unique=True)
            code = models.CharField(max_length=9, null=True, unique=True)
            chapter = models.IntegerField(default=1)
            place = models.IntegerField()
            active = models.BooleanField(default=True)

            class Meta:
                unique_together = [("chapter", "place")]
                constraints = [
                    UniqueConstraint(fields=["place"], condition=Q(active=True), name="active_uq")
                ]

        class Note(models.Model):
            step = models.ForeignKey(Step, models.CASCADE, to_field="position", null=True)

        create(Step, Note)
        for number in range(1, 5):
            code = f"c{number}" if number < 4 else None
            Step.objects.create(position=number, code=code, place=number)
        yield Step


def test_all_positions_move_up_and_down(step: Any) -> None:
    assert step.objects.update(position=F("position") + 1) == 4
    assert step.objects.update(position=F("position") - 2) == 4
    assert list(step.objects.order_by("pk").values_list("position", flat=True)) == [0, 1, 2, 3]


def test_bulk_update_swaps(step: Any) -> None:
    first, second = step.objects.order_by("pk")[:2]
    first.position, second.position = second.position, first.position
    first.code, second.code = second.code, first.code
    first.place, second.place = second.place, first.place
    assert step.objects.bulk_update([first, second], ["position", "code", "place"]) == 2
    values = step.objects.order_by("pk").values_list("position", "code", "place")
    assert list(values) == [(2, "c2", 2), (1, "c1", 1), (3, "c3", 3), (4, None, 4)]


def test_a_key_that_others_refer_to_is_swapped(step: Any) -> None:
    note = step._meta.get_field("note").related_model
    note.objects.create(step_id=1)
    swap = Case(When(position=1, then=2), When(position=2, then=1), default=F("position"))
    step.objects.update(position=swap)
    assert note.objects.get().step.code == "c2"
    with pytest.raises(IntegrityError, match="547"), transaction.atomic():
        step.objects.update(position=F("position") + 1)


def test_duplicates_are_still_refused(step: Any) -> None:
    duplicates: list[tuple[dict[str, Any], int]] = [
        ({"position": 9}, 2627),
        ({"code": "x"}, 2601),
        ({"place": F("place") % 2}, 2627),
    ]
    for values, number in duplicates:
        with pytest.raises(IntegrityError, match=str(number)), transaction.atomic():
            step.objects.update(**values)
    step.objects.update(position=F("position") + 1)
    assert list(step.objects.order_by("pk").values_list("position", flat=True)) == [2, 3, 4, 5]
