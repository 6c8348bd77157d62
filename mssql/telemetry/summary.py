"""Summaries of statements: their operations and the targets of these, in the order of the text.

`SELECT [a].[x] FROM [a] JOIN [b] ON ... WHERE [a].[y] = 'secret'` becomes `SELECT [a] [b]`. A
summary contains no literal, because only names and keywords are copied.

Follows "Generating a summary of the query", OpenTelemetry semantic conventions,
https://opentelemetry.io/docs/specs/semconv/database/database-spans/
"""

from __future__ import annotations

from typing import Callable, NamedTuple, Sequence

from mssql.tsql import scanner

# The longest summary in the conventions, in characters.
LONGEST = 255
# The characters of a text that are read: the beginning of a bulk INSERT names its table.
LONGEST_TEXT = 16 * 1024


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_KINDS = _words(
    "TABLE INDEX VIEW PROCEDURE PROC FUNCTION TRIGGER SCHEMA SEQUENCE DATABASE TYPE LOGIN USER",
    "ROLE SYNONYM STATISTICS CERTIFICATE CREDENTIAL ASSEMBLY QUEUE SERVICE LOG SIGNATURE",
)
_KINDS_ON_A_TABLE = _words("INDEX TRIGGER STATISTICS")
_OPERATIONS_ON_A_TARGET = _words("INSERT UPDATE DELETE MERGE")
_QUERIES = _words("SELECT INSERT UPDATE DELETE MERGE")
_BEFORE_CONVERSATIONS = _words("BEGIN END GET MOVE")
_STARTS = frozenset(("", ";", "BEGIN", "ELSE"))
# Words that start a statement and are its operation if it has no other one.
_PLAIN = _words(
    "BREAK BULK CHECKPOINT CLOSE CONTINUE DEALLOCATE DECLARE DUMP END FETCH GOTO IF KILL LINENO",
    "LOAD MOVE OPEN PRINT RAISERROR READTEXT RECONFIGURE RETURN REVERT SEND SETUSER SHUTDOWN THROW",
    "UPDATETEXT WAITFOR WHILE WRITETEXT",
)
# The prefixes of the server's procedures.
_SYSTEM_PROCEDURES = ("SP_", "XP_")


class Summary(NamedTuple):
    """The summary of a text.

    `text` is empty if the text has no operation; `operations` are in upper case, EXECUTE also for
    EXEC and CALL; `procedure` is the stored procedure's name if the text only calls it. `temporary`
    is whether it names a temporary table, which only its session can see; `several` whether there
    may be more than one result; `writes` whether it does more than read.
    """

    text: str
    operations: tuple[str, ...]
    procedure: str | None = None
    temporary: bool = False
    several: bool = False
    writes: bool = True


def summarize(sql: str, pieces: Sequence[str] | None = None) -> Summary:
    """Return the summary of a T-SQL text. Never raises, even if the text is malformed.

    `pieces` are scanner.pieces(sql[:LONGEST_TEXT]), if the caller has them.
    """
    if pieces is None:
        pieces = scanner.pieces(sql[:LONGEST_TEXT])
    if pieces and (len(sql) > LONGEST_TEXT or not scanner.is_whole(pieces[-1])):
        # The last one may be incomplete.
        pieces = pieces[:-1]
    return _Reader().read(pieces)


def of_procedure(name: str) -> Summary:
    """Return the summary of a call of a stored procedure."""
    text = f"EXECUTE {name}"
    return Summary(
        text if len(text) <= LONGEST else "EXECUTE", ("EXECUTE",), procedure=name, several=True
    )


