"""SET: variables and the session's options, each with the kind of value that it takes.

Follows "SET statements", https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.expressions import ExpressionsParser
from tds_embedded.tsql.parse.queries import ASSIGNMENTS

_SWITCHES = """
    ANSI_DEFAULTS ANSI_NULL_DFLT_OFF ANSI_NULL_DFLT_ON ANSI_NULLS ANSI_PADDING ANSI_WARNINGS
    ARITHABORT ARITHIGNORE CONCAT_NULL_YIELDS_NULL CURSOR_CLOSE_ON_COMMIT FMTONLY FORCEPLAN
    IMPLICIT_TRANSACTIONS NOCOUNT NOEXEC NUMERIC_ROUNDABORT PARSEONLY QUOTED_IDENTIFIER
    REMOTE_PROC_TRANSACTIONS SHOWPLAN_ALL SHOWPLAN_TEXT SHOWPLAN_XML XACT_ABORT
"""
SWITCHES = frozenset(_SWITCHES.split())
WITH_VALUE = frozenset(
    [
        "CONTEXT_INFO",
        "DATEFIRST",
        "LOCK_TIMEOUT",
        "QUERY_GOVERNOR_COST_LIMIT",
        "ROWCOUNT",
        "TEXTSIZE",
    ]
)
WITH_WORD = frozenset(["DATEFORMAT", "DEADLOCK_PRIORITY", "LANGUAGE"])
STATISTICS = ("IO", "PROFILE", "TIME", "XML")


class SetParser(ExpressionsParser):
    def set_statement(self) -> ast.Statement:
        position = self.token.position
        self.expect("SET")
        if self.token.kind is lexer.VARIABLE:
            name = self.variable()
            if self.at("=", "CURSOR"):
                raise self.missing("SET @cursor")
            operator = self.expect_any(*ASSIGNMENTS)
            assigned = self.expression()
            if operator != "=":
                variable = ast.Variable(name, position=position)
                assigned = ast.Binary(operator[:-1], variable, assigned, position=position)
            return ast.SetVariable(name, assigned, position=position)
        if self.accept("TRANSACTION"):
            return self._isolation_level(position)
        if self.accept("IDENTITY_INSERT"):
            table = self.object_name()
            return ast.SetIdentityInsert(table, self._on() == "ON", position=position)
        if self.accept("STATISTICS"):
            names = self.list_of(lambda: "STATISTICS " + self.expect_any(*STATISTICS))
            return ast.SetOption(names, self._on(), position=position)
        word = self.token.word
        if word in WITH_VALUE or word in WITH_WORD:
            self.advance()
            value = self._word() if word in WITH_WORD else self._value_of_option()
            return ast.SetOption((word,), value, position=position)
        names = self.list_of(self._switch)
        return ast.SetOption(names, self._on(), position=position)

    def _switch(self) -> str:
        if self.token.word not in SWITCHES:
            if self.token.kind is lexer.NAME:
                raise self.fail(195, self.token.value, "SET option")
            raise self.fail()
        return self.advance().word

    def _on(self) -> str:
        return self.expect_any("ON", "OFF")

    def _word(self) -> str | ast.Expression:
        if self.at_name():
            return self.name()
        return self._value_of_option()

    def _value_of_option(self) -> ast.Expression:
        position = self.token.position
        negative = self.accept("-")
        value = self.literal()
        if value is None:
            raise self.fail()
        return ast.Unary("-", value, position=position) if negative else value

    def _isolation_level(self, position: int) -> ast.SetIsolationLevel:
        self.expect("ISOLATION", "LEVEL")
        word = self.expect_any("READ", "REPEATABLE", "SERIALIZABLE", "SNAPSHOT")
        if word == "READ":
            word += " " + self.expect_any("COMMITTED", "UNCOMMITTED")
        elif word == "REPEATABLE":
            self.expect("READ")
            word = "REPEATABLE READ"
        return ast.SetIsolationLevel(word, position=position)
