"""CREATE TABLE: columns, constraints and inline indexes.

Follows "CREATE TABLE", https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.expressions import condition, expression
from tds_embedded.tsql.parse.indexes import index_columns
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.options import (
    optional_filegroup,
    with_options,
    with_parenthesized_options,
)
from tds_embedded.tsql.parse.queries import where_clause
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.tsql.parse.types import SCALE_ABOVE_PRECISION, data_type

SCALE_OF_COLUMN = 183
CONSTRAINT_STARTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "DEFAULT")


def create_table(tokens: Tokens, position: int) -> ast.CreateTable:
    """Read CREATE TABLE from TABLE on."""
    tokens.expect("TABLE")
    name = object_name(tokens)
    elements = table_elements(tokens)
    if tokens.at("AS") and tokens.peek().word in unsupported.TABLE_KINDS:
        raise tokens.unsupported("CREATE TABLE ... AS " + tokens.peek().word)
    filegroup = optional_filegroup(tokens)
    if tokens.accept("TEXTIMAGE_ON"):
        tokens.name()
    options = with_options(tokens)
    return ast.CreateTable(name, elements, filegroup, options, position=position)


def table_elements(
    tokens: Tokens, *, named_constraints: bool = True
) -> tuple[ast.TableElement, ...]:
    """Read columns, constraints and indexes in parentheses.

    named_constraints: whether constraints may have names; those of a table variable have none.
    """
    tokens.expect("(")
    elements = [table_element(tokens, named_constraints)]
    while tokens.accept(","):
        if tokens.at(")"):  # T-SQL allows a comma before the closing parenthesis
            break
        elements.append(table_element(tokens, named_constraints))
    tokens.expect(")")
    return tuple(elements)


def table_element(tokens: Tokens, named_constraints: bool = True) -> ast.TableElement:
    """Read a column, a constraint or an index."""
    if tokens.at_any(*CONSTRAINT_STARTS):
        return _table_constraint(tokens, named_constraints)
    if tokens.at("INDEX"):
        return _inline_index(tokens)
    if tokens.at("PERIOD", "FOR"):
        raise tokens.unsupported("PERIOD FOR SYSTEM_TIME")
    return _column_definition(tokens, named_constraints)


def _constraint_name(tokens: Tokens, named_constraints: bool) -> str | None:
    if tokens.at("CONSTRAINT") and not named_constraints:
        raise tokens.error()
    return tokens.name() if tokens.accept("CONSTRAINT") else None


def _table_constraint(tokens: Tokens, named_constraints: bool) -> ast.Constraint:
    position = tokens.position
    name = _constraint_name(tokens, named_constraints)
    if tokens.at_any("PRIMARY", "UNIQUE"):
        return _unique(tokens, position, name, in_column=False)
    if tokens.accept("FOREIGN"):
        tokens.expect("KEY")
        columns = tokens.names_in_parentheses()
        return _references(tokens, position, name, columns)
    if tokens.at("DEFAULT"):
        return _default(tokens, position, name, in_column=False)
    return _check(tokens, position, name)


def _unique(
    tokens: Tokens, position: int, name: str | None, *, in_column: bool
) -> ast.UniqueConstraint:
    primary = tokens.expect_any("PRIMARY", "UNIQUE") == "PRIMARY"
    if primary:
        tokens.expect("KEY")
    clustering = tokens.accept_any("CLUSTERED", "NONCLUSTERED")
    columns: tuple[ast.IndexColumn, ...] = ()
    if not in_column:
        columns = index_columns(tokens)
    options = with_parenthesized_options(tokens)
    filegroup = optional_filegroup(tokens)
    is_clustered = None if clustering is None else clustering == "CLUSTERED"
    return ast.UniqueConstraint(
        primary, columns, name, is_clustered, options, filegroup, position=position
    )


def _references(
    tokens: Tokens, position: int, name: str | None, columns: tuple[str, ...]
) -> ast.ForeignKey:
    tokens.expect("REFERENCES")
    table = object_name(tokens)
    foreign_columns = tokens.names_in_parentheses() if tokens.at("(") else ()
    actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION"}
    while tokens.at("ON") and tokens.peek().word in actions:
        tokens.take()
        event = tokens.take().word
        actions[event] = _referential_action(tokens)
    skip_not_for_replication(tokens)
    return ast.ForeignKey(
        table,
        foreign_columns,
        columns,
        name,
        actions["DELETE"],
        actions["UPDATE"],
        position=position,
    )


def _referential_action(tokens: Tokens) -> str:
    if tokens.accept("NO"):
        tokens.expect("ACTION")
        return "NO ACTION"
    if tokens.accept("SET"):
        return "SET " + tokens.expect_any("NULL", "DEFAULT")
    tokens.expect("CASCADE")
    return "CASCADE"


def skip_not_for_replication(tokens: Tokens) -> None:
    """Step over NOT FOR REPLICATION, which has no effect without replication."""
    tokens.accept("NOT", "FOR", "REPLICATION")


def _check(tokens: Tokens, position: int, name: str | None) -> ast.CheckConstraint:
    tokens.expect("CHECK")
    skip_not_for_replication(tokens)
    return ast.CheckConstraint(tokens.in_parentheses(condition), name, position=position)


def _default(
    tokens: Tokens, position: int, name: str | None, *, in_column: bool
) -> ast.DefaultConstraint:
    tokens.expect("DEFAULT")
    value = expression(tokens)
    column = None
    if not in_column:
        tokens.expect("FOR")
        column = tokens.name()
    values = tokens.accept("WITH", "VALUES")
    return ast.DefaultConstraint(value, name, column, values, position=position)


def _inline_index(tokens: Tokens) -> ast.InlineIndex:
    position = tokens.position
    tokens.expect("INDEX")
    name = tokens.name()
    unique = tokens.accept("UNIQUE")
    clustered: bool = tokens.accept_any("CLUSTERED", "NONCLUSTERED") == "CLUSTERED"
    columns = index_columns(tokens) if tokens.at("(") else ()
    include = tokens.names_in_parentheses() if tokens.accept("INCLUDE") else ()
    where = where_clause(tokens)
    options = with_parenthesized_options(tokens)
    filegroup = optional_filegroup(tokens)
    return ast.InlineIndex(
        name, columns, unique, clustered, include, where, options, filegroup, position=position
    )


@dataclass
class _ColumnParts:
    """The parts of a column's definition that were read."""

    nullable: bool | None = None
    identity: ast.Identity | None = None
    collation: str | None = None
    row_guid: bool = False
    sparse: bool = False
    index: ast.InlineIndex | None = None
    constraints: list[ast.Constraint] = field(default_factory=list)


