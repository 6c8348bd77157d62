"""
Rows given back by INSERT, MERGE and UPDATE, on tables with triggers too.

OUTPUT without INTO is refused where the table has an enabled trigger (error 334), and whether it
has one cannot be known while compiling. So OUTPUT fills a table variable, and the batch ends with a
SELECT from it. OUTPUT promises no order, so each row carries along its position or a key that was
made in the order of the positions.
https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
"""

from __future__ import annotations

from typing import Any, Sequence

from mssql.expressions.json_documents import as_text, is_of_type_json
from mssql.tsql.literals import literal

POSITION = "_position"


class Returning:
    """The pieces of SQL that bring the given fields of the changed rows back."""

    def __init__(
        self, fields: Sequence[Any], connection: Any, position: str = "", identity: Any = None
    ) -> None:
        """`position` is the SQL of the row's position in the batch; "" where there is one row, or
        where the server made the values of the field `identity` in the rows' order."""
        self._fields = fields
        self._connection = connection
        self._position = position
        self._identity = identity

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
        values = list(map(self._inserted, self._fields))
        if self._position:
            values.append(self._position)
        return f"OUTPUT {', '.join(values)} INTO @returned"

    def _inserted(self, field: Any) -> str:
        column = f"INSERTED.{self._quote(field.column)}"
        return as_text(column) if is_of_type_json(field, self._connection) else column

    @property
    def selection(self) -> str:
        """The statement after: the rows, in the order of the batch."""
        return f"SELECT {', '.join(self._names)} FROM @returned{self._order_by}"

    @property
    def _order_by(self) -> str:
        if self._position:
            return f" ORDER BY [{POSITION}]"
        if self._identity is None:
            return ""
        name = self._names[list(self._fields).index(self._identity)]
        table = literal(self._quote(self._identity.model._meta.db_table))
        # It may count down; through a synonym the server does not say (NULL): it counts up.
        return f" ORDER BY {name} * ISNULL(SIGN(IDENT_INCR({table})), 1)"

    @property
    def _names(self) -> list[str]:
        return [f"[c{number}]" for number, _ in enumerate(self._fields, start=1)]

    def _quote(self, name: str) -> str:
        # What Django's cursor gets is a format string.
        quoted: str = self._connection.ops.quote_name(name)
        return quoted.replace("%", "%%")
