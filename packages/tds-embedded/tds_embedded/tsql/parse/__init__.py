"""T-SQL text to its syntax tree, as strictly as SQL Server reads it."""

from __future__ import annotations

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.parse.batches import BatchesParser
from tds_embedded.tsql.parse.tokens import PRODUCT_YEARS


def parse(
    sql: str, *, product: str = "2022", quoted_identifiers: bool = True
) -> list[ast.Statement]:
    """The statements of a batch.

    `product` is one of PRODUCT_YEARS: what its grammar lacks is refused.
    Raises SqlServerError: 102 or 156 with the word at which the text stops being T-SQL, 4145 for
    a value where a condition belongs, 191 for nesting too deep, and others that the grammar knows.
    """
    try:
        year = PRODUCT_YEARS[product]
        return BatchesParser(sql, year=year, quoted_identifiers=quoted_identifiers).batch()
    except RecursionError:
        raise error(191) from None


def parse_parameters(declarations: str, *, product: str = "2022") -> list[ast.RoutineParameter]:
    """The parameters that sp_executesql and sp_prepare declare: `@a int, @b nvarchar(10) OUTPUT`.

    Raises SqlServerError as `parse` does.
    """
    return BatchesParser(declarations, year=PRODUCT_YEARS[product]).parameters()
