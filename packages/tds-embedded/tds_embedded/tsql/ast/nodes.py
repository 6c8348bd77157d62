"""The base classes of nodes, and the names of objects and types."""

from __future__ import annotations

from dataclasses import dataclass, field

from tds_embedded.types import SqlType


@dataclass(frozen=True, slots=True)
class Node:
    position: int = field(default=0, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class ObjectName(Node):
    """A name of one to four parts, outermost first; omitted parts (`db..t`) are "" ."""

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The innermost part."""
        return self.parts[-1]

    @property
    def schema(self) -> str | None:
        """The schema, or None if it is omitted."""
        return (self.parts[-2] or None) if len(self.parts) > 1 else None

    @property
    def database(self) -> str | None:
        """The database, or None if it is omitted."""
        return (self.parts[-3] or None) if len(self.parts) > 2 else None

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Statement(Node):
    """A statement; `end` is the offset after its last character."""

    end: int = field(default=0, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """A node with a value, never a truth value."""


@dataclass(frozen=True, slots=True)
class Predicate(Node):
    """A node with a truth value, never a value."""


@dataclass(frozen=True, slots=True)
class DefaultValue(Node):
    """The word DEFAULT, which INSERT, UPDATE, MERGE and EXEC accept instead of an expression."""


@dataclass(frozen=True, slots=True)
class Star(Node):
    """`*` or `t.*` in a select list; `*` in COUNT(*)."""

    qualifier: tuple[str, ...] = ()


# A system type with all its facets filled in, or the name of a user-defined type.
DataType = SqlType | ObjectName
