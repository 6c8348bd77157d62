"""The durations of transactions, and their optional spans."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from tests.integration.telemetry.conftest import Connect
from tests.sdk import Sdk, attributes

pytestmark = pytest.mark.usefixtures("names")

UPDATE = "UPDATE telemetry_song SET title = title WHERE id = 1"


def run(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(UPDATE)


def outcomes(sdk: Sdk) -> dict[str, int]:
    return {
        point.attributes["mssql.transaction.outcome"]: point.count
        for point in sdk.points("mssql.client.transaction.duration")
    }


def test_their_durations_are_measured_without_spans(connect: Connect, song: Any, sdk: Sdk) -> None:
    connection = connect()
    for fails in (False, False, True):
        with transaction.atomic("traced"):
            run(connection)
            transaction.set_rollback(fails, "traced")
    assert outcomes(sdk) == {"commit": 2, "rollback": 1}
    assert {span.name for span in sdk.spans} == {"UPDATE telemetry_song"}
    point, *_ = sdk.points("mssql.client.transaction.duration")
    assert point.sum > 0
    assert point.attributes["db.namespace"] == "master"
    assert "mssql.django.alias" not in point.attributes


def test_their_optional_spans(connect: Connect, song: Any, sdk: Sdk) -> None:
    connection = connect(transactions=True)
    with transaction.atomic("traced"):
        run(connection)
    with transaction.atomic("traced"):
        run(connection)
        transaction.set_rollback(True, "traced")
    assert [span.name for span in sdk.spans] == [
        *("BEGIN TRANSACTION", "UPDATE telemetry_song", "COMMIT TRANSACTION"),
        *("BEGIN TRANSACTION", "UPDATE telemetry_song", "ROLLBACK TRANSACTION"),
    ]
    assert attributes(sdk.spans[0])["db.query.summary"] == "BEGIN TRANSACTION"


def test_without_autocommit_each_commit_begins_a_new_transaction(
    connect: Connect, song: Any, sdk: Sdk
) -> None:
    connection = connect(transactions=True)
    connection.set_autocommit(False)
    for _ in range(2):
        run(connection)
        connection.commit()
    run(connection)
    connection.rollback()
    connection.set_autocommit(True)
    run(connection)
    assert outcomes(sdk) == {"commit": 2, "rollback": 1}
    assert [span.name.split()[0] for span in sdk.spans] == (
        ["BEGIN", "UPDATE", "COMMIT"] * 2 + ["BEGIN", "UPDATE", "ROLLBACK", "UPDATE"]
    )


def test_turned_off_nothing_is_measured(connect: Connect, song: Any, sdk: Sdk) -> None:
    connection = connect(enabled=False, transactions=True)
    with transaction.atomic("traced"):
        run(connection)
    assert sdk.spans == []
    assert outcomes(sdk) == {}
