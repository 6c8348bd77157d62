"""The search for the table or view that a name refers to.

Follows "Database identifiers" and "FROM clause",
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql
"""

from __future__ import annotations

from tds_embedded.catalog.tables import Table
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.values import unsupported

SYSTEM_SCHEMAS = ("sys", "information_schema")
# views of sys whose rows are those of one database
OF_A_DATABASE = frozenset(
    [
        "all_columns",
        "all_objects",
        "check_constraints",
        "columns",
        "computed_columns",
        "default_constraints",
        "foreign_key_columns",
        "foreign_keys",
        "identity_columns",
        "index_columns",
        "indexes",
        "key_constraints",
        "objects",
        "partitions",
        "procedures",
        "schemas",
        "sequences",
        "sql_modules",
        "stats",
        "synonyms",
        "sysindexes",
        "sysobjects",
        "tables",
        "triggers",
        "types",
        "views",
    ]
)


def find_table(name: ast.ObjectName, scope: Scope) -> Table:
    """Return the table or view of that name. Raises 208."""
    context = scope.translation.context
    if len(name.parts) == 1 and name.name.lower() in context.triggers:
        return context.triggers[name.name.lower()]
    if len(name.parts) > 3:
        raise unsupported("linked servers")
    database = (name.database or context.database).lower()
    temporary = name.name.startswith("#")
    if database != context.database.lower() and not temporary:
        return _in_other_database(name, database, scope)
    table = context.catalog.table(name.schema, name.name)
    if table is None:
        raise _no_table(name, scope)
    if context.copy is not None and context.copy.oid == table.oid:
        return context.copy
    return table


def _no_table(name: ast.ObjectName, scope: Scope) -> SqlServerError:
    if name.name.startswith("#"):
        return error(208, name.name, state=0)
    if (name.schema or "").lower() in SYSTEM_SCHEMAS:
        return unsupported(str(name))
    if scope.translation.context.catalog.is_synonym(name.schema, name.name):
        return error(5313, str(name) if name.schema else f"dbo.{name.name}")
    return error(208, str(name))


def _in_other_database(name: ast.ObjectName, database: str, scope: Scope) -> Table:
    """Return a table, or a system view that is equal in every database. Raises 208 or 40517."""
    schema = (name.schema or "").lower()
    if schema == "information_schema" or (schema == "sys" and name.name.lower() in OF_A_DATABASE):
        raise unsupported(f"{database}.{schema}.{name.name}")
    table = scope.translation.context.catalog.table_of(database, name.schema, name.name)
    if table is None and schema == "sys":
        raise unsupported(str(name))
    if table is None:
        raise error(208, str(name))
    return table
