"""T-SQL: its lexer, its parser, and its translation to PostgreSQL's SQL.

The parser is written by hand (recursive descent over one list of tokens). A trial with sqlglot's
T-SQL dialect showed that it cannot be strict: it reads LIMIT, TRUE, `::` and `||`, and drops lock
hints and OUTPUT INTO silently. This server must refuse the statements that SQL Server refuses, with
SQL Server's error number and the same word, so it needs a separate grammar.
"""

from __future__ import annotations
