"""Table hints and query hints: closed lists, for an unknown hint is an error in T-SQL.

Follows "Table hints" and "Query hints",
https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.tokens import Tokens

UNKNOWN_HINT = 321
HINT_WITHOUT_WITH = 1018

_TABLE_HINTS = """
    FORCESCAN FORCESEEK HOLDLOCK IGNORE_CONSTRAINTS IGNORE_TRIGGERS INDEX KEEPDEFAULTS
    KEEPIDENTITY NOEXPAND NOLOCK NOWAIT PAGLOCK READCOMMITTED READCOMMITTEDLOCK READPAST
    READUNCOMMITTED REPEATABLEREAD ROWLOCK SERIALIZABLE SNAPSHOT TABLOCK TABLOCKX UPDLOCK XLOCK
"""
TABLE_HINTS = frozenset(_TABLE_HINTS.split())
_QUERY_HINTS = """
    HASH_GROUP ORDER_GROUP CONCAT_UNION HASH_UNION MERGE_UNION LOOP_JOIN HASH_JOIN MERGE_JOIN
    EXPAND_VIEWS FORCE_ORDER FORCE_EXTERNALPUSHDOWN DISABLE_EXTERNALPUSHDOWN KEEP_PLAN
    KEEPFIXED_PLAN ROBUST_PLAN RECOMPILE NO_PERFORMANCE_SPOOL PARAMETERIZATION_SIMPLE
    PARAMETERIZATION_FORCED IGNORE_NONCLUSTERED_COLUMNSTORE_INDEX
"""
QUERY_HINTS = frozenset(_QUERY_HINTS.split())
QUERY_HINTS_WITH_NUMBER = frozenset(["FAST", "MAXDOP", "MAXRECURSION", "QUERYTRACEON"])
QUERY_HINTS_WITH_VALUE = frozenset(["MAX_GRANT_PERCENT", "MIN_GRANT_PERCENT", "LABEL"])


def hints_of_source(tokens: Tokens, alias: str | None) -> tuple[ast.TableHint, ...]:
    """Read WITH (hints) after a table of FROM, or one hint in parentheses."""
    if tokens.at("(") and tokens.peek().kind in (lexer.NAME, lexer.KEYWORD):
        return (_old_hint(tokens, alias),)
    return table_hints(tokens)


def table_hints(tokens: Tokens) -> tuple[ast.TableHint, ...]:
    """Read WITH (hints), or the old form without WITH."""
    if tokens.at("(") and tokens.peek().word in TABLE_HINTS:
        return tokens.in_parentheses(_table_hint_list)
    if tokens.at("WITH", "("):
        tokens.take()
        return tokens.in_parentheses(_table_hint_list)
    return ()


def _old_hint(tokens: Tokens, alias: str | None) -> ast.TableHint:
    """Read (hint) after a table. Raises 321 or 1018 after an alias, and 1018 for INDEX."""
    tokens.expect("(")
    hint = _table_hint(tokens)
    if hint.arguments:
        raise tokens.error_at(hint.position, HINT_WITHOUT_WITH, hint.name)
    if not tokens.at(")"):
        tokens.accept(",")
        if alias is not None and tokens.current.word in TABLE_HINTS:
            raise tokens.error(HINT_WITHOUT_WITH, tokens.current.value)
        raise tokens.error()
    tokens.expect(")")
    return hint


def _table_hint_list(tokens: Tokens) -> tuple[ast.TableHint, ...]:
    hints = [_table_hint(tokens)]
    while not tokens.at(")"):
        tokens.accept(",")  # the commas may be left out
        hints.append(_table_hint(tokens))
    return tuple(hints)


def _table_hint(tokens: Tokens) -> ast.TableHint:
    token = tokens.current
    if token.word not in TABLE_HINTS:
        if token.kind is lexer.NAME:
            raise tokens.error(UNKNOWN_HINT, token.value)
        raise tokens.error()
    tokens.take()
    arguments: tuple[str, ...] = ()
    if token.word == "INDEX":
        if tokens.accept("="):
            is_list = tokens.at("(")
            arguments = tokens.list_in_parentheses(_index) if is_list else (_index(tokens),)
        else:
            arguments = tokens.list_in_parentheses(_index)
    elif token.word == "FORCESEEK" and tokens.accept("("):
        arguments = (_index(tokens), *tokens.names_in_parentheses())
        tokens.expect(")")
    return ast.TableHint(token.word, arguments, position=token.position)


def _index(tokens: Tokens) -> str:
    return tokens.expect_kind(lexer.NAME, lexer.QUOTED, lexer.INTEGER).value


def query_hints(tokens: Tokens) -> tuple[ast.QueryHint, ...]:
    """Read OPTION (hints) if it comes next."""
    if not tokens.accept("OPTION"):
        return ()
    return tokens.list_in_parentheses(_query_hint)


def _query_hint(tokens: Tokens) -> ast.QueryHint:
    token = tokens.current
    position = token.position
    if token.kind not in (lexer.NAME, lexer.KEYWORD):
        raise tokens.error()
    if tokens.accept("OPTIMIZE"):
        return _optimize_for(tokens, position)
    if tokens.accept("USE", "HINT"):
        names = tokens.list_in_parentheses(Tokens.string)
        return ast.QueryHint("USE HINT", names, position=position)
    if token.word in QUERY_HINTS_WITH_NUMBER:
        tokens.take()
        number = tokens.unsigned()
        return ast.QueryHint(token.word, (number,), position=position)
    if token.word in QUERY_HINTS_WITH_VALUE:
        tokens.take()
        tokens.expect("=")
        value = tokens.expect_kind(lexer.INTEGER, lexer.DECIMAL, lexer.STRING, lexer.NATIONAL)
        return ast.QueryHint(token.word, (value.value,), position=position)
    name = token.word
    if name not in QUERY_HINTS:
        name = f"{name}_{tokens.peek().word}"
        if name not in QUERY_HINTS:
            raise tokens.error()
        tokens.take()
    tokens.take()
    return ast.QueryHint(name.replace("_", " "), position=position)


def _optimize_for(tokens: Tokens, position: int) -> ast.QueryHint:
    tokens.expect("FOR")
    if tokens.accept("UNKNOWN"):
        return ast.QueryHint("OPTIMIZE FOR UNKNOWN", position=position)
    variables = tokens.list_in_parentheses(_optimized_variable)
    return ast.QueryHint("OPTIMIZE FOR", variables, position=position)


def _optimized_variable(tokens: Tokens) -> str:
    name = tokens.variable()
    if not tokens.accept("UNKNOWN"):
        tokens.expect("=")
        tokens.accept("-")
        tokens.expect_kind(lexer.INTEGER, lexer.DECIMAL, lexer.FLOAT, lexer.STRING, lexer.NATIONAL)
    return name
