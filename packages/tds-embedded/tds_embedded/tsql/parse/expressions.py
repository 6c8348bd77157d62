"""Expressions and predicates.

Follows "Expressions", "Search condition" and "Operator precedence",
https://learn.microsoft.com/sql/t-sql/language-elements/operator-precedence-transact-sql
A parenthesis may open either kind, so one descent reads both and their classes distinguish them:
that keeps the grammar free of backtracking.
"""

from __future__ import annotations

from collections.abc import Callable

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import rules
from tds_embedded.tsql.parse.literals import literal
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.tokens import FEATURE_MISSING, INCORRECT_SYNTAX_NEAR_KEYWORD, Tokens

# A parenthesis, a name or EXISTS may turn out to be either.
Operand = ast.Expression | ast.Predicate

NO_CONDITION = 4145  # a value instead of a condition
COMPARISONS = {
    "=": "=",
    "<>": "<>",
    "!=": "<>",
    "<": "<",
    "<=": "<=",
    "!>": "<=",
    ">": ">",
    ">=": ">=",
    "!<": ">=",
}
# The operators between values: a higher number binds closer.
ADDITIVE, MULTIPLICATIVE = 1, 2
PRECEDENCE = {
    **dict.fromkeys(("+", "-", "&", "|", "^", "||", "<<", ">>"), ADDITIVE),
    **dict.fromkeys(("*", "/", "%"), MULTIPLICATIVE),
}
# The operators between conditions, from the one that binds loosest.
LOGICAL: tuple[tuple[str, type[ast.Or | ast.And]], ...] = (("OR", ast.Or), ("AND", ast.And))
OPERATOR_SINCE = {"<<": 2022, ">>": 2022, "||": 2025}

# The rules of operands by the first word, or by the kind of the first token.
OPERANDS: dict[str, Callable[[Tokens], Operand]] = {}


def expression(tokens: Tokens) -> ast.Expression:
    """Read a value."""
    return _value(tokens, _operation(tokens, allow_predicate=False))


def condition(tokens: Tokens) -> ast.Predicate:
    """Read a search condition. Raises 4145 for an expression without a truth value."""
    return _truth(tokens, _condition_or_value(tokens))


def value_or_default(tokens: Tokens) -> ast.Expression | ast.DefaultValue:
    """Read a value or DEFAULT."""
    if tokens.at("DEFAULT"):
        return ast.DefaultValue(position=tokens.take().position)
    return expression(tokens)


def _truth(tokens: Tokens, operand: Operand) -> ast.Predicate:
    if isinstance(operand, ast.Predicate):
        return operand
    raise tokens.error(NO_CONDITION, tokens.current.value or tokens.peek(-1).value)


def _value(tokens: Tokens, operand: Operand) -> ast.Expression:
    if isinstance(operand, ast.Expression):
        return operand
    if isinstance(operand, ast.PredicateFunction):
        raise tokens.error_at(operand.position, INCORRECT_SYNTAX_NEAR_KEYWORD, operand.name)
    raise tokens.error()


# --- Conditions ---


def _condition_or_value(tokens: Tokens) -> Operand:
    return _logical(tokens, 0)


def _logical(tokens: Tokens, level: int) -> Operand:
    """Read the operands that the logical operator of this level joins."""
    if level == len(LOGICAL):
        return _negation(tokens)
    word, node = LOGICAL[level]
    first = _logical(tokens, level + 1)
    if tokens.current.word != word:
        return first
    operands = [_truth(tokens, first)]
    while tokens.accept(word):
        operands.append(_truth(tokens, _logical(tokens, level + 1)))
    return node(tuple(operands), position=first.position)


def _negation(tokens: Tokens) -> Operand:
    position = tokens.position
    if tokens.accept("NOT"):
        return ast.Not(_truth(tokens, _negation(tokens)), position=position)
    return _comparison(tokens)


def _comparison(tokens: Tokens) -> Operand:
    left = _operation(tokens, allow_predicate=True)
    if isinstance(left, ast.Predicate):
        return left
    negated: bool = tokens.current.word == "NOT" and tokens.peek().word in ("IN", "BETWEEN", "LIKE")
    if negated:
        tokens.take()
    compare = _COMPARISONS.get(tokens.current.word)
    return left if compare is None else compare(tokens, left, negated)


def _compare(tokens: Tokens, left: ast.Expression, negated: bool) -> ast.Predicate:
    operator = COMPARISONS[tokens.take().word]
    if quantifier := tokens.accept_any("ALL", "ANY", "SOME"):
        quantifier = "ALL" if quantifier == "ALL" else "ANY"
        query = tokens.in_parentheses(rules.query)
        return ast.QuantifiedComparison(operator, left, quantifier, query, position=left.position)
    return ast.Comparison(operator, left, expression(tokens), position=left.position)


