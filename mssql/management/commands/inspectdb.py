"""inspectdb with --schema: the tables of one schema of SQL Server."""

from __future__ import annotations

from typing import Any, Iterator

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import inspectdb
from django.db import connections

from mssql import compat

FIELDS = "mssql.fields"


_NOT_UNICODE = {"char": "FixedCharField", "varchar": "VarcharField"}


class _Code:
    """An expression, for what inspectdb writes by repr()."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class Command(inspectdb.Command):
    """Django's inspectdb, and where to look; the default schema of the user without --schema."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--schema", help="The schema of SQL Server to look into.")

    def handle(self, **options: Any) -> None:
        connection: Any = connections[options["database"]]
        if connection.vendor != "microsoft":
            if options["schema"]:
                raise CommandError(f"--schema is for SQL Server; {options['database']} is not.")
            super().handle(**options)
            return
        introspection = connection.introspection
        with connection.cursor() as cursor:
            schema = options["schema"] or introspection.default_schema(cursor)
        before, introspection.schema = introspection.schema, schema
        try:
            super().handle(**options)
        finally:
            introspection.schema = before

    def handle_inspection(self, options: Any) -> Iterator[str]:
        lines = list(super().handle_inspection(options))
        uses_fields = any(f" = {FIELDS}." in line for line in lines)
        for line in lines:
            yield line
            if uses_fields and line == f"from {self.db_module} import models":
                yield f"import {FIELDS}"

    def get_field_type(self, connection: Any, table_name: Any, row: Any) -> Any:
        """The field, its parameters and notes: one that reads and writes the column as it is."""
        type_, params, notes = super().get_field_type(connection, table_name, row)
        if connection.vendor != "microsoft":
            return type_, params, notes
        if row.formula is not None:
            return _generated_field(type_, params, notes, row)
        if row.type_code == "timestamp":
            return f"{FIELDS}.RowVersionField", {}, notes
        if row.type_code == "uniqueidentifier" and not connection.has_native_uuid:
            return f"{FIELDS}.UniqueIdentifierField", params, notes
        if row.type_code in _NOT_UNICODE and type_ == "CharField":
            return f"{FIELDS}.{_NOT_UNICODE[row.type_code]}", params, notes
        return type_, params, notes


def _generated_field(type_: str, params: Any, notes: Any, row: Any) -> Any:
    """A computed column as a GeneratedField (Django 5.0): the server refuses to write it (271)."""
    if not compat.HAS_GENERATED_FIELDS:
        return type_, params, [*notes, "Computed column: the server refuses to write it."]
    inner = ", ".join(f"{name}={value!r}" for name, value in params.items())
    generated = {
        "expression": _Code(f"models.expressions.RawSQL({row.formula!r}, ())"),
        "output_field": _Code(f"models.{type_}({inner})"),
        "db_persist": row.is_persisted,
    }
    return "GeneratedField", generated, notes
