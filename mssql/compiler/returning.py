"""
Rows given back by INSERT, MERGE and UPDATE, on tables with triggers too.

OUTPUT without INTO is refused where the table has an enabled trigger (error 334), and whether it
has one cannot be known while compiling. So OUTPUT fills a table variable, and the batch ends with a
SELECT from it. OUTPUT promises no order (nor does MERGE), so each row carries its position along.
https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
"""

from __future__ import annotations

from typing import Any, Sequence

POSITION = "_position"


class Returning:
    """The pieces of SQL that bring the given fields of the changed rows back."""

    def __init__(self, fields: Sequence[Any], connection: Any, position: str = "") -> None:
        """`position` is the SQL of the row's position in the batch; "" where there is one row."""
        self._fields = fields
        self._connection = connection
        self._position = position

    @property
    def declaration(self) -> str:
        """The statement before: the table variable."""
        columns = [
            f"{name} {field.cast_db_type(self._connection)} NULL"
            for name, field in zip(self._names, self._fields)
        ]
        if self._position:
            columns.append(f"[{POSITION}] int NOT NULL")
        return f"DECLARE @returned TABLE ({', '.join(columns)})"

    @property
    def output(self) -> str:
        """The OUTPUT clause."""
        values = [f"INSERTED.{self._quote(field.column)}" for field in self._fields]
        if self._position:
            values.append(self._position)
        return f"OUTPUT {', '.join(values)} INTO @returned"

    @property
    def selection(self) -> str:
        """The statement after: the rows, in the order of the batch."""
        order_by = f" ORDER BY [{POSITION}]" if self._position else ""
        return f"SELECT {', '.join(self._names)} FROM @returned{order_by}"

    @property
    def _names(self) -> list[str]:
        return [f"[c{number}]" for number, _ in enumerate(self._fields, start=1)]

    def _quote(self, name: str) -> str:
        # What Django's cursor gets is a format string.
        quoted: str = self._connection.ops.quote_name(name)
        return quoted.replace("%", "%%")
