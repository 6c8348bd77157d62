"""ShowPlan XML out of PostgreSQL's EXPLAIN.

SET SHOWPLAN_XML ON returns the estimated plan of a batch, SET STATISTICS XML ON the actual plan of
each statement. Follows the Showplan Schema,
https://schemas.microsoft.com/sqlserver/2004/07/showplan/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from tds_embedded.showplan.operators import CONVERSION, Node, PlanWriter, TableFacts, number, scalar
from tds_embedded.tsql import lexer
from tds_embedded.types import Column, SqlType

NAMESPACE = "http://schemas.microsoft.com/sqlserver/2004/07/showplan"
# The result set of a document, for both SET options.
COLUMN = Column("Microsoft SQL Server 2005 XML Showplan", SqlType("nvarchar", -1))

Run = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Planned:
    """A statement and its plan.

    text: as written in T-SQL. kind: SELECT, INSERT, UPDATE, DELETE or MERGE.
    explain: the result of `explain`'s statement, or None for a statement without operators.
    parameters: the names of $1, $2 ... with their types; `values` those that were compiled
        with the statement, as T-SQL writes them.
    """

    text: str
    kind: str
    explain: Sequence[Mapping[str, Any]] | None
    parameters: Sequence[tuple[str, SqlType]] = ()
    values: Mapping[str, str] = field(default_factory=dict)


def explain(sql: str, *, actual: bool) -> str:
    """Return the statement that requests a plan from PostgreSQL; an actual one runs `sql`.

    An estimated plan needs no values for $1, $2 ...
    """
    options = "ANALYZE, BUFFERS" if actual else "GENERIC_PLAN"
    return f"EXPLAIN (FORMAT JSON, VERBOSE, {options}) {sql}"


def show_plan(
    statements: Sequence[Planned],
    run: Run,
    database: str,
    *,
    version: str = "16.0.1000.6",
    compatibility_level: int = 160,
) -> str:
    """Return the document for a batch, without a byte order mark.

    `run` reads facts about the tables, which a plan lacks, from PostgreSQL.
    """
    root = Element("ShowPlanXML", {"xmlns": NAMESPACE, "Version": "1.564", "Build": version})
    batch = SubElement(SubElement(SubElement(root, "BatchSequence"), "Batch"), "Statements")
    for statement_id, statement in enumerate(statements, start=1):
        _statement(batch, statement_id, statement, run, database, compatibility_level)
    return tostring(root, encoding="unicode")


def _statement(
    batch: Element,
    statement_id: int,
    statement: Planned,
    run: Run,
    database: str,
    compatibility_level: int,
) -> None:
    element = SubElement(batch, "StmtSimple")
    element.set("StatementText", statement.text)
    element.set("StatementId", str(statement_id))
    element.set("StatementCompId", str(statement_id))
    element.set("StatementType", statement.kind)
    element.set("RetrievedFromCache", "false")
    if statement.explain is None:
        return
    top: Node = statement.explain[0]["Plan"]
    tables = _table_facts(top, run)
    names = [name for name, _type in statement.parameters]
    writer = PlanWriter(database, tables, names)
    plan = Element("QueryPlan")
    _missing_indexes(plan, top, tables, database)
    _warnings(plan, top, names)
    cost = writer.write(plan, top)
    _parameters(plan, statement)
    plan.set("CachedPlanSize", "16")
    plan.set("CompileTime", str(round(statement.explain[0].get("Planning Time", 0))))
    plan.set("CompileCPU", plan.get("CompileTime", "0"))
    plan.set("CompileMemory", "128")
    element.set("StatementSubTreeCost", number(cost))
    element.set("StatementEstRows", number(float(top.get("Plan Rows", 1))))
    element.set("SecurityPolicyApplied", "false")
    element.set("StatementOptmLevel", "FULL")
    element.set("QueryHash", query_hash(statement.text))
    element.set("QueryPlanHash", _hash("".join(writer.shape)))
    element.set("CardinalityEstimationModelVersion", str(compatibility_level))
    element.append(plan)


def _parameters(plan: Element, statement: Planned) -> None:
    if not statement.parameters:
        return
    parameter_list = SubElement(plan, "ParameterList")
    for name, sql_type in statement.parameters:
        reference = SubElement(parameter_list, "ColumnReference")
        reference.set("Column", name)
        reference.set("ParameterDataType", type_name(sql_type))
        if name in statement.values:
            reference.set("ParameterCompiledValue", statement.values[name])


def type_name(sql_type: SqlType) -> str:
    """Return a type as ParameterDataType writes it: nvarchar(50), decimal(10,2)."""
    if sql_type.length is not None:
        return f"{sql_type.name}({'max' if sql_type.length == -1 else sql_type.length})"
    if sql_type.name in ("decimal", "numeric"):
        return f"{sql_type.name}({sql_type.precision},{sql_type.scale})"
    if sql_type.name in ("time", "datetime2", "datetimeoffset") and sql_type.scale is not None:
        return f"{sql_type.name}({sql_type.scale})"
    return sql_type.name


# --- Hashes ------------------------------------------------------------------------------------


def _hash(text: str) -> str:
    return "0x" + hashlib.sha256(text.encode()).hexdigest()[:16].upper()


def query_hash(text: str) -> str:
    """Return the hash of a statement without its literals, blanks, comments and case."""
    words = []
    for token in lexer.tokenize(text):
        is_literal = token.kind in _LITERALS
        words.append("?" if is_literal else token.word or token.value.upper())
    return _hash(" ".join(words))


_LITERALS = frozenset(
    {
        lexer.STRING,
        lexer.NATIONAL,
        lexer.INTEGER,
        lexer.DECIMAL,
        lexer.FLOAT,
        lexer.MONEY,
        lexer.BINARY,
    }
)


# --- Facts that a plan lacks ------------------------------------------------------------------


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for below in node.get("Plans", ()):
        yield from _walk(below)


def _table_facts(top: Node, run: Run) -> dict[tuple[str, str], TableFacts]:
    names = {
        (str(node["Schema"]), str(node["Relation Name"]))
        for node in _walk(top)
        if "Relation Name" in node and "Schema" in node
    }
    if not names:
        return {}
    name_list = ", ".join(
        f"({_literal(schema)}, {_literal(name)})" for schema, name in sorted(names)
    )
    rows = run(
        "SELECT n.nspname::text, t.relname::text, t.reltuples::float8, i.relname::text "
        "FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace "
        "LEFT JOIN pg_catalog.pg_index x ON x.indrelid = t.oid AND x.indisprimary "
        "LEFT JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid "
        f"WHERE (n.nspname::text, t.relname::text) IN ({name_list})"
    )
    return {(schema, name): TableFacts(count, index) for schema, name, count, index in rows}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --- Missing indexes and warnings --------------------------------------------------------------

LARGE = 1000  # rows from which a scan is worth an index
SELECTIVE = 0.05  # of the rows, that a filter lets through

_TEST = re.compile(
    r"\((?:(?:\"[^\"]+\"|\w+)\.)?(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>[a-z_]\w*))"
    r"(?:::[\w.\"]+(?:\(\d+\))?)? (?P<operator>=|<|>|<=|>=) "
)


def _missing_indexes(
    plan: Element, top: Node, tables: Mapping[tuple[str, str], TableFacts], database: str
) -> None:
    """Report a selective filter that reads every row of a large table as a missing index."""
    total = float(top["Total Cost"]) or 1.0
    groups = []
    for node in _walk(top):
        if node["Node Type"] != "Seq Scan" or "Filter" not in node:
            continue
        facts = tables.get((node.get("Schema", ""), node.get("Relation Name", "")))
        if facts is None or facts.rows < LARGE or node["Plan Rows"] > facts.rows * SELECTIVE:
            continue
        tests = [(m["quoted"] or m["plain"], m["operator"]) for m in _TEST.finditer(node["Filter"])]
        if tests and " OR " not in node["Filter"]:
            groups.append((node, tests))
    if not groups:
        return
    parent = SubElement(plan, "MissingIndexes")
    for node, tests in groups:
        group = SubElement(parent, "MissingIndexGroup")
        group.set("Impact", number(min(99.9, 100 * float(node["Total Cost"]) / total)))
        index = SubElement(group, "MissingIndex")
        index.set("Database", f"[{database}]")
        index.set("Schema", f"[{node['Schema']}]")
        index.set("Table", f"[{node['Relation Name']}]")
        for usage in ("EQUALITY", "INEQUALITY"):
            columns_of_usage = [
                c for c, operator in tests if (operator == "=") == (usage == "EQUALITY")
            ]
            _column_group(index, usage, columns_of_usage)


def _column_group(index: Element, usage: str, columns: Sequence[str]) -> None:
    if not columns:
        return
    group = SubElement(index, "ColumnGroup", {"Usage": usage})
    for column_id, column in enumerate(dict.fromkeys(columns), start=1):
        SubElement(group, "Column", {"Name": f"[{column}]", "ColumnId": str(column_id)})


def _warnings(plan: Element, top: Node, names: Sequence[str]) -> None:
    """Report a column whose conversion prevents a seek of its index."""
    texts: list[str] = []
    for node in _walk(top):
        if "Scan" not in node["Node Type"] or "Relation Name" not in node:
            continue
        if CONVERSION.search(node.get("Filter", "")):
            texts.append(scalar(node["Filter"], names))
    if not texts:
        return
    warnings = SubElement(plan, "Warnings")
    for expression in dict.fromkeys(texts):
        SubElement(
            warnings,
            "PlanAffectingConvert",
            {"ConvertIssue": "Seek Plan", "Expression": expression},
        )
