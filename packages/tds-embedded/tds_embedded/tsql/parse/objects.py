"""Schemas, sequences, types, synonyms, and short statements about tables and triggers.

Follows "CREATE SCHEMA", "CREATE SEQUENCE", "CREATE TYPE" and "CREATE SYNONYM",
https://learn.microsoft.com/sql/t-sql/statements/create-sequence-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS, require_first_in_batch
from tds_embedded.tsql.parse.tables import table_elements
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.tsql.parse.types import data_type, optional_nullability


def create_schema(tokens: Tokens, position: int) -> ast.CreateSchema:
    """Read CREATE SCHEMA from SCHEMA on."""
    tokens.expect("SCHEMA")
    require_first_in_batch(tokens, position, "CREATE SCHEMA")
    if tokens.accept("AUTHORIZATION"):
        owner = tokens.name()
        return ast.CreateSchema(owner, owner, position=position)
    name = tokens.name()
    owner_name = tokens.name() if tokens.accept("AUTHORIZATION") else None
    return ast.CreateSchema(name, owner_name, position=position)


def alter_schema(tokens: Tokens, position: int) -> ast.TransferSchema:
    """Read ALTER SCHEMA from SCHEMA on."""
    tokens.expect("SCHEMA")
    schema = tokens.name()
    tokens.expect("TRANSFER")
    kind = "OBJECT"
    if tokens.peek().word == "::":
        kind = tokens.expect_any("OBJECT", "TYPE")
        tokens.expect("::")
    return ast.TransferSchema(schema, object_name(tokens), kind, position=position)


def create_sequence(tokens: Tokens, position: int) -> ast.Sequence:
    """Read CREATE SEQUENCE from SEQUENCE on."""
    return _sequence(tokens, position, alter=False)


def alter_sequence(tokens: Tokens, position: int) -> ast.Sequence:
    """Read ALTER SEQUENCE from SEQUENCE on."""
    return _sequence(tokens, position, alter=True)


def _sequence(tokens: Tokens, position: int, *, alter: bool) -> ast.Sequence:
    tokens.expect("SEQUENCE")
    name = object_name(tokens)
    number_type = data_type(tokens) if not alter and tokens.accept("AS") else None
    values: dict[str, int | bool | None] = {}
    while _sequence_option(tokens, values):
        pass
    return ast.Sequence(
        name,
        alter,
        number_type,
        start=values.get("START"),
        restart=values.get("RESTART"),
        increment=values.get("INCREMENT"),
        minimum=values.get("MINVALUE"),
        maximum=values.get("MAXVALUE"),
        cycle=None if values.get("CYCLE") is None else bool(values["CYCLE"]),
        cache=values.get("CACHE"),
        position=position,
    )


def _sequence_option(tokens: Tokens, values: dict[str, int | bool | None]) -> bool:
    if tokens.accept("NO"):
        values[tokens.expect_any("MINVALUE", "MAXVALUE", "CYCLE", "CACHE")] = False
    elif tokens.accept("START"):
        tokens.expect("WITH")
        values["START"] = tokens.integer()
    elif tokens.accept("RESTART"):
        values["RESTART"] = tokens.integer() if tokens.accept("WITH") else True
    elif tokens.accept("INCREMENT"):
        tokens.expect("BY")
        values["INCREMENT"] = tokens.integer()
    elif word := tokens.accept_any("MINVALUE", "MAXVALUE"):
        values[word] = tokens.integer()
    elif tokens.accept("CYCLE"):
        values["CYCLE"] = True
    elif tokens.accept("CACHE"):
        values["CACHE"] = tokens.integer() if tokens.current.kind is lexer.INTEGER else True
    else:
        return False
    return True


def create_type(tokens: Tokens, position: int) -> ast.CreateType:
    """Read CREATE TYPE from TYPE on."""
    tokens.expect("TYPE")
    name = object_name(tokens)
    if tokens.accept("AS"):
        tokens.expect("TABLE")
        elements = table_elements(tokens)
        return ast.CreateType(name, elements=elements, position=position)
    tokens.expect("FROM")
    base = data_type(tokens)
    return ast.CreateType(name, base, optional_nullability(tokens), position=position)


def create_synonym(tokens: Tokens, position: int) -> ast.CreateSynonym:
    """Read CREATE SYNONYM from SYNONYM on."""
    tokens.expect("SYNONYM")
    name = object_name(tokens)
    tokens.expect("FOR")
    return ast.CreateSynonym(name, object_name(tokens), position=position)


@register(STATEMENTS, "TRUNCATE")
def truncate(tokens: Tokens) -> ast.TruncateTable:
    """Read TRUNCATE TABLE."""
    position = tokens.position
    tokens.expect("TRUNCATE", "TABLE")
    return ast.TruncateTable(object_name(tokens), position=position)


@register(STATEMENTS, "DISABLE", "ENABLE")
def enable_trigger(tokens: Tokens) -> ast.EnableTrigger:
    """Read ENABLE TRIGGER or DISABLE TRIGGER."""
    position = tokens.position
    enable = tokens.take().word == "ENABLE"
    tokens.expect("TRIGGER")
    names = () if tokens.accept("ALL") else tokens.list_of(object_name)
    tokens.expect("ON")
    tokens.refuse(*unsupported.TRIGGERS_ON)
    return ast.EnableTrigger(enable, names, object_name(tokens), position=position)
