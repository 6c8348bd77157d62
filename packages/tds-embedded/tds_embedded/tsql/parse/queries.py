"""Queries: SELECT, its clauses, and set operations.

Follows "SELECT (Transact-SQL)", https://learn.microsoft.com/sql/t-sql/queries/select-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import rules
from tds_embedded.tsql.parse.expressions import condition, expression
from tds_embedded.tsql.parse.for_clauses import for_clause
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.sources import at_clause_word, at_window_clause, from_clause
from tds_embedded.tsql.parse.tokens import FEATURE_MISSING, Tokens
from tds_embedded.tsql.parse.windows import named_window, optional_order_by

ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "||=")


@rules.query.define
def query(tokens: Tokens) -> ast.Query:
    """Read a query expression with its ORDER BY, OFFSET and FOR."""
    position = tokens.position
    body = _unions(tokens)
    order = optional_order_by(tokens)
    offset, fetch = _offset_fetch(tokens) if order else (None, None)
    return ast.Query(body, order, offset, fetch, for_clause(tokens), position=position)


def _unions(tokens: Tokens) -> ast.QueryBody:
    left = _intersections(tokens)
    while operator := tokens.accept_any("UNION", "EXCEPT"):
        is_all = operator == "UNION" and tokens.accept("ALL")
        right = _intersections(tokens)
        left = ast.SetOperation(operator, left, right, is_all, position=left.position)
    return left


def _intersections(tokens: Tokens) -> ast.QueryBody:
    left = _query_operand(tokens)
    while tokens.accept("INTERSECT"):
        right = _query_operand(tokens)
        left = ast.SetOperation("INTERSECT", left, right, position=left.position)
    return left


def _query_operand(tokens: Tokens) -> ast.QueryBody:
    if tokens.at("("):
        return tokens.in_parentheses(_unions)
    return _specification(tokens)


def _offset_fetch(tokens: Tokens) -> tuple[ast.Expression | None, ast.Expression | None]:
    if not tokens.accept("OFFSET"):
        return None, None
    offset = expression(tokens)
    tokens.expect_any("ROW", "ROWS")
    if not tokens.accept("FETCH"):
        return offset, None
    tokens.expect_any("FIRST", "NEXT")
    fetch = expression(tokens)
    tokens.expect_any("ROW", "ROWS")
    tokens.expect("ONLY")
    return offset, fetch


def _specification(tokens: Tokens) -> ast.QuerySpecification:
    position = tokens.position
    tokens.expect("SELECT")
    distinct = tokens.accept_any("ALL", "DISTINCT") == "DISTINCT"
    limit = top(tokens)
    select = tokens.list_of(_select_element)
    into = object_name(tokens) if tokens.accept("INTO") else None
    sources = from_clause(tokens)
    where = where_clause(tokens)
    group: tuple[ast.Expression | ast.GroupingSets, ...] = ()
    if tokens.accept("GROUP"):
        tokens.expect("BY")
        group = _group_by(tokens)
    having = condition(tokens) if tokens.accept("HAVING") else None
    windows: tuple[ast.NamedWindow, ...] = ()
    if at_window_clause(tokens):
        tokens.take()
        windows = tokens.list_of(named_window)
    return ast.QuerySpecification(
        select, distinct, limit, into, sources, where, group, having, windows, position=position
    )


def where_clause(tokens: Tokens) -> ast.Predicate | None:
    """Read WHERE with its condition if it comes next."""
    if tokens.at("WHERE", "CURRENT"):
        raise tokens.unsupported("WHERE CURRENT OF")
    return condition(tokens) if tokens.accept("WHERE") else None


def top(tokens: Tokens) -> ast.Top | None:
    """Read TOP (n) [PERCENT] [WITH TIES]; SELECT accepts it without parentheses."""
    position = tokens.position
    if not tokens.accept("TOP"):
        return None
    if tokens.at("("):
        count = tokens.in_parentheses(expression)
    else:
        number = tokens.expect_kind(lexer.INTEGER, lexer.DECIMAL, lexer.FLOAT)
        if number.kind is lexer.INTEGER:
            count = ast.IntegerLiteral(int(number.value), position=number.position)
        else:
            count = ast.DecimalLiteral(number.value, position=number.position)
    percent = tokens.accept("PERCENT")
    ties = tokens.accept("WITH", "TIES")
    return ast.Top(count, percent, ties, position=position)


def _select_element(tokens: Tokens) -> ast.SelectElement:
    token = tokens.current
    if token.kind is lexer.VARIABLE and tokens.peek().word in ASSIGNMENTS:
        operator = tokens.peek().word
        tokens.take()
        tokens.take()
        return ast.SelectAssignment(
            token.value, expression(tokens), operator, position=token.position
        )
    return output_element(tokens)


def output_element(tokens: Tokens) -> ast.SelectItem | ast.Star:
    """Read an element of a select list or an OUTPUT clause."""
    token = tokens.current
    if _at_star(tokens):
        return _star(tokens)
    if tokens.peek().word == "=" and token.kind in (lexer.NAME, lexer.QUOTED, lexer.STRING):
        tokens.take()
        tokens.take()
        return ast.SelectItem(expression(tokens), token.value, position=token.position)
    return ast.SelectItem(expression(tokens), _column_alias(tokens), position=token.position)


def _at_star(tokens: Tokens) -> bool:
    distance = 0
    while tokens.peek(distance).kind in (lexer.NAME, lexer.QUOTED):
        if tokens.peek(distance + 1).word != ".":
            return False
        distance += 2
    return tokens.peek(distance).word == "*"


def _star(tokens: Tokens) -> ast.Star:
    position = tokens.position
    qualifier = []
    while not tokens.accept("*"):
        qualifier.append(tokens.name())
        tokens.expect(".")
    return ast.Star(tuple(qualifier), position=position)


def _column_alias(tokens: Tokens) -> str | None:
    kinds = (lexer.NAME, lexer.QUOTED, lexer.STRING, lexer.NATIONAL)
    if tokens.accept("AS"):
        return tokens.expect_kind(*kinds).value
    if tokens.current.kind in kinds and not at_clause_word(tokens):
        return tokens.take().value
    return None


def _group_by(tokens: Tokens) -> tuple[ast.Expression | ast.GroupingSets, ...]:
    if tokens.at("ALL"):
        raise tokens.error_at(tokens.position, FEATURE_MISSING, "GROUP BY ALL")
    items = tokens.list_of(_group_item)
    if tokens.at("WITH") and tokens.peek().word in ("ROLLUP", "CUBE"):
        position = tokens.take().position
        sets = tuple((item,) for item in items if isinstance(item, ast.Expression))
        if len(sets) < len(items):
            raise tokens.error()
        return (ast.GroupingSets(tokens.take().word, sets, position=position),)
    return items


def _group_item(tokens: Tokens) -> ast.Expression | ast.GroupingSets:
    position = tokens.position
    if tokens.at_any("ROLLUP", "CUBE") and tokens.peek().word == "(":
        kind = tokens.take().word
        sets = tokens.list_in_parentheses(_grouping_set)
        return ast.GroupingSets(kind, sets, position=position)
    if tokens.accept("GROUPING", "SETS"):
        members = tokens.list_in_parentheses(_grouping_member)
        return ast.GroupingSets("GROUPING SETS", members, position=position)
    if tokens.at("(", ")"):
        return ast.GroupingSets("GROUPING SETS", (_grouping_set(tokens),), position=position)
    return expression(tokens)


def _grouping_member(tokens: Tokens) -> tuple[ast.Expression, ...] | ast.GroupingSets:
    if tokens.at_any("ROLLUP", "CUBE") and tokens.peek().word == "(":
        item = _group_item(tokens)
        assert isinstance(item, ast.GroupingSets)
        return item
    return _grouping_set(tokens)


def _grouping_set(tokens: Tokens) -> tuple[ast.Expression, ...]:
    if tokens.accept("("):
        if tokens.accept(")"):
            return ()
        expressions = tokens.list_of(expression)
        tokens.expect(")")
        return expressions
    return (expression(tokens),)


def common_table_expressions(tokens: Tokens) -> tuple[ast.CommonTableExpression, ...]:
    """Read WITH and common table expressions."""
    tokens.expect("WITH")
    return tokens.list_of(_common_table_expression)


def optional_common_tables(tokens: Tokens) -> tuple[ast.CommonTableExpression, ...]:
    """Read WITH and common table expressions if WITH comes next."""
    return common_table_expressions(tokens) if tokens.at("WITH") else ()


def _common_table_expression(tokens: Tokens) -> ast.CommonTableExpression:
    position = tokens.position
    name = tokens.name()
    columns = tokens.optional_names()
    tokens.expect("AS")
    definition = tokens.in_parentheses(query)
    return ast.CommonTableExpression(name, definition, columns, position=position)
