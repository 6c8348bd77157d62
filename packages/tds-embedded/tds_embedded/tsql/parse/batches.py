"""Batches: T-SQL text to its syntax tree, as strictly as SQL Server reads it."""

from __future__ import annotations

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import (
    administration,
    control_flow,
    ddl,
    dml,
    functions,
    odbc,
    set_statements,
    sql_modules,
    transactions,
    variables,
)
from tds_embedded.tsql.parse.execute import execute_procedure
from tds_embedded.tsql.parse.statements import STATEMENTS, skip_semicolons, statements_until
from tds_embedded.tsql.parse.tokens import Tokens

# The year of the SQL Server version whose grammar each product has.
PRODUCT_YEARS = {
    "2016": 2016,
    "2017": 2017,
    "2019": 2019,
    "2022": 2022,
    "2025": 2025,
    "azure": 2025,
    "managed": 2022,
}
NESTED_TOO_DEEPLY = 191

# Importing a family enters its rules into the tables of statements and operands.
FAMILIES = (
    administration,
    control_flow,
    ddl,
    dml,
    functions,
    odbc,
    set_statements,
    transactions,
    variables,
)


def parse(
    sql: str, *, product: str = "2022", quoted_identifiers: bool = True
) -> list[ast.Statement]:
    """Return the statements of a batch.

    `product` is one of PRODUCT_YEARS: syntax that its grammar lacks is refused.
    Raises SqlServerError: 102 or 156 with the first word that is not T-SQL, 4145 for a value
    instead of a condition, 191 for nesting too deep, and other errors of the grammar.
    """
    year = PRODUCT_YEARS[product]
    try:
        return batch(Tokens(sql, year=year, quoted_identifiers=quoted_identifiers))
    except RecursionError:
        raise error(NESTED_TOO_DEEPLY) from None


def parse_parameters(declarations: str, *, product: str = "2022") -> list[ast.RoutineParameter]:
    """Return the parameters that sp_executesql and sp_prepare declare: `@a int, @b int OUTPUT`.

    Raises SqlServerError as `parse` does.
    """
    return sql_modules.parameters(Tokens(declarations, year=PRODUCT_YEARS[product]))


def batch(tokens: Tokens) -> list[ast.Statement]:
    """Read the whole text; a batch may begin with a procedure's name without EXECUTE."""
    skip_semicolons(tokens)
    is_label = tokens.peek().word == ":"
    if tokens.at_name() and tokens.current.word not in STATEMENTS and not is_label:
        first = execute_procedure(tokens, tokens.position)
        return [first, *statements_until(tokens)]
    return list(statements_until(tokens))
