"""PostgreSQL's plan nodes as the operators of a ShowPlan document.

Follows the Showplan Schema, https://schemas.microsoft.com/sqlserver/2004/07/showplan/, and
"Showplan logical and physical operators reference",
https://learn.microsoft.com/sql/relational-databases/showplan-logical-and-physical-operators-reference
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

Node = Mapping[str, Any]

# SQL Server's cost of reading one page in sequence, which is PostgreSQL's unit
COST_UNIT = 0.000740741
COST_OF_CPU_PER_ROW = 0.0001581 / 100


@dataclass(frozen=True)
class TableFacts:
    """Facts about a table that a plan lacks: how many rows it has, and its primary key's index."""

    rows: float
    primary_key: str | None


@dataclass(frozen=True)
class Operator:
    """The operator of a node: its names, and the element of its details."""

    physical: str
    logical: str
    element: str


_JOIN_TYPES = {
    "Inner": "Inner Join",
    "Left": "Left Outer Join",
    "Right": "Right Outer Join",
    "Full": "Full Outer Join",
    "Semi": "Left Semi Join",
    "Anti": "Left Anti Semi Join",
    "Right Semi": "Right Semi Join",
    "Right Anti": "Right Anti Semi Join",
}
_JOINS = {
    "Nested Loop": ("Nested Loops", "NestedLoops"),
    "Hash Join": ("Hash Match", "Hash"),
    "Merge Join": ("Merge Join", "Merge"),
}
_PLAIN = {
    "Append": Operator("Concatenation", "Concatenation", "Concat"),
    "CTE Scan": Operator("Table Spool", "Lazy Spool", "Spool"),
    "Function Scan": Operator(
        "Table-valued function", "Table-valued function", "TableValuedFunction"
    ),
    "Gather": Operator("Parallelism", "Gather Streams", "Parallelism"),
    "Gather Merge": Operator("Parallelism", "Gather Streams", "Parallelism"),
    "Group": Operator("Stream Aggregate", "Aggregate", "StreamAggregate"),
    "Incremental Sort": Operator("Sort", "Sort", "Sort"),
    "Limit": Operator("Top", "Top", "Top"),
    "Materialize": Operator("Table Spool", "Lazy Spool", "Spool"),
    "Memoize": Operator("Table Spool", "Lazy Spool", "Spool"),
    "Merge Append": Operator("Merge Join", "Concatenation", "Concat"),
    "ProjectSet": Operator("Compute Scalar", "Compute Scalar", "ComputeScalar"),
    "Recursive Union": Operator("Concatenation", "Concatenation", "Concat"),
    "SetOp": Operator("Hash Match", "Left Semi Join", "Hash"),
    "Sort": Operator("Sort", "Sort", "Sort"),
    "Subquery Scan": Operator("Filter", "Filter", "Filter"),
    "Table Function Scan": Operator(
        "Table-valued function", "Table-valued function", "TableValuedFunction"
    ),
    "Tid Scan": Operator("RID Lookup", "RID Lookup", "IndexScan"),
    "Unique": Operator("Sort", "Distinct Sort", "Sort"),
    "Values Scan": Operator("Constant Scan", "Constant Scan", "ConstantScan"),
    "WindowAgg": Operator("Window Aggregate", "Window Aggregate", "WindowAggregate"),
    "WorkTable Scan": Operator("Table Spool", "Lazy Spool", "Spool"),
}
_PASSED_THROUGH = frozenset({"Hash", "LockRows", "Bitmap Index Scan"})
_CHANGES = {"Insert": "Insert", "Update": "Update", "Delete": "Delete", "Merge": "Merge"}


def passes_through(node: Node) -> bool:
    """Return whether a node is not a separate operator in SQL Server."""
    kind = node["Node Type"]
    if kind == "Subquery Scan":
        return "Filter" not in node
    return kind in _PASSED_THROUGH and bool(node.get("Plans"))


