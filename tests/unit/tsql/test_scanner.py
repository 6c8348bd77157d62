from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssql.tsql import scanner

HOSTILE = st.text(alphabet="[]\"'-/*nN?.,()0x1eE@#$a \n\\;ß", max_size=200)


@given(HOSTILE | st.text())
def test_the_tokens_are_the_whole_text(sql: str) -> None:
    tokens = list(scanner.tokens(sql))
    assert "".join(token.text for token in tokens) == sql
    assert all(sql[token.start : token.end] == token.text != "" for token in tokens)
    assert [token.start for token in tokens] == [0, *(token.end for token in tokens)][: len(tokens)]


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("'it''s'", ["string"]),
        ("N'x'", ["string"]),
        ("'open", ["string"]),
        ("[a]]b].[c]", ["name"]),
        ('"a""b"', ["name"]),
        ("dbo..t", ["name"]),
        ("@p #t ##t $action", ["variable", "space", "name", "space", "name", "space", "name"]),
        ("@@ROWCOUNT<=$1", ["variable", "operator", "operator", "operator", "number"]),
        ("²a", ["name"]),
        ("٣", ["number"]),
        ("n'x'N''", ["string", "string"]),
        ("aN'x'", ["name", "string"]),
        ("- -", ["operator", "space", "operator"]),
        ("*/", ["operator", "operator"]),
        ("0xAB", ["number"]),
        ("0xAB\\\nCD", ["number"]),
        ("1.5e-3", ["number"]),
        (".5", ["number"]),
        ("/* a /* b */ c */", ["comment"]),
        ("/* a /* b */ c", ["comment"]),
        ("-- 'x'\n?", ["comment", "space", "marker"]),
        ("[?]", ["name"]),
        ("'?'", ["string"]),
    ],
)
def test_kinds(sql: str, kinds: list[str]) -> None:
    assert [token.kind for token in scanner.tokens(sql)] == kinds


def test_markers_are_named_only_where_they_are_markers() -> None:
    sql = "SELECT '?', [?], \"?\" /* ? /* ? */ ? */ FROM t WHERE a = ? AND b IN (?,?) -- ?"
    assert scanner.with_named_parameters(sql) == (
        "SELECT '?', [?], \"?\" /* ? /* ? */ ? */ FROM t WHERE a = @P1 AND b IN (@P2,@P3) -- ?",
        ["@P1", "@P2", "@P3"],
    )


@pytest.mark.parametrize(
    ("name", "whole"),
    [("a.b", True), ("[a]", True), ("[a]]", False), ("[a", False), ('a."b', False), ("[a].", True)],
)
def test_whether_a_name_is_whole(name: str, whole: bool) -> None:
    assert scanner.is_whole(name) is whole


LISTS = st.lists(
    st.sampled_from(["[a]", "[b]]", ".", ", ", ",", "x", " ", "[", "'", "1"]), max_size=12
).map("".join)


@given(HOSTILE | LISTS | st.text())
def test_the_pieces_are_the_tokens(sql: str) -> None:
    pieces = scanner.pieces(sql)
    assert "".join(pieces) == sql
    long_pieces = [name for piece in pieces for name in scanner.listed_names(piece)]
    tokens = [token.text for token in scanner.tokens(sql)]
    assert [text for text in long_pieces if len(text) > 1 and text.strip()] == [
        text for text in tokens if len(text) > 1 and text.strip()
    ]


@pytest.mark.parametrize("unit", ["[", "'", '"', "--", "(?,", "N'", "[a].", "[a], ", "[a]]", "a."])
def test_hostile_texts_have_no_more_pieces_than_characters(unit: str) -> None:
    few, many = (len(scanner.pieces(unit * times)) for times in (1_000, 100_000))
    assert many <= 100 * few


@pytest.mark.parametrize(
    ("piece", "names"),
    [
        ("[a].[b], [c], [d].[e]", ["[a].[b]", "[c]", "[d].[e]"]),
        ("[a, [b]", ["[a, [b]"]),
        ("[a].[b, [c]", ["[a].[b, [c]"]),
        ("dbo.[a, [b]", ["dbo.[a, [b]"]),
        ("word", ["word"]),
    ],
)
def test_listed_names(piece: str, names: list[str]) -> None:
    assert scanner.pieces(piece) == [piece]
    assert scanner.listed_names(piece) == names


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a", ["a"]),
        ("[a]]].[.b]", ["[a]]]", "[.b]"]),
        ('dbo.."t.t"', ["dbo", "", '"t.t"']),
        ("[a].b..c", ["[a]", "b", "", "c"]),
        ("a.", ["a", ""]),
    ],
)
def test_the_parts_of_a_name(name: str, parts: list[str]) -> None:
    assert scanner.name_parts(name) == parts


@given(HOSTILE | LISTS)
def test_the_parts_are_the_whole_name(sql: str) -> None:
    for token in scanner.tokens(sql):
        if token.kind == scanner.NAME:
            assert ".".join(scanner.name_parts(token.text)) == token.text
