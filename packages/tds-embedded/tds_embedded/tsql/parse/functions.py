"""Names in expressions, and everything that is called: functions, CASE, CAST, windows.

Follows "Functions (Transact-SQL)", https://learn.microsoft.com/sql/t-sql/functions/functions
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.tokens import T
from tds_embedded.tsql.parse.types import LENGTH_IN_CAST, TypesParser
from tds_embedded.types import SqlType

# A parenthesis, a name or EXISTS may turn out to be either.
Operand = ast.Expression | ast.Predicate
Argument = ast.Expression | ast.DatePart | ast.Star | ast.JsonKeyValue | ast.DefaultValue

DATE_PARTS = {
    "year": ("YEAR", "YY", "YYYY"),
    "quarter": ("QUARTER", "QQ", "Q"),
    "month": ("MONTH", "MM", "M"),
    "dayofyear": ("DAYOFYEAR", "DY", "Y"),
    "day": ("DAY", "DD", "D"),
    "week": ("WEEK", "WK", "WW"),
    "weekday": ("WEEKDAY", "DW", "W"),
    "iso_week": ("ISO_WEEK", "ISOWK", "ISOWW"),
    "hour": ("HOUR", "HH"),
    "minute": ("MINUTE", "MI", "N"),
    "second": ("SECOND", "SS", "S"),
    "millisecond": ("MILLISECOND", "MS"),
    "microsecond": ("MICROSECOND", "MCS"),
    "nanosecond": ("NANOSECOND", "NS"),
    "tzoffset": ("TZOFFSET", "TZ"),
}
DATE_PART_OF = {word: part for part, words in DATE_PARTS.items() for word in words}
DATE_PART_FUNCTIONS = frozenset(
    ["DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "DATENAME", "DATETRUNC", "DATE_BUCKET"]
)
STAR_FUNCTIONS = frozenset(["COUNT", "COUNT_BIG", "CHECKSUM", "BINARY_CHECKSUM"])
MAXIMUM_FRAME_OFFSET = 2**31 - 1
JSON_CONSTRUCTORS = frozenset(["JSON_OBJECT", "JSON_ARRAY", "JSON_OBJECTAGG", "JSON_ARRAYAGG"])
NILADIC = frozenset(["CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"])
KEYWORD_FUNCTIONS = frozenset(["LEFT", "RIGHT", "COALESCE", "NULLIF"])
# The names that ODBC has for functions of T-SQL, and functions that only ODBC has.
ODBC_NAMES = {
    "DATABASE": "DB_NAME",
    "DAYOFMONTH": "DAY",
    "IFNULL": "ISNULL",
    "LCASE": "LOWER",
    "NOW": "GETDATE",
    "UCASE": "UPPER",
}
_ODBC_FUNCTIONS = """
    BIT_LENGTH CURDATE CURTIME CURRENT_DATE CURRENT_TIME DAYNAME DAYOFWEEK DAYOFYEAR EXTRACT HOUR
    INSERT LENGTH LOCATE MINUTE MOD MONTHNAME OCTET_LENGTH POSITION QUARTER REPEAT SECOND
    TIMESTAMPADD TIMESTAMPDIFF TRUNCATE WEEK
