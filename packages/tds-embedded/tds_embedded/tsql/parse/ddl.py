"""CREATE, ALTER and DROP: the rule for each by the word that follows.

Follows "Transact-SQL statements", https://learn.microsoft.com/sql/t-sql/statements/statements
"""

from __future__ import annotations

from collections.abc import Callable

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import (
    alter_table,
    databases,
    indexes,
    objects,
    security,
    sql_modules,
    tables,
    unsupported,
)
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS, require_first_in_batch
from tds_embedded.tsql.parse.tokens import Tokens

# The rules read from the table's word on; the position is that of the statement.
Definition = Callable[[Tokens, int], ast.Statement]

CREATE: dict[str, Definition] = {
    "CLUSTERED": indexes.create_index,
    "COLUMNSTORE": indexes.create_index,
    "DATABASE": databases.create_database,
    "INDEX": indexes.create_index,
    "LOGIN": security.create_principal,
    "NONCLUSTERED": indexes.create_index,
    "ROLE": security.create_principal,
    "SCHEMA": objects.create_schema,
    "SEQUENCE": objects.create_sequence,
    "STATISTICS": indexes.create_statistics,
    "SYNONYM": objects.create_synonym,
    "TABLE": tables.create_table,
    "TYPE": objects.create_type,
    "UNIQUE": indexes.create_index,
    "USER": security.create_principal,
}
ALTER: dict[str, Definition] = {
    "DATABASE": databases.alter_database,
    "INDEX": indexes.alter_index,
    "LOGIN": security.alter_principal,
    "ROLE": security.alter_principal,
    "SCHEMA": objects.alter_schema,
    "SEQUENCE": objects.alter_sequence,
    "TABLE": alter_table.alter_table,
    "USER": security.alter_principal,
}
DROP: dict[str, Definition] = {
    "INDEX": indexes.drop_index,
    "LOGIN": security.drop_principal,
    "ROLE": security.drop_principal,
    "USER": security.drop_principal,
}
# The rules of SQL modules read from the name on, and get CREATE, ALTER or CREATE OR ALTER.
SQL_MODULES: dict[str, Callable[[Tokens, int, str], ast.Statement]] = {
    "FUNCTION": sql_modules.create_function,
    "PROC": sql_modules.create_procedure,
    "PROCEDURE": sql_modules.create_procedure,
    "TRIGGER": sql_modules.create_trigger,
    "VIEW": sql_modules.create_view,
}
_DROPPABLE = """
    TABLE VIEW PROCEDURE FUNCTION TRIGGER SEQUENCE SYNONYM TYPE SCHEMA DATABASE STATISTICS
"""
DROPPABLE = tuple(_DROPPABLE.split())


@register(STATEMENTS, "CREATE")
def create(tokens: Tokens) -> ast.Statement:
    """Read CREATE or CREATE OR ALTER."""
    position = tokens.take().position
    if tokens.accept("OR"):
        tokens.expect("ALTER")
        return _sql_module(tokens, position, "CREATE OR ALTER")
    definition = CREATE.get(tokens.current.word)
    if definition is None:
        return _sql_module(tokens, position, "CREATE")
    return definition(tokens, position)


@register(STATEMENTS, "ALTER")
def alter(tokens: Tokens) -> ast.Statement:
    """Read ALTER."""
    position = tokens.take().position
    definition = ALTER.get(tokens.current.word)
    if definition is None:
        return _sql_module(tokens, position, "ALTER")
    return definition(tokens, position)


@register(STATEMENTS, "DROP")
def drop(tokens: Tokens) -> ast.Statement:
    """Read DROP."""
    position = tokens.take().position
    definition = DROP.get(tokens.current.word)
    if definition is not None:
        return definition(tokens, position)
    tokens.refuse(*unsupported.OBJECTS)
    kind = "PROCEDURE" if tokens.accept("PROC") else tokens.expect_any(*DROPPABLE)
    if_exists = tokens.accept("IF", "EXISTS")
    names = tokens.list_of(object_name)
    return ast.DropObjects(kind, names, if_exists, position=position)


def _sql_module(tokens: Tokens, position: int, mode: str) -> ast.Statement:
    """Read a view, procedure, function or trigger, whose definition is the rest of the batch."""
    word = tokens.current.word
    definition = SQL_MODULES.get(word)
    if definition is None:
        tokens.refuse(*unsupported.OBJECTS)
        raise tokens.error()
    tokens.take()
    kind = "PROCEDURE" if word == "PROC" else word
    verb = "CREATE/ALTER" if kind == "PROCEDURE" else mode
    require_first_in_batch(tokens, position, f"{verb} {kind}")
    return definition(tokens, position, mode)