def operator_of(node: Node, facts: TableFacts | None) -> Operator:
    """Return the operator of a node. One without a counterpart keeps PostgreSQL's name."""
    kind = node["Node Type"]
    if kind in _JOINS:
        physical, element = _JOINS[kind]
        return Operator(physical, _JOIN_TYPES[node.get("Join Type", "Inner")], element)
    if kind in ("Seq Scan", "Sample Scan"):
        if facts is not None and facts.primary_key:
            return Operator("Clustered Index Scan", "Clustered Index Scan", "IndexScan")
        return Operator("Table Scan", "Table Scan", "TableScan")
    if kind in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan"):
        is_clustered = facts is not None and index_name(node) == facts.primary_key
        has_condition = _condition(node) is not None
        name = f"{'Clustered ' if is_clustered else ''}Index {'Seek' if has_condition else 'Scan'}"
        return Operator(name, name, "IndexScan")
    if kind == "Aggregate":
        if node.get("Strategy") in ("Hashed", "Mixed"):
            return Operator("Hash Match", "Aggregate", "Hash")
        return Operator("Stream Aggregate", "Aggregate", "StreamAggregate")
    if kind == "ModifyTable":
        verb = _CHANGES[node["Operation"]]
        target = "Clustered Index" if facts is not None and facts.primary_key else "Table"
        return Operator(f"{target} {verb}", verb, "Update")
    if kind == "Result":
        if node.get("Plans"):
            return Operator("Filter", "Filter", "Filter")
        return Operator("Constant Scan", "Constant Scan", "ConstantScan")
    return _PLAIN.get(kind, Operator(kind, kind, "Generic"))


def index_name(node: Node) -> str | None:
    """Return the index that a scan reads; that of a bitmap scan is in a node below."""
    if "Index Name" in node:
        return str(node["Index Name"])
    for below in node.get("Plans", ()):
        if below["Node Type"].startswith("Bitmap"):
            return index_name(below)
    return None


def _condition(node: Node) -> str | None:
    """Return the condition that a scan seeks by."""
    if "Index Cond" in node:
        return str(node["Index Cond"])
    for below in node.get("Plans", ()):
        if below["Node Type"].startswith("Bitmap"):
            return _condition(below)
    return None


# --- Expressions -------------------------------------------------------------------------------

_TEXT = r"(?:::text)?"
# the prelude's casts from strings after PostgreSQL has inlined them
CONVERSION = re.compile(
    rf"(?:tsql\.)?parse_\w+\(\(?(?P<column>[\w.\"]+)\)?{_TEXT}, '\w+'{_TEXT}"
    rf"(?:, '(?P<type>\w+)'{_TEXT})?[^()]*\)"
)
_CAST = re.compile(r"::(?:\"?\w+\"?\.)?\"?[a-z_][\w ]*?\"?(?:\(\d+(?:,\s?\d+)?\))?(?=[\s),:]|$)")
_NAME = r'(?:"((?:[^"]|"")+)"|([A-Za-z_]\w*))'
_QUALIFIED = re.compile(rf"{_NAME}\.{_NAME}(?!\()")
_PARAMETER = re.compile(r"\$(\d+)")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_ATOM = re.compile(r"\(((?:\[[^\]]+\]\.)*\[[^\]]+\]|@\w+|\d+|CONVERT_IMPLICIT\([^()]*\))\)")


def scalar(text: str, parameters: Sequence[str]) -> str:
    """Return a PostgreSQL expression as ScalarString shows it: names in brackets, no casts."""
    text = CONVERSION.sub(r"CONVERT_IMPLICIT(\g<type>,\g<column>,0)", text)
    parts: list[str] = []
    position = 0
    for literal in _LITERAL.finditer(text):
        parts += [_outside(text[position : literal.start()], parameters), literal[0]]
        position = literal.end()
    return "".join([*parts, _outside(text[position:], parameters)])


