"""Rows of one upsert that have equal keys.

MERGE cannot update a row twice: error 8672 occurs in the middle of it and rolls back the whole
transaction. So the source is empty if there are such rows, and the batch fails with a separate
error, which leaves the transaction intact. Only then the rows are queried.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Callable, Iterator, NamedTuple, Sequence

from django.db import IntegrityError
from django.db.models.sql.subqueries import InsertQuery

from mssql.compiler.returning import POSITION
from mssql.errors.numbers import ErrorNumber
from mssql.expressions.interfaces import AnyField, Connection, SqlWithParams
from mssql.tsql.literals import literal

_NUMBER = ErrorNumber.DUPLICATE_ROWS.value
_MESSAGE = f"{ErrorNumber.DUPLICATE_ROWS.meaning}."
_MAX_PAIRS = 10  # in the text of the error
# After the MERGE, which changes one row for each row of its source.
CHECK = f"IF @@ROWCOUNT = 0 THROW {_NUMBER}, {literal(_MESSAGE)}, 1"


class Keys(NamedTuple):
    """The rows of a source and the columns of their keys, with the collations of the table."""

    source: SqlWithParams
    columns: Sequence[str]
    nullable: Sequence[str]

    @property
    def _partition(self) -> str:
        # NULL equals nothing.
        alone = (f"CASE WHEN {column} IS NULL THEN [{POSITION}] END" for column in self.nullable)
        return f"PARTITION BY {', '.join([*self.columns, *alone])}"

    @property
    def source_without_duplicates(self) -> str:
        """The source, empty if two of its rows have equal keys."""
        number = f"ROW_NUMBER() OVER ({self._partition} ORDER BY [{POSITION}]) AS [_number]"
        numbers = f"(SELECT *, {number} FROM {self.source[0]}) AS [source]"
        most = f"(SELECT *, MAX([_number]) OVER () AS [_most] FROM {numbers}) AS [source]"
        return f"(SELECT * FROM {most} WHERE [_most] = 1) AS [source]"

    @property
    def duplicates(self) -> SqlWithParams:
        """The query of the rows that repeat an earlier one: its position and theirs."""
        first = f"MIN([{POSITION}]) OVER ({self._partition}) AS [_first]"
        sql, params = self.source
        positions = f"(SELECT [{POSITION}], {first} FROM {sql}) AS [source]"
        where = f"WHERE [_first] < [{POSITION}] ORDER BY [{POSITION}]"
        return f"SELECT [_first], [{POSITION}] FROM {positions} {where}", params


@contextmanager
def duplicates_named(
    keys: Callable[[], Keys | None], connection: Connection, query: InsertQuery
) -> Iterator[None]:
    """Add the objects that have equal keys to the text of the IntegrityError."""
    try:
        yield
    except IntegrityError as error:
        source_keys = keys()
        fault = connection.fault(error.__cause__) if error.__cause__ is not None else None
        if source_keys is None or fault is None or _NUMBER not in fault.numbers:
            raise
        with connection.cursor() as cursor:
            cursor.execute(*source_keys.duplicates)
            pairs = cursor.fetchall()
        raise IntegrityError(_message(pairs, query)) from error


def _message(pairs: Sequence[Sequence[int]], query: InsertQuery) -> str:
    objects = [f"object {later} has that of object {first}" for first, later in pairs[:_MAX_PAIRS]]
    if len(pairs) > _MAX_PAIRS:
        objects.append(f"and {len(pairs) - _MAX_PAIRS} more")
    unique_fields: Sequence[AnyField] = getattr(query, "unique_fields", ())
    fields = ", ".join(field.name for field in unique_fields)
    return (
        f"bulk_create(update_conflicts=True) of {len(query.objs)} objects, counted from 0: some "
        f"have the same key ({fields}), as the database compares it: {'; '.join(objects)}. "
        "SQL Server cannot update a row twice, and no row of this statement is stored. Keep one "
        "object for each key."
    )
