"""Connection strings are read back as they were written, and error texts contain no value."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

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


case_variants = st.sampled_from(["UID", "uid", "Uid", "PWD", "pwd", "APP", "app"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), case_variants, values),
        st.tuples(st.just("setdefault"), case_variants, values),
        st.tuples(st.just("update"), case_variants, values),
        st.tuples(st.just("delete"), case_variants, values),
        st.tuples(st.just("pop"), case_variants, values),
        st.tuples(st.just("popitem"), case_variants, values),
        st.tuples(st.just("clear"), case_variants, values),
    ),
    max_size=20,
)


def apply(step: str, mapping: Any, name: str, value: str) -> Any:
    """Apply one step to Keywords, or to a dict with lower-case names, and return its result."""
    try:
        if step == "set":
            mapping[name] = value
        elif step == "setdefault":
            return mapping.setdefault(name, value)
        elif step == "update":
            mapping.update({name: value})
        elif step == "delete":
            del mapping[name]
        elif step == "pop":
            return mapping.pop(name, value)
        elif step == "popitem":
            return mapping.popitem()[1]
        else:
            mapping.clear()
    except KeyError:
        return KeyError
    return None


@given(steps, case_variants)
def test_every_method_ignores_case(steps: list[tuple[str, str, str]], asked: str) -> None:
    keywords, folded = Keywords(), dict[str, str]()
    for step, name, value in steps:
        returned = apply(step, keywords, name, value)
        assert returned == apply(step, folded, name.lower(), value)
        assert len(keywords) == len(folded)
    assert [name.lower() for name in keywords] == list(folded)
    assert {name.lower(): value for name, value in keywords.items()} == folded
    assert list(keywords.values()) == list(folded.values())
    assert [name.lower() for name in keywords.keys()] == list(folded)  # noqa: SIM118
    assert (asked in keywords) == (asked.lower() in folded)
    assert keywords.get(asked) == folded.get(asked.lower())
    assert Keywords(folded) == keywords


def test_it_has_every_method_of_a_mutable_mapping_but_is_no_mapping() -> None:
    """Error reporters walk mappings, and show their values."""
    methods = [name for name in dir(MutableMapping) if callable(getattr(MutableMapping, name))]
    methods.remove("__class_getitem__")
    assert not [name for name in methods if not hasattr(Keywords, name)]
    assert not isinstance(Keywords(), Mapping)
    assert "two" not in repr(Keywords({"PWD": "two"}).items())


def test_the_first_spelling_stays() -> None:
    keywords = Keywords({"Uid": "one"}, [("UID", "two")], Keywords({"uid": "three"}))
    keywords.update({"uID": "four"}, App="x")
    assert list(keywords.items()) == [("Uid", "four"), ("App", "x")]
    with pytest.raises(KeyError, match="PWD"):
        keywords["PWD"]
