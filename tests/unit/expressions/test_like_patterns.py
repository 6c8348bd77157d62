"""Regular expressions as patterns of LIKE."""

from __future__ import annotations

import pytest

from mssql.expressions.like_patterns import NoLikePattern, like_patterns


@pytest.mark.parametrize(
    ("regex", "patterns"),
    [
        ("", ["%%"]),
        ("^$", [""]),
        ("fo*", ["%f%"]),
        ("o*f", ["%f%"]),
        ("a+b+", ["%ab%"]),
        ("^b.*z$", ["b%z"]),
        ("a.{2}", ["%a__%"]),
        ("x(a|bc)?$", ["%x", "%xa", "%xbc"]),
        (r"100%_\[", [r"%100\%\_\[%"]),
        (r"[^a\]-]", [r"%[^a\]\-]%"]),
        (r"[a-c]\d", ["%[a-c][0-9]%"]),
    ],
)
def test_patterns_that_like_can_express(regex: str, patterns: list[str]) -> None:
    assert like_patterns(regex, ignore_case=False) == patterns


def test_both_cases_are_in_a_class_if_case_is_ignored() -> None:
    assert like_patterns("^aÉ1", ignore_case=True) == ["[Aa][Éé]1%"]
    assert like_patterns("[b-c]", ignore_case=True) == ["%[BCbc]%"]


@pytest.mark.parametrize(
    "regex", ["ab*c", "^a*b", r"(.)\1", r"\bx", "(?i)x", "(?=x)", r"[\D]", "a^b", "a{0,90}", "😀"]
)
def test_other_patterns_are_refused(regex: str) -> None:
    with pytest.raises(NoLikePattern):
        like_patterns(regex, ignore_case=False)
