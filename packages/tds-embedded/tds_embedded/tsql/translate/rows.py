"""A query's columns, and its SQL with columns of other types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.binder import Relation, Scope, Waiting
from tds_embedded.tsql.translate.values import Value, convert, store
from tds_embedded.types import Column, SqlType


@dataclass(frozen=True, slots=True)
class Item:
    """One column of a result; an unnamed one has the `name` ""."""

    name: str
    value: Value
    variable: str | None = None  # SELECT @variable = ...
    aliased: bool = False
    aliased_column: str = ""  # the column's own name, if the item has an alias

    @property
    def column(self) -> Column:
        """The column in a result set."""
        value = self.value
        sql_type = types.INT if value.type.name == "null" else value.type
        return Column(self.name, sql_type, value.nullable, value.identity, value.computed)


@dataclass(frozen=True, slots=True)
class Reads:
    """The sources of a SELECT, and the relation of its rows to theirs."""

    relations: tuple[Relation, ...]
    grouped: bool  # also by DISTINCT
    lockable: bool  # each row is one row of its sources, as PostgreSQL sees it
    waiting: Callable[[], Waiting | None]  # for the writers of its sources


class Rows:
    """A query in PostgreSQL: its columns, and its SQL with columns of other types.

    `visible` are the names, in lower case, of the columns that its first FROM exposes.
    `reads` is None unless the query is one SELECT.
    """

    def __init__(
        self,
        items: Sequence[Item],
        write: Callable[[Sequence[Item]], str],
        visible: frozenset[str] = frozenset(),
        reads: Reads | None = None,
    ) -> None:
        self.items = list(items)
        self.visible = visible
        self.reads = reads
        self._write = write

    def with_hidden(self, hidden: Sequence[str]) -> str:
        """Return the query in PostgreSQL with further columns, which have no name."""
        more = [Item("", Value(sql, types.BIGINT)) for sql in hidden]
        return self._write([*self.items, *more])

    @property
    def sql(self) -> str:
        """The query in PostgreSQL."""
        return self._write(self.items)

    def converted(
        self, targets: Sequence[SqlType], how: Callable[[Value, SqlType], Value] = convert
    ) -> Rows:
        """Return the same rows with columns of the types `targets`."""
        items = [
            replace(item, value=how(item.value, sql_type))
            for item, sql_type in zip(self.items, targets, strict=True)
        ]
        return Rows(items, self._write)

    def stored(self, columns: Sequence[TableColumn], table: Table, scope: Scope) -> Rows:
        """Return the same rows as an INSERT into columns of a table accepts them."""
        items = [
            replace(item, value=store(item.value, column, table, scope))
            for item, column in zip(self.items, columns, strict=True)
        ]
        return Rows(items, self._write)


def select_list(items: Sequence[Item]) -> str:
    """Return the select list of a query with these columns."""
    return ", ".join(
        f"{item.value.sql} AS {quote(item.name)}" if item.name else item.value.sql for item in items
    )
