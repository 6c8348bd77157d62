"""Indexes and statistics.

Follows "CREATE INDEX", "ALTER INDEX" and "CREATE STATISTICS",
https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.options import (
    optional_filegroup,
    options,
    with_options,
    with_parenthesized_options,
)
from tds_embedded.tsql.parse.queries import where_clause
from tds_embedded.tsql.parse.tokens import Tokens

TABLE_AND_INDEX_REQUIRED = 159


def index_columns(tokens: Tokens) -> tuple[ast.IndexColumn, ...]:
    """Read the columns of an index in parentheses."""
    return tokens.list_in_parentheses(_index_column)


def _index_column(tokens: Tokens) -> ast.IndexColumn:
    position = tokens.position
    name = tokens.name()
    descending = tokens.accept_any("ASC", "DESC") == "DESC"
    return ast.IndexColumn(name, descending, position=position)


def drop_index(tokens: Tokens, position: int) -> ast.DropIndex:
    """Read DROP INDEX from INDEX on."""
    tokens.expect("INDEX")
    if_exists = tokens.accept("IF", "EXISTS")
    items = tokens.list_of(_dropped_index)
    indexes = tuple((name, table) for name, table, _ in items)
    has_options = any(options for *_, options in items)
    return ast.DropIndex(indexes, if_exists, has_options, position=position)


def _dropped_index(tokens: Tokens) -> tuple[str, ast.ObjectName, bool]:
    """Read an index and its table; return both, and whether it has options."""
    name = object_name(tokens)
    if tokens.accept("ON"):
        table = object_name(tokens)
        return name.name, table, bool(with_parenthesized_options(tokens))
    if len(name.parts) < 2:
        raise tokens.error_at(name.position, TABLE_AND_INDEX_REQUIRED)
    return name.name, ast.ObjectName(name.parts[:-1], position=name.position), False


def create_index(tokens: Tokens, position: int) -> ast.CreateIndex:
    """Read CREATE INDEX from the word after CREATE on."""
    unique = tokens.accept("UNIQUE")
    clustered: bool = tokens.accept_any("CLUSTERED", "NONCLUSTERED") == "CLUSTERED"
    columnstore = tokens.accept("COLUMNSTORE")
    tokens.expect("INDEX")
    name = tokens.name()
    tokens.expect("ON")
    table = object_name(tokens)
    columns: tuple[ast.IndexColumn, ...] = ()
    if tokens.at("(") or not (columnstore and clustered):
        columns = index_columns(tokens)
    include = tokens.names_in_parentheses() if tokens.accept("INCLUDE") else ()
    where = where_clause(tokens)
    options = with_options(tokens)
    filegroup = optional_filegroup(tokens)
    return ast.CreateIndex(
        name,
        table,
        columns,
        unique,
        clustered,
        include,
        where,
        options,
        columnstore,
        filegroup,
        position=position,
    )


def alter_index(tokens: Tokens, position: int) -> ast.AlterIndex:
    """Read ALTER INDEX from INDEX on."""
    tokens.expect("INDEX")
    name = None if tokens.accept("ALL") else tokens.name()
    tokens.expect("ON")
    table = object_name(tokens)
    tokens.refuse(*unsupported.ALTER_INDEX)
    action = tokens.expect_any("REBUILD", "REORGANIZE", "DISABLE", "SET")
    if action == "SET":
        assignments = options(tokens)
    else:
        assignments = with_options(tokens) if action != "DISABLE" else ()
    return ast.AlterIndex(name, table, action, assignments, position=position)


def create_statistics(tokens: Tokens, position: int) -> ast.CreateStatistics:
    """Read CREATE STATISTICS from STATISTICS on."""
    tokens.expect("STATISTICS")
    name = tokens.name()
    tokens.expect("ON")
    table = object_name(tokens)
    columns = tokens.names_in_parentheses()
    where = where_clause(tokens)
    options = _statistics_options(tokens)
    return ast.CreateStatistics(name, table, columns, where, options, position=position)


def update_statistics(tokens: Tokens) -> ast.UpdateStatistics:
    """Read UPDATE STATISTICS."""
    position = tokens.position
    tokens.expect("UPDATE", "STATISTICS")
    table = object_name(tokens)
    names = (tokens.name(),) if tokens.at_name() else tokens.optional_names()
    return ast.UpdateStatistics(table, names, _statistics_options(tokens), position=position)


def _statistics_options(tokens: Tokens) -> tuple[ast.Option, ...]:
    return tokens.list_of(_statistics_option) if tokens.accept("WITH") else ()


def _statistics_option(tokens: Tokens) -> ast.Option:
    position = tokens.position
    if tokens.accept("SAMPLE"):
        size = tokens.expect_kind(lexer.INTEGER).value
        unit = tokens.expect_any("PERCENT", "ROWS")
        return ast.Option("SAMPLE", f"{size} {unit}", position=position)
    word = tokens.expect_any("FULLSCAN", "NORECOMPUTE", "RESAMPLE", "ALL", "COLUMNS", "INDEX")
    return ast.Option(word, position=position)
