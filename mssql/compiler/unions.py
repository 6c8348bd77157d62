"""The queries that a union, intersection or difference combines."""

from __future__ import annotations

from typing import Any

from django.db.models.sql.query import Query


class CombinedPart:
    """A query whose compiler leaves out its ORDER BY, for which the parts of a union have no place.

    It stands for the query while Django compiles the union.
    """

    def __init__(self, query: Query) -> None:
        self._query = query.clone()
        self._compiler: Any = None

    def is_empty(self) -> bool:
        """Return whether the query returns no rows; Django before 4.0 calls this."""
        return self._query.is_empty()

    def get_compiler(self, *args: object, **kwargs: object) -> Any:
        """Return the compiler of the query, as Query.get_compiler() does."""
        get_compiler: Any = self._query.get_compiler
        self._compiler = get_compiler(*args, **kwargs)
        self._compiler.is_combined_part = True
        return self._compiler

    @property
    def column_count(self) -> int:
        """The number of selected columns; 0 if the query has not been compiled."""
        return self._compiler.state.column_count if self._compiler is not None else 0
