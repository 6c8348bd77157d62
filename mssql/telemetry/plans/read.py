"""The operators of a ShowPlan XML document as a tree, and that tree as text.

Follows the Showplan Schema, https://schemas.microsoft.com/sqlserver/2004/07/showplan/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator
from xml.etree.ElementTree import Element, ParseError, XMLParser

NAMESPACE = "http://schemas.microsoft.com/sqlserver/2004/07/showplan"


@dataclass(frozen=True)
class Operator:
    """One operator of a plan.

    Rows are those of all its executions; `actual_rows`, `executions` and `elapsed_ms` are None in
    an estimated plan. `cost` is without the operators below, `cost_share` its share of the
    statement's (0 to 1), `subtree_cost` is with them; `predicate` is its condition of a seek or
    filter; `elapsed_ms` is that of the slowest thread, and in row mode it includes the operators
    below.
    """

    node_id: int
    physical: str
    logical: str
    object: str
    predicate: str
    estimated_rows: float
    actual_rows: int | None
    executions: int | None
    elapsed_ms: int | None
    cost: float
    subtree_cost: float
    cost_share: float
    parallel: bool
    warnings: tuple[str, ...]
    children: tuple[Operator, ...]

    @property
    def estimate_factor(self) -> float | None:
        """The ratio of actual and estimated rows, 1 or more; None if it never ran.

        Less than one row counts as one, since an estimate is never zero.
        """
        if self.actual_rows is None or not self.executions:
            return None
        actual, estimate = max(1.0, self.actual_rows), max(1.0, self.estimated_rows)
        return max(actual / estimate, estimate / actual)

    def walk(self) -> Iterator[Operator]:
        """Yield this operator and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class MissingIndex:
    """An index that the optimizer misses; `impact` is the percentage of cost that it would save."""

    table: str
    equality: tuple[str, ...]
    inequality: tuple[str, ...]
    include: tuple[str, ...]
    impact: float

    def create_statement(self) -> str:
        """Return a CREATE INDEX statement for it."""
        keys = ", ".join(self.equality + self.inequality)
        include = f" INCLUDE ({', '.join(self.include)})" if self.include else ""
        words = (*self.table.split(".")[-1:], *self.equality, *self.inequality)
        name = "_".join(word.strip("[]") for word in words)[:120]
        return f"CREATE INDEX [ix_{name}] ON {self.table} ({keys}){include}"


@dataclass(frozen=True)
class StatementPlan:
    """The plan of one statement.

    `cost` is the optimizer's, in its own unit; hashes are 0x... strings, empty if the server sent
    none; `is_actual` is whether the statement was run for the plan.
    """

    text: str
    kind: str
    query_hash: str
    plan_hash: str
    cost: float
    estimated_rows: float
    is_actual: bool
    warnings: tuple[str, ...]
    missing_indexes: tuple[MissingIndex, ...]
    root: Operator

    def all_warnings(self) -> tuple[str, ...]:
        """Return the warnings of the statement and its operators, and the missing indexes, once."""
        warnings = dict.fromkeys(self.warnings)
        for operator in self.root.walk():
            warnings.update(dict.fromkeys(operator.warnings))
        warnings.update(
            dict.fromkeys(f"missing index on {index.table}" for index in self.missing_indexes)
        )
        return tuple(warnings)


def parse(xml: str) -> Element:
    """Return the document's root element. Raises ValueError if it is not a ShowPlan document.

    A document type declaration is an error, so there are no entities to expand.
    """
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise ValueError("A ShowPlan document has no document type declaration.")
    # SQL Server declares utf-16, but the text has been decoded.
    parser = XMLParser(encoding="utf-8")  # noqa: S314 (no declarations: see above)
    try:
        parser.feed(xml.encode("utf-8"))
        root: Element = parser.close()
    except (ParseError, UnicodeEncodeError) as error:
        raise ValueError("The query plan is not well-formed XML.") from error
    if local(root) != "ShowPlanXML":
        raise ValueError("The document is not ShowPlan XML.")
    return root


def statements(xml: str) -> list[StatementPlan]:
    """Return the plans of the document's statements that have operators. Raises ValueError."""
    return list(_plans_below(parse(xml), Element("")))


