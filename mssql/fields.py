"""Fields for column types of existing tables that no field of Django supports.

`manage.py inspectdb` writes them.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Value


class UniqueIdentifierField(models.UUIDField):  # type: ignore[type-arg]
    """A UUID in a column of the type uniqueidentifier, whatever OPTIONS["native_uuid"] is.

    With it a database can have both: UUIDs of Django as char(32), and uniqueidentifier.
    https://learn.microsoft.com/sql/t-sql/data-types/uniqueidentifier-transact-sql
    """

    def db_type(self, connection: Any) -> str:
        if connection.vendor != "microsoft":
            return str(super().db_type(connection))
        return "uniqueidentifier"

    def rel_db_type(self, connection: Any) -> str:
        return self.db_type(connection)

    def cast_db_type(self, connection: Any) -> str:
        return self.db_type(connection)


class RowVersionField(models.BinaryField):  # type: ignore[type-arg]
    """A column of the type rowversion: every change of a row assigns it a new value.

    Read only. As with a GeneratedField, Django 5.0 and later leave it out of INSERT and UPDATE, and
    read it back after INSERT. https://learn.microsoft.com/sql/t-sql/data-types/rowversion-transact-sql
    """

    generated = True
    db_returning = True
    expression = Value(None)  # in which Django searches for references to other fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        kwargs["blank"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["blank"]
        return name, path, args, kwargs

    @property
    def referenced_fields(self) -> frozenset[Any]:
        """The fields whose change changes it: all others of the table (for Django 6.0)."""
        fields = self.model._meta.local_concrete_fields
        return frozenset(field for field in fields if not getattr(field, "generated", False))

    def db_type(self, connection: Any) -> str:
        return "rowversion"

    def cast_db_type(self, connection: Any) -> str:
        return "binary(8)"


class VarcharField(models.CharField):  # type: ignore[type-arg]
    """A text in a column of the type varchar, whose index serves only values bound as varchar.

    Values of a CharField are nvarchar, to which SQL Server would convert the column.
    https://learn.microsoft.com/sql/t-sql/data-types/char-and-varchar-transact-sql
    """

    sql_type = "varchar"

    def db_type(self, connection: Any) -> str:
        if connection.vendor != "microsoft":
            return str(super().db_type(connection))
        return f"{self.sql_type}({self.max_length or 'max'})"

    def rel_db_type(self, connection: Any) -> str:
        return self.db_type(connection)

    def cast_db_type(self, connection: Any) -> str:
        return self.db_type(connection)


class FixedCharField(VarcharField):
    """A text in a column of the type char, filled up with blanks."""

    sql_type = "char"
