"""SELECT as a statement, INSERT, UPDATE, DELETE and MERGE, with their WITH and OUTPUT clauses.

Follows "INSERT", "UPDATE", "DELETE", "MERGE" and "OUTPUT clause",
https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.execute import execute
from tds_embedded.tsql.parse.expressions import condition, expression, value_or_default
from tds_embedded.tsql.parse.hints import query_hints, table_hints
from tds_embedded.tsql.parse.indexes import update_statistics
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.queries import (
    ASSIGNMENTS,
    common_table_expressions,
    output_element,
    query,
    top,
    where_clause,
)
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.sources import from_clause, table_alias, table_source
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.tokens import Tokens

Ctes = tuple[ast.CommonTableExpression, ...]

NO_SEMICOLON_AFTER_MERGE = 10713


@register(STATEMENTS, "SELECT")
def select(tokens: Tokens, ctes: Ctes = ()) -> ast.Select:
    """Read a query as a statement, with its hints."""
    position = tokens.position
    rows = query(tokens)
    return ast.Select(rows, ctes, query_hints(tokens), position=position)


def _target(tokens: Tokens) -> ast.Target:
    token = tokens.current
    if token.kind is lexer.VARIABLE:
        tokens.take()
        return ast.TableVariable(token.value, position=token.position)
    name = object_name(tokens)
    return ast.NamedTable(name, hints=table_hints(tokens), position=name.position)


def _outputs(tokens: Tokens) -> tuple[ast.Output, ...]:
    """Read OUTPUT ... INTO ..., OUTPUT ..., or one after the other."""
    outputs: list[ast.Output] = []
    while tokens.at("OUTPUT") and len(outputs) < 2:
        position = tokens.take().position
        items = tokens.list_of(output_element)
        into = None
        columns: tuple[str, ...] = ()
        if tokens.accept("INTO"):
            into = _target(tokens)
            columns = tokens.optional_names()
        outputs.append(ast.Output(items, into, columns, position=position))
        if into is None:
            break
    return tuple(outputs)


def _assignments(tokens: Tokens) -> tuple[ast.Assignment, ...]:
    tokens.expect("SET")
    return tokens.list_of(_assignment)


def _assignment(tokens: Tokens) -> ast.Assignment:
    position = tokens.position
    variable = None
    if tokens.current.kind is lexer.VARIABLE:
        variable = tokens.variable()
        operator = tokens.expect_any(*ASSIGNMENTS)
        if operator != "=" or not _at_assigned_column(tokens):
            return ast.Assignment(expression(tokens), None, variable, operator, position=position)
    name = object_name(tokens)
    if tokens.at("("):
        raise tokens.unsupported(f".{name.name}()")
    column = ast.ColumnReference(name.parts, position=name.position)
    operator = tokens.expect_any(*ASSIGNMENTS)
    return ast.Assignment(value_or_default(tokens), column, variable, operator, position=position)


def _at_assigned_column(tokens: Tokens) -> bool:
    """Return whether `column =` follows, as in SET @v = column = expression."""
    distance = 0
    while tokens.peek(distance).kind in (lexer.NAME, lexer.QUOTED):
        if tokens.peek(distance + 1).word != ".":
            return tokens.peek(distance + 1).word in ASSIGNMENTS
        distance += 2
    return False


def _row(tokens: Tokens) -> tuple[ast.Expression | ast.DefaultValue, ...]:
    return tokens.list_in_parentheses(value_or_default)


@register(STATEMENTS, "INSERT")
def insert(tokens: Tokens, ctes: Ctes = ()) -> ast.Insert:
    """Read INSERT."""
    position = tokens.position
    tokens.expect("INSERT")
    limit = top(tokens)
    tokens.accept("INTO")
    target = _target(tokens)
    columns: tuple[str, ...] = ()
    if tokens.at("(") and not tokens.parentheses_hold_query():
        columns = tokens.list_in_parentheses(_inserted_column)
    outputs = _outputs(tokens)
    source = _insert_source(tokens)
    return ast.Insert(
        target,
        source,
        columns,
        outputs,
        limit,
        ctes,
        query_hints(tokens),
        position=position,
    )


def _inserted_column(tokens: Tokens) -> str:
    """Read a column's name; SQL Server ignores any qualifier, even another table."""
    return object_name(tokens).name


def _insert_source(
    tokens: Tokens,
) -> ast.InsertValues | ast.InsertDefaultValues | ast.Query | ast.Execute | ast.ExecuteString:
    position = tokens.position
    if tokens.accept("DEFAULT"):
        tokens.expect("VALUES")
        return ast.InsertDefaultValues(position=position)
    if tokens.accept("VALUES"):
        return ast.InsertValues(tokens.list_of(_row), position=position)
    if tokens.at_any("EXEC", "EXECUTE"):
        return execute(tokens)
    return query(tokens)


