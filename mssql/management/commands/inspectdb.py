"""inspectdb with --schema: the tables of one schema of SQL Server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import inspectdb
from django.db import connections


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
