"""Quoting of names, two-part table names, and names inside the catalog's definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssql.tsql.identifiers import (
    TableName,
    bracket,
    names_in,
    quote,
    renamed_in,
    table_name,
    without_parentheses,
)
from mssql.tsql.literals import literal


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("Latin1_General_100_CI_AS_SC_UTF8", "Latin1_General_100_CI_AS_SC_UTF8"),
        ("SQL_Latin1_General_CP1_CI_AS", "SQL_Latin1_General_CP1_CI_AS"),
        ("Japanese_XJIS_140_CS_AS_KS_WS_VSS", "Japanese_XJIS_140_CS_AS_KS_WS_VSS"),
        ("Latin1_General_BIN2", "Latin1_General_BIN2"),
        ("Latin1 General_CI_AS", "[Latin1 General_CI_AS]"),
        ("1st_CI_AS", "[1st_CI_AS]"),
        ("order_CI", "[order_CI]"),
    ],
)
def test_the_name_of_a_collation_stays_bare(name: str, quoted: str) -> None:
    assert quote(name) == quoted


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("db_table", "schema", "name"),
    [
        ("plain", None, "plain"),
        ("a.b", None, "a.b"),
        ("it's", None, "it's"),
        ("a]b", None, "a]b"),
        ("[plain]", None, "plain"),
        ("[a]]b]", None, "a]b"),
        ('schema"."table', "schema", "table"),
        ('"schema"."table"', "schema", "table"),
        ("[schema].[table]", "schema", "table"),
        ("schema].[table", "schema", "table"),
        ("[schema].[table]_field", "schema", "table_field"),
        ('schema"."table_field', "schema", "table_field"),
        ("[a]].[b].[c]]d]e]]", "a].[b", "c]de]]"),
        ('"a"".""b"."c""d"', 'a"."b', 'c"d'),
        ("[schema].[tab_name_1f_idx", None, "[schema].[tab_name_1f_idx"),
    ],
)
def test_table_name_reads_every_way_of_writing_a_schema(
    db_table: str, schema: str | None, name: str
) -> None:
    assert table_name(db_table) == TableName(schema, name)


@given(names)
def test_quote_leaves_a_quoted_name_alone(name: str) -> None:
    assert quote(bracket(name)) == bracket(name)


@given(names, names)
def test_a_two_part_name_survives_quoting(schema: str, name: str) -> None:
    quoted = f"{bracket(schema)}.{bracket(name)}"
    if "].[" not in bracket(schema) and "].[" not in bracket(name):
        assert quote(quoted) == quoted


def test_literal_doubles_quotes() -> None:
    assert literal("it's 100%") == "N'it''s 100%'"


@given(names)
def test_names_in_finds_any_bracketed_name(name: str) -> None:
    definition = f"({bracket(name)}>(0) AND N'[not] a ''name'''<>[other])"
    assert names_in(definition) == {name.casefold(), "other"}


@given(names, names)
def test_renaming_and_renaming_back_changes_nothing(old: str, new: str) -> None:
    definition = f"(len({bracket(old)})>(0) OR {bracket(old)}=N'[x]''')"
    if old.casefold() != new.casefold():
        assert names_in(renamed_in(definition, old, new)) == {new.casefold()}
    assert renamed_in(renamed_in(definition, old, new), new, old) == definition


def test_renaming_leaves_string_literals_alone() -> None:
    assert renamed_in("([Data]=N'[data]')", "data", "new]") == "([new]]]=N'[data]')"


@pytest.mark.parametrize(
    ("definition", "bare"),
    [
        ("((1988))", "1988"),
        ("(N'(')", "N'('"),
        ("((1)+(2))", "(1)+(2)"),
        ("([a)]+(1))", "[a)]+(1)"),
        ("(getdate())", "getdate()"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_without_parentheses(definition: str, bare: str) -> None:
    assert without_parentheses(definition) == bare
