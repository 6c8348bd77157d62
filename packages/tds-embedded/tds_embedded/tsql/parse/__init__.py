"""The parser: T-SQL text to its syntax tree.

Each module contains the rules of one family of the grammar, as functions of one cursor (`tokens`).
A table maps the first words of statements to their rules, another those of operands.
"""

from __future__ import annotations

from tds_embedded.tsql.parse.batches import PRODUCT_YEARS, batch, parse, parse_parameters
from tds_embedded.tsql.parse.tokens import Tokens

__all__ = ["PRODUCT_YEARS", "Tokens", "batch", "parse", "parse_parameters"]
