"""Connection strings: whatever is written is read back, and complaints hold no value."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from mssql.config.connection_string import Keywords, build, parse, quote

names = st.from_regex(r"[A-Za-z][A-Za-z_ ]*[A-Za-z]", fullmatch=True)
values = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("{};= '\"[]"))


@given(st.dictionaries(names, values, max_size=5))
def test_what_is_built_is_read_back(written: dict[str, str]) -> None:
    keywords = Keywords(written)
    assert parse(build(keywords), "extra_params") == keywords


@given(values)
def test_no_value_can_add_a_keyword(value: str) -> None:
    assert list(parse(f"PWD={quote(value)};UID=me", "extra_params")) == ["PWD", "UID"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Encrypt=yes;TrustServerCertificate=no",
            {"Encrypt": "yes", "TrustServerCertificate": "no"},
        ),
        (" Encrypt = yes ; ; ", {"Encrypt": "yes"}),
        ("PWD={a;b}}c=d}", {"PWD": "a;b}c=d"}),
        ("APP={}", {"APP": ""}),
        ("APP=", {"APP": ""}),
        ("APP=one;app=two", {"APP": "one"}),
        ("WSID=a=b", {"WSID": "a=b"}),
        ("", {}),
    ],
)
def test_reading(text: str, expected: dict[str, str]) -> None:
    assert parse(text, "extra_params") == Keywords(expected)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hidden-word", "part 1 has no 'keyword='"),
        ("Encrypt=yes;hidden-word", "part 2 has no 'keyword='"),
        ("=hidden-word", "part 1 has no 'keyword='"),
        ("PWD={hidden-word", "PWD opens a brace that is never closed"),
        ("PWD={hidden}word;APP=x", "between the closing brace of PWD"),
    ],
)
def test_complaints_name_the_place_and_no_value(text: str, complaint: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=complaint) as caught:
        parse(text, "OPTIONS['extra_params']")
    assert "hidden" not in str(caught.value)
    assert "OPTIONS['extra_params']" in str(caught.value)


def test_keywords_are_found_without_regard_to_case_and_print_no_value() -> None:
    keywords = Keywords({"Server": "one"})
    keywords["SERVER"] = "two"
    assert list(keywords) == ["Server"]
    assert "server" in keywords
    assert keywords.get("sErVeR") == "two"
    assert keywords.pop("SERVER", None) == "two"
    assert keywords.pop("SERVER", None) is None
    assert "two" not in repr(Keywords({"PWD": "two"}))