def of_query(plans: list[StatementPlan], query_hash: str = "") -> StatementPlan:
    """Return the plan of the statement with a hash, without one the most expensive plan."""
    return max(
        plans, key=lambda plan: (bool(query_hash) and plan.query_hash == query_hash, plan.cost)
    )


def as_text(xml: str) -> str:
    """Return the document's plans as readable trees, one operator per line. Raises ValueError."""
    return "\n\n".join("\n".join(_lines(statement)) for statement in statements(xml))


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element, name: str) -> Element | None:
    """Return the first child of a name."""
    return next((below for below in element if local(below) == name), None)


def _plans_below(element: Element, statement: Element) -> Iterator[StatementPlan]:
    """Yield the plans below `element`; `statement` is the nearest one around it.

    A condition and a cursor's operation have their plan one level below the statement.
    """
    if local(element).startswith("Stmt"):
        statement = element
    for below in element:
        if local(below) == "QueryPlan":
            root = child(below, "RelOp")
            if root is not None:
                yield _statement(statement, below, root)
        else:
            yield from _plans_below(below, statement)


def _descendants(element: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name below `element`, but not inside of other operators."""
    for below in element:
        if local(below) == name:
            yield below
        elif local(below) != "RelOp":
            yield from _descendants(below, name)


def _statement(statement: Element, plan: Element, root: Element) -> StatementPlan:
    cost = _number(statement, "StatementSubTreeCost") or _number(root, "EstimatedTotalSubtreeCost")
    top = _operator(root, cost)
    return StatementPlan(
        text=statement.get("StatementText", ""),
        kind=statement.get("StatementType", ""),
        query_hash=_hash(statement, "QueryHash"),
        plan_hash=_hash(statement, "QueryPlanHash"),
        cost=cost,
        estimated_rows=_number(statement, "StatementEstRows"),
        is_actual=any(operator.actual_rows is not None for operator in top.walk()),
        warnings=_warnings(plan),
        missing_indexes=tuple(_missing_indexes(plan)),
        root=top,
    )


def _operator(element: Element, total: float) -> Operator:
    children = tuple(_operator(below, total) for below in _descendants(element, "RelOp"))
    subtree = _number(element, "EstimatedTotalSubtreeCost")
    below_cost = sum(
        _number(below, "EstimatedTotalSubtreeCost") for below in _descendants(element, "RelOp")
    )
    cost = max(0.0, subtree - below_cost)
    threads = [
        counters
        for information in element
        if local(information) == "RunTimeInformation"
        for counters in information
    ]
    elapsed = [int(_number(thread, "ActualElapsedms")) for thread in threads]
    return Operator(
        node_id=int(_number(element, "NodeId")),
        physical=element.get("PhysicalOp", ""),
        logical=element.get("LogicalOp", ""),
        object=_object(element),
        predicate=_predicate(element),
        estimated_rows=_number(element, "EstimateRows")
        * (1 + _number(element, "EstimateRebinds") + _number(element, "EstimateRewinds")),
        actual_rows=_total(threads, "ActualRows"),
        executions=_total(threads, "ActualExecutions"),
        elapsed_ms=max(elapsed) if elapsed else None,
        cost=cost,
        subtree_cost=subtree,
        cost_share=min(1.0, cost / total) if total else 0.0,
        parallel=element.get("Parallel") in ("1", "true"),
        warnings=_warnings(element),
        children=children,
    )


def _total(threads: list[Element], name: str) -> int | None:
    return int(sum(_number(thread, name) for thread in threads)) if threads else None


def _object(element: Element) -> str:
    """Return the table and index that the operator reads or writes, with an alias."""
    for body in element:
        target = child(body, "Object")
        if target is not None:
            names = (target.get("Schema"), target.get("Table"), target.get("Index"))
            name = ".".join(filter(None, names))
            alias = target.get("Alias")
            return f"{name} AS {alias}" if alias and alias != target.get("Table") else name
    return ""


def _predicate(element: Element) -> str:
    texts: list[str] = []
    for name in ("SeekPredicates", "Predicate", "ProbeResidual", "Residual"):
        for holder in _descendants(element, name):
            texts.extend(
                operator.get("ScalarString", "")
                for operator in _descendants(holder, "ScalarOperator")
            )
    return " AND ".join(dict.fromkeys(filter(None, texts)))


_WARNING_FLAGS = {
    "NoJoinPredicate": "no join predicate",
    "SpatialGuess": "spatial estimate guessed",
    "UnmatchedIndexes": "filtered index not used because of parameterization",
    "FullUpdateForOnlineIndexBuild": "full update for an online index build",
}
_WARNING_ELEMENTS = {
    "SpillToTempDb": "spill to tempdb",
    "SpillOccurred": "spill to tempdb",
    "SortSpillDetails": "sort spilled to tempdb",
    "HashSpillDetails": "hash spilled to tempdb",
    "ExchangeSpillDetails": "exchange spilled to tempdb",
    "ColumnsWithNoStatistics": "columns without statistics",
    "ColumnsWithStaleStatistics": "columns with stale statistics",
    "PlanAffectingConvert": "implicit conversion affects the plan",
    "MemoryGrantWarning": "memory grant",
    "Wait": "wait for memory",
    "UnmatchedIndexes": "filtered index not used because of parameterization",
}


# The kinds of warnings by which they are counted, by a part of their text.
_WARNING_KINDS = (
    ("missing index", "missing_index"),
    ("implicit conversion", "implicit_conversion"),
    ("spill", "spill"),
    ("no join predicate", "no_join_predicate"),
    ("memory", "memory_grant"),
    ("statistics", "no_statistics"),
)


def warning_kind(warning: str) -> str:
    """Return the kind of a warning, one of a few, by which it is counted."""
    return next((kind for part, kind in _WARNING_KINDS if part in warning), "other")


def _warnings(element: Element) -> tuple[str, ...]:
    warnings = child(element, "Warnings")
    if warnings is None:
        return ()
    texts = [text for name, text in _WARNING_FLAGS.items() if warnings.get(name) in ("1", "true")]
    for warning in warnings:
        text = _WARNING_ELEMENTS.get(local(warning), local(warning))
        detail = warning.get("ConvertIssue") or warning.get("GrantWarningKind")
        texts.append(f"{text} ({detail})" if detail else text)
    return tuple(dict.fromkeys(texts))


def _missing_indexes(plan: Element) -> Iterator[MissingIndex]:
    for group in _descendants(plan, "MissingIndexGroup"):
        for index in group:
            columns: dict[str, tuple[str, ...]] = {
                columns.get("Usage", ""): tuple(column.get("Name", "") for column in columns)
                for columns in index
            }
            yield MissingIndex(
                table=".".join(filter(None, (index.get("Schema"), index.get("Table")))),
                equality=columns.get("EQUALITY", ()),
                inequality=columns.get("INEQUALITY", ()),
                include=columns.get("INCLUDE", ()),
                impact=_number(group, "Impact"),
            )


def _lines(statement: StatementPlan) -> Iterator[str]:
    kind = "actual" if statement.is_actual else "estimated"
    yield (
        f"{statement.kind or 'STATEMENT'} ({kind} plan {statement.plan_hash or 'without hash'}, "
        f"cost {statement.cost:.6g})"
    )
    yield from _operator_lines(statement.root, 1)
    for warning in statement.warnings:
        yield f"  warning: {warning}"
    for index in statement.missing_indexes:
        yield f"  missing index ({index.impact:.0f}%): {index.create_statement()}"


def _operator_lines(operator: Operator, depth: int) -> Iterator[str]:
    name = operator.physical
    if operator.logical not in ("", operator.physical):
        name = f"{name} ({operator.logical})"
    parts = [f"{'  ' * depth}{name}"]
    if operator.object:
        parts.append(f"on {operator.object}")
    rows = f"rows {operator.estimated_rows:.6g} estimated"
    if operator.actual_rows is not None:
        rows += f", {operator.actual_rows} actual"
    parts.append(f"[{rows}; cost {operator.cost_share:.0%}]")
    yield " ".join(parts)
    if operator.predicate:
        yield f"{'  ' * depth}  where {operator.predicate}"
    for warning in operator.warnings:
        yield f"{'  ' * depth}  warning: {warning}"
    for below in operator.children:
        yield from _operator_lines(below, depth + 1)


def _hash(element: Element, name: str) -> str:
    """Return a hash with the leading zeros of SQL Server's views, which plans leave out."""
    digits = element.get(name, "")[2:]
    return f"0x{digits.upper():0>16}" if digits else ""


def _number(element: Element, name: str) -> float:
    try:
        return float(element.get(name, "0"))
    except ValueError:
        return 0.0
