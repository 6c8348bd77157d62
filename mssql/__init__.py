"""Django database backend for Microsoft SQL Server: ``ENGINE: "mssql"``."""

from __future__ import annotations

__version__ = "0.1.0"