def _outside(text: str, parameters: Sequence[str]) -> str:
    """Return text outside of literals in the form of ScalarString."""

    def parameter(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        return parameters[index] if index < len(parameters) else match[0]

    def name(match: re.Match[str]) -> str:
        return f"[{match[1] or match[2]}].[{match[3] or match[4]}]"

    bare = _QUALIFIED.sub(name, _CAST.sub("", text))
    return _ATOM.sub(r"\1", _PARAMETER.sub(parameter, bare))


_COLUMN = re.compile(r'^(?:"((?:[^"]|"")+)"|(\w+))\.(?:"((?:[^"]|"")+)"|(\w+))$')


def columns_of(node: Node) -> Iterator[tuple[str, str]]:
    """(alias, column) of a node's output; an expression has a generated name without an alias."""
    for number, text in enumerate(node.get("Output", ())):
        match = _COLUMN.match(text)
        if match is None:
            yield "", f"Expr{1000 + number}"
        else:
            yield match[1] or match[2], match[3] or match[4]


# --- Documents ---------------------------------------------------------------------------------


def number(value: float) -> str:
    return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"


class PlanWriter:
    """The writer of one statement's RelOp elements."""

    def __init__(
        self,
        database: str,
        tables: Mapping[tuple[str, str], TableFacts],
        parameters: Sequence[str],
    ) -> None:
        self._database = database
        self._tables = tables
        self._parameters = parameters
        self._node_id = -1
        self.shape: list[str] = []  # the basis of the plan's hash

    def facts(self, node: Node) -> TableFacts | None:
        return self._tables.get((node.get("Schema", ""), node.get("Relation Name", "")))

    def write(self, parent: Element, node: Node, executions: float = 1.0) -> float:
        """Add the RelOp of a node to `parent`; returns the cost of all its executions."""
        if passes_through(node):
            return self.write(parent, node["Plans"][0], executions)
        below = [each for each in node.get("Plans", ()) if not _is_bitmap(each)]
        inputs = [each for each in below if each.get("Parent Relationship") not in _SUBPLANS]
        extra = [each for each in below if each.get("Parent Relationship") in _SUBPLANS]
        if extra:
            return self._with_subplans(parent, node, inputs, extra, executions)
        return self._operator(parent, node, operator_of(node, self.facts(node)), inputs, executions)

    def _with_subplans(
        self,
        parent: Element,
        node: Node,
        inputs: Sequence[Node],
        extra: Sequence[Node],
        executions: float,
    ) -> float:
        """Join the subqueries of expressions to the operator that uses them."""
        last = extra[-1]
        rest = {**node, "Plans": [*inputs, *extra[:-1]]}
        is_repeated = last.get("Parent Relationship") == "SubPlan"
        join = {
            key: value
            for key, value in node.items()
            if key in ("Plan Rows", "Plan Width", "Output", "Total Cost") or "Actual" in key
        }
        join |= {"Node Type": "Nested Loop", "Join Type": "Left", "Plans": [rest, last]}
        operator = operator_of(join, None)
        rows = node.get("Plan Rows", 1) if is_repeated else 1
        return self._operator(parent, join, operator, [rest, last], executions, rows)

    def _operator(
        self,
        parent: Element,
        node: Node,
        operator: Operator,
        inputs: Sequence[Node],
        executions: float,
        inner_executions: float | None = None,
    ) -> float:
        element = SubElement(parent, "RelOp")
        self._node_id += 1
        element.set("NodeId", str(self._node_id))
        element.set("PhysicalOp", operator.physical)
        element.set("LogicalOp", operator.logical)
        self.shape.append(f"{operator.physical}:{node.get('Relation Name')}:{index_name(node)}(")
        self._output(element, node)
        if "Actual Rows" in node:
            _runtime(element, node, inputs)
        body = SubElement(element, operator.element)
        self._details(body, node, operator)
        elapsed = 0.0
        for position, each in enumerate(inputs):
            times = executions
            if node["Node Type"] == "Nested Loop" and position == 1:
                outer = inputs[0].get("Plan Rows", 1) if inner_executions is None else None
                times *= max(1.0, float(outer if outer is not None else inner_executions or 1))
            elapsed += self.write(body, each, times)
        self.shape.append(")")
        total = max(float(node["Total Cost"]) * COST_UNIT * executions, elapsed)
        self._estimates(element, node, total, total - elapsed, executions)
        return total

    def _estimates(
        self, element: Element, node: Node, total: float, own: float, executions: float
    ) -> None:
        rows = float(node.get("Plan Rows", 1))
        cpu = min(own, max(rows * executions * COST_OF_CPU_PER_ROW, 1e-7))
        reads = "Scan" in node["Node Type"] or node["Node Type"] == "ModifyTable"
        io = own - cpu if reads else 0.0
        for name, value in (
            ("EstimateRows", rows),
            ("EstimateIO", io),
            ("EstimateCPU", own - io),
            ("AvgRowSize", max(float(node.get("Plan Width", 0)), 9)),
            ("EstimatedTotalSubtreeCost", total),
            ("EstimateRebinds", max(executions - 1, 0)),
            ("EstimateRewinds", 0.0),
        ):
            element.set(name, number(value))
        element.set("Parallel", "1" if node.get("Workers Planned") else "0")
        element.set("EstimatedExecutionMode", "Row")
        facts = self.facts(node)
        if facts is not None and reads:
            element.set("TableCardinality", number(max(facts.rows, 0)))

    def _output(self, element: Element, node: Node) -> None:
        output = SubElement(element, "OutputList")
        for alias, column in columns_of(node):
            reference = SubElement(output, "ColumnReference")
            if alias:
                if node.get("Alias") == alias and "Relation Name" in node:
                    self._name_table(reference, node)
                reference.set("Alias", f"[{alias}]")
            reference.set("Column", column)

    def _name_table(self, element: Element, node: Node) -> None:
        schema = node.get("Schema", "dbo")
        database = "tempdb" if schema.startswith("pg_temp") else self._database
        element.set("Database", f"[{database}]")
        element.set("Schema", f"[{'dbo' if schema.startswith('pg_temp') else schema}]")
        element.set("Table", f"[{node['Relation Name']}]")

    def _object(self, body: Element, node: Node) -> None:
        if "Relation Name" not in node:
            return
        element = SubElement(body, "Object")
        self._name_table(element, node)
        facts = self.facts(node)
        index = index_name(node) or (facts.primary_key if facts else None)
        if index:
            element.set("Index", f"[{index.removesuffix('~')}]")  # see catalog/tables.py
        if node.get("Alias") not in (None, node["Relation Name"]):
            element.set("Alias", f"[{node['Alias']}]")
        is_clustered = facts is not None and index is not None and index == facts.primary_key
        element.set(
            "IndexKind", "Clustered" if is_clustered else "NonClustered" if index else "Heap"
        )
        element.set("Storage", "RowStore")

    def _details(self, body: Element, node: Node, operator: Operator) -> None:
        """Write the content of the operator's element, in the order of the schema."""
        write = getattr(self, f"_{operator.element.lower()}", None)
        if write is not None:
            write(body, node)
        elif operator.element in _DEFINING:
            SubElement(body, "DefinedValues")

    def _scan(self, body: Element, node: Node) -> None:
        body.set("Ordered", "1" if "Index Name" in node else "0")
        if body.tag == "IndexScan":
            if node.get("Scan Direction") in ("Forward", "Backward"):
                body.set("ScanDirection", str(node["Scan Direction"]).upper())
            body.set("ForcedIndex", "0")
            body.set("NoExpandHint", "0")
            body.set("Storage", "RowStore")
        values = SubElement(body, "DefinedValues")
        for _alias, column in columns_of(node):
            value = SubElement(values, "DefinedValue")
            SubElement(value, "ColumnReference").set("Column", column)
        self._object(body, node)
        condition = _condition(node)
        if condition is not None:
            seek = SubElement(SubElement(body, "SeekPredicates"), "SeekPredicateNew")
            keys = SubElement(SubElement(seek, "SeekKeys"), "Prefix")
            keys.set("ScanType", "EQ")
            SubElement(keys, "RangeColumns")
            self._scalar(SubElement(keys, "RangeExpressions"), condition)
        if "Filter" in node:
            self._scalar(SubElement(body, "Predicate"), node["Filter"])

    _indexscan = _tablescan = _scan

    def _scalar(self, parent: Element, text: str) -> None:
        element = SubElement(parent, "ScalarOperator")
        element.set("ScalarString", scalar(text, self._parameters))
        SubElement(element, "Const").set("ConstValue", "")

    def _nestedloops(self, body: Element, node: Node) -> None:
        body.set("Optimized", "0")
        if "Join Filter" in node:
            self._scalar(SubElement(body, "Predicate"), node["Join Filter"])

    def _hash(self, body: Element, node: Node) -> None:
        SubElement(body, "DefinedValues")
        if "Hash Cond" in node:
            self._scalar(SubElement(body, "ProbeResidual"), node["Hash Cond"])

    def _merge(self, body: Element, node: Node) -> None:
        body.set("ManyToMany", "0" if node.get("Inner Unique") else "1")
        if "Merge Cond" in node:
            self._scalar(SubElement(body, "Residual"), node["Merge Cond"])

    def _sort(self, body: Element, node: Node) -> None:
        body.set("Distinct", "1" if node["Node Type"] == "Unique" else "0")
        order = SubElement(body, "OrderBy")
        for key in node.get("Sort Key", ()):
            expression, _, direction = key.partition(" DESC")
            column = SubElement(order, "OrderByColumn")
            column.set("Ascending", "0" if direction or key.endswith(" DESC") else "1")
            name = scalar(expression.removesuffix(" NULLS FIRST"), self._parameters)
            SubElement(column, "ColumnReference").set("Column", name)

    def _top(self, body: Element, node: Node) -> None:
        body.set("RowCount", "0")
        body.set("IsPercent", "0")
        body.set("WithTies", "0")

    def _streamaggregate(self, body: Element, node: Node) -> None:
        SubElement(body, "DefinedValues")
        keys = node.get("Group Key", ())
        if keys:
            group = SubElement(body, "GroupBy")
            for key in keys:
                name = scalar(key, self._parameters)
                SubElement(group, "ColumnReference").set("Column", name)

    def _filter(self, body: Element, node: Node) -> None:
        body.set("StartupExpression", "1" if "One-Time Filter" in node else "0")

    def _update(self, body: Element, node: Node) -> None:
        self._object(body, node)

    def _tablevaluedfunction(self, body: Element, node: Node) -> None:
        SubElement(body, "DefinedValues")
        name = node.get("Function Name") or node.get("Table Function Name", "")
        SubElement(body, "Object").set("Table", f"[{name}]")


_DEFINING = frozenset({"Concat", "ComputeScalar", "ConstantScan", "WindowAggregate"})
_SUBPLANS = frozenset({"SubPlan", "InitPlan"})


def _is_bitmap(node: Node) -> bool:
    return str(node["Node Type"]).startswith("Bitmap ") and node["Node Type"] != "Bitmap Heap Scan"


def _runtime(element: Element, node: Node, inputs: Sequence[Node]) -> None:
    """RunTimeInformation: the counts of EXPLAIN ANALYZE. Reads are the operator's own."""
    loops = float(node.get("Actual Loops", 1))
    counters = SubElement(SubElement(element, "RunTimeInformation"), "RunTimeCountersPerThread")
    elapsed = round(float(node.get("Actual Total Time", 0)) * loops)
    rows = round(float(node["Actual Rows"]) * loops)
    read = rows + round(float(node.get("Rows Removed by Filter", 0)) * loops)
    scans = "Scan" in node["Node Type"]
    for name, value in (
        ("Thread", 0),
        ("ActualRows", rows),
        *([("ActualRowsRead", read)] if scans else []),
        ("Batches", 0),
        ("ActualEndOfScans", round(loops)),
        ("ActualExecutions", round(loops)),
    ):
        counters.set(name, str(value))
    counters.set("ActualExecutionMode", "Row")
    counters.set("ActualElapsedms", str(elapsed))
    counters.set("ActualCPUms", str(elapsed))
    if scans:
        own = {
            key: int(node.get(key, 0)) - sum(int(each.get(key, 0)) for each in inputs)
            for key in ("Shared Hit Blocks", "Shared Read Blocks")
        }
        counters.set("ActualScans", str(round(loops)))
        counters.set("ActualLogicalReads", str(sum(own.values())))
        counters.set("ActualPhysicalReads", str(own["Shared Read Blocks"]))
