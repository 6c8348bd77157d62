"""Checks that depend on the database: unsupported fields, and the schema of new tables.

They report a problem before a migration fails, or creates its tables in another schema.

"Maximum capacity specifications for SQL Server",
https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.backends.base.validation import BaseDatabaseValidation

from mssql.checks import load, messages, messages_of
from mssql.schema.indexes import refers_to_nullable
from mssql.tsql.identifiers import bracket, collation_name
from mssql.tsql.limits import MAX_INDEX_KEY

_FABRIC = ".fabric.microsoft.com"
_UNUSUAL = re.compile(r"[^\w$#@-]")


class DatabaseValidation(BaseDatabaseValidation):
    """Django's hook for checks that depend on the database."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Return the messages of `manage.py check --database`, those about the settings first.

        This does not depend on the checks of the app: a project may not list it.
        """
        problems = messages(self.connection.settings_dict, self.connection.alias)
        if not any(problem.is_serious() for problem in problems):
            problems += self._check_schema()
        if not problems:
            problems += self._check_level()
        return [*super().check(**kwargs), *problems]

    def _check_level(self) -> list[Any]:
        """Return an error if the database lacks OPENJSON, which reads JSON and long lists.

        https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql
        """
        server = self.connection.server  # type: ignore[attr-defined]
        if server.has_openjson:
            return []
        return [
            checks.Error(
                f"The database's compatibility level is {server.compatibility_level}, which lacks "
                "OPENJSON (error 208): the lookups of a JSONField, and lists of more values than "
                "a statement has parameters for, fail.",
                hint="Run ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = 130, or a higher one.",
                obj=f"DATABASES[{self.connection.alias!r}]",
                id="mssql.E106",
            )
        ]

    def _check_schema(self) -> list[Any]:
        """Return a message if new tables would not be in OPTIONS["schema"]: the server decides it.

        "CREATE USER", https://learn.microsoft.com/sql/t-sql/statements/create-user-transact-sql
        """
        schema = self.connection.settings_dict["OPTIONS"].get("schema")
        if not schema:
            return []
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT USER_NAME(), SCHEMA_NAME(), SCHEMA_ID(%s)", [schema])
            user, default, schema_id = cursor.fetchone()
        setting = f"DATABASES[{self.connection.alias!r}]"
        if default.casefold() != schema.casefold():
            return [_wrong_schema(schema, user, default, setting)]
        if schema_id is None:
            hint = f"Run CREATE SCHEMA {bracket(schema)} in it."
            text = f"The database has no schema {schema!r}, which OPTIONS['schema'] names."
            return [checks.Error(text, hint=hint, obj=setting, id="mssql.E104")]
        return []

    def check_field(self, field: Any, **kwargs: Any) -> list[Any]:
        errors = super().check_field(field, **kwargs)
        errors += self._check_column_name(field)
        errors += _check_collation(field)
        if getattr(field, "db_constraint", False):
            # If there is no target, Django reports it.
            with contextlib.suppress(FieldDoesNotExist, ValueError):
                errors += self._check_foreign_key(field)
        return errors

    def _may_be_fabric(self) -> bool:
        """Whether the server has been read, or valid settings name one of Fabric."""
        connection: Any = self.connection
        if connection._server is not None:
            return True
        result = load(connection.settings_dict, connection.alias)
        if result.config is None or any(each.is_serious() for each in messages_of(result)):
            return False
        return result.config.address.name.lower().endswith(_FABRIC)

    def _check_column_name(self, field: Any) -> list[Any]:
        name = getattr(field, "column", None) or ""
        connection: Any = self.connection
        if not _UNUSUAL.search(name) or not self._may_be_fabric():  # without a look at the server
            return []
        characters = sorted(set(name) & set(connection.server.refused_in_column_names))
        if not characters:
            return []
        product = connection.server.product
        return [
            checks.Error(
                f"{product} refuses the column name {name!r}: it contains "
                f"{', '.join(map(repr, characters))}.",
                hint="Set db_column to a name without them.",
                obj=field,
                id="mssql.E105",
            )
        ]

    def _check_foreign_key(self, field: Any) -> list[Any]:
        if not refers_to_nullable(field):
            return []
        target = field.target_field
        return [
            checks.Warning(
                "SQL Server cannot enforce this foreign key: it refers to "
                f"{target.model._meta.object_name}.{target.name}, which may be NULL.",
                hint="Refer to a unique field with null=False, or set db_constraint=False.",
                obj=field,
                id="mssql.W102",
            )
        ]

    def check_field_type(self, field: Any, field_type: str) -> list[Any]:
        """Return a message if an index requires a column of nvarchar(max) or varbinary(max)."""
        if "(max)" not in field_type:
            return []
        if field.unique:
            return [
                checks.Error(
                    f"SQL Server does not support a unique {field_type} column.",
                    hint="Use a CharField with a max_length of at most "
                    f"{MAX_INDEX_KEY // 2}, or drop unique=True.",
                    obj=field,
                    id="mssql.E101",
                )
            ]
        if field.db_index:
            return [
                checks.Warning(
                    f"SQL Server does not support a database index on {field_type} columns.",
                    hint="An index won't be created. Silence this warning if you don't care "
                    "about it.",
                    obj=field,
                    id="fields.W162",
                )
            ]
        return []


def _check_collation(field: Any) -> list[Any]:
    try:
        collation_name(getattr(field, "db_collation", None) or "DATABASE_DEFAULT", "db_collation")
    except ValueError as error:
        hint = "Correct it, or remove it for the database's collation."
        return [checks.Error(str(error), hint=hint, obj=field, id="mssql.E107")]
    return []


def _wrong_schema(schema: str, user: str, default: str, setting: str) -> Any:
    """Return an error; a warning for dbo, whose schema is always dbo, as in a test database."""
    text = (
        f"OPTIONS['schema'] is {schema!r}, but the tables of the database user {user!r} "
        f"are in the schema {default!r}."
    )
    if user == "dbo":
        hint = (
            "Those of a sysadmin and of the database's owner always are: sign in as another user, "
            "except for tests."
        )
        return checks.Warning(text, hint=hint, obj=setting, id="mssql.W103")
    hint = (
        f"Run ALTER USER {bracket(user)} WITH DEFAULT_SCHEMA = {bracket(schema)} in the database."
    )
    return checks.Error(text, hint=hint, obj=setting, id="mssql.E103")
