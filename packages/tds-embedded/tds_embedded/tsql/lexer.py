"""T-SQL's tokens: one pass over the text, in time linear in its length.

Follows "Transact-SQL syntax conventions", "Constants" and "Reserved keywords",
https://learn.microsoft.com/sql/t-sql/language-elements/reserved-keywords-transact-sql
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tds_embedded.errors import SqlServerError, error

# Kinds of tokens.
NAME = "name"  # an unquoted word that is not reserved
KEYWORD = "keyword"
QUOTED = "quoted"  # [name] or "name"
VARIABLE = "variable"
GLOBAL = "global"
STRING = "string"
NATIONAL = "national"  # N'...'
INTEGER = "integer"
DECIMAL = "decimal"
FLOAT = "float"
MONEY = "money"
BINARY = "binary"
PSEUDO = "pseudo"  # $action, $identity, $rowguid
SYMBOL = "symbol"
END = "end"

_RESERVED = """
    ADD ALL ALTER AND ANY AS ASC AUTHORIZATION BACKUP BEGIN BETWEEN BREAK BROWSE BULK BY CASCADE
    CASE CHECK CHECKPOINT CLOSE CLUSTERED COALESCE COLLATE COLUMN COMMIT COMPUTE CONSTRAINT
    CONTAINS CONTAINSTABLE CONTINUE CONVERT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME
    CURRENT_TIMESTAMP CURRENT_USER CURSOR DATABASE DBCC DEALLOCATE DECLARE DEFAULT DELETE DENY
    DESC DISTINCT DISTRIBUTED DOUBLE DROP ELSE END ERRLVL ESCAPE EXCEPT EXEC EXECUTE EXISTS EXIT
    EXTERNAL FETCH FILE FILLFACTOR FOR FOREIGN FREETEXT FREETEXTTABLE FROM FULL FUNCTION GOTO
    GRANT GROUP HAVING HOLDLOCK IDENTITY IDENTITY_INSERT IDENTITYCOL IF IN INDEX INNER INSERT
    INTERSECT INTO IS JOIN KEY KILL LEFT LIKE LINENO MERGE NATIONAL NOCHECK NONCLUSTERED NOT NULL
    NULLIF OF OFF OFFSETS ON OPEN OPENDATASOURCE OPENQUERY OPENROWSET OPENXML OPTION OR ORDER
    OUTER OVER PERCENT PIVOT PLAN PRIMARY PRINT PROC PROCEDURE PUBLIC RAISERROR READ READTEXT
    RECONFIGURE REFERENCES REPLICATION RESTORE RESTRICT RETURN REVERT REVOKE RIGHT ROLLBACK
    ROWCOUNT ROWGUIDCOL RULE SAVE SCHEMA SELECT SEMANTICKEYPHRASETABLE
    SEMANTICSIMILARITYDETAILSTABLE SEMANTICSIMILARITYTABLE SESSION_USER SET SETUSER SHUTDOWN SOME
    STATISTICS SYSTEM_USER TABLE TABLESAMPLE TEXTSIZE THEN TO TOP TRAN TRANSACTION TRIGGER
    TRUNCATE TRY_CONVERT TSEQUAL UNION UNIQUE UNPIVOT UPDATE UPDATETEXT USE USER VALUES VARYING
    VIEW WAITFOR WHEN WHERE WHILE WITH WRITETEXT
"""
RESERVED = frozenset(_RESERVED.split())

MAXIMUM_NAME_LENGTH = 128  # "Database identifiers": 1 through 128 characters

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<national>[nN]')
  | (?P<string>')
  | (?P<quote>")
  | (?P<bracket>\[)
  | (?P<word>[^\W\d][\w@$\#]*|\#[\w@$\#]*)
  | (?P<global>@@[\w@$\#]+)
  | (?P<variable>@[\w@$\#]+)
  | (?P<binary>0[xX][0-9a-fA-F]*)
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]*)?)
  | (?P<pseudo>\$[A-Za-z]\w*)
  | (?P<money>[$£¥€]\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))
  | (?P<symbol>\|\|=?|<<|>>|::|[-+*/%&|^]=|<\s*[=>]|>\s*=|!\s*[=<>]|[-+*/%&|^~=<>(),;.:{}])
    """,
    re.VERBOSE,
)
# The groups whose text is the token; the parser compares kinds by identity.
_KIND_OF_GROUP = {kind: kind for kind in (GLOBAL, VARIABLE, BINARY, PSEUDO, MONEY)}
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    """A token. The grammar compares its `word`: a word in upper case or a symbol, otherwise ""."""

    kind: str
    word: str
    value: str
    position: int
    end: int


