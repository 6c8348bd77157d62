"""Batches: where statements end, variables, control of flow, EXEC, transactions, SET.

Follows "Control-of-Flow", "Variables" and "SET statements",
https://learn.microsoft.com/sql/t-sql/language-elements/control-of-flow
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import missing as parser_missing
from tds_embedded.tsql.parse.routines import RoutinesParser
from tds_embedded.tsql.parse.set import SetParser


def _check_order(arguments: Sequence[ast.Argument]) -> None:
    """Raises 119 for an argument by position after one by name."""
    named = False
    for number, argument in enumerate(arguments, start=1):
        if named and argument.name is None:
            raise error(119, number)
        named = named or argument.name is not None


class BatchesParser(SetParser, RoutinesParser):
    while_depth = 0

    # --- Lists of statements ---

    def batch(self) -> list[ast.Statement]:
        """The whole text; a batch may begin with a procedure's name without EXEC."""
        while self.accept(";"):
            pass
        is_label = self.peek().word == ":"
        if self.at_name() and self.token.word not in self._statements_by_name and not is_label:
            first: ast.Statement = self._execute_procedure(self.token.position)
            return [first, *self.statements_until()]
        return list(self.statements_until())

    def statements_until(self, *words: str) -> tuple[ast.Statement, ...]:
        statements: list[ast.Statement] = []
        start = self.index
        while True:
            while self.accept(";"):
                pass
            if self.token.kind is lexer.END or self.token.word in words:
                return tuple(statements)
            if self.index > start:
                self._require_terminated()
            statements.append(self.statement())
            self._take_effect(statements[-1])

    def _take_effect(self, statement: ast.Statement) -> None:
        """SET QUOTED_IDENTIFIER changes how the text after it is read."""
        if not isinstance(statement, ast.SetOption) or self.in_module:
            return
        if "QUOTED_IDENTIFIER" in statement.names:
            self.read_again(quoted_identifiers=statement.value == "ON")

    def _require_terminated(self) -> None:
        """WITH and THROW begin a statement only where the one before has its semicolon."""
        if self.peek(-1).word == ";":
            return
        if self.at("WITH"):
            raise self.fail(319)
        if self.at("THROW"):
            raise self.fail()

    def require_first_in_batch(self, position: int, words: str) -> None:
        if self.in_module:
            raise self.fail_at(self.peek(-1).position, 156, self.peek(-1).value)
        if self.tokens[0].position < position:
            raise self.fail_at(position, 111, words)

    def statement(self) -> ast.Statement:
        position = self.token.position
        node = self._any_statement()
        return replace(node, position=position, end=self.tokens[self.index - 1].end)

    def _any_statement(self) -> ast.Statement:
        word = self.token.word
        if word == "(":
            return self.select()
        if self.token.kind is lexer.KEYWORD:
            parse = self._statements_by_keyword.get(word)
        else:
            parse = self._statements_by_name.get(word)
        if parse is None:
            raise self._unknown_statement()
        return parse(self)

    def _unknown_statement(self) -> SqlServerError:
        word, following = self.token.word, self.peek().word
        seconds = parser_missing.STATEMENTS.get(word)
        is_label = self.at_name() and following == ":"
        if is_label or (seconds is not None and (not seconds or following in seconds)):
            return self.missing("a label" if is_label else word)
        return self.fail()

    # --- Control of flow ---

    def _begin(self) -> ast.Statement:
        position = self.token.position
        self.expect("BEGIN")
        if self.accept_any("TRAN", "TRANSACTION"):
            name = self._transaction_name()
            return ast.BeginTransaction(name, position=position)
        if self.accept("TRY"):
            return self._try(position)
        self.refuse(*parser_missing.AFTER_BEGIN)
        statements = self.statements_until("END")
        if not statements:
            raise self.fail()
        self.expect("END")
        return ast.Block(statements, position=position)

    def _try(self, position: int) -> ast.TryCatch:
        body = self.statements_until("END")
        if not body:
            raise self.fail()
        self.expect("END", "TRY")
        self.expect("BEGIN", "CATCH")
        handler = self.statements_until("END")
        self.expect("END", "CATCH")
        return ast.TryCatch(body, handler, position=position)

    def _if(self) -> ast.If:
        position = self.advance().position
        condition = self.condition()
        then = self.statement()
        otherwise = None
        if self.at("ELSE") or self.at(";", "ELSE"):
            self.accept(";")
            self.expect("ELSE")
            otherwise = self.statement()
        return ast.If(condition, then, otherwise, position=position)

    def _while(self) -> ast.While:
        position = self.advance().position
        condition = self.condition()
        self.while_depth += 1
        body = self.statement()
        self.while_depth -= 1
        return ast.While(condition, body, position=position)

    def _break(self) -> ast.Break:
        if not self.while_depth:
            raise self.fail(135)
        return ast.Break(position=self.advance().position)

    def _continue(self) -> ast.Continue:
        if not self.while_depth:
            raise self.fail(136)
        return ast.Continue(position=self.advance().position)

    def _return(self) -> ast.Return:
        position = self.advance().position
        token = self.token
        ends = token.kind is lexer.END or token.word in (";", "END", "ELSE")
        begins = token.word in self._statements_by_keyword or token.word in self._statements_by_name
        if ends or (begins and token.kind is not lexer.QUOTED):
            return ast.Return(position=position)
        return ast.Return(self.expression(), position=position)

    def _throw(self) -> ast.Throw:
        position = self.advance().position
        if self.token.kind not in (lexer.INTEGER, lexer.VARIABLE):
            return ast.Throw(position=position)
        number = self._constant_or_variable(lexer.INTEGER)
        self.expect(",")
        message = self._constant_or_variable(lexer.STRING, lexer.NATIONAL)
        self.expect(",")
        state = self._constant_or_variable(lexer.INTEGER)
        return ast.Throw(number, message, state, position=position)

    def _constant_or_variable(self, *kinds: str) -> ast.Expression:
        if self.token.kind not in (*kinds, lexer.VARIABLE):
            raise self.fail()
        literal = self.literal()
        assert literal is not None
        return literal

    def _raiserror(self) -> ast.RaisError:
        position = self.advance().position
        self.expect("(")
        message = self._literal_or_name()
        self.expect(",")
        severity = self._literal_or_name()
        self.expect(",")
        state = self._literal_or_name()
        arguments = self.list_of(self._literal_or_name) if self.accept(",") else ()
        self.expect(")")
        options: tuple[str, ...] = ()
        if self.accept("WITH"):
            options = self.list_of(lambda: self.expect_any("NOWAIT", "LOG", "SETERROR"))
        return ast.RaisError(message, severity, state, arguments, options, position=position)

    def _print(self) -> ast.Print:
        position = self.advance().position
        return ast.Print(self.expression(), position=position)

    def _waitfor(self) -> ast.WaitFor:
        position = self.advance().position
        kind = self.expect_any("DELAY", "TIME")
        value = self._constant_or_variable(lexer.STRING, lexer.NATIONAL)
        return ast.WaitFor(kind, value, position=position)

    def _use(self) -> ast.Use:
        position = self.advance().position
        return ast.Use(self.name(), position=position)

    def _kill(self) -> ast.Kill:
        position = self.advance().position
        return ast.Kill(self.integer(), position=position)

    def _checkpoint(self) -> ast.Checkpoint:
        return ast.Checkpoint(position=self.advance().position)

    # --- Variables ---

    def _declare(self) -> ast.Declare:
        position = self.advance().position
        if self.at_name() and self.peek().word in parser_missing.AFTER_DECLARE:
            raise self.missing("DECLARE CURSOR")
        if self.peek().word == "TABLE" or self.peek(2).word == "TABLE":
            return ast.Declare((self._table_variable(),), position=position)
        return ast.Declare(self.list_of(self._declaration), position=position)

    def _table_variable(self) -> ast.Declaration:
        position = self.token.position
        name = self.variable()
        self.accept("AS")
        self.expect("TABLE")
        self.names_constraints = False
        elements = self.table_elements()
        self.names_constraints = True
        return ast.Declaration(name, None, elements=elements, position=position)

    def _declaration(self) -> ast.Declaration:
        position = self.token.position
        name = self.variable()
        self.accept("AS")
        self.refuse("CURSOR")
        type_ = self.data_type()
        value = self.expression() if self.accept("=") else None
        return ast.Declaration(name, type_, value, position=position)

    # --- EXEC ---

    def execute(self) -> ast.Execute | ast.ExecuteString:
        position = self.token.position
        self.expect_any("EXEC", "EXECUTE")
        if self.at("("):
            text = self.in_parentheses(self._string_sum)
            return ast.ExecuteString(text, position=position)
        if self.at("AS"):
            raise self.missing("EXECUTE AS")
        return self._execute_procedure(position)

    def _string_sum(self) -> ast.Expression:
        kinds = (lexer.STRING, lexer.NATIONAL)
        text = self._constant_or_variable(*kinds)
        while self.accept("+"):
            right = self._constant_or_variable(*kinds)
            text = ast.Binary("+", text, right, position=text.position)
        return text

    def _execute_procedure(self, position: int) -> ast.Execute:
        status = None
        procedure: ast.ObjectName | str
        if self.token.kind is lexer.VARIABLE and self.peek().word == "=":
            status = self.variable()
            self.expect("=")
        if self.token.kind is lexer.VARIABLE:
            procedure = self.variable()
        else:
            procedure = self.object_name()
        arguments: tuple[ast.Argument, ...] = ()
        if self._at_argument():
            arguments = self.list_of(self._argument_of_execute)
            _check_order(arguments)
        options: tuple[str, ...] = ()
        if self.at("WITH", "RECOMPILE"):
            self.expect("WITH", "RECOMPILE")
            options = ("RECOMPILE",)
        return ast.Execute(procedure, arguments, status, options, position=position)

    def _at_argument(self) -> bool:
        token = self.token
        if token.kind in (lexer.END, lexer.KEYWORD):
            return token.word in ("NULL", "DEFAULT")
        if token.kind is lexer.SYMBOL:
            return token.word in ("-", "+")
        return token.word not in self._statements_by_name

    def _argument_of_execute(self) -> ast.Argument:
        position = self.token.position
        name = None
        if self.token.kind is lexer.VARIABLE and self.peek().word == "=":
            name = self.variable()
            self.expect("=")
        value: ast.Expression | ast.DefaultValue
        if self.at("DEFAULT"):
            value = ast.DefaultValue(position=self.advance().position)
        else:
            value = self._literal_or_name()
        output = False
        if isinstance(value, ast.Variable):
            output = self.accept_any("OUTPUT", "OUT") is not None
        elif self.at("OUTPUT") and isinstance(value, ast.Literal):
            raise error(179)
        return ast.Argument(value, name, output, position=position)

    # --- Transactions ---

    def _transaction_name(self) -> ast.Variable | str | None:
        position = self.token.position
        if self.token.kind is lexer.VARIABLE:
            return ast.Variable(self.variable(), position=position)
        if self.at_name() and self.token.word not in self._statements_by_name:
            return self.name()
        return None

    def _commit(self) -> ast.CommitTransaction:
        position = self.advance().position
        name = None
        if self.accept_any("TRAN", "TRANSACTION"):
            name = self._transaction_name()
        else:
            self.accept("WORK")
        if self.at("WITH", "("):
            self.advance()
            self.options()
        return ast.CommitTransaction(name, position=position)

    def _rollback(self) -> ast.RollbackTransaction:
        position = self.advance().position
        name = None
        if self.accept_any("TRAN", "TRANSACTION"):
            name = self._transaction_name()
        else:
            self.accept("WORK")
        return ast.RollbackTransaction(name, position=position)

    def _save(self) -> ast.SaveTransaction:
        position = self.advance().position
        self.expect_any("TRAN", "TRANSACTION")
        name = self._transaction_name()
        if name is None:
            raise self.fail()
        return ast.SaveTransaction(name, position=position)

    # --- What else begins with these words ---

    def _update(self) -> ast.Statement:
        if self.at("UPDATE", "STATISTICS"):
            return self.update_statistics()
        return self.update()

    def _trigger_switch(self) -> ast.EnableTrigger:
        position = self.token.position
        enable = self.advance().word == "ENABLE"
        self.expect("TRIGGER")
        names = () if self.accept("ALL") else self.list_of(self.object_name)
        self.expect("ON")
        self.refuse(*parser_missing.TRIGGERS_ON)
        return ast.EnableTrigger(enable, names, self.object_name(), position=position)

    _statements_by_keyword: dict[str, Callable[[BatchesParser], ast.Statement]] = {
        "ALTER": RoutinesParser.alter,
        "BEGIN": _begin,
        "BACKUP": RoutinesParser.backup,
        "BREAK": _break,
        "CHECKPOINT": _checkpoint,
        "COMMIT": _commit,
        "CONTINUE": _continue,
        "CREATE": RoutinesParser.create,
        "DBCC": RoutinesParser.dbcc,
        "DECLARE": _declare,
        "DELETE": RoutinesParser.delete,
        "DENY": RoutinesParser.permission,
        "DROP": RoutinesParser.drop,
        "EXEC": execute,
        "EXECUTE": execute,
        "GRANT": RoutinesParser.permission,
        "IF": _if,
        "INSERT": RoutinesParser.insert,
        "KILL": _kill,
        "MERGE": RoutinesParser.merge,
        "PRINT": _print,
        "RAISERROR": _raiserror,
        "RESTORE": RoutinesParser.restore,
        "RETURN": _return,
        "REVOKE": RoutinesParser.permission,
        "ROLLBACK": _rollback,
        "SAVE": _save,
        "SELECT": RoutinesParser.select,
        "SET": SetParser.set_statement,
        "TRUNCATE": RoutinesParser.truncate,
        "UPDATE": _update,
        "USE": _use,
        "WAITFOR": _waitfor,
        "WHILE": _while,
        "WITH": RoutinesParser.with_statement,
    }
    _statements_by_name: dict[str, Callable[[BatchesParser], ast.Statement]] = {
        "DISABLE": _trigger_switch,
        "ENABLE": _trigger_switch,
        "THROW": _throw,
    }
