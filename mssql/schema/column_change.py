"""The alteration of a column, as the fields before and after define it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mssql import compat
from mssql.tsql.identifiers import unquoted


@dataclass(frozen=True)
class ColumnDefinition:
    """A column as a field defines it."""

    type: str
    collation: str | None  # None: that of the database
    nullable: bool
    identity: str  # "IDENTITY (1, 1)", otherwise empty
    has_default: bool  # Django's own or one of the database
    db_default: Any

    @classmethod
    def of(cls, field: Any, connection: Any) -> ColumnDefinition:
        """Return the definition of a field's column."""
        return cls(
            type=field.db_type(connection),
            collation=compat.collation(field, connection),
            nullable=field.null,
            identity=field.db_type_suffix(connection) or "",
            has_default=field.has_default() or compat.has_db_default(field),
            db_default=compat.db_default(field),
        )


@dataclass(frozen=True)
class ColumnChange:
    """The alteration of a column from one definition to another."""

    column: str
    before: ColumnDefinition
    after: ColumnDefinition
    changes_collation: bool

    @classmethod
    def between(cls, old_field: Any, new_field: Any, connection: Any) -> ColumnChange:
        """Return the change of a column from the old field to the new one."""
        before, after = (ColumnDefinition.of(f, connection) for f in (old_field, new_field))
        differ = before.collation != after.collation
        return cls(unquoted(new_field.column), before, after, changes_collation=differ)

    @property
    def redefines(self) -> bool:
        """Whether type, identity or collation differ."""
        return (
            self.before.type != self.after.type
            or self.before.identity != self.after.identity
            or self.changes_collation
        )

    @property
    def changes_identity(self) -> bool:
        """Whether the column becomes an IDENTITY, or is one no longer."""
        return self.before.identity != self.after.identity

    @property
    def fills_nulls(self) -> bool:
        """Whether Django writes a default into the NULLs between the type and NOT NULL."""
        return self.after.has_default and self.before.nullable and not self.after.nullable

    def up_to_nulls(self) -> ColumnChange:
        """Return the part of the change before Django fills the NULLs: all, if it fills none."""
        return replace(self, after=replace(self.after, nullable=True)) if self.fills_nulls else self
