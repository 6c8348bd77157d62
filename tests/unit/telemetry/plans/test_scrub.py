from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssql.telemetry.plans import read, scrub
from mssql.telemetry.plans.scrub import ATTRIBUTES, ELEMENTS, identifier
from tests.unit.telemetry.plans.documents import ACTUAL, ESTIMATED

SECRET = "s3cr3t"


def test_the_values_go_and_the_rest_stays() -> None:
    scrubbed = scrub.scrub(ACTUAL)
    assert "AA11" not in scrubbed
    assert "42" not in scrubbed
    (before,), (after,) = read.statements(ACTUAL), read.statements(scrubbed)
    assert after.text.endswith("WHERE f.code = ? AND f.day > @P1")
    assert [operator.physical for operator in after.root.walk()] == [
        operator.physical for operator in before.root.walk()
    ]
    assert (after.plan_hash, after.cost, after.missing_indexes) == (
        before.plan_hash,
        before.cost,
        before.missing_indexes,
    )
    assert after.all_warnings() == before.all_warnings()
    scan = list(after.root.walk())[1]
    assert scan.predicate == ("[shop].[dbo].[flight].[code] as [f].[code]=? AND [f].[n]>(?)")


def test_the_document_keeps_its_namespace() -> None:
    assert ElementTree.fromstring(scrub.scrub(ESTIMATED)).tag == f"{{{read.NAMESPACE}}}ShowPlanXML"


@pytest.mark.parametrize("xml", ["", "no XML", "<a/>", "<!DOCTYPE a><ShowPlanXML/>"])
def test_an_invalid_document_is_an_error(xml: str) -> None:
    with pytest.raises(ValueError, match=r"query plan|ShowPlan"):
        scrub.scrub(xml)


def test_a_document_that_is_too_large_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "<ShowPlanXML>" + "<RelOp>" * 5000 + "</RelOp>" * 5000 + "</ShowPlanXML>"
    with pytest.raises(ValueError, match="nested too deeply"):
        scrub.scrub(deep)
    monkeypatch.setattr(scrub, "LONGEST", 100)
    with pytest.raises(ValueError, match="longer than 100 characters"):
        scrub.scrub(ESTIMATED)


# Identifiers stay, since they are not values; the secret is put into all other attributes.
IDENTIFIERS = {name for name, rule in ATTRIBUTES.items() if rule is identifier}
AROUND = st.text(alphabet="ab '?[](),.-*/N1\n", max_size=10)
LITERALS = st.tuples(AROUND, AROUND).map(
    lambda parts: (
        f"N'{parts[0].replace(chr(39), chr(39) * 2)}{SECRET}"
        f"{parts[1].replace(chr(39), chr(39) * 2)}'"
    )
)
BEARERS = ("ParameterCompiledValue", "ParameterRuntimeValue", "ParameterizedText", "RemoteQuery")
NAMES = st.sampled_from([*sorted(set(ATTRIBUTES) - IDENTIFIERS), *BEARERS, "Unknown"])
TAGS = st.sampled_from([*sorted(ELEMENTS), "Unknown", "InternalInfo"])


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> str:
    tag = draw(TAGS)
    attributes = draw(st.dictionaries(NAMES, LITERALS, max_size=4))
    written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    inside = draw(st.sampled_from(["", SECRET, f"<!--{SECRET}-->", f"<![CDATA[{SECRET}]]>"]))
    below = "".join(draw(st.lists(elements(depth + 1), max_size=2))) if depth < 3 else ""
    return f"<{tag}{written}>{inside}{below}</{tag}>{inside}"


@given(elements(), LITERALS)
def test_no_planted_value_gets_through(inner: str, value: str) -> None:
    xml = f"<ShowPlanXML Version={quoteattr(value)}>{inner}<?pi {SECRET}?></ShowPlanXML>"
    assert SECRET not in scrub.scrub(xml)


