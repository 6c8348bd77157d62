"""Names of objects: one to four identifiers with dots between them.

Follows "Database identifiers" and "Transact-SQL syntax conventions", Multipart names,
https://learn.microsoft.com/sql/t-sql/language-elements/transact-sql-syntax-conventions-transact-sql
"""

from __future__ import annotations

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.tokens import Tokens

TOO_MANY_PREFIXES = 117
MAXIMUM_PARTS = 4


def object_name(tokens: Tokens) -> ast.ObjectName:
    """Read the name of an object; its schema may be left out: `db..t`."""
    position = tokens.position
    parts = [tokens.name()]
    while tokens.accept("."):
        if tokens.current.word == "." and len(parts) < 3:
            parts.append("")
        else:
            parts.append(tokens.name())
    if len(parts) > MAXIMUM_PARTS:
        raise _too_many_prefixes(tokens, position, "object", parts)
    return ast.ObjectName(tuple(parts), position=position)


def object_name_or_pseudo_column(tokens: Tokens) -> ast.ObjectName | ast.PseudoColumn:
    """Read the name of a column or function, or a pseudo column (`t.$identity`)."""
    position = tokens.position
    parts = [tokens.name()]
    while tokens.accept("."):
        if tokens.current.kind is lexer.PSEUDO or tokens.at("IDENTITYCOL"):
            return ast.PseudoColumn(tokens.take().word, tuple(parts), position=position)
        parts.append("" if tokens.current.word == "." else tokens.name())
    if len(parts) > MAXIMUM_PARTS:
        raise _too_many_prefixes(tokens, position, "column", parts)
    return ast.ObjectName(tuple(parts), position=position)


def _too_many_prefixes(
    tokens: Tokens, position: int, kind: str, parts: list[str]
) -> SqlServerError:
    name = ".".join(parts)
    return tokens.error_at(position, TOO_MANY_PREFIXES, kind, name, MAXIMUM_PARTS - 1)
