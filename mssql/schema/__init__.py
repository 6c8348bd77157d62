"""Migrations in T-SQL, and what they read of the tables that exist."""

from __future__ import annotations

from mssql.schema.editor import DatabaseSchemaEditor

__all__ = ["DatabaseSchemaEditor"]
