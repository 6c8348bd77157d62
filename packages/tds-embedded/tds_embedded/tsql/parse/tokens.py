"""The cursor over the tokens of one batch, on which every rule of the grammar stands.

A rule is a function of a cursor. It reads the tokens of one construct and returns a node of the
syntax tree, or raises the error that SQL Server raises at the first invalid token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import lexer
from tds_embedded.tsql.lexer import Token
from tds_embedded.tsql.parse.unsupported import CLAUSES

T = TypeVar("T")

INCORRECT_SYNTAX = 102
INCORRECT_SYNTAX_NEAR_KEYWORD = 156
FEATURE_MISSING = 40517
SET_OPERATORS = ("UNION", "EXCEPT", "INTERSECT")


class Tokens:
    """A cursor over the tokens of one batch, and the state that decides how they are read.

    sql: the text of the batch.
    current: the token that is read next; an END token closes the batch.
    year: the version of SQL Server whose grammar applies.
    in_module: whether a procedure or trigger begins in the tokens already read; the rest of the
        batch is its body.
    loops: the number of WHILE loops around the current token.
    """

    __slots__ = ("_closing", "_index", "_tokens", "current", "in_module", "loops", "sql", "year")

    def __init__(self, sql: str, *, year: int, quoted_identifiers: bool = True) -> None:
        self.sql = sql
        self.year = year
        self.in_module = False
        self.loops = 0
        self._tokens = lexer.tokenize(sql, quoted_identifiers=quoted_identifiers)
        self._index = 0
        self._closing: dict[int, int] | None = None
        self.current = self._tokens[0]

    def use_quoted_identifiers(self, enabled: bool) -> None:
        """Read the rest of the text under another SET QUOTED_IDENTIFIER."""
        start = self.current.position
        rest = lexer.tokenize(self.sql, quoted_identifiers=enabled, start=start)
        self._tokens[self._index :] = rest
        self._closing = None
        self.current = rest[0]

    # --- The cursor ---

    @property
    def position(self) -> int:
        """The offset of the current token in the text."""
        return self.current.position

    @property
    def end(self) -> int:
        """The offset after the last token that was read."""
        return self._tokens[self._index - 1].end

    @property
    def start(self) -> int:
        """The offset of the first token of the batch."""
        return self._tokens[0].position

    def text_from(self, position: int) -> str:
        """Return the text from `position` to the last token that was read."""
        return self.sql[position : self.end]

    def take(self) -> Token:
        """Step over the current token and return it."""
        token = self.current
        if token.kind is not lexer.END:
            self._index += 1
            self.current = self._tokens[self._index]
        return token

    def peek(self, distance: int = 1) -> Token:
        """Return a token relative to the current one; after the last token, the END token."""
        index = self._index + distance
        return self._tokens[index] if index < len(self._tokens) else self._tokens[-1]

    def at(self, word: str, *following: str) -> bool:
        """Return whether the next tokens are these words."""
        if self.current.word != word:
            return False
        return all(self.peek(i).word == each for i, each in enumerate(following, start=1))

    def at_any(self, *words: str) -> bool:
        """Return whether the current token is one of these words."""
        return self.current.word in words

    def accept(self, *words: str) -> bool:
        """Step over these words if they come next; return whether they do."""
        if self.current.word != words[0] or (len(words) > 1 and not self.at(*words)):
            return False
        for _ in words:
            self.take()
        return True

    def accept_any(self, *words: str) -> str | None:
        """Step over the current token if it is one of these words, and return it."""
        return self.take().word if self.current.word in words else None

    def expect(self, *words: str) -> None:
        """Step over these words. Raises 102 or 156 at the first that does not come next."""
        for word in words:
            if self.current.word != word:
                raise self.error()
            self.take()

    def expect_any(self, *words: str) -> str:
        """Step over one of these words and return it. Raises 102 or 156 for another token."""
        if self.current.word not in words:
            raise self.error()
        return self.take().word

    def expect_kind(self, *kinds: str) -> Token:
        """Step over a token of one of these kinds. Raises 102 or 156 for another token."""
        if self.current.kind not in kinds:
            raise self.error()
        return self.take()

    # --- Lists ---

    def list_of(self, rule: Callable[[Tokens], T]) -> tuple[T, ...]:
        """Read one or more items, separated by commas."""
        items = [rule(self)]
        while self.accept(","):
            items.append(rule(self))
        return tuple(items)

    def words(self, *words: str) -> tuple[str, ...]:
        """Read one or more of these words, separated by commas."""
        return self.list_of(lambda tokens: tokens.expect_any(*words))

    def in_parentheses(self, rule: Callable[[Tokens], T]) -> T:
        """Read one item in parentheses."""
        self.expect("(")
        item = rule(self)
        self.expect(")")
        return item

    def list_in_parentheses(self, rule: Callable[[Tokens], T]) -> tuple[T, ...]:
        """Read one or more items, separated by commas, in parentheses."""
        self.expect("(")
        items = self.list_of(rule)
        self.expect(")")
        return items

    # --- Names and constants ---

    def at_name(self) -> bool:
        """Return whether the current token is an identifier."""
        return self.current.kind in (lexer.NAME, lexer.QUOTED)

    def name(self) -> str:
        """Read an identifier."""
        return self.expect_kind(lexer.NAME, lexer.QUOTED).value

    def names(self) -> tuple[str, ...]:
        """Read one or more identifiers, separated by commas."""
        return self.list_of(Tokens.name)

    def names_in_parentheses(self) -> tuple[str, ...]:
        """Read one or more identifiers, separated by commas, in parentheses."""
        return self.list_in_parentheses(Tokens.name)

    def optional_names(self) -> tuple[str, ...]:
        """Read identifiers in parentheses if a parenthesis comes next."""
        return self.names_in_parentheses() if self.current.word == "(" else ()

    def variable(self) -> str:
        """Read a variable's name with its @."""
        return self.expect_kind(lexer.VARIABLE).value

    def integer(self) -> int:
        """Read an integer with an optional sign."""
        sign = -1 if self.accept("-") else 1
        if sign == 1:
            self.accept("+")
        return sign * self.unsigned()

    def unsigned(self) -> int:
        """Read an integer without a sign."""
        return int(self.expect_kind(lexer.INTEGER).value)

    def string(self) -> str:
        """Read a string constant."""
        return self.expect_kind(lexer.STRING, lexer.NATIONAL).value

    # --- Errors ---

    def error(self, number: int = INCORRECT_SYNTAX, *arguments: object) -> SqlServerError:
        """Create the error at the current token; without a number, incorrect syntax near it.

        At the end of a batch SQL Server names its last token.
        """
        token = self.current
        if token.kind is lexer.END and self._index:
            token = self._tokens[self._index - 1]
        if number == INCORRECT_SYNTAX and not arguments:
            is_method = token.word == "::" and self.peek(2).word == "("
            if is_method or token.word in CLAUSES:
                return self.error_at(token.position, FEATURE_MISSING, token.word)
            arguments = (token.value[:128],)
            if token.kind is lexer.KEYWORD and token is self.current:
                number = INCORRECT_SYNTAX_NEAR_KEYWORD
        return self.error_at(token.position, number, *arguments)

    def error_at(self, position: int, number: int, *arguments: object) -> SqlServerError:
        """Create an error with the line of `position`."""
        return error(number, *arguments, line=self.line_of(position))

    def line_of(self, position: int) -> int:
        """Return the line of an offset in the text, counted from 1."""
        return lexer.line_of(self.sql, position)

    def unsupported(self, construct: str = "") -> SqlServerError:
        """Create error 40517 for a construct of T-SQL that this grammar lacks."""
        return self.error(FEATURE_MISSING, construct or self.current.value.upper())

    def refuse(self, *words: str) -> None:
        """Raise 40517 if the current token is one of these words."""
        if self.current.word in words:
            raise self.unsupported()

    def require_year(self, year: int) -> None:
        """Raise a syntax error if the grammar that applies is older than `year`."""
        if self.year < year:
            raise self.error()

    # --- Looking ahead ---

    def after_parentheses(self) -> Token:
        """Return the token after the parenthesis that closes the current one."""
        return self._after(self._index)

    def parentheses_hold_query(self) -> bool:
        """Return whether the current token opens a query, which may begin with parentheses itself.

        `((SELECT 1) UNION (SELECT 2))` is one; `((SELECT 1) + 2)` is not.
        """
        if self.current.word != "(":
            return False
        innermost = self._index
        while self._tokens[innermost + 1].word == "(":
            innermost += 1
        if self._tokens[innermost + 1].word != "SELECT":
            return False
        for opening in range(innermost, self._index, -1):
            word = self._after(opening).word
            if word != ")" and word not in SET_OPERATORS:
                return False
        return True

    def _after(self, opening: int) -> Token:
        """Return the token after the parenthesis that closes the one with this index."""
        if self._closing is None:
            self._closing = _closing_parentheses(self._tokens)
        return self._tokens[self._closing.get(opening, -2) + 1]


def _closing_parentheses(tokens: list[Token]) -> dict[int, int]:
    """Map the index of each opening parenthesis to that of the one that closes it."""
    closing: dict[int, int] = {}
    openings: list[int] = []
    for index, token in enumerate(tokens):
        if token.word == "(":
            openings.append(index)
        elif token.word == ")" and openings:
            closing[openings.pop()] = index
    return closing