@given(LITERALS | st.just(SECRET), st.sampled_from(sorted(set(ATTRIBUTES) - IDENTIFIERS)))
def test_each_attribute_has_only_values_of_its_kind(value: str, name: str) -> None:
    scrubbed = scrub.scrub(f"<ShowPlanXML><RelOp {name}={quoteattr(value)}/></ShowPlanXML>")
    if value != SECRET or name not in ("StatementText", "ScalarString", "Expression"):
        assert SECRET not in scrubbed


@given(LITERALS, st.integers(min_value=0, max_value=60), st.sampled_from(("a='x' AND b=", "")))
def test_nor_if_an_expression_is_cut(literal: str, length: int, before: str) -> None:
    assert SECRET not in scrub.expression_text(f"{before}{literal}"[: len(before) + length])


# Letters only, so that it looks like one of the server's own words.
WORD = "secretly"
PLACES = [
    (tag, attribute)
    for tag, attributes in (
        (element.tag.rpartition("}")[2], sorted(element.attrib))
        for element in read.parse(ACTUAL).iter()
    )
    for attribute in attributes
    if attribute not in IDENTIFIERS
]


@given(
    st.sampled_from(sorted(set(PLACES))),
    st.sampled_from((WORD, f"N'{WORD}'", f"'{WORD}", f"0 {WORD}", f"true {WORD}", f"FULL {WORD}")),
)
def test_no_value_gets_through_in_any_place_of_a_plan(place: tuple[str, str], value: str) -> None:
    """Texts that are T-SQL keep words outside of quotes: there they are names."""
    root = read.parse(ACTUAL)
    for element in root.iter():
        if element.tag.rpartition("}")[2] == place[0] and place[1] in element.attrib:
            element.set(place[1], value)
        element.text = element.tail = WORD
    root.tail = None
    scrubbed = scrub.scrub(ElementTree.tostring(root, encoding="unicode"))
    if place[1] in ("StatementText", "ScalarString", "Expression") and "'" not in value:
        assert WORD not in "".join(ElementTree.fromstring(scrubbed).itertext())
    else:
        assert WORD not in scrubbed


@given(st.data())
def test_nor_in_an_attribute_or_element_that_is_not_known(data: st.DataObject) -> None:
    root = read.parse(ACTUAL)
    elements = list(root.iter())
    for element in data.draw(st.lists(st.sampled_from(elements), min_size=1, max_size=5)):
        element.set(data.draw(st.sampled_from(["Secret", "ConstValue2", "Rows", "Value"])), WORD)
        ElementTree.SubElement(
            element, data.draw(st.sampled_from(["Secret", "RelOp2"]))
        ).text = WORD
    assert WORD not in scrub.scrub(ElementTree.tostring(root, encoding="unicode"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PhysicalOp", "Clustered Index Seek"),
        ("PhysicalOp", "Table-valued function"),
        ("LogicalOp", "TopN Sort"),
        ("NonParallelPlanReason", "MaxDOPSetToOne"),
        ("StatementOptmEarlyAbortReason", "GoodEnoughPlanFound"),
        ("StatementType", "SET ON/OFF"),
        ("ConvertIssue", "Cardinality Estimate"),
        ("WaitType", "ASYNC_NETWORK_IO"),
        ("DataType", "nvarchar(max)"),
        ("DataType", "numeric(10,2)"),
        ("QueryHash", "0xD742CBC6BC46650"),
    ],
)
def test_the_server_s_own_words_stay(name: str, value: str) -> None:
    assert f'{name}="{value}"' in scrub.scrub(
        f'<ShowPlanXML><RelOp {name}="{value}"/></ShowPlanXML>'
    )


@given(st.lists(LITERALS | AROUND, max_size=6).map("".join))
def test_an_expression_loses_the_text_between_its_quotes(text: str) -> None:
    assert SECRET not in scrub.expression_text(text)
