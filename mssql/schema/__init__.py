"""Migrations in T-SQL, and the catalog of the tables that they alter."""

from __future__ import annotations

from mssql.schema.editor import DatabaseSchemaEditor

__all__ = ["DatabaseSchemaEditor"]
