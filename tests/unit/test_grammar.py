"""The judge itself: a refusal by Microsoft's grammar is reported, from the right version on."""

from __future__ import annotations

from tests.grammar import Judge


def test_a_refused_statement_is_named_with_its_test_at_every_version() -> None:
    judge = Judge()
    judge.add("SELECT a FROM t LIMIT 5", "2016", "test_x")
    judge.add("SELECT a FROM t", "2016", "test_y")
    refusals = judge.refusals()
    assert len(refusals) == 4
    assert all("test_x" in line and "near 'LIMIT'" in line for line in refusals)


def test_a_statement_is_judged_from_the_version_it_was_sent_to() -> None:
    judge = Judge()
    judge.add("SELECT a FROM t WHERE a IS DISTINCT FROM 3", "2022", "test_x")
    assert judge.refusals() == []
    judge.add("SELECT a FROM t WHERE a IS DISTINCT FROM 3", "2016", "test_y")
    assert [line.split(":")[0] for line in judge.refusals()] == [
        "SQL Server 2016, test_y",
        "SQL Server 2019, test_y",
    ]
