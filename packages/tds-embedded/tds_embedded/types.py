"""SQL Server's data types as the embedded server's rooms pass them to each other.

Follows "Data types (Transact-SQL)", https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

MAX = -1  # the length of nvarchar(max), varchar(max) and varbinary(max)
DEFAULT_COLLATION = "SQL_Latin1_General_CP1_CI_AS"


@dataclass(frozen=True)
class SqlType:
    """A type with its facets. `length` counts characters for nchar/nvarchar, bytes otherwise.

    The last two belong to an expression: whether a COLLATE clause decided its collation, and the
    collations and operator (left, right, operator) that left it without one.
    """

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    collation: str | None = None
    explicit: bool = field(default=False, compare=False)
    conflict: tuple[str, str, str] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Column:
    """A column of a result set. An unnamed column (`SELECT 1`) has the name ""."""

    name: str
    type: SqlType
    nullable: bool = True
    identity: bool = False
    computed: bool = False


class Command(IntEnum):
    """The kind of a statement in its DONE token: CurCmd of MS-TDS 2.2.7.6."""

    SELECT = 0xC1
    INSERT = 0xC3
    DELETE = 0xC4
    UPDATE = 0xC5
    MERGE = 0x117
