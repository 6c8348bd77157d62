"""
Rows of one upsert that have equal keys.

MERGE cannot update a row twice: error 8672 comes in the middle of it and rolls back the whole
transaction. So its source is empty if there are such rows, and the batch fails with an error of our
own, which leaves the transaction alone. Which rows they are is asked only then.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator, NamedTuple, Sequence

from django.db import IntegrityError

from mssql.compiler.returning import POSITION
from mssql.errors.numbers import ErrorNumber
from mssql.expressions.dispatch import SqlWithParams
from mssql.tsql.literals import literal

_NUMBER = ErrorNumber.DUPLICATE_ROWS.value
_MESSAGE = f"{ErrorNumber.DUPLICATE_ROWS.meaning}."
_NAMED = 10  # pairs of rows in the error's text
# After the MERGE, which changes a row for each of its source's.
CHECK = f"IF @@ROWCOUNT = 0 THROW {_NUMBER}, {literal(_MESSAGE)}, 1"


class Keys(NamedTuple):
    """A source's rows, and how to compare their keys: each column, as the table collates it."""

    source: SqlWithParams
    collated: Sequence[str]
    nullable: Sequence[str]

    @property
    def _partition(self) -> str:
        # NULL equals nothing.
        alone = (f"CASE WHEN {column} IS NULL THEN [{POSITION}] END" for column in self.nullable)
        return f"PARTITION BY {', '.join([*self.collated, *alone])}"

    @property
    def source_without_duplicates(self) -> str:
        """The source, empty if two of its rows have equal keys."""
        number = f"ROW_NUMBER() OVER ({self._partition} ORDER BY [{POSITION}]) AS [_number]"
        numbered = f"(SELECT *, {number} FROM {self.source[0]}) AS [source]"
        most = f"(SELECT *, MAX([_number]) OVER () AS [_most] FROM {numbered}) AS [source]"
        return f"(SELECT * FROM {most} WHERE [_most] = 1) AS [source]"

    @property
    def duplicates(self) -> SqlWithParams:
        """The query of the rows that repeat an earlier one: its position and theirs."""
        first = f"MIN([{POSITION}]) OVER ({self._partition}) AS [_first]"
        sql, params = self.source
        found = f"(SELECT [{POSITION}], {first} FROM {sql}) AS [source]"
        where = f"WHERE [_first] < [{POSITION}] ORDER BY [{POSITION}]"
        return f"SELECT [_first], [{POSITION}] FROM {found} {where}", params


@contextmanager
def duplicates_named(
    keys: Callable[[], Keys | None], connection: Any, query: Any
) -> Iterator[None]:
    """Say in the IntegrityError which of the objects have equal keys."""
    try:
        yield
    except IntegrityError as error:
        compared = keys()
        if compared is None or _NUMBER not in connection.driver.fault(error.__cause__).numbers:
            raise
        with connection.cursor() as cursor:
            cursor.execute(*compared.duplicates)
            pairs = cursor.fetchall()
        raise IntegrityError(_told(pairs, query)) from error


def _told(pairs: Sequence[Sequence[int]], query: Any) -> str:
    named = [f"object {later} has that of object {first}" for first, later in pairs[:_NAMED]]
    if len(pairs) > _NAMED:
        named.append(f"and {len(pairs) - _NAMED} more")
    fields = ", ".join(field.name for field in query.unique_fields)
    return (
        f"bulk_create(update_conflicts=True) of {len(query.objs)} objects, counted from 0: some "
        f"have the same key ({fields}), as the database compares it: {'; '.join(named)}. "
        "SQL Server cannot update a row twice, and nothing of this statement is stored. Keep one "
        "object of each key."
    )