"""
ODBC_FUNCTIONS = frozenset(_ODBC_FUNCTIONS.split())
PREDICATE_FUNCTIONS = {"REGEXP_LIKE": 2025}


class FunctionsParser(TypesParser):
    @abstractmethod
    def expression(self) -> ast.Expression: ...

    @abstractmethod
    def condition(self) -> ast.Predicate: ...

    @abstractmethod
    def order_by_list(self) -> tuple[ast.OrderItem, ...]: ...

    # --- Names ---

    def named(self) -> Operand:
        """A column, or a call of something that is not a keyword."""
        token = self.token
        if token.kind is lexer.NAME and self.peek().word == "(":
            special = self._special_calls.get(token.word)
            if special is not None:
                self.advance()
                return special(self, token)
        if self.at("NEXT", "VALUE", "FOR"):
            return self._next_value_for()
        name = self.object_name_or_pseudo_column()
        if isinstance(name, ast.PseudoColumn):
            return name
        if self.at("("):
            return self.call(name)
        return ast.ColumnReference(name.parts, position=name.position)

    def object_name_or_pseudo_column(self) -> ast.ObjectName | ast.PseudoColumn:
        """Parts with dots between; `t.$identity` ends in a pseudo column."""
        position = self.token.position
        parts = [self.name()]
        while self.accept("."):
            if self.token.kind is lexer.PSEUDO or self.at("IDENTITYCOL"):
                return ast.PseudoColumn(self.advance().word, tuple(parts), position=position)
            parts.append("" if self.token.word == "." else self.name())
        if len(parts) > 4:
            raise self.fail_at(position, 117, "column", ".".join(parts), 3)
        return ast.ObjectName(tuple(parts), position=position)

    def keyword_expression(self) -> Operand:
        """An expression that begins with a reserved word."""
        token = self.token
        word = token.word
        if word == "NULL":
            self.advance()
            return ast.NullLiteral(position=token.position)
        if word == "CASE":
            return self._case()
        if word in NILADIC or (word == "CURRENT_DATE" and self.year >= 2025):
            self.advance()
            return ast.NiladicFunction(word, position=token.position)
        if word in KEYWORD_FUNCTIONS and self.peek().word == "(":
            self.advance()
            return self.call(ast.ObjectName((word,), position=token.position))
        if word in ("CONVERT", "TRY_CONVERT"):
            return self._convert(self.advance())
        if word == "IDENTITYCOL":
            self.advance()
            return ast.PseudoColumn(word, position=token.position)
        if word == "UPDATE" and self.peek().word == "(":
            self.advance()
            column = self.in_parentheses(self._column)
            return ast.PredicateFunction(word, (column,), position=token.position)
        raise self.fail()

    def _column(self) -> ast.ColumnReference:
        position = self.token.position
        return ast.ColumnReference((self.name(),), position=position)

    # --- Calls ---

    def call(self, name: ast.ObjectName) -> Operand:
        """The call whose name has been read, with WITHIN GROUP and OVER."""
        position = name.position
        word = name.parts[0].upper() if len(name.parts) == 1 else ""
        if word:
            name = ast.ObjectName((word,), position=position)
        self.expect("(")
        distinct = self.accept("DISTINCT")
        if not distinct:
            self.accept("ALL")
        arguments: tuple[Argument, ...] = ()
        if not self.at(")") or word in KEYWORD_FUNCTIONS:
            arguments = self._arguments(word)
        json_nulls, json_type, order = self._json_clauses(word)
        returning = self._returning_type() if word == "JSON_VALUE" else None
        nulls = self._null_treatment()
        self.expect(")")
        if word in PREDICATE_FUNCTIONS and self.year >= PREDICATE_FUNCTIONS[word]:
            values = tuple(a for a in arguments if isinstance(a, ast.Expression))
            return ast.PredicateFunction(word, values, position=position)
        return ast.FunctionCall(
            name,
            arguments,
            distinct,
            order or self._within_group(),
            nulls=nulls or self._null_treatment(),
            over=self.over(),
            json_nulls=json_nulls,
            json_type=json_type,
            returning=returning,
            position=position,
        )

    def _arguments(self, word: str) -> tuple[Argument, ...]:
        position = self.token.position
        if self.at("*"):
            if word not in STAR_FUNCTIONS:
                raise self.fail()
            self.advance()
            return (ast.Star(position=position),)
        if word in DATE_PART_FUNCTIONS:
            part = self._date_part(word)
            self.expect(",")
            return (part, *self.list_of(self.expression))
        if word in JSON_CONSTRUCTORS:
            if self.at_any("NULL", "ABSENT") and self.peek().word == "ON":
                return ()
            return self.list_of(self._json_argument)
        if word == "NULLIF":
            first = self.expression()
            self.expect(",")
            return (first, self.expression())
        return self.list_of(self.argument)

    def argument(self) -> ast.Expression | ast.DefaultValue:
        if self.at("DEFAULT"):  # dbo.f(DEFAULT)
            return ast.DefaultValue(position=self.advance().position)
        return self.expression()

    def _date_part(self, function: str) -> ast.DatePart:
        token = self.expect_kind(lexer.NAME, lexer.QUOTED, lexer.STRING, lexer.VARIABLE)
        if token.kind in (lexer.STRING, lexer.VARIABLE):
            raise self.fail_at(token.position, 1023, 1, function.lower())
        part = DATE_PART_OF.get(token.value.upper())
        if part is None:
            raise self.fail_at(token.position, 155, token.value, function.lower())
        return ast.DatePart(part, position=token.position)

    def _json_argument(self) -> ast.Expression | ast.JsonKeyValue:
        key = self.expression()
        if self.at(":"):
            self.require_year(2022)
            self.advance()
            return ast.JsonKeyValue(key, self.expression(), position=key.position)
        return key

    def _json_clauses(self, word: str) -> tuple[str | None, bool, tuple[ast.OrderItem, ...]]:
        """ORDER BY, {NULL | ABSENT} ON NULL and RETURNING JSON inside a JSON constructor."""
        if word not in JSON_CONSTRUCTORS:
            return None, False, ()
        order: tuple[ast.OrderItem, ...] = ()
        if word == "JSON_ARRAYAGG" and self.at("ORDER"):
            order = self.order_by_list()
        nulls = self.accept_any("NULL", "ABSENT")
        if nulls:
            self.expect("ON", "NULL")
        returning = self.accept("RETURNING")
        if returning:
            self.require_year(2025)
            self.expect("JSON")
            if self.accept("("):
                self.expect_kind(lexer.INTEGER)
                self.expect(")")
        return nulls, returning, order

    def _returning_type(self) -> ast.DataType | None:
        if not self.at("RETURNING"):
            return None
        self.require_year(2025)
        self.advance()
        return self.data_type(LENGTH_IN_CAST)

    def _null_treatment(self) -> str | None:
        if self.at_any("IGNORE", "RESPECT") and self.peek().word == "NULLS":
            self.require_year(2022)
            word = self.advance().word
            self.advance()
            return word
        return None

    def _within_group(self) -> tuple[ast.OrderItem, ...]:
        if not self.at("WITHIN", "GROUP"):
            return ()
        self.expect("WITHIN", "GROUP")
        return self.in_parentheses(self.order_by_list)

    # --- Windows ---

    def over(self) -> ast.Window | None:
        """OVER (...) or OVER name."""
        if not self.accept("OVER"):
            return None
        position = self.token.position
        if self.at_name():
            self.require_year(2022)
            return ast.Window(self.name(), position=position)
        window = self.window()
        if window.name and not (window.partition_by or window.order_by or window.frame):
            raise self.fail_at(self.peek(-1).position, 102, ")")
        return window

    def window(self) -> ast.Window:
        position = self.token.position
        self.expect("(")
        name = None
        if self.at_name() and not self.at_any("PARTITION", "ROWS", "RANGE"):
            self.require_year(2022)
            name = self.name()
        partition: tuple[ast.Expression, ...] = ()
        if self.accept("PARTITION"):
            self.expect("BY")
            partition = self.list_of(self.expression)
        order = self.order_by_list() if self.at("ORDER") else ()
        if self.at_any("ROWS", "RANGE") and not (name or partition or order):
            raise self.fail()
        frame = self._frame() if self.at_any("ROWS", "RANGE") else None
        self.expect(")")
        return ast.Window(name, partition, order, frame, position=position)

    def _frame(self) -> ast.Frame:
        unit = self.advance()
        if self.accept("BETWEEN"):
            start = self._frame_bound(unit.word, "PRECEDING")
            self.expect("AND")
            end = self._frame_bound(unit.word, "FOLLOWING")
            return ast.Frame(unit.word, start, end, position=unit.position)
        start = self._frame_bound(unit.word, "PRECEDING")
        return ast.Frame(unit.word, start, position=unit.position)

    def _frame_bound(self, unit: str, unbounded: str) -> ast.FrameBound:
        """A bound; a frame is unbounded at its start to one side, at its end to the other."""
        position = self.token.position
        if self.accept("UNBOUNDED"):
            self.expect(unbounded)
            return ast.FrameBound("UNBOUNDED " + unbounded, position=position)
        if self.accept("CURRENT"):
            self.expect("ROW")
            return ast.FrameBound("CURRENT ROW", position=position)
        if unit == "RANGE":
            raise self.fail(4194)
        value = ast.IntegerLiteral(int(self.expect_kind(lexer.INTEGER).value), position=position)
        if value.value > MAXIMUM_FRAME_OFFSET:
            raise self.fail_at(position, 102, value.value)
        direction = self.expect_any("PRECEDING", "FOLLOWING")
        return ast.FrameBound(direction, value, position=position)

    # --- Constructs with a grammar of their own ---

    def _case(self) -> ast.Expression:
        position = self.advance().position
        if self.at("WHEN"):
            searched = self._whens(self.condition)
            return ast.SearchedCase(searched, self._case_end(), position=position)
        operand = self.expression()
        simple = self._whens(self.expression)
        return ast.SimpleCase(operand, simple, self._case_end(), position=position)

    def _whens(self, test: Callable[[], T]) -> tuple[tuple[T, ast.Expression], ...]:
        whens = []
        self.expect("WHEN")
        while True:
            tested = test()
            self.expect("THEN")
            whens.append((tested, self.expression()))
            if not self.accept("WHEN"):
                return tuple(whens)

    def _case_end(self) -> ast.Expression | None:
        otherwise = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        return otherwise

    def _convert(self, token: lexer.Token) -> ast.Convert:
        self.expect("(")
        type_ = self.data_type(LENGTH_IN_CAST)
        self.expect(",")
        expression = self.expression()
        style = self.expression() if self.accept(",") else None
        self.expect(")")
        tolerant = token.word == "TRY_CONVERT"
        return ast.Convert(type_, expression, style, tolerant, position=token.position)

    def _cast(self, token: lexer.Token) -> ast.Cast:
        self.expect("(")
        expression = self.expression()
        self.expect("AS")
        type_ = self.data_type(LENGTH_IN_CAST)
        self.expect(")")
        return ast.Cast(expression, type_, token.word == "TRY_CAST", position=token.position)

    def _parse(self, token: lexer.Token) -> ast.Parse:
        self.expect("(")
        expression = self.expression()
        self.expect("AS")
        type_ = self.data_type(LENGTH_IN_CAST)
        culture = self.expression() if self.accept("USING") else None
        self.expect(")")
        tolerant = token.word == "TRY_PARSE"
        return ast.Parse(expression, type_, culture, tolerant, position=token.position)

    def _iif(self, token: lexer.Token) -> ast.Iif:
        self.expect("(")
        condition = self.condition()
        self.expect(",")
        true = self.expression()
        self.expect(",")
        false = self.expression()
        self.expect(")")
        return ast.Iif(condition, true, false, position=token.position)

    def _trim(self, token: lexer.Token) -> ast.Trim:
        self.expect("(")
        side = None
        if self.at_any("LEADING", "TRAILING", "BOTH") and self.peek().word not in (
            ")",
            ".",
            "FROM",
        ):
            self.require_year(2022)
            side = self.advance().word
        operand = self.expression()
        characters = None
        if self.at("FROM"):
            self.require_year(2017)
            self.advance()
            characters, operand = operand, self.expression()
        self.expect(")")
        return ast.Trim(operand, characters, side, position=token.position)

    def _next_value_for(self) -> ast.NextValueFor:
        position = self.token.position
        self.expect("NEXT", "VALUE", "FOR")
        return ast.NextValueFor(self.object_name(), self.over(), position=position)

    def odbc_escape(self) -> ast.Expression:
        """{fn f(...)}, {d '...'}, {ts '...'} and {guid '...'} ("ODBC escape sequences")."""
        position = self.token.position
        self.expect("{")
        kind = self.expect_any("FN", "D", "TS", "GUID")
        result: ast.Expression
        if kind == "FN":
            self.refuse(*ODBC_FUNCTIONS)
            named = ODBC_NAMES.get(self.token.word)
            result = self.expression()
            if not isinstance(result, (ast.FunctionCall, ast.Convert, ast.NiladicFunction)):
                raise self.fail()
            if named is not None and isinstance(result, ast.FunctionCall):
                result = replace(result, name=ast.ObjectName((named,), position=position))
        else:
            text = self.expect_kind(lexer.STRING)
            literal = ast.StringLiteral(text.value, position=text.position)
            type_ = SqlType("uniqueidentifier" if kind == "GUID" else "datetime")
            result = ast.Cast(literal, type_, position=position)
        self.expect("}")
        return result

    _special_calls: dict[str, Callable[[FunctionsParser, lexer.Token], ast.Expression]] = {
        "CAST": _cast,
        "TRY_CAST": _cast,
        "PARSE": _parse,
        "TRY_PARSE": _parse,
        "IIF": _iif,
        "TRIM": _trim,
    }
