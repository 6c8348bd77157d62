"""Rows that INSERT, MERGE and UPDATE return, from tables with triggers, too.

SQL Server refuses OUTPUT without INTO if the table has an enabled trigger (error 334), which is not
known at the time of compilation. So OUTPUT fills a table variable, and the batch ends with a SELECT
from it. OUTPUT does not promise an order. So each row contains its position, or a key that was
generated in the order of the positions.
https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
"""

from __future__ import annotations

from typing import Sequence

from mssql.expressions.interfaces import AnyField, Compiler
from mssql.expressions.json_type import as_text, is_of_type_json
from mssql.tsql.identifiers import derived_column
from mssql.tsql.literals import literal

POSITION = "_position"


class Returning:
    """The parts of a batch that return fields of the changed rows."""

    def __init__(
        self,
        fields: Sequence[AnyField],
        compiler: Compiler,
        position: str = "",
        identity: AnyField | None = None,
    ) -> None:
        """Order the rows by the SQL of their positions in the batch, if `position` is not "", or
        by the field `identity`, whose values the server generates in their order."""
        self._fields = fields
        self._compiler = compiler
        self._position = position
        self._identity = identity

    @property
    def declaration(self) -> str:
        """The statement before the change: the table variable."""
        columns = [
            f"{name} {field.cast_db_type(self._compiler.connection)} NULL"
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

    def _inserted(self, field: AnyField) -> str:
        column = f"INSERTED.{self._compiler.quote_name(str(field.column))}"
        return as_text(column) if is_of_type_json(field, self._compiler.connection) else column

    @property
    def selection(self) -> str:
        """The statement after the change: the rows, in the order of the batch."""
        return f"SELECT {', '.join(self._names)} FROM @returned{self._order_by}"

    @property
    def _order_by(self) -> str:
        if self._position:
            return f" ORDER BY [{POSITION}]"
        if self._identity is None:
            return ""
        name = self._names[list(self._fields).index(self._identity)]
        table = literal(self._compiler.quote_name(self._identity.model._meta.db_table))
        # It may count down. Through a synonym the server reports NULL: then it counts up.
        return f" ORDER BY {name} * ISNULL(SIGN(IDENT_INCR({table})), 1)"

    @property
    def _names(self) -> list[str]:
        return [derived_column(number) for number, _ in enumerate(self._fields, start=1)]
