"""The sources of a FROM clause: tables, joins, APPLY, derived tables, functions and OPENJSON.

Follows "FROM clause plus JOIN, APPLY, PIVOT" and "OPENJSON",
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql
"""

from __future__ import annotations

from dataclasses import replace

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import rules, unsupported
from tds_embedded.tsql.parse.expressions import condition, expression, value_or_default
from tds_embedded.tsql.parse.hints import TABLE_HINTS, hints_of_source
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.tsql.parse.types import data_type

COLUMNS_WITHOUT_NAMES = 8155
JOIN_STARTS = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER")
JOIN_HINTS = ("LOOP", "HASH", "MERGE", "REMOTE")
# Words that T-SQL does not reserve, yet never reads as an alias.
NEVER_ALIASES = frozenset(["USING", "OUTPUT", "OPENJSON"])


def from_clause(tokens: Tokens) -> tuple[ast.TableSource, ...]:
    """Read FROM with its sources if it comes next."""
    return tokens.list_of(table_source) if tokens.accept("FROM") else ()


def table_source(tokens: Tokens) -> ast.TableSource:
    """Read a source with all the joins that follow it."""
    left = _single_source(tokens)
    tokens.refuse(*unsupported.AFTER_SOURCE)
    while tokens.current.word in JOIN_STARTS:
        left = _joined(tokens, left)
        tokens.refuse(*unsupported.AFTER_SOURCE)
    return left


def _joined(tokens: Tokens, left: ast.TableSource) -> ast.TableSource:
    position = left.position
    if tokens.accept("CROSS", "APPLY"):
        return ast.Apply(left, _single_source(tokens), position=position)
    if tokens.accept("OUTER", "APPLY"):
        return ast.Apply(left, _single_source(tokens), outer=True, position=position)
    if tokens.accept("CROSS"):
        tokens.expect("JOIN")
        return ast.Join("CROSS", left, _single_source(tokens), position=position)
    kind = tokens.accept_any("INNER", "LEFT", "RIGHT", "FULL") or "INNER"
    if kind != "INNER":
        tokens.accept("OUTER")
    hint = tokens.accept_any(*JOIN_HINTS)
    tokens.expect("JOIN")
    right = table_source(tokens)
    tokens.expect("ON")
    return ast.Join(kind, left, right, condition(tokens), hint, position=position)


def _single_source(tokens: Tokens) -> ast.TableSource:
    token = tokens.current
    if token.kind is lexer.VARIABLE:
        tokens.take()
        return ast.TableVariable(token.value, table_alias(tokens), position=token.position)
    if tokens.at("("):
        if tokens.parentheses_hold_query() or tokens.peek().word == "VALUES":
            return _derived_table(tokens)
        return tokens.in_parentheses(_joined_in_parentheses)
    if tokens.at("OPENJSON", "("):
        return _open_json(tokens)
    if tokens.peek().word == "(":
        tokens.refuse(*unsupported.SOURCES)
    name = object_name(tokens)
    if tokens.at("(") and not _at_old_hint(tokens):
        return _table_function(tokens, name)
    return named_table(tokens, name)


def _at_old_hint(tokens: Tokens) -> bool:
    """Return whether the current parenthesis contains one table hint, the form without WITH."""
    return tokens.peek().word in TABLE_HINTS and tokens.peek(2).word in (")", "(", "=")


def _joined_in_parentheses(tokens: Tokens) -> ast.TableSource:
    source = table_source(tokens)
    if not isinstance(source, ast.Join | ast.Apply):
        raise tokens.error()
    return source


def named_table(tokens: Tokens, name: ast.ObjectName) -> ast.NamedTable:
    """Read the alias and the hints of a table after its name."""
    alias = table_alias(tokens)
    return ast.NamedTable(name, alias, hints_of_source(tokens, alias), position=name.position)


def table_alias(tokens: Tokens) -> str | None:
    """Read an alias with or without AS if one comes next."""
    if tokens.accept("AS"):
        return tokens.name()
    if tokens.at_name() and not at_clause_word(tokens):
        return tokens.name()
    return None


def _derived_table(tokens: Tokens) -> ast.TableSource:
    position = tokens.position
    if tokens.peek().word == "VALUES":
        return _values(tokens, position)
    query = tokens.in_parentheses(rules.query)
    tokens.accept("AS")
    return ast.DerivedTable(query, tokens.name(), tokens.optional_names(), position=position)


def _values(tokens: Tokens, position: int) -> ast.ValuesTable:
    tokens.expect("(", "VALUES")
    rows = tokens.list_of(_values_row)
    tokens.expect(")")
    tokens.accept("AS")
    alias = tokens.name()
    if not tokens.at("("):
        raise tokens.error(COLUMNS_WITHOUT_NAMES, 1, alias)
    return ast.ValuesTable(rows, alias, tokens.names_in_parentheses(), position=position)


def _values_row(tokens: Tokens) -> tuple[ast.Expression, ...]:
    return tokens.list_in_parentheses(expression)


def _table_function(tokens: Tokens, name: ast.ObjectName) -> ast.TableFunction:
    if len(name.parts) == 1:
        name = replace(name, parts=(name.name.upper(),))
    tokens.expect("(")
    arguments = () if tokens.at(")") else tokens.list_of(value_or_default)
    tokens.expect(")")
    alias = table_alias(tokens)
    columns = tokens.optional_names() if alias else ()
    return ast.TableFunction(name, arguments, alias, columns, position=name.position)


def _open_json(tokens: Tokens) -> ast.OpenJson:
    position = tokens.position
    tokens.expect("OPENJSON", "(")
    document = expression(tokens)
    path = expression(tokens) if tokens.accept(",") else None
    tokens.expect(")")
    schema: tuple[ast.JsonColumn, ...] = ()
    if tokens.accept("WITH"):
        schema = tokens.list_in_parentheses(_json_column)
    alias = table_alias(tokens)
    columns = tokens.optional_names() if alias else ()
    return ast.OpenJson(document, path, schema, alias, columns, position=position)


def _json_column(tokens: Tokens) -> ast.JsonColumn:
    position = tokens.position
    name = tokens.name()
    column_type = data_type(tokens)
    path = None
    if tokens.current.kind in (lexer.STRING, lexer.NATIONAL):
        path = tokens.string()
    as_json = tokens.accept("AS", "JSON")
    return ast.JsonColumn(name, column_type, path, as_json, position=position)


def at_clause_word(tokens: Tokens) -> bool:
    """Return whether the current name begins a clause rather than being an alias."""
    return tokens.current.word in NEVER_ALIASES or at_window_clause(tokens)


def at_window_clause(tokens: Tokens) -> bool:
    """Return whether the current token begins a WINDOW clause."""
    return tokens.year >= 2022 and tokens.at("WINDOW") and tokens.peek(2).word == "AS"
