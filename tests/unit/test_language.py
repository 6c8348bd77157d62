"""The language of the project, by the count of tools/language.py."""

from __future__ import annotations

import re

import pytest

from tools import language

PATHS = language.files(language.PATHS)
SENTENCES = list(language.sentences(PATHS))


@pytest.mark.parametrize("pattern", language.PATTERNS, ids=lambda pattern: pattern.name)
def test_the_english_is_plain(pattern: language.Pattern) -> None:
    hits = [
        f"{path}:{line}: {text}"
        for path, line, text in SENTENCES
        if re.search(pattern.expression, text)
    ]
    assert 1000 * len(hits) / len(SENTENCES) <= pattern.limit, "\n".join(hits)


def test_names_are_nouns() -> None:
    code = [path for path in PATHS if path.suffix == ".py" and not language.is_test(path)]
    assert [(path.name, *hit) for path in code for hit in language.participles(path)] == []


def test_the_count_sees_a_hit() -> None:
    (where,) = [pattern for pattern in language.PATTERNS if pattern.name == "where"]
    assert re.search(where.expression, "Raises an error where there is none.")
    assert not re.search(where.expression, "Raises an error if there is none.")
