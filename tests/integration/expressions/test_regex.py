"""Regular expressions by REGEXP_LIKE, or by LIKE on servers before it."""

from __future__ import annotations

import re

import pytest
from django.db import NotSupportedError, connection
from hypothesis import example, given
from hypothesis import strategies as st

from mssql.expressions.like_patterns import NoLikePattern, like_patterns
from tests.models import Author

# Parts of patterns that LIKE can express, alone or at an edge.
CHARACTERS = ["a", "b", "Z", "%", "_", r"\[", r"\]", r"\\", r"\^", "-", "."]
CLASSES = ["[ab]", "[^a%]", "[a-c]", r"\d", "[%_]", r"[\]^]"]
REPETITIONS = [".*", "a?", "b*", "(ab)+", "b{1,2}", "(a|b_)"]
PARTS = st.sampled_from([*CHARACTERS, *CLASSES, *REPETITIONS])


@pytest.mark.django_db
@given(
    start=st.sampled_from(["", "^"]),
    parts=st.lists(PARTS, max_size=5),
    end=st.sampled_from(["", "$"]),
    ignore_case=st.booleans(),
    text=st.text(alphabet="abzAZ19%_[]\\^-", max_size=8),
)
@example(start="", parts=["[%_]"], end="", ignore_case=False, text="\\")
@example(start="", parts=[r"[\]^]"], end="", ignore_case=False, text="]")
def test_matches_are_those_of_python(
    start: str, parts: list[str], end: str, ignore_case: bool, text: str
) -> None:
    regex = f"{start}{''.join(parts)}{end}"
    try:
        patterns = like_patterns(regex, ignore_case)
    except NoLikePattern:
        return
    conditions = " OR ".join(
        ["%s COLLATE Latin1_General_100_BIN2 LIKE %s ESCAPE '\\'"] * len(patterns)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE WHEN {conditions} THEN 1 ELSE 0 END",
            [param for pattern in patterns for param in (text, pattern)],
        )
        (found,) = cursor.fetchone()
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    assert bool(found) == bool(re.search(regex, text, flags))


@pytest.mark.django_db
def test_a_lookup_respects_case_and_null() -> None:
    Author.objects.bulk_create([Author(name="Ann"), Author(name="bob"), Author(name="a\nb")])
    assert [found.name for found in Author.objects.filter(name__regex="^a.b$")] == ["a\nb"]
    assert Author.objects.filter(name__regex="^a").count() == 1
    assert Author.objects.filter(name__iregex="^A|^B").count() == 3
    assert not Author.objects.filter(name__regex="B").exists()
    assert not Author.objects.exclude(name__iregex="a|b").exists()


@pytest.mark.django_db
def test_the_error_names_a_remedy() -> None:
    if connection.server.has_regexp_like:
        pytest.skip("this server has regular expressions")
    with pytest.raises(NotSupportedError, match=r"a repetition.*SQL Server 2025.*startswith"):
        Author.objects.filter(name__regex="ab*c").exists()
    with pytest.raises(NotSupportedError, match="unterminated"):
        Author.objects.filter(name__regex="a(").exists()
