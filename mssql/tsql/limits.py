"""Limits of SQL Server, each with its reason and Microsoft's document. There are no others.

Most are of "Maximum capacity specifications for SQL Server",
https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server
"""

from __future__ import annotations

# Statements

MAX_PARAMETERS = 2100 - 3
"""Parameters of one statement: 2,100 of a procedure, three of which are sp_prepexec's own.
https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server"""

MAX_ROWS_OF_VALUES = 1000
"""Rows of the VALUES of an INSERT (error 10738); the VALUES of a derived table have no limit.
https://learn.microsoft.com/sql/t-sql/queries/table-value-constructor-transact-sql"""

MAX_PATTERN = 8000
"""Bytes of a pattern of LIKE, or of the text that CHARINDEX searches for.
https://learn.microsoft.com/sql/t-sql/language-elements/like-transact-sql"""

MAX_CONTEXT_INFO = 128
"""Bytes of CONTEXT_INFO.
https://learn.microsoft.com/sql/t-sql/statements/set-context-info-transact-sql"""

# Types

MAX_NVARCHAR = 4000
"""Length of nvarchar and nchar in UTF-16 code units; longer texts are nvarchar(max).
https://learn.microsoft.com/sql/t-sql/data-types/nchar-and-nvarchar-transact-sql"""

MAX_VARCHAR = 8000
"""Length of varchar and char in bytes; longer texts are varchar(max).
https://learn.microsoft.com/sql/t-sql/data-types/char-and-varchar-transact-sql"""

MAX_VARBINARY = 8000
"""Length of varbinary and binary in bytes; longer values are varbinary(max).
https://learn.microsoft.com/sql/t-sql/data-types/binary-and-varbinary-transact-sql"""

MAX_PRECISION = 38
"""Digits of decimal and numeric, and of a number in a document of the type json.
https://learn.microsoft.com/sql/t-sql/data-types/decimal-and-numeric-transact-sql"""

MIN_INT, MAX_INT = -(2**31), 2**31 - 1
"""Range of int; a larger literal is numeric.
https://learn.microsoft.com/sql/t-sql/data-types/int-bigint-smallint-and-tinyint-transact-sql"""

MIN_BIGINT, MAX_BIGINT = -(2**63), 2**63 - 1
"""Range of bigint; larger integers are sent as numeric(38).
https://learn.microsoft.com/sql/t-sql/data-types/int-bigint-smallint-and-tinyint-transact-sql"""

# Names

MAX_NAME_LENGTH = 128
"""Characters of an identifier: sysname is nvarchar(128).
https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers"""

MAX_SAVEPOINT_LENGTH = 32
"""Characters of a savepoint's name.
https://learn.microsoft.com/sql/t-sql/language-elements/save-transaction-transact-sql"""

MAX_NAME_PARTS = 4
"""Parts of an object's name: server, database, schema and object.
https://learn.microsoft.com/sql/t-sql/language-elements/transact-sql-syntax-conventions-transact-sql"""

# Indexes

MAX_INDEX_KEY = 1700
"""Bytes of a nonclustered index's key; a longer value is error 1946.
https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server"""
