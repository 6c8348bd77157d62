"""Table hints and query hints: closed lists, for an unknown hint is an error in T-SQL.

Follows "Table hints" and "Query hints",
https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.types import TypesParser

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


class HintsParser(TypesParser):
    def hints_of_source(self, alias: str | None) -> tuple[ast.TableHint, ...]:
        """WITH (hints) after a table of FROM, or one in parentheses alone."""
        if self.at("(") and self.peek().kind in (lexer.NAME, lexer.KEYWORD):
            return (self._old_hint(alias),)
        return self.table_hints()

    def table_hints(self) -> tuple[ast.TableHint, ...]:
        """WITH (hints), or the old form without WITH."""
        if self.at("(") and self.peek().word in TABLE_HINTS:
            return self.in_parentheses(self._table_hint_list)
        if self.at("WITH", "("):
            self.advance()
            return self.in_parentheses(self._table_hint_list)
        return ()

    def _old_hint(self, alias: str | None) -> ast.TableHint:
        """(hint) after a table; Raises 321 or 1018 after an alias, and 1018 for INDEX."""
        self.expect("(")
        hint = self._table_hint()
        if hint.arguments:
            raise self.fail_at(hint.position, 1018, hint.name)
        if not self.at(")"):
            self.accept(",")
            if alias is not None and self.token.word in TABLE_HINTS:
                raise self.fail(1018, self.token.value)
            raise self.fail()
        self.expect(")")
        return hint

    def _table_hint_list(self) -> tuple[ast.TableHint, ...]:
        hints = [self._table_hint()]
        while not self.at(")"):
            self.accept(",")  # the commas may be left out
            hints.append(self._table_hint())
        return tuple(hints)

    def _table_hint(self) -> ast.TableHint:
        token = self.token
        if token.word not in TABLE_HINTS:
            if token.kind is lexer.NAME:
                raise self.fail(321, token.value)
            raise self.fail()
        self.advance()
        arguments: tuple[str, ...] = ()
        if token.word == "INDEX":
            if self.accept("="):
                wrapped = self.at("(")
                arguments = self.in_parentheses(self._indexes) if wrapped else (self._index(),)
            else:
                arguments = self.in_parentheses(self._indexes)
        elif token.word == "FORCESEEK" and self.accept("("):
            arguments = (self._index(), *self.names_in_parentheses())
            self.expect(")")
        return ast.TableHint(token.word, arguments, position=token.position)

    def _indexes(self) -> tuple[str, ...]:
        return self.list_of(self._index)

    def _index(self) -> str:
        return self.expect_kind(lexer.NAME, lexer.QUOTED, lexer.INTEGER).value

    def query_hints(self) -> tuple[ast.QueryHint, ...]:
        """OPTION (hints)."""
        if not self.accept("OPTION"):
            return ()
        return self.in_parentheses(lambda: self.list_of(self._query_hint))

    def _query_hint(self) -> ast.QueryHint:
        token = self.token
        position = token.position
        if token.kind not in (lexer.NAME, lexer.KEYWORD):
            raise self.fail()
        if self.accept("OPTIMIZE"):
            return self._optimize_for(position)
        if self.accept("USE", "HINT"):
            names = self.in_parentheses(lambda: self.list_of(self.string))
            return ast.QueryHint("USE HINT", names, position=position)
        if token.word in QUERY_HINTS_WITH_NUMBER:
            self.advance()
            number = int(self.expect_kind(lexer.INTEGER).value)
            return ast.QueryHint(token.word, (number,), position=position)
        if token.word in QUERY_HINTS_WITH_VALUE:
            self.advance()
            self.expect("=")
            value = self.expect_kind(lexer.INTEGER, lexer.DECIMAL, lexer.STRING, lexer.NATIONAL)
            return ast.QueryHint(token.word, (value.value,), position=position)
        name = token.word
        if name not in QUERY_HINTS:
            name = f"{name}_{self.peek().word}"
            if name not in QUERY_HINTS:
                raise self.fail()
            self.advance()
        self.advance()
        return ast.QueryHint(name.replace("_", " "), position=position)

    def _optimize_for(self, position: int) -> ast.QueryHint:
        self.expect("FOR")
        if self.accept("UNKNOWN"):
            return ast.QueryHint("OPTIMIZE FOR UNKNOWN", position=position)
        variables = self.in_parentheses(lambda: self.list_of(self._optimized_variable))
        return ast.QueryHint("OPTIMIZE FOR", variables, position=position)

    def _optimized_variable(self) -> str:
        name = self.variable()
        if not self.accept("UNKNOWN"):
            self.expect("=")
            self.accept("-")
            self.expect_kind(
                lexer.INTEGER, lexer.DECIMAL, lexer.FLOAT, lexer.STRING, lexer.NATIONAL
            )
        return name
