"""Data types as T-SQL writes them, with the facets it leaves out filled in.

Follows "Data types (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.tokens import ParserBase
from tds_embedded.types import MAX, SqlType

# In declarations a string without a length holds 1 character, in CAST and CONVERT 30.
LENGTH_IN_DECLARATION = 1
LENGTH_IN_CAST = 30

SYNONYMS = {
    "INTEGER": "int",
    "DEC": "decimal",
    "CHARACTER": "char",
    "ROWVERSION": "timestamp",
    "BINARY VARYING": "varbinary",
    "CHAR VARYING": "varchar",
    "CHARACTER VARYING": "varchar",
    "NATIONAL CHAR": "nchar",
    "NATIONAL CHARACTER": "nchar",
    "NATIONAL CHAR VARYING": "nvarchar",
    "NATIONAL CHARACTER VARYING": "nvarchar",
    "NATIONAL TEXT": "ntext",
    "DOUBLE PRECISION": "float",
}
_PLAIN = """
    bigint int smallint tinyint bit money smallmoney real date datetime smalldatetime
    uniqueidentifier text ntext image xml sql_variant hierarchyid geography geometry timestamp
"""
PLAIN = frozenset(_PLAIN.split())
MAXIMUM_LENGTH = {
    "char": 8000,
    "varchar": 8000,
    "binary": 8000,
    "varbinary": 8000,
    "nchar": 4000,
    "nvarchar": 4000,
}
WITH_SCALE = ("time", "datetime2", "datetimeoffset")
MAXIMUM_PRECISION = 38
MAXIMUM_FLOAT_BITS = 53
REAL_BITS = 24  # float(24) and less is real
MAXIMUM_TIME_SCALE = 7
SYSNAME = SqlType("nvarchar", length=128)


class TypesParser(ParserBase):
    def data_type(self, default_length: int = LENGTH_IN_DECLARATION) -> ast.DataType:
        """A system type, or the name of a user-defined type.

        Raises 131, 1001, 1002, 2716, 2717, 2750 or 2751 for facets that the type cannot have.
        """
        position = self.token.position
        if self.at_any("NATIONAL", "DOUBLE"):
            name = ast.ObjectName((self._words_of_type(),), position=position)
        else:
            name = self.object_name()
            if self.at("VARYING"):
                self.advance()
                name = ast.ObjectName((name.name + " VARYING",), position=position)
        if len(name.parts) > 1 and name.parts[0].lower() != "sys":
            return name
        word = SYNONYMS.get(name.name.upper(), name.name.lower())
        if word in ("decimal", "numeric"):
            return self._decimal(word)
        if word in MAXIMUM_LENGTH:
            return self._with_length(word, default_length)
        if word in WITH_SCALE:
            return self._with_scale(word)
        if word == "float":
            return self._float()
        if word == "sysname":
            return SYSNAME
        if word in PLAIN or (word == "json" and self.year >= 2025):
            if self.at("(") and self.peek().kind is lexer.INTEGER:
                raise self.fail(2716, 1, word)
            return SqlType(word)
        if word == "vector" and self.year >= 2025:
            return SqlType(word, length=self.in_parentheses(self._facet))
        return name

    def _words_of_type(self) -> str:
        words = [self.advance().word]
        if words[0] == "DOUBLE":
            self.expect("PRECISION")
            return "DOUBLE PRECISION"
        words.append(self.expect_any("CHAR", "CHARACTER", "TEXT"))
        if words[1] != "TEXT" and self.accept("VARYING"):
            words.append("VARYING")
        return " ".join(words)

    def _facet(self) -> int:
        return int(self.expect_kind(lexer.INTEGER).value)

    def _with_length(self, name: str, default: int) -> SqlType:
        if not self.accept("("):
            return SqlType(name, length=default)
        if name.startswith(("var", "nvar")) and self.accept("MAX"):
            length = MAX
        else:
            length = self._facet()
            if length == 0:
                raise self.fail(1001, lexer.line_of(self.sql, self.token.position), length)
            maximum = MAXIMUM_LENGTH[name]
            if length > 8000:
                raise self.fail(131, length, "type", name, 8000)
            if length > maximum:
                raise self.fail(2717, length, "type", name, maximum)
        self.expect(")")
        return SqlType(name, length=length)

    def _decimal(self, name: str) -> SqlType:
        precision, scale = 18, 0
        if self.accept("("):
            precision = self._facet()
            if self.accept(","):
                scale = self._facet()
            self.expect(")")
        if not 1 <= precision <= MAXIMUM_PRECISION:
            raise self.fail(2750, 1, precision, MAXIMUM_PRECISION)
        if scale > precision:
            raise self.fail(2751, 1, scale, precision)
        return SqlType(name, precision=precision, scale=scale)

    def _with_scale(self, name: str) -> SqlType:
        scale = MAXIMUM_TIME_SCALE
        if self.at("("):
            scale = self.in_parentheses(self._facet)
            if scale > MAXIMUM_TIME_SCALE:
                line = lexer.line_of(self.sql, self.token.position)
                raise self.fail(1002, line, scale)
        return SqlType(name, scale=scale)

    def _float(self) -> SqlType:
        bits = MAXIMUM_FLOAT_BITS
        if self.at("("):
            bits = self.in_parentheses(self._facet)
            if not 1 <= bits <= MAXIMUM_FLOAT_BITS:
                raise self.fail(2750, 1, bits, MAXIMUM_FLOAT_BITS)
        return SqlType("real") if bits <= REAL_BITS else SqlType("float", precision=53)
