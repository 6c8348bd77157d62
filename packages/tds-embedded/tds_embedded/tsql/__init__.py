"""T-SQL: its lexer, its grammar, and its translation to PostgreSQL's SQL.

The parser is written by hand (recursive descent over one list of tokens). A trial with sqlglot's
T-SQL dialect showed that it cannot be made strict: it reads LIMIT, TRUE, `::` and `||`, and drops
lock hints and OUTPUT INTO without a word. This server must refuse what SQL Server refuses, with
the number and the word SQL Server names, so its grammar has to be its own.
"""

from __future__ import annotations
