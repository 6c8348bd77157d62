"""What every family of the grammar stands on: the cursor over tokens, names and errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.lexer import Token

T = TypeVar("T")

# What each product is called in the grammar's version gates.
PRODUCT_YEARS = {
    "2016": 2016,
    "2017": 2017,
    "2019": 2019,
    "2022": 2022,
    "2025": 2025,
    "azure": 2025,
    "managed": 2022,
}
FEATURE_MISSING = 40517
SET_OPERATORS = ("UNION", "EXCEPT", "INTERSECT")

# What SQL Server's grammar has and this one has not: inside statements, and at their beginning.
NOT_READ = frozenset(
    {
        *("CONTAINS", "CONTAINSTABLE", "CURSOR", "FREETEXT", "FREETEXTTABLE", "OPENDATASOURCE"),
        *("OPENQUERY", "OPENROWSET", "OPENXML", "PIVOT", "TABLESAMPLE", "UNPIVOT"),
    }
)


class ParserBase(ABC):
    """A cursor over the tokens of one batch; `year` is the product whose grammar holds."""

    def __init__(self, sql: str, *, year: int, quoted_identifiers: bool = True) -> None:
        self.sql = sql
        self.year = year
        self.tokens = lexer.tokenize(sql, quoted_identifiers=quoted_identifiers)
        self.index = 0
        self.token = self.tokens[0]
        self.in_module = False  # inside a procedure or a statement with parameters

    def read_again(self, *, quoted_identifiers: bool) -> None:
        """Read the rest of the text under another SET QUOTED_IDENTIFIER."""
        start = self.token.position
        rest = lexer.tokenize(self.sql, quoted_identifiers=quoted_identifiers, start=start)
        self.tokens[self.index :] = rest
        self.token = self.tokens[self.index]
        self.__dict__.pop("_closing", None)

    @abstractmethod
    def query(self) -> ast.Query:
        """A query expression with its ORDER BY, OFFSET and FOR."""

    @abstractmethod
    def statement(self) -> ast.Statement:
        """One statement without its closing semicolon."""

    # --- The cursor ---

    def advance(self) -> Token:
        """Step over the current token and return it."""
        token = self.token
        if token.kind is not lexer.END:
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def peek(self, distance: int = 1) -> Token:
        return self.tokens[min(self.index + distance, len(self.tokens) - 1)]

    def at(self, *words: str) -> bool:
        """Whether the tokens from here on are these words."""
        return all(self.peek(i).word == word for i, word in enumerate(words))

    def at_any(self, *words: str) -> bool:
        return self.token.word in words

    def accept(self, *words: str) -> bool:
        """Step over these words if they are next."""
        if self.token.word != words[0] or not self.at(*words):
            return False
        for _ in words:
            self.advance()
        return True

    def accept_any(self, *words: str) -> str | None:
        """Step over one of these words; return which."""
        return self.advance().word if self.token.word in words else None

    def expect(self, *words: str) -> None:
        for word in words:
            if self.token.word != word:
                raise self.fail()
            self.advance()

    def expect_any(self, *words: str) -> str:
        if self.token.word not in words:
            raise self.fail()
        return self.advance().word

    def accept_kind(self, *kinds: str) -> Token | None:
        return self.advance() if self.token.kind in kinds else None

    def expect_kind(self, *kinds: str) -> Token:
        if self.token.kind not in kinds:
            raise self.fail()
        return self.advance()

    def list_of(self, item: Callable[[], T]) -> tuple[T, ...]:
        """One or more items with commas between."""
        items = [item()]
        while self.accept(","):
            items.append(item())
        return tuple(items)

    def in_parentheses(self, item: Callable[[], T]) -> T:
        self.expect("(")
        result = item()
        self.expect(")")
        return result

    # --- Errors ---

    def fail(self, number: int = 102, *arguments: object) -> SqlServerError:
        """The error at the current token; without a number, incorrect syntax near it.

        At the end of a batch SQL Server names its last token.
        """
        token = self.token
        if token.kind is lexer.END and self.index:
            token = self.tokens[self.index - 1]
        is_method = token.word == "::" and self.peek(2).word == "("
        if number == 102 and not arguments and (is_method or token.word in NOT_READ):
            return self.fail_at(token.position, 40517, token.word)
        if number == 102 and not arguments:
            arguments = (token.value[:128],)
            number = 156 if token.kind is lexer.KEYWORD and token is self.token else 102
        return self.fail_at(token.position, number, *arguments)

    def fail_at(self, position: int, number: int, *arguments: object) -> SqlServerError:
        return error(number, *arguments, line=lexer.line_of(self.sql, position))

    def refuse(self, *words: str) -> None:
        """Raise 40517 if the next token is one of these words, which T-SQL has and this lacks."""
        if self.token.word in words:
            raise self.missing()

    def missing(self, construct: str = "") -> SqlServerError:
        """The error 40517 for what begins here: SQL Server's grammar has it."""
        return self.fail(FEATURE_MISSING, construct or self.token.value.upper())

    def require_year(self, year: int) -> None:
        """Refuse the current token where the product's grammar does not know it yet."""
        if self.year < year:
            raise self.fail()

    # --- Names ---

    def at_name(self) -> bool:
        return self.token.kind in (lexer.NAME, lexer.QUOTED)

    def name(self) -> str:
        return self.expect_kind(lexer.NAME, lexer.QUOTED).value

    def names(self) -> tuple[str, ...]:
        return self.list_of(self.name)

    def names_in_parentheses(self) -> tuple[str, ...]:
        return self.in_parentheses(self.names)

    def object_name(self) -> ast.ObjectName:
        """One to four parts; the schema may be left out: `db..t`."""
        position = self.token.position
        parts = [self.name()]
        while self.accept("."):
            if self.token.word == "." and len(parts) < 3:
                parts.append("")
            else:
                parts.append(self.name())
        if len(parts) > 4:
            raise self.fail_at(position, 117, "object", ".".join(parts), 3)
        return ast.ObjectName(tuple(parts), position=position)

    def variable(self) -> str:
        return self.expect_kind(lexer.VARIABLE).value

    def integer(self) -> int:
        """An integer with an optional sign."""
        sign = -1 if self.accept("-") else 1
        if sign == 1:
            self.accept("+")
        return sign * int(self.expect_kind(lexer.INTEGER).value)

    def string(self) -> str:
        return self.expect_kind(lexer.STRING, lexer.NATIONAL).value

    # --- Looking ahead ---

    @cached_property
    def _closing(self) -> dict[int, int]:
        """For each opening parenthesis the index of the one that closes it."""
        closing: dict[int, int] = {}
        opened: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.word == "(":
                opened.append(index)
            elif token.word == ")" and opened:
                closing[opened.pop()] = index
        return closing

    def after_parentheses(self) -> Token:
        """The token after the parenthesis that closes the one here."""
        return self.tokens[self._closing.get(self.index, -2) + 1]

    def parentheses_hold_query(self) -> bool:
        """Whether the parenthesis here opens a query, which may begin with parentheses itself.

        `((SELECT 1) UNION (SELECT 2))` is one; `((SELECT 1) + 2)` is not.
        """
        if self.token.word != "(":
            return False
        innermost = self.index
        while self.tokens[innermost + 1].word == "(":
            innermost += 1
        if self.tokens[innermost + 1].word != "SELECT":
            return False
        for opening in range(innermost, self.index, -1):
            after = self.tokens[self._closing.get(opening, -2) + 1].word
            if after != ")" and after not in SET_OPERATORS:
                return False
        return True
