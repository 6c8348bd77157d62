"""CREATE and ALTER of procedures, functions and triggers; what follows CREATE and ALTER at all.

Follows "CREATE PROCEDURE", "CREATE FUNCTION" and "CREATE TRIGGER",
https://learn.microsoft.com/sql/t-sql/statements/create-procedure-transact-sql
"""

from __future__ import annotations

from abc import abstractmethod

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import missing as parser_missing
from tds_embedded.tsql.parse.ddl import PRINCIPALS, DdlParser
from tds_embedded.tsql.parse.tokens import SET_OPERATORS

ROUTINE_OPTIONS = ("RECOMPILE", "ENCRYPTION", "SCHEMABINDING", "NATIVE_COMPILATION")


class RoutinesParser(DdlParser):
    @abstractmethod
    def statements_until(self, *words: str) -> tuple[ast.Statement, ...]:
        """Statements up to one of these words, or to the end of the batch."""

    @abstractmethod
    def require_first_in_batch(self, position: int, words: str) -> None:
        """Raises 111 unless the statement at `position` begins the batch."""

    # --- CREATE and ALTER ---

    def create(self) -> ast.Statement:
        position = self.token.position
        self.expect("CREATE")
        if self.accept("OR"):
            self.expect("ALTER")
            return self._module(position, "CREATE OR ALTER")
        if self.at_any("UNIQUE", "CLUSTERED", "NONCLUSTERED", "COLUMNSTORE", "INDEX"):
            unique = self.accept("UNIQUE")
            clustered = self.accept_any("CLUSTERED", "NONCLUSTERED") == "CLUSTERED"
            return self.create_index(position, unique=unique, clustered=clustered)
        if self.at_any(*PRINCIPALS):
            return self.principal("CREATE", position)
        if self.accept("TABLE"):
            return self.create_table(position)
        if self.accept("SCHEMA"):
            self.require_first_in_batch(position, "CREATE SCHEMA")
            return self.create_schema(position)
        if self.accept("SEQUENCE"):
            return self.sequence(position, alter=False)
        if self.accept("TYPE"):
            return self.create_type(position)
        if self.accept("SYNONYM"):
            return self.create_synonym(position)
        if self.accept("DATABASE"):
            return self.create_database(position)
        if self.accept("STATISTICS"):
            return self.create_statistics(position)
        return self._module(position, "CREATE")

    def alter(self) -> ast.Statement:
        position = self.token.position
        self.expect("ALTER")
        if self.at_any(*PRINCIPALS):
            return self.principal("ALTER", position)
        if self.accept("TABLE"):
            return self.alter_table(position)
        if self.accept("INDEX"):
            return self.alter_index(position)
        if self.accept("SCHEMA"):
            return self.alter_schema(position)
        if self.accept("SEQUENCE"):
            return self.sequence(position, alter=True)
        if self.accept("DATABASE"):
            return self.alter_database(position)
        return self._module(position, "ALTER")

    def _module(self, position: int, mode: str) -> ast.Statement:
        """A view, procedure, function or trigger: the rest of the batch is its definition."""
        if self.token.word == "PROC":
            kind = "PROCEDURE"
        else:
            kind = self.token.word
        if kind not in ("VIEW", "PROCEDURE", "FUNCTION", "TRIGGER"):
            self.refuse(*parser_missing.OBJECTS)
            raise self.fail()
        self.advance()
        verb = "CREATE/ALTER" if kind == "PROCEDURE" else mode
        self.require_first_in_batch(position, f"{verb} {kind}")
        if kind == "VIEW":
            return self.create_view(position, mode)
        if kind == "PROCEDURE":
            return self._create_procedure(position, mode)
        if kind == "FUNCTION":
            return self._create_function(position, mode)
        return self._create_trigger(position, mode)

    # --- Procedures ---

    def _create_procedure(self, position: int, mode: str) -> ast.CreateProcedure:
        name = self.object_name()
        if name.database:
            raise self.fail_at(name.position, 166, "CREATE/ALTER PROCEDURE")
        parameters: tuple[ast.RoutineParameter, ...] = ()
        if self.at("("):
            parameters = self.in_parentheses(lambda: self.list_of(self._parameter))
        elif self.token.kind is lexer.VARIABLE:
            parameters = self.list_of(self._parameter)
        options = self._routine_options()
        self.expect("AS")
        self.in_module = True
        body = self.statements_until()
        text = self.text_from(position)
        return ast.CreateProcedure(name, parameters, body, text, mode, options, position=position)

    def parameters(self) -> list[ast.RoutineParameter]:
        """The whole text as declarations of parameters."""
        if self.token.kind is lexer.END:
            return []
        declared = list(self.list_of(self._parameter))
        if self.token.kind is not lexer.END:
            raise self.fail()
        return declared

    def _parameter(self) -> ast.RoutineParameter:
        position = self.token.position
        name = self.variable()
        self.accept("AS")
        type_ = self.data_type()
        if self.accept("NOT"):
            self.expect("NULL")
        else:
            self.accept("NULL")
        default = self._literal_or_name() if self.accept("=") else None
        output = self.accept_any("OUTPUT", "OUT") is not None
        readonly = self.accept("READONLY")
        return ast.RoutineParameter(name, type_, default, output, readonly, position=position)

    def _literal_or_name(self) -> ast.Expression:
        """A constant; a bare word stands for the string of its letters."""
        position = self.token.position
        if self.at_name():
            return ast.StringLiteral(self.name(), position=position)
        if sign := self.accept_any("-", "+"):
            number = self.literal()
            if isinstance(
                number,
                (ast.IntegerLiteral, ast.DecimalLiteral, ast.FloatLiteral, ast.MoneyLiteral),
            ):
                return ast.Unary(sign, number, position=position)
            raise self.fail()
        literal = self.literal()
        if literal is None:
            raise self.fail()
        return literal

    def _routine_options(self) -> tuple[str, ...]:
        return self.list_of(self._routine_option) if self.accept("WITH") else ()

    def _routine_option(self) -> str:
        if self.accept_any("EXECUTE", "EXEC"):
            self.expect("AS")
            return "EXECUTE AS " + self.expect_any("CALLER", "SELF", "OWNER")
        if self.accept("RETURNS"):
            self.expect("NULL", "ON", "NULL", "INPUT")
            return "RETURNS NULL ON NULL INPUT"
        if self.accept("CALLED"):
            self.expect("ON", "NULL", "INPUT")
            return "CALLED ON NULL INPUT"
        return self.expect_any(*ROUTINE_OPTIONS)

    # --- Functions ---

    def _create_function(self, position: int, mode: str) -> ast.CreateFunction:
        name = self.object_name()
        self.expect("(")
        parameters = () if self.at(")") else self.list_of(self._parameter)
        self.expect(")", "RETURNS")
        if self.accept("TABLE"):
            return self._inline_function(position, name, parameters, mode)
        table_variable, returns = None, None
        elements: tuple[ast.TableElement, ...] = ()
        if self.token.kind is lexer.VARIABLE:
            table_variable = self.variable()
            self.expect("TABLE")
            elements = self.table_elements()
        else:
            returns = self.data_type()
        options = self._routine_options()
        self.accept("AS")
        self.expect("BEGIN")
        body = self.statements_until("END")
        self.expect("END")
        return ast.CreateFunction(
            name,
            parameters,
            self.text_from(position),
            mode,
            returns,
            table_variable=table_variable,
            elements=elements,
            body=body,
            options=options,
            position=position,
        )

    def _inline_function(
        self,
        position: int,
        name: ast.ObjectName,
        parameters: tuple[ast.RoutineParameter, ...],
        mode: str,
    ) -> ast.CreateFunction:
        options = self._routine_options()
        self.accept("AS")
        self.expect("RETURN")
        wrapped = self.at("(") and self.after_parentheses().word not in SET_OPERATORS
        if wrapped:
            self.expect("(")
        ctes = self.common_table_expressions() if self.at("WITH") else ()
        query = self.query()
        if wrapped:
            self.expect(")")
        return ast.CreateFunction(
            name,
            parameters,
            self.text_from(position),
            mode,
            query=query,
            ctes=ctes,
            options=options,
            position=position,
        )

    # --- Triggers ---

    def _create_trigger(self, position: int, mode: str) -> ast.CreateTrigger:
        name = self.object_name()
        self.expect("ON")
        self.refuse(*parser_missing.TRIGGERS_ON)
        table = self.object_name()
        self._routine_options()
        if self.accept("INSTEAD"):
            self.expect("OF")
            timing = "INSTEAD OF"
        else:
            self.expect_any("FOR", "AFTER")
            timing = "AFTER"
        events = self.list_of(lambda: self.expect_any("INSERT", "UPDATE", "DELETE"))
        self._not_for_replication()
        self.expect("AS")
        self.in_module = True
        body = self.statements_until()
        if not body:
            raise self.fail()
        text = self.text_from(position)
        return ast.CreateTrigger(name, table, events, body, text, timing, mode, position=position)
