"""The error numbers of SQL Server that the backend handles, in one table with their meanings.

Follows "Database Engine events and errors", a page per thousand of numbers,
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
and "Troubleshoot connectivity issues and other errors" for Azure's,
https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
"""

from __future__ import annotations

from enum import Flag, IntEnum, auto

from django.db.transaction import TransactionManagementError
from django.db.utils import (
    DataError,
    Error,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)


class Effect(Flag):
    """The consequence of an error, apart from the statement's failure."""

    NONE = 0
    TRANSIENT = auto()  # the same login succeeds a little later
    DOUBTFUL = auto()  # as well, but more often a setting is wrong
    ENDS_CONNECTION = auto()
    ENDS_TRANSACTION = auto()  # always; any other error may, from a trigger or a TRY block


# The table's columns in short, so that a row is one line.
INTEGRITY, DATA, PROGRAMMING = IntegrityError, DataError, ProgrammingError
OPERATIONAL, UNSUPPORTED, TRANSACTION = (
    OperationalError,
    NotSupportedError,
    TransactionManagementError,
)
TRANSIENT, DOUBTFUL = Effect.TRANSIENT, Effect.DOUBTFUL
LOST, ROLLED_BACK = Effect.ENDS_CONNECTION, Effect.ENDS_TRANSACTION


