"""A frame: the variables and the place of one batch, procedure or EXEC string that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tds_embedded.catalog.tables import Table
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.lexer import line_of
from tds_embedded.types import SqlType

HIGHEST_MESSAGE = 10  # severities above it are errors


@dataclass(frozen=True)
class Firing:
    """The change that fired a trigger; names of columns are in lower case."""

    relation: int  # the oid of its table
    columns: tuple[str, ...]
    changed_columns: frozenset[str]


@dataclass
class Frame:
    """One batch, procedure or EXEC string that runs. Names of variables are in lower case, with
    @.
    """

    sql: str
    procedure: str = ""  # the result of ERROR_PROCEDURE()
    types: dict[str, SqlType] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)  # variables of type table
    triggers: dict[str, Table] = field(default_factory=dict)  # inserted and deleted
    firing: Firing | None = None  # of a trigger
    identity: Any = None  # SCOPE_IDENTITY()
    status: int | None = None  # the value of RETURN
    worst: int = 0  # the highest severity of its errors
    ended: bool = False  # by an error of compilation
    level: int = 0  # @@NESTLEVEL
    is_module: bool = False  # its SET options and temporary tables end with it
    prepares: bool = False  # it is prepared first, which fails with 8180
    temporary: list[str] = field(default_factory=list)  # the tables it has created
    object_id: int = 0  # @@PROCID
    declarations: str = ""  # of the parameters that a statement was prepared with

    def declare(self, name: str, sql_type: SqlType, value: Any = None) -> None:
        """Declare a variable. Raises 134 if the name is taken."""
        key = name.lower()
        if key in self.types or key in self.tables:
            raise error(134, name)
        self.types[key] = sql_type
        self.values[key] = value

    def creates(self, table: str) -> None:
        """Note a table: a local temporary one ends with its module."""
        if table.startswith("#") and not table.startswith("##"):
            self.temporary.append(table)

    @property
    def return_status(self) -> int:
        """The procedure's return value: without a RETURN, 10 less its most severe error."""
        if self.status is not None:
            return self.status
        return HIGHEST_MESSAGE - self.worst if self.worst > HIGHEST_MESSAGE else 0

    def text(self, node: ast.Statement) -> str:
        return self.sql[node.position : node.end]

    def line(self, node: ast.Node) -> int:
        return line_of(self.sql, node.position)
