"""ORDER BY and OVER: the order of rows, windows and their frames.

Follows "SELECT - OVER clause" and "SELECT - WINDOW",
https://learn.microsoft.com/sql/t-sql/queries/select-over-clause-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse.expressions import expression
from tds_embedded.tsql.parse.tokens import INCORRECT_SYNTAX, Tokens

RANGE_WITH_OFFSET = 4194
MAXIMUM_FRAME_OFFSET = 2**31 - 1


def order_by_list(tokens: Tokens) -> tuple[ast.OrderItem, ...]:
    """Read ORDER BY with its items."""
    tokens.expect("ORDER", "BY")
    return tokens.list_of(_order_item)


def optional_order_by(tokens: Tokens) -> tuple[ast.OrderItem, ...]:
    """Read ORDER BY with its items if it comes next."""
    return order_by_list(tokens) if tokens.current.word == "ORDER" else ()


def _order_item(tokens: Tokens) -> ast.OrderItem:
    key = expression(tokens)
    descending = tokens.accept_any("ASC", "DESC") == "DESC"
    return ast.OrderItem(key, descending, position=key.position)


def within_group(tokens: Tokens) -> tuple[ast.OrderItem, ...]:
    """Read WITHIN GROUP (ORDER BY ...) if it comes next."""
    if not tokens.at("WITHIN", "GROUP"):
        return ()
    tokens.expect("WITHIN", "GROUP")
    return tokens.in_parentheses(order_by_list)


def over(tokens: Tokens) -> ast.Window | None:
    """Read OVER (...) or OVER name if it comes next."""
    if not tokens.accept("OVER"):
        return None
    position = tokens.position
    if tokens.at_name():
        tokens.require_year(2022)
        return ast.Window(tokens.name(), position=position)
    node = window(tokens)
    if node.name and not (node.partition_by or node.order_by or node.frame):
        raise tokens.error_at(tokens.peek(-1).position, INCORRECT_SYNTAX, ")")
    return node


def window(tokens: Tokens) -> ast.Window:
    """Read a window in parentheses."""
    position = tokens.position
    tokens.expect("(")
    name = None
    if tokens.at_name() and not tokens.at_any("PARTITION", "ROWS", "RANGE"):
        tokens.require_year(2022)
        name = tokens.name()
    partition: tuple[ast.Expression, ...] = ()
    if tokens.accept("PARTITION"):
        tokens.expect("BY")
        partition = tokens.list_of(expression)
    order = optional_order_by(tokens)
    has_frame = tokens.at_any("ROWS", "RANGE")
    if has_frame and not (name or partition or order):
        raise tokens.error()
    frame = _frame(tokens) if has_frame else None
    tokens.expect(")")
    return ast.Window(name, partition, order, frame, position=position)


def named_window(tokens: Tokens) -> ast.NamedWindow:
    """Read one item of a WINDOW clause."""
    position = tokens.position
    name = tokens.name()
    tokens.expect("AS")
    return ast.NamedWindow(name, window(tokens), position=position)


def _frame(tokens: Tokens) -> ast.Frame:
    unit = tokens.take()
    if tokens.accept("BETWEEN"):
        start = _frame_bound(tokens, unit.word, "PRECEDING")
        tokens.expect("AND")
        end = _frame_bound(tokens, unit.word, "FOLLOWING")
        return ast.Frame(unit.word, start, end, position=unit.position)
    start = _frame_bound(tokens, unit.word, "PRECEDING")
    return ast.Frame(unit.word, start, position=unit.position)


def _frame_bound(tokens: Tokens, unit: str, edge: str) -> ast.FrameBound:
    """Read a bound; `unbounded` is the direction that may follow UNBOUNDED."""
    position = tokens.position
    if tokens.accept("UNBOUNDED"):
        tokens.expect(edge)
        return ast.FrameBound("UNBOUNDED " + edge, position=position)
    if tokens.accept("CURRENT"):
        tokens.expect("ROW")
        return ast.FrameBound("CURRENT ROW", position=position)
    if unit == "RANGE":
        raise tokens.error(RANGE_WITH_OFFSET)
    offset = ast.IntegerLiteral(tokens.unsigned(), position=position)
    if offset.value > MAXIMUM_FRAME_OFFSET:
        raise tokens.error_at(position, INCORRECT_SYNTAX, offset.value)
    direction = tokens.expect_any("PRECEDING", "FOLLOWING")
    return ast.FrameBound(direction, offset, position=position)