class ErrorNumber(IntEnum):
    """A number with its `meaning`, Django's exception (`error`) and its `effect`.

    A meaning quotes no value, so that telemetry may show it. `error` is None if the SQLSTATE
    decides.
    """

    meaning: str
    error: type[Error] | None
    effect: Effect

    def __new__(
        cls,
        number: int,
        meaning: str,
        error: type[Error] | None = None,
        effect: Effect = Effect.NONE,
    ) -> ErrorNumber:
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        member.error = error
        member.effect = effect
        return member

    # Constraints
    NOT_NULL = 515, "Cannot insert NULL into the column", INTEGRITY
    RECURSION_LIMIT = 530, "The maximum recursion has been exhausted", INTEGRITY
    IDENTITY_INSERT_OFF = 544, "Cannot insert an explicit value for the identity column", INTEGRITY
    CONSTRAINT_CONFLICT = 547, "The statement conflicted with a constraint", INTEGRITY
    DUPLICATE_KEY_IN_NEW_INDEX = (
        1505,
        "A duplicate key was found when a unique index was created",
        INTEGRITY,
    )
    DUPLICATE_INDEX_KEY = 2601, "Cannot insert a duplicate key row in a unique index", INTEGRITY
    DUPLICATE_KEY = 2627, "Violation of a unique or primary key constraint", INTEGRITY
    NO_SUCH_CONSTRAINT = 3728, "No such constraint", INTEGRITY
    ROW_MERGED_TWICE = 8672, "MERGE attempted to change a row more than once", INTEGRITY
    DUPLICATE_ROWS = 508672, "Rows of one upsert have the same key", INTEGRITY

    # Values
    OVERFLOW_OF_TYPE = 220, "Arithmetic overflow for a data type", DATA
    OVERFLOW_OF_VALUE = 232, "Arithmetic overflow for a type", DATA
    INVALID_MONEY = 235, "Conversion of a text to money failed", DATA
    MONEY_OVERFLOW = 236, "Conversion of a text overflowed money", DATA
    MONEY_TOO_LONG = 237, "Insufficient space to convert a money value", DATA
    MONEY_VALUE_TOO_LONG = 238, "Insufficient space to convert a value to money", DATA
    INVALID_DATETIME = 241, "Conversion of a date or time from a character string failed", DATA
    DATETIME_OUT_OF_RANGE = 242, "Conversion to datetime is out of range", DATA
    SMALL_INTEGER_OVERFLOW = 244, "Conversion of a text overflowed a small integer", DATA
    CONVERSION_FAILED = 245, "Conversion failed", DATA
    INTEGER_OVERFLOW = 248, "Conversion of a text overflowed int", DATA
    INVALID_SMALLMONEY = 293, "Conversion of a text to smallmoney failed", DATA
    INVALID_SMALLDATETIME = 295, "Conversion of a text to smalldatetime failed", DATA
    SMALLDATETIME_OUT_OF_RANGE = 296, "Conversion to smalldatetime is out of range", DATA
    INVALID_ESCAPE_CHARACTER = 506, "Invalid escape character in LIKE"
    DATE_ADDITION_OVERFLOW = 517, "Adding a value to a date overflowed", DATA
    DATE_DIFFERENCE_OVERFLOW = 535, "The difference of two dates overflowed", DATA
    DATETIME_AFTER_9999 = 542, "The datetime is after the year 9999", DATA
    NUMBER_OUT_OF_RANGE = 1007, "A number has more than 38 digits", DATA
    TRUNCATED_VALUE = 2628, "String or binary data would be truncated", DATA
    ARITHMETIC_OVERFLOW_OCCURRED = 3606, "Arithmetic overflow", DATA
    DIVISION_BY_ZERO_OCCURRED = 3607, "Divide by zero", DATA
    INVALID_FLOATING_POINT = 3623, "Invalid floating point operation", DATA
    CLR_ERROR = 6522, "A geography, hierarchyid or other CLR type raised an error"
    XML_INVALID_VALUE = 6926, "XML validation: invalid simple type value"
    XML_INVALID_VALUE_OF_TYPE = 6927, "XML validation: invalid simple type value"
    FULL_TEXT_SYNTAX = 7630, "Incorrect syntax in a full-text search condition"
    INVALID_PARAMETER_VALUE = 8023, "A parameter's value is not valid for its type", DATA
    TYPE_CONVERSION_FAILED = 8114, "Error converting a data type", DATA
    ARITHMETIC_OVERFLOW = 8115, "Arithmetic overflow", DATA
    DIVIDE_BY_ZERO = 8134, "Divide by zero", DATA
    TRUNCATED = 8152, "String or binary data would be truncated", DATA
    INVALID_UNIQUEIDENTIFIER = 8169, "Conversion of a text to uniqueidentifier failed", DATA
    XML_UNEXPECTED_END = 9400, "XML parsing: unexpected end of input", DATA
    XML_ENCODING = 9402, "XML parsing: unable to switch the encoding", DATA
    XML_END_TAG = 9436, "XML parsing: the end tag does not match the start tag", DATA
    INVALID_DATA_FOR_TYPE = 9803, "Invalid data for the type", DATA
    INVALID_STYLE = 9807, "The text does not follow the style", DATA
    DATEPART_NOT_SUPPORTED = 9810, "The datepart is not supported for the type", DATA
    INVALID_TIME_ZONE = 9812, "The time zone is not valid", DATA
    TIME_ZONE_OVERFLOW = 9813, "The time zone would overflow datetimeoffset", DATA
    DATE_BEFORE_HIJRI_CALENDAR = 9814, "The date is before the start of the Hijri calendar", DATA
    INVALID_JSON_PATH = 13607, "The JSON path is not properly formatted"
    JSON_PROPERTY_MISSING = 13608, "The JSON path has no such property", DATA
    INVALID_JSON = 13609, "The JSON text is not properly formatted", DATA
    OPENJSON_COLUMN_TYPE = 13614, "OPENJSON does not support the column's type", DATA
    INVALID_REGULAR_EXPRESSION = 19300, "The regular expression is not valid"

    # Statements
    SYNTAX = 102, "Incorrect syntax", PROGRAMMING
    ORDER_BY_OF_UNION = 104, "ORDER BY of a set operation names what is not selected", PROGRAMMING
    UNCLOSED_QUOTATION_MARK = 105, "Unclosed quotation mark", PROGRAMMING
    UNKNOWN_COLUMN_PREFIX = 107, "The column prefix does not match a table or alias", PROGRAMMING
    NAME_NOT_PERMITTED = 128, "A name is not permitted in this context", PROGRAMMING
    NESTED_AGGREGATE = 130, "An aggregate contains an aggregate or a subquery", PROGRAMMING
    UNDECLARED_VARIABLE = 137, "The scalar variable is not declared", PROGRAMMING
    ASSIGNMENT_WITH_SELECT = (
        141,
        "A SELECT that assigns a variable also retrieves data",
        PROGRAMMING,
    )
    AGGREGATE_IN_GROUP_BY = 144, "GROUP BY contains an aggregate or a subquery", PROGRAMMING
    ORDER_BY_OF_DISTINCT = (
        145,
        "ORDER BY of SELECT DISTINCT names what is not selected",
        PROGRAMMING,
    )
    AGGREGATE_IN_WHERE = 147, "WHERE contains an aggregate", PROGRAMMING
    SYNTAX_NEAR_KEYWORD = 156, "Incorrect syntax near a keyword", PROGRAMMING
    AGGREGATE_IN_SET = 157, "The SET list of an UPDATE contains an aggregate", PROGRAMMING
    GROUP_BY_WITHOUT_COLUMN = 164, "A GROUP BY expression has no column of the query", PROGRAMMING
    ORDER_BY_COLUMN_TWICE = 169, "ORDER BY contains a column more than once", PROGRAMMING
    SYNTAX_IN_LINE = 170, "Incorrect syntax in a line", PROGRAMMING
    RETURN_VALUE_NOT_ALLOWED = (
        178,
        "RETURN with a value is not allowed in this context",
        PROGRAMMING,
    )
    NOT_RECOGNIZED = 195, "The name is not recognized", PROGRAMMING
    PARAMETER_EXPECTED = 201, "The procedure expects a parameter that was not supplied", PROGRAMMING
    TYPE_CLASH = 206, "Operand type clash", PROGRAMMING
    INVALID_COLUMN = 207, "Invalid column name", PROGRAMMING
    INVALID_OBJECT = 208, "Invalid object name", PROGRAMMING
    AMBIGUOUS_COLUMN = 209, "Ambiguous column name", PROGRAMMING
    COLUMN_COUNT_MISMATCH = (
        213,
        "The number of values does not match the table definition",
        PROGRAMMING,
    )
    PROCEDURE_PARAMETER_TYPE = 214, "The procedure expects a parameter of another type", PROGRAMMING
    IMPLICIT_CONVERSION_NOT_ALLOWED = (
        257,
        "Implicit conversion between the types is not allowed",
        PROGRAMMING,
    )
    COLUMN_ASSIGNED_TWICE = 264, "A column is assigned more than once", PROGRAMMING
    TRANSACTION_COUNT_MISMATCH = 266, "BEGIN and COMMIT of a procedure do not match", PROGRAMMING
    TYPE_NOT_COMPARABLE = 306, "The type cannot be compared or sorted", PROGRAMMING
    SYNTAX_NEAR_WITH = 319, "Incorrect syntax near the keyword WITH", PROGRAMMING
    OUTPUT_WITH_TRIGGERS = 334, "OUTPUT without INTO on a table that has triggers", PROGRAMMING
    INCOMPATIBLE_OPERANDS = 402, "The types of the operands are incompatible", PROGRAMMING
    CONSTANT_IN_ORDER_BY = 408, "ORDER BY contains a constant expression", PROGRAMMING
    TYPE_NOT_DISTINCT = 421, "The type cannot be selected as DISTINCT", PROGRAMMING
    COLLATION_CONFLICT = 468, "Collation conflict", PROGRAMMING
    SUBQUERY_ROWS = 512, "Subquery returned more than one value", PROGRAMMING
    EXPLICIT_CONVERSION_NOT_ALLOWED = (
        529,
        "Explicit conversion between the types is not allowed",
        PROGRAMMING,
    )
    HINT_SYNTAX = 1018, "Incorrect syntax of a table hint", PROGRAMMING
    INVALID_FUNCTION_PARAMETER = 1023, "Invalid parameter of a function", PROGRAMMING
    ORDER_BY_IN_SUBQUERY = (
        1033,
        "ORDER BY is invalid in views, derived tables and subqueries",
        PROGRAMMING,
    )
    UNDECLARED_TABLE_VARIABLE = 1087, "The table variable is not declared", PROGRAMMING
    WRONG_SET_OPTIONS = 1934, "The statement needs other SET options", PROGRAMMING
    PROCEDURE_NOT_FOUND = 2812, "Could not find the stored procedure", PROGRAMMING
    STATEMENT_TERMINATED = 3621, "The statement has been terminated"
    IDENTIFIER_NOT_BOUND = 4104, "The multi-part identifier could not be bound", PROGRAMMING
    WINDOW_FUNCTION_NOT_ALLOWED = (
        4108,
        "Window functions are allowed in SELECT and ORDER BY only",
        PROGRAMMING,
    )
    FUNCTION_NOT_WINDOWED = 4113, "The function is not a window function", PROGRAMMING
    COALESCE_OF_NULLS = 4127, "All arguments of COALESCE are the NULL constant", PROGRAMMING
    CONDITION_EXPECTED = 4145, "A condition is expected", PROGRAMMING
    VIEW_NOT_UPDATABLE = 4405, "The view is not updatable", PROGRAMMING
    SAVEPOINT_NOT_FOUND = 6401, "No savepoint of that name", PROGRAMMING
    TOO_MANY_PARAMETERS = 8003, "Too many parameters", PROGRAMMING
    OPERAND_TYPE_INVALID = 8117, "The operand's type is invalid for the operator", PROGRAMMING
    SELECT_NOT_GROUPED = 8120, "A selected column is not grouped", PROGRAMMING
    HAVING_NOT_GROUPED = 8121, "A column in HAVING is not grouped", PROGRAMMING
    ORDER_BY_NOT_GROUPED = 8127, "A column in ORDER BY is not grouped", PROGRAMMING
    CASE_OF_NULLS = 8133, "All results of CASE are the NULL constant", PROGRAMMING
    TOO_MANY_ARGUMENTS = 8144, "Too many arguments for the procedure or function", PROGRAMMING
    PROCEDURE_WITHOUT_PARAMETERS = 8146, "The procedure has no parameters", PROGRAMMING
    COLUMN_WITHOUT_NAME = 8155, "A column of a derived table has no name", PROGRAMMING
    COLUMN_NAMED_TWICE = 8156, "A derived table has a column name more than once", PROGRAMMING
    MORE_COLUMNS_THAN_NAMED = 8158, "More columns than the column list names", PROGRAMMING
    PARAMETER_NOT_SUPPLIED = 8178, "The parameterized query expects a parameter", PROGRAMMING
    NOT_PREPARED = 8180, "The statement could not be prepared", PROGRAMMING
    INCOMPATIBLE_ORDERINGS = 8711, "Ordered aggregates have incompatible orderings"
    NESTED_DML_NOT_ALLOWED = 10729, "A nested data modification is not allowed here", PROGRAMMING
    TOO_MANY_ROWS = 10738, "Too many rows in a VALUES list", PROGRAMMING
    WINDOW_FRAME_NOT_ALLOWED = 10752, "The function does not allow a window frame", PROGRAMMING

    # Definitions
    CONSTRAINT_NOT_CREATED = 1750, "Could not create the constraint or index", PROGRAMMING
    INVALID_REFERENCED_TABLE = 1767, "A foreign key references an invalid table", PROGRAMMING
    INVALID_REFERENCING_COLUMN = (
        1769,
        "A foreign key references an invalid column of its table",
        PROGRAMMING,
    )
    NO_REFERENCED_KEY = 1776, "No primary or unique key matches the foreign key", PROGRAMMING
    REFERENCED_TYPE_DIFFERS = (
        1778,
        "A foreign key's column and the referenced one differ in type",
        PROGRAMMING,
    )
    SECOND_PRIMARY_KEY = 1779, "The table has a primary key", PROGRAMMING
    SECOND_DEFAULT = 1781, "The column has a default", PROGRAMMING
    CASCADE_CYCLE = 1785, "A foreign key may cause cycles or multiple cascade paths", PROGRAMMING
    DATABASE_EXISTS = 1801, "The database exists", PROGRAMMING
    SECOND_CLUSTERED_INDEX = 1902, "The table has a clustered index", PROGRAMMING
    INDEXED_COLUMN_MISSING = 1911, "The column to index does not exist", PROGRAMMING
    INDEX_EXISTS = 1913, "The index exists", PROGRAMMING
    TYPE_NOT_INDEXABLE = 1919, "The column's type is invalid for an index key", PROGRAMMING
    INVALID_FILEGROUP = 1921, "Invalid filegroup or partition scheme", PROGRAMMING
    DEPENDENCIES_INCOMPLETE = 2020, "The dependencies may not include all columns", PROGRAMMING
    COLUMN_NOT_UNIQUE = 2705, "Column names in a table must be unique", PROGRAMMING
    OBJECT_EXISTS = 2714, "The object exists", PROGRAMMING
    TYPE_NOT_FOUND = 2715, "Cannot find the data type", PROGRAMMING
    SCHEMA_NOT_FOUND = 2760, "The schema does not exist or may not be used", PROGRAMMING
    DROPPED_OBJECT_MISSING = 3701, "Cannot drop the object: not found or not permitted", PROGRAMMING
    DATABASE_IN_USE = 3702, "Cannot drop the database: it is in use", PROGRAMMING
    DROPPED_INDEX_MISSING = (
        3718,
        "Cannot drop the index: its table is not in the catalog",
        PROGRAMMING,
    )
    INDEX_OF_CONSTRAINT = 3723, "Cannot drop an index that enforces a constraint", PROGRAMMING
    CONSTRAINT_REFERENCED = 3725, "A foreign key references the constraint", PROGRAMMING
    TABLE_REFERENCED = 3726, "A foreign key references the table", PROGRAMMING
    CONSTRAINT_NOT_DROPPED = 3727, "Could not drop the constraint", PROGRAMMING
    OBJECT_REFERENCED = 3729, "Another object references the object", PROGRAMMING
    VIEW_HAS_FEWER_COLUMNS = 4502, "The view names more columns than it selects", PROGRAMMING
    VIEW_COLUMN_NOT_UNIQUE = 4506, "Column names of a view or function must be unique", PROGRAMMING
    TRUNCATED_TABLE_MISSING = (
        4701,
        "Cannot truncate the table: not found or not permitted",
        PROGRAMMING,
    )
    TRUNCATED_TABLE_REFERENCED = (
        4712,
        "Cannot truncate the table: a foreign key references it",
        PROGRAMMING,
    )
    NEW_COLUMN_WITHOUT_DEFAULT = 4901, "A new column needs NULL or a default", PROGRAMMING
    ALTERED_TABLE_MISSING = 4902, "Cannot find the table to alter", PROGRAMMING
    ALTERED_COLUMN_MISSING = 4924, "Cannot find the column to alter", PROGRAMMING
    COLUMN_NOT_ALTERABLE = 4928, "The column cannot be altered", PROGRAMMING
    COLUMN_HAS_DEPENDENTS = 5074, "An object depends on the column", PROGRAMMING
    COLUMN_CHECK_NAMES_ANOTHER = (
        8141,
        "A column's CHECK constraint references another column",
        PROGRAMMING,
    )
    RENAMED_OBJECT_MISSING = 15225, "Cannot find the object to rename", PROGRAMMING
    RENAME_AMBIGUOUS = 15248, "The object to rename is ambiguous or of another type", PROGRAMMING
    NEW_NAME_IN_USE = 15335, "The new name is in use", PROGRAMMING

    # Permissions
    OBJECT_PERMISSION_DENIED = 229, "Permission denied on the object", PROGRAMMING
    COLUMN_PERMISSION_DENIED = 230, "Permission denied on the column", PROGRAMMING
    DATABASE_PERMISSION_DENIED = 262, "Permission denied in the database", PROGRAMMING
    ACTION_PERMISSION_DENIED = 297, "Permission denied for the action", PROGRAMMING
    SERVER_PERMISSION_DENIED = 300, "Permission denied on the server"
    NOT_FOUND_OR_DENIED = 15151, "The object does not exist or permission is denied", PROGRAMMING

    # Transactions and locks
    SAVEPOINT_OUTSIDE_TRANSACTION = 628, "SAVE TRANSACTION outside a transaction", TRANSACTION
    DEADLOCK_VICTIM = 1205, "Chosen as the deadlock victim", OPERATIONAL, ROLLED_BACK
    LOCK_TIMEOUT = 1222, "Lock request time out", OPERATIONAL
    COMMIT_WITHOUT_BEGIN = 3902, "COMMIT without a transaction", TRANSACTION
    ROLLBACK_WITHOUT_BEGIN = 3903, "ROLLBACK without a transaction", TRANSACTION
    TRANSACTION_DOOMED = 3930, "The transaction cannot be committed and cannot write", OPERATIONAL
    SAVEPOINT_OF_DOOMED = 3931, "The transaction cannot be rolled back to a savepoint", TRANSACTION
    SNAPSHOT_CONFLICT = (
        3960,
        "Snapshot isolation transaction aborted by an update conflict",
        OPERATIONAL,
        ROLLED_BACK,
    )
    OTHER_THREADS_RUNNING = (
        3988,
        "No new transaction while other threads run in the session",
        OPERATIONAL,
    )
    DOOMED_AT_END_OF_BATCH = (
        3998,
        "A doomed transaction was rolled back at the end of the batch",
        None,
        ROLLED_BACK,
    )

    # Resources and storage
    SCAN_INTERRUPTED = 601, "The scan could not continue: data has moved", OPERATIONAL
    PAGE_OF_ANOTHER_OBJECT = 605, "A page belongs to another object", OPERATIONAL
    MEMORY_INSUFFICIENT = 701, "Insufficient memory", OPERATIONAL
    BUFFER_POOL_FULL = 802, "Insufficient memory in the buffer pool", OPERATIONAL
    IO_ERROR = 823, "The operating system returned an I/O error", OPERATIONAL
    IO_INCONSISTENT = 824, "A page is logically inconsistent", OPERATIONAL
    LATCH_TIMEOUT = 845, "Time out waiting for a buffer latch", OPERATIONAL
    FILEGROUP_FULL = 1101, "No space for a new page", OPERATIONAL
    SPACE_FULL = 1105, "No space for an object", OPERATIONAL
    LOCKS_EXHAUSTED = 1204, "The server has no lock resources left", OPERATIONAL
    DATABASE_LOCKED = 5061, "A lock could not be placed on the database", OPERATIONAL
    OPTIMIZER_TIMEOUT = 8628, "Time out waiting to optimize the query", OPERATIONAL
    MEMORY_TIMEOUT = 8645, "Time out waiting for memory", OPERATIONAL
    MEMORY_GRANT_DENIED = 8651, "The requested memory is not available", OPERATIONAL
    LOG_NOT_AVAILABLE = 9001, "The transaction log is not available", OPERATIONAL
    LOG_FULL = 9002, "The transaction log is full", OPERATIONAL
    QUOTA_REACHED = 40544, "The database has reached its size quota", OPERATIONAL
    TRANSACTION_TOO_LONG = 40549, "The session was ended: a transaction ran too long", OPERATIONAL
    TOO_MANY_LOCKS = 40550, "The session was ended: too many locks", OPERATIONAL
    TEMPDB_EXCESS = 40551, "The session was ended: too much tempdb space", OPERATIONAL
    LOG_EXCESS = 40552, "The session was ended: too much transaction log space", OPERATIONAL
    MEMORY_EXCESS = 40553, "The session was ended: too much memory", OPERATIONAL

    # Logins
    CANNOT_OPEN_DATABASE = 4060, "Cannot open the database", OPERATIONAL, DOUBTFUL
    NO_SYSTEM_TASK = 17300, "The server cannot run another system task", OPERATIONAL
    TOO_MANY_CONNECTIONS = 17809, "The maximum number of connections has been reached", OPERATIONAL
    SERVER_UPGRADING = 18401, "Login failed: the server is being upgraded", OPERATIONAL
    ADMINISTRATORS_ONLY = 18451, "Login failed: only administrators may connect", OPERATIONAL
    UNTRUSTED_DOMAIN = 18452, "Login failed: the Windows domain is not trusted", OPERATIONAL
    LOGIN_FAILED = 18456, "Login failed", OPERATIONAL, LOST
    SINGLE_USER_MODE = 18461, "Login failed: the server is in single user mode", OPERATIONAL
    LOGIN_DISABLED = 18470, "Login failed: the account is disabled", OPERATIONAL
    LOGIN_LOCKED = 18486, "Login failed: the account is locked out", OPERATIONAL
    PASSWORD_EXPIRED = 18487, "Login failed: the password has expired", OPERATIONAL
    PASSWORD_MUST_CHANGE = 18488, "Login failed: the password must be changed", OPERATIONAL
    TOKEN_EXPIRED = 37396, "The access token has expired", OPERATIONAL, LOST
    FIREWALL = 40615, "The firewall does not allow the client"

    # Sessions and the network, whose numbers are those of Windows
    NETWORK_NAME_GONE = 64, "The network name is no longer available", OPERATIONAL, DOUBTFUL | LOST
    PIPE_CLOSED = 233, "No process is on the other end of the pipe", OPERATIONAL, DOUBTFUL | LOST
    WAIT_TIMEOUT = 258, "The wait operation timed out"
    SESSION_KILLED = 596, "The session was killed", OPERATIONAL, LOST
    SHUTDOWN = 6005, "The server is shutting down", OPERATIONAL, LOST
    CONNECTION_ABORTED = 10053, "The connection was aborted", OPERATIONAL, DOUBTFUL | LOST
    CONNECTION_RESET = 10054, "The connection was reset", OPERATIONAL, DOUBTFUL | LOST
    CONNECTION_TIMED_OUT = 10060, "The connection timed out", OPERATIONAL, DOUBTFUL | LOST

    # Azure's gateway, and databases that fail over, wake up or are busy
    DATABASE_ID_NOT_FOUND = 615, "Could not find the database", OPERATIONAL, TRANSIENT
    DATABASE_SUSPECT = 926, "The database cannot be opened", OPERATIONAL, TRANSIENT
    SECONDARY_NOT_READY = 4221, "Login to a readable secondary failed", OPERATIONAL, TRANSIENT
    RESOURCE_LIMIT = 10928, "A resource limit has been reached", OPERATIONAL, TRANSIENT
    RESOURCE_BUSY = (
        10929,
        "The server is too busy for more than the guaranteed resources",
        OPERATIONAL,
        TRANSIENT,
    )
    SERVICE_ERROR_20 = 40020, "The service has encountered an error", OPERATIONAL, TRANSIENT
    SERVICE_ERROR_143 = 40143, "The service has encountered an error", OPERATIONAL, TRANSIENT
    SERVICE_ERROR_166 = 40166, "The service has encountered an error", OPERATIONAL, TRANSIENT
    SERVICE_ERROR = 40197, "The service has encountered an error", OPERATIONAL, TRANSIENT
    SERVICE_BUSY = 40501, "The service is busy", OPERATIONAL, TRANSIENT
    SERVICE_ERROR_540 = 40540, "The service has encountered an error", OPERATIONAL, TRANSIENT
    DATABASE_NOT_AVAILABLE = 40613, "The database is not available", OPERATIONAL, TRANSIENT
    POOL_PAUSED = 42108, "The SQL pool is paused", OPERATIONAL, TRANSIENT
    POOL_WARMING_UP = 42109, "The SQL pool is warming up", OPERATIONAL, TRANSIENT
    NOT_ENOUGH_RESOURCES = 49918, "Not enough resources", OPERATIONAL, TRANSIENT
    TOO_MANY_CREATIONS = (
        49919,
        "Too many create or update operations in progress",
        OPERATIONAL,
        TRANSIENT,
    )
    TOO_MANY_OPERATIONS = 49920, "Too many operations in progress", OPERATIONAL, TRANSIENT

    # Statements that Azure SQL Database does not support
    USE_NOT_SUPPORTED = 40508, "USE cannot switch between databases", UNSUPPORTED
    STATEMENT_NOT_SUPPORTED = 40510, "The statement is not supported", UNSUPPORTED
    FUNCTION_NOT_SUPPORTED = 40511, "The built-in function is not supported", UNSUPPORTED
    FEATURE_NOT_SUPPORTED = 40512, "The deprecated feature is not supported", UNSUPPORTED
    NOT_SUPPORTED = 40514, "Not supported", UNSUPPORTED
    REFERENCE_NOT_SUPPORTED = (
        40515,
        "A reference to another database or server is not supported",
        UNSUPPORTED,
    )
    OPTION_NOT_SUPPORTED = 40517, "The keyword or option is not supported", UNSUPPORTED
    DBCC_NOT_SUPPORTED = 40519, "The DBCC command is not supported", UNSUPPORTED
    SECURABLE_NOT_SUPPORTED = 40520, "The securable class is not supported", UNSUPPORTED


def with_effect(effect: Effect) -> frozenset[int]:
    """Return the numbers that have an effect."""
    return frozenset(number for number in ErrorNumber if effect in number.effect)


BY_NUMBER = {int(number): number for number in ErrorNumber}
