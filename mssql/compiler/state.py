"""The state of compiling one SELECT."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mssql.expressions.hoisting import Hoists

if TYPE_CHECKING:
    from django.db.models.sql.query import Query

    from mssql.expressions.interfaces import Connection


@dataclass
class SelectState:
    """The state of one SELECT; a second compilation of the same query begins with a new one."""

    # Whether the SELECT returns only a slice of its rows.
    is_limited: bool = False
    # Whether T-SQL accepts an ORDER BY: not in a subquery, except for a slice (error 1033).
    may_be_ordered: bool = True
    # TOP (n), if it does the work of LIMIT, or "".
    top: str = ""
    with_col_aliases: bool = False
    hoists: Hoists = field(default_factory=Hoists)
    # From the set-up of the clauses.
    is_ordered: bool = False
    column_count: int = 0

    @classmethod
    def of(
        cls,
        query: Query,
        connection: Connection,
        with_limits: bool,
        with_col_aliases: bool,
        is_combined_part: bool,
    ) -> SelectState:
        """Return the state at the beginning of a compilation."""
        is_limited = with_limits and query.is_sliced
        is_nested = query.subquery or is_combined_part
        has_top = is_limited and not query.low_mark and query.high_mark is not None
        return cls(
            is_limited=is_limited,
            may_be_ordered=is_limited or orders_locks(query) or not is_nested,
            top=connection.ops.limit_offset_sql(0, query.high_mark) if has_top else "",
            with_col_aliases=with_col_aliases,
        )

    @property
    def has_offset(self) -> bool:
        """Whether OFFSET and FETCH do the work of LIMIT, for which T-SQL requires an ORDER BY."""
        return self.is_limited and not self.top


def orders_locks(query: Query) -> bool:
    """Return whether a subquery should lock rows in an order.

    SQL Server does not promise an order of locks; ORDER BY is the best that can be sent.
    """
    return bool(query.subquery and query.select_for_update)