def _column_definition(tokens: Tokens, named_constraints: bool) -> ast.ColumnDefinition:
    position = tokens.position
    name = tokens.name()
    if tokens.accept("AS"):
        return _computed_column(tokens, position, name, named_constraints)
    column_type = _column_type(tokens, name)
    column = _column_parts(tokens, named_constraints)
    return ast.ColumnDefinition(
        name,
        column_type,
        nullable=column.nullable,
        identity=column.identity,
        collation=column.collation,
        row_guid=column.row_guid,
        sparse=column.sparse,
        constraints=tuple(column.constraints),
        index=column.index,
        position=position,
    )


def _column_type(tokens: Tokens, column: str) -> ast.DataType:
    """Read the type. Raises 183 for a scale greater than its precision."""
    try:
        return data_type(tokens)
    except SqlServerError as raised:
        if raised.number != SCALE_ABOVE_PRECISION:
            raise
        scale, precision = raised.arguments[1:]
        raise tokens.error(SCALE_OF_COLUMN, scale, column, 0, precision) from None


def _computed_column(
    tokens: Tokens, position: int, name: str, named_constraints: bool
) -> ast.ColumnDefinition:
    formula = expression(tokens)
    persisted: bool = tokens.accept("PERSISTED")
    column = _column_parts(tokens, named_constraints)
    return ast.ColumnDefinition(
        name,
        None,
        formula=formula,
        persisted=persisted,
        nullable=column.nullable,
        constraints=tuple(column.constraints),
        index=column.index,
        position=position,
    )


def _column_parts(tokens: Tokens, named_constraints: bool) -> _ColumnParts:
    column = _ColumnParts()
    while _column_part(tokens, column, named_constraints):
        pass
    return column


def _column_part(tokens: Tokens, column: _ColumnParts, named_constraints: bool) -> bool:
    """Read one of the parts that may follow a column's type, in any order."""
    position = tokens.position
    if tokens.accept("NULL"):
        column.nullable = True
    elif tokens.at("NOT", "NULL"):
        tokens.expect("NOT", "NULL")
        column.nullable = False
    elif tokens.accept("COLLATE"):
        column.collation = tokens.name()
    elif tokens.accept("IDENTITY"):
        column.identity = _identity(tokens, position)
        skip_not_for_replication(tokens)
    elif tokens.accept("ROWGUIDCOL"):
        column.row_guid = True
    elif tokens.accept("SPARSE"):
        column.sparse = True
    elif tokens.at("INDEX"):
        column.index = _inline_index(tokens)
    elif tokens.at_any(*CONSTRAINT_STARTS, "REFERENCES"):
        column.constraints.append(_column_constraint(tokens, named_constraints))
    else:
        tokens.refuse(*unsupported.COLUMN_PARTS)
        return False
    return True


def _identity(tokens: Tokens, position: int) -> ast.Identity:
    if not tokens.accept("("):
        return ast.Identity(position=position)
    seed = tokens.integer()
    tokens.expect(",")
    increment = tokens.integer()
    tokens.expect(")")
    return ast.Identity(seed, increment, position=position)


def _column_constraint(tokens: Tokens, named_constraints: bool) -> ast.Constraint:
    position = tokens.position
    name = _constraint_name(tokens, named_constraints)
    if tokens.at_any("PRIMARY", "UNIQUE"):
        return _unique(tokens, position, name, in_column=not _at_key_columns(tokens))
    if tokens.at_any("FOREIGN", "REFERENCES"):
        columns: tuple[str, ...] = ()
        if tokens.accept("FOREIGN", "KEY") and tokens.at("("):
            columns = tokens.names_in_parentheses()
        return _references(tokens, position, name, columns)
    if tokens.at("DEFAULT"):
        return _default(tokens, position, name, in_column=True)
    return _check(tokens, position, name)


def _at_key_columns(tokens: Tokens) -> bool:
    distance = 2 if tokens.at("PRIMARY") else 1
    if tokens.peek(distance).word in ("CLUSTERED", "NONCLUSTERED"):
        distance += 1
    return tokens.peek(distance).word == "("
