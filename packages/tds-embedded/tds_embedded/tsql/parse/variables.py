"""DECLARE: variables and table variables.

Follows "DECLARE @local_variable",
https://learn.microsoft.com/sql/t-sql/language-elements/declare-local-variable-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.expressions import expression
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.tables import table_elements
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.tsql.parse.types import data_type


@register(STATEMENTS, "DECLARE")
def declare(tokens: Tokens) -> ast.Declare:
    """Read DECLARE."""
    position = tokens.take().position
    if tokens.at_name() and tokens.peek().word in unsupported.AFTER_DECLARE:
        raise tokens.unsupported("DECLARE CURSOR")
    if tokens.peek().word == "TABLE" or tokens.peek(2).word == "TABLE":
        return ast.Declare((_table_variable(tokens),), position=position)
    return ast.Declare(tokens.list_of(_declaration), position=position)


def _table_variable(tokens: Tokens) -> ast.Declaration:
    position = tokens.position
    name = tokens.variable()
    tokens.accept("AS")
    tokens.expect("TABLE")
    elements = table_elements(tokens, named_constraints=False)
    return ast.Declaration(name, None, elements=elements, position=position)


def _declaration(tokens: Tokens) -> ast.Declaration:
    position = tokens.position
    name = tokens.variable()
    tokens.accept("AS")
    tokens.refuse("CURSOR")
    variable_type = data_type(tokens)
    value = expression(tokens) if tokens.accept("=") else None
    return ast.Declaration(name, variable_type, value, position=position)
