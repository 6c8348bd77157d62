"""The part of Django's own suite that breaks first; `make conformance` runs all of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tds_embedded import products
from tests.conformance import django_source, sqlite
from tests.conformance.results import Setting
from tests.conformance.runner import Run, Slot
from tests.conformance.statements import Judge

LABELS = [
    "aggregation",
    "annotations",
    "bulk_create",
    "composite_pk",
    "constraints",
    "expressions",
    "expressions_window",
    "indexes",
    "introspection",
    "lookup",
    "model_fields.test_jsonfield",
    "queries.test_qs_combinators",
    "select_for_update",
    "timezones",
]


@pytest.fixture(scope="module")
def slot() -> Iterator[Slot]:
    python = Path(sys.executable)
    version = django_source.installed(python)
    django_source.CACHE.mkdir(exist_ok=True)
    try:
        folder = django_source.tests(python, version)
    except django_source.Unavailable as problem:
        pytest.skip(str(problem))
    setting = Setting(version, products.DEFAULT, use_tz=False)
    made = Slot(Run(python, folder, setting, limit=1200), Judge(setting.product))
    yield made
    made.close()


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("label", LABELS)
def test_django_passes(slot: Slot, label: str) -> None:
    if not (slot.run.folder / label.split(".")[0]).exists():
        pytest.skip(f"Django {slot.run.setting.django} has no {label}")
    result = slot.test(label)
    assert result is not None
    assert result.ended == "finished", result.output
    assert not result.bad
    assert result.counts["passed"]
    assert not result.refused


def test_what_use_tz_breaks_on_any_database_is_known_from_sqlite(slot: Slot) -> None:
    compares_naive, does_not = (
        f"queries.tests.Queries1Tests.{name}" for name in ("test_ticket7155", "test_ticket1050")
    )
    run = slot.run
    found = sqlite.failing(run.python, run.folder, [compares_naive, does_not], use_tz=True)
    assert found == {compares_naive}
