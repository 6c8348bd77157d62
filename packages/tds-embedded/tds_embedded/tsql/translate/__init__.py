"""T-SQL to PostgreSQL: one module per family of the grammar, joined in `statements`."""

from __future__ import annotations

from tds_embedded.tsql.translate.statements import (
    Context,
    Translated,
    condition,
    into_of,
    scalar,
    statement,
    table_expression,
    view,
)

__all__ = [
    "Context",
    "Translated",
    "condition",
    "into_of",
    "scalar",
    "statement",
    "table_expression",
    "view",
]
