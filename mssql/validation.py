"""Model checks: what SQL Server cannot do with a field, told before a migration fails.

"Maximum capacity specifications for SQL Server",
https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server
"""

from __future__ import annotations

import contextlib
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.backends.base.validation import BaseDatabaseValidation

from mssql.checks import messages
from mssql.schema_indexes import refers_to_nullable


class DatabaseValidation(BaseDatabaseValidation):
    """Django's hook for checks that depend on the database."""

    def check(self, **kwargs: Any) -> list[Any]:
        """What `manage.py check --database` says of the settings, whether or not anything had
        loaded this backend before."""
        of_settings = messages(self.connection.settings_dict, self.connection.alias)
        return [*super().check(**kwargs), *of_settings]

    def check_field(self, field: Any, **kwargs: Any) -> list[Any]:
        errors = super().check_field(field, **kwargs)
        if getattr(field, "db_constraint", False):
            # Where there is no target, Django says so.
            with contextlib.suppress(FieldDoesNotExist, ValueError):
                errors += self._check_foreign_key(field)
        return errors

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
        """Columns of unlimited length, nvarchar(max) and varbinary(max), cannot be index keys."""
        if "(max)" not in field_type:
            return []
        if field.unique:
            return [
                checks.Error(
                    f"SQL Server cannot make an {field_type} column unique.",
                    hint="Use a CharField with a max_length of at most 850, or drop unique=True.",
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