def update(tokens: Tokens, ctes: Ctes = ()) -> ast.Update:
    """Read UPDATE."""
    position = tokens.position
    tokens.expect("UPDATE")
    limit = top(tokens)
    target = _target(tokens)
    assignments = _assignments(tokens)
    outputs = _outputs(tokens)
    sources = from_clause(tokens)
    where = where_clause(tokens)
    hints = query_hints(tokens)
    return ast.Update(
        target, assignments, sources, where, outputs, limit, ctes, hints, position=position
    )


@register(STATEMENTS, "DELETE")
def delete(tokens: Tokens, ctes: Ctes = ()) -> ast.Delete:
    """Read DELETE."""
    position = tokens.position
    tokens.expect("DELETE")
    limit = top(tokens)
    tokens.accept("FROM")
    target = _target(tokens)
    outputs = _outputs(tokens)
    sources = from_clause(tokens)
    where = where_clause(tokens)
    return ast.Delete(
        target, sources, where, outputs, limit, ctes, query_hints(tokens), position=position
    )


@register(STATEMENTS, "MERGE")
def merge(tokens: Tokens, ctes: Ctes = ()) -> ast.Merge:
    """Read MERGE. Raises 10713 if no semicolon follows."""
    position = tokens.position
    tokens.expect("MERGE")
    limit = top(tokens)
    tokens.accept("INTO")
    target = _target(tokens)
    if isinstance(target, ast.TableVariable):
        target = replace(target, alias=table_alias(tokens))
    else:
        alias = table_alias(tokens)
        target = replace(target, alias=alias, hints=target.hints or table_hints(tokens))
    tokens.expect("USING")
    source = table_source(tokens)
    tokens.expect("ON")
    on = condition(tokens)
    whens = [_merge_when(tokens)]
    while tokens.at("WHEN"):
        whens.append(_merge_when(tokens))
    outputs = _outputs(tokens)
    merge = ast.Merge(
        target,
        source,
        on,
        tuple(whens),
        outputs,
        limit,
        ctes,
        query_hints(tokens),
        position=position,
    )
    if not tokens.at(";"):
        raise tokens.error(NO_SEMICOLON_AFTER_MERGE)
    return merge


def _merge_when(tokens: Tokens) -> ast.MergeWhen:
    position = tokens.position
    tokens.expect("WHEN")
    match = "MATCHED"
    if tokens.accept("NOT"):
        match = "NOT MATCHED BY TARGET"
    tokens.expect("MATCHED")
    if match != "MATCHED" and tokens.accept("BY"):
        match = "NOT MATCHED BY " + tokens.expect_any("TARGET", "SOURCE")
    further = condition(tokens) if tokens.accept("AND") else None
    tokens.expect("THEN")
    action = _merge_insert(tokens) if match.endswith("TARGET") else _merge_change(tokens)
    return ast.MergeWhen(match, action, further, position=position)


def _merge_change(tokens: Tokens) -> ast.MergeUpdate | ast.MergeDelete:
    position = tokens.position
    if tokens.accept("DELETE"):
        return ast.MergeDelete(position=position)
    tokens.expect("UPDATE")
    return ast.MergeUpdate(_assignments(tokens), position=position)


def _merge_insert(tokens: Tokens) -> ast.MergeInsert:
    position = tokens.position
    tokens.expect("INSERT")
    columns = tokens.optional_names()
    if tokens.accept("DEFAULT"):
        tokens.expect("VALUES")
        return ast.MergeInsert(columns, position=position)
    tokens.expect("VALUES")
    return ast.MergeInsert(columns, _row(tokens), position=position)


# --- Statements that begin with another word ---


@register(STATEMENTS, "UPDATE")
def update_statement(tokens: Tokens) -> ast.Statement:
    """Read UPDATE or UPDATE STATISTICS."""
    return update_statistics(tokens) if tokens.at("UPDATE", "STATISTICS") else update(tokens)


_AFTER_WITH: dict[str, Callable[[Tokens, Ctes], ast.Statement]] = {
    "DELETE": delete,
    "INSERT": insert,
    "MERGE": merge,
    "UPDATE": update,
}


@register(STATEMENTS, "WITH")
def with_statement(tokens: Tokens) -> ast.Statement:
    """Read WITH common table expressions, and the statement that they serve."""
    ctes = common_table_expressions(tokens)
    return _AFTER_WITH.get(tokens.current.word, select)(tokens, ctes)
