"""FOR JSON and FOR XML.

Follows "SELECT - FOR clause", https://learn.microsoft.com/sql/t-sql/queries/select-for-clause-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse.tokens import Tokens

ROOT_WITHOUT_WRAPPER = 13620


def for_clause(tokens: Tokens) -> ast.ForJson | ast.ForXml | None:
    """Read FOR JSON or FOR XML if it comes next."""
    position = tokens.position
    if tokens.accept("FOR", "JSON"):
        return _for_json(tokens, position)
    if tokens.accept("FOR", "XML"):
        return _for_xml(tokens, position)
    if tokens.at("FOR", "BROWSE"):
        raise tokens.unsupported("FOR BROWSE")
    return None


def _for_json(tokens: Tokens, position: int) -> ast.ForJson:
    mode = tokens.expect_any("PATH", "AUTO")
    root, include, without = None, False, False
    while tokens.accept(","):
        option = tokens.current.word
        if option == "ROOT":
            tokens.take()
            root = tokens.in_parentheses(Tokens.string) if tokens.at("(") else "root"
        elif option == "INCLUDE_NULL_VALUES":
            tokens.take()
            include = True
        elif root is not None:
            if option == "WITHOUT_ARRAY_WRAPPER":
                raise tokens.error(ROOT_WITHOUT_WRAPPER)
            raise tokens.error()
        else:
            tokens.expect("WITHOUT_ARRAY_WRAPPER")
            without = True
    return ast.ForJson(mode, root, include, without, position=position)


def _for_xml(tokens: Tokens, position: int) -> ast.ForXml:
    mode = tokens.expect_any("PATH", "AUTO", "RAW")
    element = None
    if mode != "AUTO" and tokens.at("("):
        element = tokens.in_parentheses(Tokens.string)
    directives = []
    while tokens.accept(","):
        directive = tokens.expect_any("TYPE", "ROOT", "ELEMENTS", "BINARY")
        if directive == "ROOT" and tokens.at("("):
            directive += " " + tokens.in_parentheses(Tokens.string)
        elif directive == "ELEMENTS" and (nulls := tokens.accept_any("XSINIL", "ABSENT")):
            directive += " " + nulls
        elif directive == "BINARY":
            tokens.expect("BASE64")
            directive += " BASE64"
        directives.append(directive)
    return ast.ForXml(mode, element, tuple(directives), position=position)
