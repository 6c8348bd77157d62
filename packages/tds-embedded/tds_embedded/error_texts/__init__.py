"""SQL Server's error texts by number, one module per subject.

Each maps a number to its severity and its text, with {} for SQL Server's arguments.
Follows "Database Engine events and errors",
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
"""

from __future__ import annotations

from tds_embedded.error_texts import (
    changes,
    definitions,
    documents,
    queries,
    rows,
    sequences,
    sessions,
    syntax,
    values,
)

MESSAGES: dict[int, tuple[int, str]] = {
    **syntax.MESSAGES,
    **queries.MESSAGES,
    **values.MESSAGES,
    **documents.MESSAGES,
    **rows.MESSAGES,
    **sequences.MESSAGES,
    **changes.MESSAGES,
    **definitions.MESSAGES,
    **sessions.MESSAGES,
}