class _Reader:
    """The state of a reader that passes over the pieces of a text once, from left to right.

    `expecting` is true if the next name is a target, `from_list` if another target follows a comma,
    `querying` if an operation was read at this depth of parentheses. `outer` are the states of the
    outer parentheses.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = -1
        self.has_variable = False  # a table variable is a target of the last operation
        self.operations: list[str] = []
        self.procedure: str | None = None
        self.temporary = self.several = self.selects_into = False
        self.previous = ""
        self.expecting = self.from_list = self.querying = False
        self.outer: list[tuple[bool, bool, bool]] = []
        self.defining = self.kind_expected = self.on_expected = False
        self.calling = self.option_expected = self.separated = False
        self.status_variable: str | None = None
        self.expressions: set[str] = set()
        self.expression_expected = False
        self.expression_depth = -1

    def read(self, pieces: Sequence[str]) -> Summary:
        find = _ACTIONS.get
        first = ""
        for piece in pieces:
            action = find(piece)
            if action is None:
                if piece == " ":
                    continue
                if piece.isalpha():
                    action = find(piece.upper())
            if action is not None:
                action(self, piece)
            elif not scanner.is_name(piece):
                continue
            elif ", [" in piece:
                self.names(piece)
            elif self.expecting:
                self.target(piece)
            first = first or piece
            self.previous = piece
        self.leave_out_variables(is_followed=False)
        if not self.operations and first:
            self.first_word(first, pieces)
        alone = self.operations == ["EXECUTE"]
        return Summary(
            " ".join(self.parts),
            tuple(self.operations),
            self.procedure if alone else None,
            self.temporary,
            self.several or "EXECUTE" in self.operations,
            self.selects_into or set(self.operations) != {"SELECT"},
        )

    def append(self, part: str) -> None:
        self.length += len(part) + 1
        if self.length <= LONGEST:
            self.parts.append(part)

    def operation(self, word: str, kind: str = "") -> None:
        self.leave_out_variables()
        self.append(word)
        self.operations.append(kind or word.upper())
        self.several = self.several or self.separated

    def leave_out_variables(self, is_followed: bool = True) -> None:
        """Leave the last operation out if it has only table variables and is not the only one.

        They exist during the batch, and their names have no meaning for the database.
        """
        is_last = bool(self.parts) and self.parts[-1].upper() in _QUERIES
        if self.has_variable and is_last and len(self.parts) + is_followed > 1:
            self.length -= len(self.parts.pop()) + 1
        self.has_variable = False

    def at_start(self) -> bool:
        return self.previous.upper() in _STARTS

    def first_word(self, word: str, pieces: Sequence[str]) -> None:
        """Summarize a text without an operation by its first word."""
        if word[0] in "@(),;=":
            return
        if word.upper() in _PLAIN or not _is_call(word, pieces):
            self.operation(word)
        else:
            # The first statement of a batch may call a procedure without EXECUTE.
            self.execute("EXECUTE")
            self.target(word)

    def target(self, name: str) -> None:
        if self.expression_expected:
            self.expressions.add(_folded(name))
            self.expression_expected = self.expecting = False
            self.expression_depth = len(self.outer)
            return
        if self.calling:
            self.called(name)
            return
        if self.option_expected:
            self.option_expected = False
            self.expecting = name.upper() == "IDENTITY_INSERT"
            if name[0] != "@":
                self.append(name)
            return
        self.expecting = False
        if self.expressions and _folded(name) in self.expressions:
            return
        if name[0] == "@":
            self.has_variable = True
            return
        self.temporary = self.temporary or "#" in name
        self.append(name)

    def names(self, piece: str) -> None:
        """Read names with commas between them, as in most SELECT lists."""
        if self.expecting or self.from_list or self.expression_depth == len(self.outer):
            for index, name in enumerate(scanner.listed_names(piece)):
                if index:
                    self.comma(",")
                if self.expecting:
                    self.target(name)

    def called(self, name: str) -> None:
        self.calling = self.expecting = False
        if name[0] == "@":
            self.status_variable = name
        else:
            self.procedure = name
            self.append(name)

    def query(self, word: str) -> None:
        """Read SELECT, INSERT, UPDATE, DELETE or MERGE."""
        if self.defining or self.previous.upper() == "THEN":
            return
        if self.expression_depth == len(self.outer):
            self.expression_depth = -1
        self.operation(f"{self.previous} {word}" if self.previous.upper() == "BULK" else word)
        self.querying, self.from_list = True, False
        self.expecting = word.upper() in _OPERATIONS_ON_A_TARGET

    def receive(self, word: str) -> None:
        if self.expecting:
            self.target(word)
        elif not self.defining and (self.at_start() or self.previous == "("):
            self.operation(word)
            self.querying = True

    def copy(self, word: str) -> None:
        if self.expecting:
            self.target(word)
        elif self.at_start():
            self.operation(word)
            self.querying = True

    def from_(self, word: str) -> None:
        # FROM also belongs to TRIM( ... FROM ...), FETCH NEXT FROM and IS DISTINCT FROM.
        if self.querying and not self.defining and self.previous.upper() != "DISTINCT":
            self.expecting = self.from_list = True

    def joined(self, word: str) -> None:
        """Read JOIN, APPLY, USING or INTO, which another target follows."""
        if self.querying and not self.defining:
            self.expecting = True
            self.selects_into = self.selects_into or word.upper() == "INTO"

    def clause(self, word: str) -> None:
        """Read a clause that ends the list of sources."""
        self.expecting = self.from_list = False

    def no_target(self, word: str) -> None:
        self.expecting = False

    def skip(self, word: str) -> None:
        """Read a word that may precede a target."""

    def execute(self, word: str) -> None:
        if not self.defining and self.previous.upper() != "WITH":
            self.operation(word, "EXECUTE")
            self.expecting = self.calling = True

    def call(self, word: str) -> None:
        # ODBC's {CALL procedure (...)} and {? = CALL procedure (...)}
        if self.at_start() or (self.previous == "=" and not self.operations):
            self.execute(word)

    def define(self, word: str) -> None:
        """Read CREATE, ALTER, DROP, TRUNCATE or GRANT, to which the whole statement belongs."""
        if not self.defining:
            self.operation(word)
            self.defining = self.kind_expected = True

    def define_at_start(self, word: str) -> None:
        """Read BACKUP, RESTORE, ENABLE, DISABLE or ADD, operations only at the start."""
        if self.expecting:
            self.target(word)
        elif self.at_start():
            self.define(word)

    def conversation(self, word: str) -> None:
        if self.expecting:
            self.target(word)
        elif not self.defining and self.previous.upper() in _BEFORE_CONVERSATIONS:
            self.operation(f"{self.previous} {word}")
            self.querying = self.previous.upper() == "GET"

    def kind(self, word: str) -> None:
        if self.kind_expected:
            self.kind_expected = False
            self.append(word)
            self.expecting = True
            self.on_expected = word.upper() in _KINDS_ON_A_TABLE
        elif self.previous.upper() == "UPDATE" and word.upper() == "STATISTICS" and self.expecting:
            self.operations[-1] = "UPDATE STATISTICS"
            self.append(word)
        elif self.expecting:
            self.target(word)

    def on(self, word: str) -> None:
        self.expecting, self.on_expected = self.on_expected, False

    def set_(self, word: str) -> None:
        if not self.defining and self.at_start():
            self.operation(word)
            self.expecting = self.option_expected = True
        else:
            self.clause(word)

    def use(self, word: str) -> None:
        if not self.defining and self.at_start():
            self.operation(word)
            self.expecting = True

    def with_(self, word: str) -> None:
        self.expecting = False
        if not self.defining and self.at_start():
            self.expecting = self.expression_expected = True

    def end_transaction(self, word: str) -> None:
        if not self.defining:
            self.operation(word)

    def transaction(self, word: str) -> None:
        before = self.previous.upper()
        if self.option_expected:
            self.target(word)
        elif before == "BEGIN" and not self.defining:
            self.operation(f"{self.previous} {word}")
        elif before in ("COMMIT", "ROLLBACK", "SAVE") and not self.defining:
            self.append(word)

    def opened(self, word: str) -> None:
        after = self.expecting and self.previous.upper() == "TOP"
        self.outer.append((after, self.from_list, self.querying))
        inside = self.expecting and not after and not self.calling
        self.expecting = self.from_list = inside
        self.querying = inside
        self.calling = self.calling and after

    def closed(self, word: str) -> None:
        if self.outer:
            self.expecting, self.from_list, self.querying = self.outer.pop()

    def comma(self, word: str) -> None:
        if self.from_list:
            self.expecting = True
        elif self.expression_depth == len(self.outer):
            self.expecting = self.expression_expected = True

    def semicolon(self, word: str) -> None:
        self.outer.clear()
        self.expressions.clear()
        self.expecting = self.from_list = self.querying = self.defining = self.calling = False
        self.kind_expected = self.on_expected = self.option_expected = False
        self.expression_expected, self.expression_depth = False, -1
        self.separated = bool(self.operations)

    def equals(self, word: str) -> None:
        # EXECUTE @status = procedure
        if self.status_variable is not None and self.previous is self.status_variable:
            self.expecting = self.calling = True
        self.status_variable = None


def _is_call(word: str, pieces: Sequence[str]) -> bool:
    """Return whether the first word of a text is a procedure that is called without EXECUTE.

    It is if the name can be nothing else, or if arguments or the end follow.
    """
    if "." in word or word[0] in '["' or word.upper().startswith(_SYSTEM_PROCEDURES):
        return True
    following = (piece for piece in pieces[pieces.index(word) + 1 :] if _is_code(piece))
    second = next(following, ";")
    return second[0] in ";@'+-.0123456789" or second[:2] in ("N'", "n'") or second == "?"


def _is_code(piece: str) -> bool:
    return not (piece.isspace() or piece.startswith(("--", "/*")))


def _folded(name: str) -> str:
    """Return a name without quotes and case, to compare names of common table expressions."""
    return name.strip('[]"').lower()


def _actions() -> dict[str, Callable[[_Reader, str], None]]:
    reader = _Reader
    words = {
        reader.query: "SELECT INSERT UPDATE DELETE MERGE",
        reader.from_: "FROM",
        reader.joined: "JOIN APPLY USING INTO",
        reader.clause: "WHERE GROUP ORDER HAVING UNION EXCEPT INTERSECT OUTPUT VALUES OPTION FOR"
        " WHEN WINDOW",
        reader.no_target: "AS DEFAULT",
        reader.skip: "TOP PERCENT IF NOT EXISTS TO",
        reader.receive: "RECEIVE",
        reader.copy: "COPY",
        reader.execute: "EXEC EXECUTE",
        reader.call: "CALL",
        reader.define: "CREATE ALTER DROP TRUNCATE GRANT REVOKE DENY",
        reader.define_at_start: "BACKUP RESTORE ENABLE DISABLE ADD",
        reader.conversation: "CONVERSATION DIALOG",
        reader.kind: " ".join(_KINDS),
        reader.on: "ON",
        reader.set_: "SET DBCC",
        reader.use: "USE",
        reader.with_: "WITH",
        reader.end_transaction: "COMMIT ROLLBACK SAVE",
        reader.transaction: "TRAN TRANSACTION WORK",
        reader.opened: "(",
        reader.closed: ")",
        reader.comma: ",",
        reader.semicolon: ";",
        reader.equals: "=",
    }
    upper = {word: action for action, line in words.items() for word in line.split()}
    return {**{word.lower(): action for word, action in upper.items()}, **upper}


_ACTIONS = _actions()
# Words that follow an omitted name: the beginnings of the next statement.
STATEMENT_WORDS = frozenset(_ACTIONS) | _PLAIN | {"ELSE", "GO"}
