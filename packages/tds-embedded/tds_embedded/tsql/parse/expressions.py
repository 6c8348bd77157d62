"""Expressions and predicates.

Follows "Expressions", "Search condition" and "Operator precedence",
https://learn.microsoft.com/sql/t-sql/language-elements/operator-precedence-transact-sql
A parenthesis may open either kind, so both are read by one descent and told apart by class:
that keeps the grammar free of backtracking.
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import missing as parser_missing
from tds_embedded.tsql.parse.functions import FunctionsParser, Operand

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
ADDITIVE = ("+", "-", "&", "|", "^", "||", "<<", ">>")
MULTIPLICATIVE = ("*", "/", "%")
OPERATOR_SINCE = {"<<": 2022, ">>": 2022, "||": 2025}


class ExpressionsParser(FunctionsParser):
    def expression(self) -> ast.Expression:
        return self._value(self._additive(allow_predicate=False))

    def condition(self) -> ast.Predicate:
        """A search condition; raises 4145 for what has no truth value."""
        return self._truth(self._or())

    def _truth(self, operand: Operand) -> ast.Predicate:
        if isinstance(operand, ast.Predicate):
            return operand
        raise self.fail(4145, self.token.value or self.peek(-1).value)

    def _value(self, operand: Operand) -> ast.Expression:
        if isinstance(operand, ast.Expression):
            return operand
        if isinstance(operand, ast.PredicateFunction):
            raise self.fail_at(operand.position, 156, operand.name)
        raise self.fail()

    # --- Predicates ---

    def _or(self) -> Operand:
        first = self._and()
        if self.token.word != "OR":
            return first
        operands = [self._truth(first)]
        while self.accept("OR"):
            operands.append(self._truth(self._and()))
        return ast.Or(tuple(operands), position=first.position)

    def _and(self) -> Operand:
        first = self._not()
        if self.token.word != "AND":
            return first
        operands = [self._truth(first)]
        while self.accept("AND"):
            operands.append(self._truth(self._not()))
        return ast.And(tuple(operands), position=first.position)

    def _not(self) -> Operand:
        position = self.token.position
        if self.accept("NOT"):
            return ast.Not(self._truth(self._not()), position=position)
        return self._comparison()

    def _comparison(self) -> Operand:
        left = self._additive(allow_predicate=True)
        word = self.token.word
        if isinstance(left, ast.Predicate):
            return left
        if word in COMPARISONS:
            return self._compared(left)
        if word == "IS":
            return self._is(left)
        negated = word == "NOT" and self.peek().word in ("IN", "BETWEEN", "LIKE")
        if negated:
            self.advance()
        if self.accept("IN"):
            return self._in(left, negated)
        if self.accept("BETWEEN"):
            low = self.expression()
            self.expect("AND")
            high = self.expression()
            return ast.Between(left, low, high, negated, position=left.position)
        if self.accept("LIKE"):
            pattern = self.expression()
            escape = self.expression() if self.accept("ESCAPE") else None
            return ast.Like(left, pattern, escape, negated, position=left.position)
        return left

    def _compared(self, left: ast.Expression) -> ast.Predicate:
        operator = COMPARISONS[self.advance().word]
        if quantifier := self.accept_any("ALL", "ANY", "SOME"):
            quantifier = "ALL" if quantifier == "ALL" else "ANY"
            query = self.in_parentheses(self.query)
            return ast.QuantifiedComparison(
                operator, left, quantifier, query, position=left.position
            )
        return ast.Comparison(operator, left, self.expression(), position=left.position)

    def _is(self, left: ast.Expression) -> ast.Predicate:
        self.expect("IS")
        negated = self.accept("NOT")
        if self.at("DISTINCT"):
            self.require_year(2022)
            self.expect("DISTINCT", "FROM")
            right = self.expression()
            return ast.IsDistinctFrom(left, right, negated, position=left.position)
        self.expect("NULL")
        return ast.IsNull(left, negated, position=left.position)

    def _in(self, left: ast.Expression, negated: bool) -> ast.Predicate:
        if self.parentheses_hold_query():
            query = self.in_parentheses(self.query)
            return ast.InSubquery(left, query, negated, position=left.position)
        values = self.in_parentheses(lambda: self.list_of(self.expression))
        return ast.In(left, values, negated, position=left.position)

    # --- Operators ---

    def _additive(self, allow_predicate: bool) -> Operand:
        """A value; where `allow_predicate`, a predicate in parentheses may come back instead."""
        left = self._multiplicative(allow_predicate)
        while self.token.word in ADDITIVE:
            value, operator = self._value(left), self._operator()
            right = self._value(self._multiplicative(allow_predicate=False))
            left = ast.Binary(operator, value, right, position=value.position)
        return left

    def _multiplicative(self, allow_predicate: bool) -> Operand:
        left = self._unary(allow_predicate)
        while self.token.word in MULTIPLICATIVE:
            value, operator = self._value(left), self._operator()
            right = self._value(self._unary(allow_predicate=False))
            left = ast.Binary(operator, value, right, position=value.position)
        return left

    def _operator(self) -> str:
        self.require_year(OPERATOR_SINCE.get(self.token.word, 0))
        return self.advance().word

    def _unary(self, allow_predicate: bool) -> Operand:
        position = self.token.position
        if operator := self.accept_any("-", "+", "~"):
            operand = self._value(self._unary(allow_predicate=False))
            return ast.Unary(operator, operand, position=position)
        if self.at("EXISTS") and not allow_predicate:
            raise self.fail()
        node = self._parenthesized(allow_predicate) if self.at("(") else self.primary()
        return self._postfix(node) if isinstance(node, ast.Expression) else node

    def _postfix(self, node: ast.Expression) -> ast.Expression:
        while True:
            if self.at(".") and self.peek(2).word == "(":
                raise self.fail_at(self.token.position, 40517, "methods of a type")
            if self.accept("COLLATE"):
                node = ast.Collate(node, self.name(), position=node.position)
            elif self.at("AT", "TIME", "ZONE"):
                self.expect("AT", "TIME", "ZONE")
                # no operand of its own: `x AT TIME ZONE a AT TIME ZONE b` goes from left to right
                zone = self._value(self._parenthesized(False) if self.at("(") else self.primary())
                node = ast.AtTimeZone(node, self._value(zone), position=node.position)
            else:
                return node

    # --- Primaries ---

    def _parenthesized(self, allow_predicate: bool) -> Operand:
        position = self.token.position
        if self.parentheses_hold_query():
            return ast.ScalarSubquery(self.in_parentheses(self.query), position=position)
        if allow_predicate:
            return self.in_parentheses(self._or)
        return self.in_parentheses(self.expression)

    def primary(self) -> Operand:
        token = self.token
        if token.kind in (lexer.NAME, lexer.QUOTED):
            return self.named()
        if token.kind is lexer.KEYWORD:
            if token.word == "EXISTS":
                return self._exists()
            self.refuse(*parser_missing.PREDICATES)
            return self.keyword_expression()
        if token.kind is lexer.SYMBOL and token.word == "{":
            return self.odbc_escape()
        literal = self.literal()
        if literal is None:
            raise self.fail()
        return literal

    def _exists(self) -> ast.Exists:
        position = self.advance().position
        return ast.Exists(self.in_parentheses(self.query), position=position)

    def literal(self) -> ast.Expression | None:
        """The literal or variable here, or None."""
        token = self.token
        kind, value, position = token.kind, token.value, token.position
        node: ast.Expression
        if kind in (lexer.STRING, lexer.NATIONAL):
            node = ast.StringLiteral(value, kind is lexer.NATIONAL, position=position)
        elif kind is lexer.INTEGER:
            node = ast.IntegerLiteral(int(value), position=position)
        elif kind is lexer.VARIABLE:
            node = ast.Variable(value, position=position)
        elif kind is lexer.GLOBAL:
            node = ast.GlobalVariable(value.upper(), position=position)
        elif kind is lexer.DECIMAL:
            node = ast.DecimalLiteral(value, position=position)
        elif kind is lexer.FLOAT:
            node = ast.FloatLiteral(value, position=position)
        elif kind is lexer.MONEY:
            node = ast.MoneyLiteral(value, position=position)
        elif kind is lexer.BINARY:
            digits = value[2:]
            digits = digits.rjust(len(digits) + len(digits) % 2, "0")
            node = ast.BinaryLiteral(bytes.fromhex(digits), position=position)
        elif kind is lexer.PSEUDO:
            node = ast.PseudoColumn(token.word, position=position)
        elif token.word == "NULL":
            node = ast.NullLiteral(position=position)
        else:
            return None
        self.advance()
        return node
