"""inspectdb with --schema: the tables of one schema of SQL Server."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import inspectdb
from django.db import connections

from mssql import compat

FIELDS = "mssql.fields"


_NOT_UNICODE = {"char": "FixedCharField", "varchar": "VarcharField"}


class _Code:
    """An expression, which inspectdb writes by its repr()."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _filter_by_schema(connection: Any, options: Mapping[str, Any]) -> Callable[[str], bool]:
    """Return the filter of tables for Django's command: those of the schema."""
    introspection = connection.introspection
    with connection.cursor() as cursor:
        schema = options["schema"] or introspection.default_schema(cursor)
        names = introspection.names_in_schema(cursor, schema)
    is_requested = options.get("table_name_filter") or bool
    return lambda name: name in names and is_requested(name)


class Command(inspectdb.Command):
    """Django's inspectdb for the tables of one schema: by default that of the user."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--schema", help="The schema of SQL Server whose tables are inspected.")

    def handle(self, **options: Any) -> None:
        connection: Any = connections[options["database"]]
        if connection.vendor != "microsoft":
            if options["schema"]:
                raise CommandError(f"--schema is for SQL Server; {options['database']} is not.")
            super().handle(**options)
            return
        if not options["table"]:
            options["table_name_filter"] = _filter_by_schema(connection, options)
        super().handle(**options)

    def handle_inspection(self, options: Any) -> Iterator[str]:
        lines = list(super().handle_inspection(options))
        uses_fields = any(f" = {FIELDS}." in line for line in lines)
        for line in lines:
            yield line
            if uses_fields and line == f"from {self.db_module} import models":
                yield f"import {FIELDS}"

    def get_field_type(self, connection: Any, table_name: Any, row: Any) -> Any:
        """Return the field that reads and writes the column as it is, its parameters and notes."""
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
    """Return a computed column as a GeneratedField: the server refuses to write it (271)."""
    if not compat.HAS_GENERATED_FIELDS:
        return type_, params, [*notes, "Computed column: the server refuses to write it."]
    inner = ", ".join(f"{name}={value!r}" for name, value in params.items())
    parameters = {
        "expression": _Code(f"models.expressions.RawSQL({row.formula!r}, ())"),
        "output_field": _Code(f"models.{type_}({inner})"),
        "db_persist": row.is_persisted,
    }
    return "GeneratedField", parameters, notes