def _is(tokens: Tokens, left: ast.Expression, negated: bool) -> ast.Predicate:
    tokens.expect("IS")
    is_not = tokens.accept("NOT")
    if tokens.at("DISTINCT"):
        tokens.require_year(2022)
        tokens.expect("DISTINCT", "FROM")
        right = expression(tokens)
        return ast.IsDistinctFrom(left, right, is_not, position=left.position)
    tokens.expect("NULL")
    return ast.IsNull(left, is_not, position=left.position)


def _in(tokens: Tokens, left: ast.Expression, negated: bool) -> ast.Predicate:
    tokens.expect("IN")
    if tokens.parentheses_hold_query():
        query = tokens.in_parentheses(rules.query)
        return ast.InSubquery(left, query, negated, position=left.position)
    values = tokens.list_in_parentheses(expression)
    return ast.In(left, values, negated, position=left.position)


def _between(tokens: Tokens, left: ast.Expression, negated: bool) -> ast.Predicate:
    tokens.expect("BETWEEN")
    low = expression(tokens)
    tokens.expect("AND")
    high = expression(tokens)
    return ast.Between(left, low, high, negated, position=left.position)


def _like(tokens: Tokens, left: ast.Expression, negated: bool) -> ast.Predicate:
    tokens.expect("LIKE")
    pattern = expression(tokens)
    escape = expression(tokens) if tokens.accept("ESCAPE") else None
    return ast.Like(left, pattern, escape, negated, position=left.position)


_COMPARISONS: dict[str, Callable[[Tokens, ast.Expression, bool], ast.Predicate]] = {
    **dict.fromkeys(COMPARISONS, _compare),
    "BETWEEN": _between,
    "IN": _in,
    "IS": _is,
    "LIKE": _like,
}

# --- Values ---


def _operation(tokens: Tokens, *, allow_predicate: bool, precedence: int = ADDITIVE) -> Operand:
    """Read operands with operators of at least this precedence between them.

    If `allow_predicate`, the result may also be a predicate in parentheses.
    """
    left = _unary(tokens, allow_predicate)
    while (current := PRECEDENCE.get(tokens.current.word, 0)) >= precedence:
        value = _value(tokens, left)
        tokens.require_year(OPERATOR_SINCE.get(tokens.current.word, 0))
        operator = tokens.take().word
        right = _operation(tokens, allow_predicate=False, precedence=current + 1)
        left = ast.Binary(operator, value, _value(tokens, right), position=value.position)
    return left


def _unary(tokens: Tokens, allow_predicate: bool) -> Operand:
    position = tokens.position
    if operator := tokens.accept_any("-", "+", "~"):
        operand = _value(tokens, _unary(tokens, allow_predicate=False))
        return ast.Unary(operator, operand, position=position)
    if not allow_predicate and tokens.at("EXISTS"):
        raise tokens.error()
    node = _operand(tokens, allow_predicate)
    return _postfix(tokens, node) if isinstance(node, ast.Expression) else node


def _postfix(tokens: Tokens, node: ast.Expression) -> ast.Expression:
    while tokens.current.word in (".", "COLLATE", "AT"):
        if tokens.at(".") and tokens.peek(2).word == "(":
            raise tokens.error_at(tokens.position, FEATURE_MISSING, "methods of a type")
        if tokens.accept("COLLATE"):
            node = ast.Collate(node, tokens.name(), position=node.position)
        elif tokens.accept("AT", "TIME", "ZONE"):
            # An operand only: `x AT TIME ZONE a AT TIME ZONE b` is read from left to right.
            zone = _value(tokens, _operand(tokens, allow_predicate=False))
            node = ast.AtTimeZone(node, zone, position=node.position)
        else:
            break
    return node


def _operand(tokens: Tokens, allow_predicate: bool) -> Operand:
    token = tokens.current
    if token.word == "(":
        return _parenthesized(tokens, allow_predicate)
    rule = OPERANDS.get(token.word) or OPERANDS.get(token.kind)
    return literal(tokens) if rule is None else rule(tokens)


def _parenthesized(tokens: Tokens, allow_predicate: bool) -> Operand:
    position = tokens.position
    if tokens.parentheses_hold_query():
        return ast.ScalarSubquery(tokens.in_parentheses(rules.query), position=position)
    return tokens.in_parentheses(_condition_or_value if allow_predicate else expression)


@register(OPERANDS, "EXISTS")
def _exists(tokens: Tokens) -> ast.Exists:
    position = tokens.take().position
    return ast.Exists(tokens.in_parentheses(rules.query), position=position)
