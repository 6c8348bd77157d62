"""Expected failures of Django's tests: few, and each has SQL Server's reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import django
import pytest

from mssql import conformance
from mssql.tsql.capabilities import ServerInfo

MOST = 25


def connection(version: str, level: int, use_tz: bool) -> Any:
    server = ServerInfo(version, 3, level, "SQL_Latin1_General_CP1_CI_AS")
    datetimes = "datetimeoffset" if use_tz else "datetime2"
    return SimpleNamespace(server=server, data_types={"DateTimeField": datetimes})


@pytest.mark.parametrize("use_tz", [False, True])
@pytest.mark.parametrize("version", [(5, 2), (6, 0), (6, 1)])
def test_few_tests_are_impossible(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], use_tz: bool
) -> None:
    monkeypatch.setattr(django, "VERSION", (*version, 0, "final", 0))
    found = conformance.expected_failures(connection("16.0.4000.0", 160, use_tz))
    assert "select_for_update.tests.SelectForUpdateTests.test_for_update_after_from" in found
    assert len(found) <= MOST


def test_what_a_server_has_is_not_impossible_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django, "VERSION", (6, 1, 0, "final", 0))
    old, new = connection("13.0.5026.0", 130, True), connection("17.0.1000.0", 170, True)
    only_old = conformance.expected_failures(old) - conformance.expected_failures(new)
    strings = {test for test in only_old if test.startswith("aggregation.tests.")}
    assert "aggregation.tests.AggregateTestCase.test_string_agg_order_by" in strings
    assert only_old - strings == {
        "expressions.tests.BasicExpressionsTests.test_lookups_subquery",
        *(
            f"db_functions.text.test_{name.lower()}.{name}Tests.test_{test}"
            for name in ("MD5", "SHA1", "SHA256", "SHA512")
            for test in ("basic", "transform")
        ),
    }


def test_tests_that_django_does_not_have_yet_are_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django, "VERSION", (4, 2, 0, "final", 0))
    assert conformance.skips(connection("16.0.4000.0", 160, False)) == {}


def test_each_reason_has_its_document() -> None:
    for group in (*conformance.EXPECTED_FAILURES, *conformance.SKIPS):
        assert group.reason.endswith(".")
        assert group.document.startswith(("t-sql/", "relational-databases/"))
        assert group.tests