def line_of(sql: str, position: int) -> int:
    """Return the line of a position, counted from 1."""
    return sql.count("\n", 0, position) + 1


def tokenize(sql: str, *, quoted_identifiers: bool = True, start: int = 0) -> list[Token]:
    """Return all tokens of a batch from `start` on, closed by an END token.

    `quoted_identifiers` is SET QUOTED_IDENTIFIER: if it is off, "x" is a string.
    Raises SqlServerError 102, 103, 105, 113 or 1038 for an invalid token.
    """
    tokens: list[Token] = []
    position = start
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise _error(sql, position, 102, sql[position])
        group, text, end = match.lastgroup, match.group(), match.end()
        if group == "word":
            tokens.append(_word(sql, text, position, end))
        elif group == "symbol":
            symbol = text if len(text) < 3 else "".join(text.split())
            tokens.append(Token(SYMBOL, symbol, text, position, end))
        elif group == "number":
            tokens.append(Token(_number_kind(text), "", text, position, end))
        elif group in ("string", "national"):
            value, end = _delimited(sql, position, end, "'")
            tokens.append(
                Token(STRING if group == "string" else NATIONAL, "", value, position, end)
            )
        elif group == "bracket" or group == "quote":
            value, end = _delimited(sql, position, end, "]" if group == "bracket" else '"')
            if group == "quote" and not quoted_identifiers:
                tokens.append(Token(STRING, "", value, position, end))
            else:
                tokens.append(Token(QUOTED, "", _checked_name(sql, value, position), position, end))
        elif group == "comment":
            end = _comment_end(sql, end)
        elif group in _KIND_OF_GROUP:
            value = text[1:].strip() if group == MONEY else text
            word = text.upper() if group == PSEUDO else ""
            tokens.append(Token(_KIND_OF_GROUP[group], word, value, position, end))
        position = end
    tokens.append(Token(END, "", "", len(sql), len(sql)))
    return tokens


def _word(sql: str, text: str, position: int, end: int) -> Token:
    upper = text.upper()
    if upper in RESERVED:
        return Token(KEYWORD, upper, text, position, end)
    return Token(NAME, upper, _checked_name(sql, text, position), position, end)


def _number_kind(text: str) -> str:
    if "e" in text or "E" in text:
        return FLOAT
    return DECIMAL if "." in text else INTEGER


def _checked_name(sql: str, name: str, position: int) -> str:
    if not name:
        raise _error(sql, position, 1038)
    if len(name) > MAXIMUM_NAME_LENGTH:
        raise _error(sql, position, 103, name[:MAXIMUM_NAME_LENGTH])
    return name


def _delimited(sql: str, start: int, position: int, delimiter: str) -> tuple[str, int]:
    """Return the text up to its closing delimiter, doubled delimiters undone, and its end."""
    first = position
    while (close := sql.find(delimiter, position)) >= 0:
        if not sql.startswith(delimiter, close + 1):
            return sql[first:close].replace(delimiter * 2, delimiter), close + 1
        position = close + 2
    raise _error(sql, start, 105, sql[first:].replace(delimiter * 2, delimiter))


def _comment_end(sql: str, position: int) -> int:
    """Return the end of a comment whose opening ends at `position`; comments nest."""
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(sql, position)
        if edge is None:
            raise _error(sql, position, 113)
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position


def _error(sql: str, position: int, number: int, *arguments: object) -> SqlServerError:
    return error(number, *arguments, line=line_of(sql, position))
