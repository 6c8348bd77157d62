"""The catalog lookups of a translation, which is valid as long as their results are."""

from __future__ import annotations

from typing import Any

from tds_embedded.catalog.tables import Catalog, Sequence, Table
from tds_embedded.types import SqlType

Found = Table | Sequence | SqlType | tuple[int, str] | bool | None


class Lookups:
    """A catalog that records its lookups and their results."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._found: dict[tuple[str, tuple[Any, ...]], Found] = {}

    def table(self, schema: str | None, name: str) -> Table | None:
        result = self._catalog.table(schema, name)
        self._found["table", (schema, name)] = result
        return result

    def table_of(self, database: str, schema: str | None, name: str) -> Table | None:
        result = self._catalog.table_of(database, schema, name)
        self._found["table_of", (database, schema, name)] = result
        return result

    def sequence(self, schema: str | None, name: str) -> Sequence | None:
        result = self._catalog.sequence(schema, name)
        self._found["sequence", (schema, name)] = result
        return result

    def type(self, schema: str | None, name: str) -> SqlType | None:
        result = self._catalog.type(schema, name)
        self._found["type", (schema, name)] = result
        return result

    def is_synonym(self, schema: str | None, name: str) -> bool:
        result = self._catalog.is_synonym(schema, name)
        self._found["is_synonym", (schema, name)] = result
        return result

    def has_index(self, table: Table, name: str) -> bool:
        result = self._catalog.has_index(table, name)
        self._found["has_index", (table, name)] = result
        return result

    def output_refusal(self, table: Table) -> tuple[int, str] | None:
        result = self._catalog.output_refusal(table)
        self._found["output_refusal", (table,)] = result
        return result

    def has_openjson(self) -> bool:
        result = self._catalog.has_openjson()
        self._found["has_openjson", ()] = result
        return result

    def hold(self) -> bool:
        """Return whether the catalog would answer the same now."""
        return all(
            getattr(self._catalog, kind)(*words) == result
            for (kind, words), result in self._found.items()
        )

    @property
    def system(self) -> bool:
        """Whether all that was looked up are system views, which never change."""
        return all(isinstance(each, Table) and each.system for each in self._found.values())
