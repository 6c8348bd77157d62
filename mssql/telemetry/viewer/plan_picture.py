"""The drawing of a query plan on its page."""

from __future__ import annotations

from dataclasses import dataclass

from mssql.telemetry.plans import read
from mssql.telemetry.plans.read import Operator, StatementPlan

HOT = 0.3  # the share of the cost from which an operator is marked

# The first of these names that the operator's name contains decides its icon.
_ICONS = (
    ("Lookup", "lookup"),
    ("Seek", "seek"),
    ("Insert", "change"),
    ("Update", "change"),
    ("Delete", "change"),
    ("Merge Interval", "other"),
    ("Nested Loops", "join"),
    ("Merge Join", "join"),
    ("Hash Match", "join"),
    ("Join", "join"),
    ("Concatenation", "join"),
    ("Aggregate", "aggregate"),
    ("Segment", "aggregate"),
    ("Sequence Project", "aggregate"),
    ("Window", "aggregate"),
    ("Sort", "sort"),
    ("Top", "top"),
    ("Filter", "filter"),
    ("Compute Scalar", "compute"),
    ("Spool", "spool"),
    ("Scan", "scan"),
)


@dataclass(frozen=True)
class Node:
    """One operator in the picture; `share` is in per cent of the statement's cost."""

    physical: str
    logical: str
    object: str
    predicate: str
    icon: str
    share: float
    hot: bool
    estimated_rows: str
    actual_rows: str | None
    warnings: tuple[str, ...]
    children: tuple[Node, ...]


@dataclass(frozen=True)
class Picture:
    """A plan on its page; `indexes` are the statements that would create the missing indexes."""

    kind: str
    cost: str
    query_hash: str
    plan_hash: str
    warnings: tuple[str, ...]
    indexes: tuple[str, ...]
    roots: tuple[Node, ...]


def draw(xml: str) -> Picture | None:
    """Return the picture of a ShowPlan document's first statement with operators.

    None if there is no such statement, or the document is not ShowPlan XML.
    """
    try:
        plans = read.statements(xml)
    except ValueError:
        return None
    return _picture(plans[0]) if plans else None


def _picture(plan: StatementPlan) -> Picture:
    return Picture(
        kind="Actual plan" if plan.is_actual else "Estimated plan",
        cost=f"{plan.cost:.4g}",
        query_hash=plan.query_hash,
        plan_hash=plan.plan_hash,
        warnings=plan.warnings,
        indexes=tuple(index.create_statement() for index in plan.missing_indexes),
        roots=(_node(plan.root),),
    )


def _node(operator: Operator) -> Node:
    actual = operator.actual_rows
    return Node(
        physical=operator.physical,
        logical=operator.logical,
        object=operator.object,
        predicate=operator.predicate,
        icon=_icon(operator),
        share=100 * operator.cost_share,
        hot=operator.cost_share >= HOT,
        estimated_rows=_count(operator.estimated_rows),
        actual_rows=None if actual is None else _count(actual),
        warnings=operator.warnings,
        children=tuple(_node(child) for child in operator.children),
    )


def _icon(operator: Operator) -> str:
    name = f"{operator.logical} {operator.physical}"
    return next((icon for part, icon in _ICONS if part in name), "other")


def _count(rows: float) -> str:
    return f"{rows:,.0f}" if rows >= 10 or rows == int(rows) else f"{rows:.1f}"
