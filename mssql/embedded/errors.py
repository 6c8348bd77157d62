"""SQL Server's errors: number, state, severity and text.

Follows "Database Engine events and errors",
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
"""

from __future__ import annotations

from dataclasses import dataclass

# number: (severity, text with {} where SQL Server puts its arguments)
MESSAGES: dict[int, tuple[int, str]] = {
    102: (15, "Incorrect syntax near '{}'."),
    156: (15, "Incorrect syntax near the keyword '{}'."),
    207: (16, "Invalid column name '{}'."),
    208: (16, "Invalid object name '{}'."),
    103: (15, "The identifier that starts with '{}' is too long. Maximum length is 128."),
    105: (15, "Unclosed quotation mark after the character string '{}'."),
    109: (
        15,
        "There are more columns in the INSERT statement than values specified in the VALUES "
        "clause. The number of values in the VALUES clause must match the number of columns "
        "specified in the INSERT statement.",
    ),
    110: (
        15,
        "There are fewer columns in the INSERT statement than values specified in the VALUES "
        "clause. The number of values in the VALUES clause must match the number of columns "
        "specified in the INSERT statement.",
    ),
    111: (15, "'{}' must be the first statement in a query batch."),
    113: (15, "Missing end comment mark '*/'."),
    117: (
        15,
        "The {} name '{}' contains more than the maximum number of prefixes. The maximum is {}.",
    ),
    131: (
        15,
        "The size ({}) given to the {} '{}' exceeds the maximum allowed for any data type ({}).",
    ),
    134: (
        15,
        "The variable name '{}' has already been declared. Variable names must be unique "
        "within a query batch or stored procedure.",
    ),
    135: (15, "Cannot use a BREAK statement outside the scope of a WHILE statement."),
    136: (15, "Cannot use a CONTINUE statement outside the scope of a WHILE statement."),
    137: (15, 'Must declare the scalar variable "{}".'),
    141: (
        15,
        "A SELECT statement that assigns a value to a variable must not be combined with "
        "data-retrieval operations.",
    ),
    155: (15, "'{}' is not a recognized {} option."),
    178: (15, "A RETURN statement with a return value cannot be used in this context."),
    191: (
        15,
        "Some part of your SQL statement is nested too deeply. Rewrite the query or break it "
        "up into smaller queries.",
    ),
    195: (15, "'{}' is not a recognized {}."),
    201: (16, "Procedure or function '{}' expects parameter '{}', which was not supplied."),
    214: (16, "Procedure expects parameter '{}' of type '{}'."),
    217: (
        16,
        "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).",
    ),
    266: (
        16,
        "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT "
        "statements. Previous count = {}, current count = {}.",
    ),
    319: (
        15,
        "Incorrect syntax near the keyword 'with'. If this statement is a common table "
        "expression, an xmlnamespaces clause or a change tracking context clause, the previous "
        "statement must be terminated with a semicolon.",
    ),
    321: (
        15,
        '"{}" is not a recognized table hints option. If it is intended as a parameter to a '
        "table-valued function or to the CHANGETABLE function, ensure that your database "
        "compatibility mode is set to 90.",
    ),
    628: (16, "Cannot issue SAVE TRANSACTION when there is no active transaction."),
    911: (16, "Database '{}' does not exist. Make sure that the name is entered correctly."),
    1001: (15, "Line {}: Length or precision specification {} is invalid."),
    1002: (15, "Line {}: Specified scale {} is invalid."),
    1023: (15, "Invalid parameter {} specified for {}."),
    1038: (
        15,
        "An object or column name is missing or empty. For SELECT INTO statements, verify each "
        "column has a name. For other statements, look for empty alias names. Aliases defined "
        'as "" or [] are not allowed. Change the alias to a valid name.',
    ),
    1087: (15, 'Must declare the table variable "{}".'),
    1205: (
        13,
        "Transaction (Process ID {}) was deadlocked on lock resources with another process and "
        "has been chosen as the deadlock victim. Rerun the transaction.",
    ),
    1222: (16, "Lock request time out period exceeded."),
    2627: (
        14,
        "Violation of {} constraint '{}'. Cannot insert duplicate key in object '{}'. The "
        "duplicate key value is ({}).",
    ),
    2715: (16, "Column, parameter, or variable #{}: Cannot find data type {}."),
    2716: (
        16,
        "Column, parameter, or variable #{}: Cannot specify a column width on data type {}.",
    ),
    2717: (16, "The size ({}) given to the {} '{}' exceeds the maximum allowed ({})."),
    2732: (
        16,
        "Error number {} is invalid. The number must be from 13000 through 2147483647 and it "
        "cannot be 50000.",
    ),
    2750: (
        16,
        "Column or parameter #{}: Specified column precision {} is greater than the maximum "
        "precision of {}.",
    ),
    2751: (
        16,
        "Column or parameter #{}: Specified column scale {} is greater than the specified "
        "precision of {}.",
    ),
    2812: (16, "Could not find stored procedure '{}'."),
    3621: (0, "The statement has been terminated."),
    3902: (16, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3903: (16, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3930: (
        16,
        "The current transaction cannot be committed and cannot support operations that write "
        "to the log file. Roll back the transaction.",
    ),
    3931: (
        16,
        "The current transaction cannot be committed and cannot be rolled back to a savepoint. "
        "Roll back the entire transaction.",
    ),
    3998: (
        16,
        "Uncommittable transaction is detected at the end of the batch. The transaction is "
        "rolled back.",
    ),
    4145: (
        15,
        "An expression of non-boolean type specified in a context where a condition is "
        "expected, near '{}'.",
    ),
    5701: (0, "Changed database context to '{}'."),
    5703: (0, "Changed language setting to {}."),
    6401: (16, "Cannot roll back {}. No transaction or savepoint of that name was found."),
    8003: (
        16,
        "The incoming request has too many parameters. The server supports a maximum of 2100 "
        "parameters. Reduce the number of parameters and resend the request.",
    ),
    8144: (16, "Procedure or function {} has too many arguments specified."),
    8145: (16, "{} is not a parameter for procedure {}."),
    8146: (16, "Procedure {} has no parameters and arguments were supplied."),
    8162: (
        16,
        'The formal parameter "{}" was not declared as an OUTPUT parameter, but the actual '
        "parameter passed in requested output.",
    ),
    8197: (16, "The object '{}' does not exist or is invalid for this operation."),
    3101: (16, "Exclusive access could not be obtained because the database is in use."),
    3154: (
        16,
        "The backup set holds a backup of a database other than the existing '{}' database.",
    ),
    3156: (
        16,
        "File '{}' cannot be restored to '{}'. Use WITH MOVE to identify a valid location for the "
        "file.",
    ),
    3201: (
        16,
        "Cannot open backup device '{}'. Operating system error 2(The system cannot find the file "
        "specified.).",
    ),
    8178: (
        16,
        "The parameterized query '{}' expects the parameter '{}', which was not supplied.",
    ),
    8179: (16, "Could not find prepared statement with handle {}."),
    10704: (
        15,
        "To rethrow an error, a THROW statement must be used inside the CATCH block. Insert "
        "the THROW statement inside the CATCH block, or add error parameters to the THROW "
        "statement.",
    ),
    10709: (
        16,
        "The number of columns for each row in a table value constructor must be the same.",
    ),
    10713: (15, "A MERGE statement must be terminated by a semi-colon (;)."),
    10738: (
        15,
        "The number of row value expressions in the INSERT statement exceeds the maximum "
        "allowed number of 1000 row values.",
    ),
    15225: (
        11,
        "No item by the name of '{}' could be found in the current database '{}', given that "
        "@itemtype was input as '{}'.",
    ),
    8155: (16, "No column name was specified for column {} of '{}'."),
    4194: (
        16,
        "RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters.",
    ),
    4060: (
        11,
        'Cannot open database "{}" requested by the login. The login failed.',
    ),
    8023: (
        16,
        "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is "
        'incorrect. Parameter {} ("{}"): The supplied value is not a valid instance of data type '
        "{}. Check the source data for invalid values. An example of an invalid value is data of "
        "numeric type with scale greater than precision.",
    ),
    8115: (
        16,
        "Arithmetic overflow error converting {} to data type {}.",
    ),
    10928: (
        20,
        "Resource ID: {}. The {} limit for the database is {} and has been reached.",
    ),
    10929: (
        20,
        "Resource ID: {}. The {} minimum guarantee is {}, maximum limit is {} and the current "
        "usage for the database is {}. However, the server is currently too busy to support "
        "requests greater than {} for this database.",
    ),
    18452: (
        14,
        "Login failed. The login is from an untrusted domain and cannot be used with Integrated "
        "authentication.",
    ),
    18456: (
        14,
        "Login failed for user '{}'.",
    ),
    40197: (
        20,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40501: (
        20,
        "The service is currently busy. Retry the request after 10 seconds. Incident ID: {}. "
        "Code: {}.",
    ),
    40510: (16, "Statement '{}' is not supported in this version of SQL Server."),
    40514: (
        16,
        "'{}' is not supported in this version of SQL Server.",
    ),
    40020: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40143: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40166: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40540: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    615: (
        21,
        "Could not find database ID {}, name '{}'. The database may be offline. Wait a few minutes "
        "and try again.",
    ),
    926: (
        14,
        "Database '{}' cannot be opened. It has been marked SUSPECT by recovery. See the SQL "
        "Server errorlog for more information.",
    ),
    4221: (
        16,
        "Login to read-secondary failed due to long wait on "
        "'HADR_DATABASE_WAIT_FOR_TRANSITION_TO_VERSIONING'. The replica is not available for login "
        "because row versions are missing for transactions that were in-flight when the replica "
        "was recycled.",
    ),
    37396: (
        16,
        "Query cannot be executed, access token is expired. Please login with a new access token "
        "and execute query again.",
    ),
    42108: (
        16,
        "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and try "
        "again.",
    ),
    42109: (16, "The SQL pool is warming up. Please try again."),
    49919: (
        16,
        "Cannot process create or update request. Too many create or update operations in "
        'progress for subscription "{}".',
    ),
    49920: (
        16,
        'Cannot process request. Too many operations in progress for subscription "{}".',
    ),
    40613: (
        17,
        "Database '{}' on server '{}' is not currently available. Please retry the connection "
        "later. If the problem persists, contact customer support, and provide them the session "
        "tracing ID of '{}'.",
    ),
    49918: (
        16,
        "Cannot process request. Not enough resources to process request. The service is "
        "currently busy. Please retry the request later.",
    ),
    104: (
        16,
        "ORDER BY items must appear in the select list if the statement contains a "
        "UNION, INTERSECT or EXCEPT operator.",
    ),
    107: (
        15,
        "The column prefix '{}' does not match with a table name or alias name used in the query.",
    ),
    108: (
        16,
        "The ORDER BY position number {} is out of range of the number of items in the "
        "select list.",
    ),
    116: (
        16,
        "Only one expression can be specified in the select list when the subquery is "
        "not introduced with EXISTS.",
    ),
    120: (
        15,
        "The select list for the INSERT statement contains fewer items than the insert "
        "list. The number of SELECT values must match the number of INSERT columns.",
    ),
    121: (
        15,
        "The select list for the INSERT statement contains more items than the insert "
        "list. The number of SELECT values must match the number of INSERT columns.",
    ),
    128: (
        15,
        'The name "{}" is not permitted in this context. Valid expressions are '
        "constants, constant expressions, and (in some contexts) variables. Column "
        "names are not permitted.",
    ),
    130: (
        16,
        "Cannot perform an aggregate function on an expression containing an aggregate "
        "or a subquery.",
    ),
    144: (
        15,
        "Cannot use an aggregate or a subquery in an expression used for the group by "
        "list of a GROUP BY clause.",
    ),
    145: (15, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified."),
    147: (
        15,
        "An aggregate may not appear in the WHERE clause unless it is in a subquery "
        "contained in a HAVING clause or a select list, and the column being aggregated"
        " is an outer reference.",
    ),
    157: (15, "An aggregate may not appear in the set list of an UPDATE statement."),
    158: (15, "An aggregate may not appear in the OUTPUT clause."),
    164: (
        15,
        "Each GROUP BY expression must contain at least one column that is not an outer reference.",
    ),
    169: (
        15,
        "A column has been specified more than once in the order by list. Columns in "
        "the order by list must be unique.",
    ),
    174: (15, "The {} function requires {} argument(s)."),
    189: (15, "The {} function requires {} to {} arguments."),
    194: (
        15,
        "A SELECT INTO statement cannot contain a SELECT statement that assigns values "
        "to a variable.",
    ),
    205: (
        16,
        "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an "
        "equal number of expressions in their target lists.",
    ),
    206: (16, "Operand type clash: {} is incompatible with {}"),
    209: (16, "Ambiguous column name '{}'."),
    213: (16, "Column name or number of supplied values does not match table definition."),
    220: (16, "Arithmetic overflow error for data type {}, value = {}."),
    229: (14, "The {} permission was denied on the object '{}', database '{}', schema '{}'."),
    232: (16, "Arithmetic overflow error for type {}, value = {}."),
    239: (16, "Duplicate common table expression name '{}' was specified."),
    240: (
        16,
        'Types don\'t match between the anchor and the recursive part in column "{}" of '
        'recursive query "{}".',
    ),
    241: (16, "Conversion failed when converting date and/or time from character string."),
    242: (
        16,
        "The conversion of a {} data type to a {} data type resulted in an out-of-range value.",
    ),
    243: (16, "Type {} is not a defined system type."),
    245: (16, "Conversion failed when converting the {} value '{}' to data type {}."),
    252: (
        16,
        "Recursive common table expression '{}' does not contain a top-level UNION ALL operator.",
    ),
    257: (
        16,
        "Implicit conversion from data type {} to {} is not allowed. Use the CONVERT "
        "function to run this query.",
    ),
    263: (16, "Must specify table to select from."),
    264: (
        16,
        "The column name '{}' is specified more than once in the SET clause or column "
        "list of an INSERT. A column cannot be assigned more than one value in the same"
        " clause. Modify the clause to make sure that a column is updated only once. If"
        " this statement updates or inserts columns into a view, column aliasing can "
        "conceal the duplication in your code.",
    ),
    271: (
        16,
        'The column "{}" cannot be modified because it is either a computed column or '
        "is the result of a UNION operator.",
    ),
    272: (16, "Cannot update a timestamp column."),
    273: (
        16,
        "Cannot insert an explicit value into a timestamp column. Use INSERT with a "
        "column list to exclude the timestamp column, or insert a DEFAULT into the "
        "timestamp column.",
    ),
    306: (
        16,
        "The text, ntext, and image data types cannot be compared or sorted, except "
        "when using IS NULL or LIKE operator.",
    ),
    313: (
        16,
        "An insufficient number of arguments were supplied for the procedure or function {}.",
    ),
    334: (
        16,
        "The target table '{}' of the DML statement cannot have any enabled triggers if"
        " the statement contains an OUTPUT clause without INTO clause.",
    ),
    402: (16, "The data types {} and {} are incompatible in the {} operator."),
    408: (16, "A constant expression was encountered in the ORDER BY list, position {}."),
    447: (16, "Expression type {} is invalid for COLLATE clause."),
    448: (16, "Invalid collation '{}'."),
    468: (16, 'Cannot resolve the collation conflict between "{}" and "{}" in the {} operation.'),
    512: (
        16,
        "Subquery returned more than 1 value. This is not permitted when the subquery "
        "follows =, !=, <, <= , >, >= or when the subquery is used as an expression.",
    ),
    515: (
        16,
        "Cannot insert the value NULL into column '{}', table '{}'; column does not "
        "allow nulls. {} fails.",
    ),
    517: (16, "Adding a value to a '{}' column caused an overflow."),
    529: (16, "Explicit conversion from data type {} to {} is not allowed."),
    535: (
        16,
        "The {} function resulted in an overflow. The number of dateparts separating "
        "two date/time instances is too large. Try to use {} with a less precise "
        "datepart.",
    ),
    537: (16, "Invalid length parameter passed to the LEFT or SUBSTRING function."),
    544: (
        16,
        "Cannot insert explicit value for identity column in table '{}' when "
        "IDENTITY_INSERT is set to OFF.",
    ),
    545: (
        16,
        "Explicit value must be specified for identity column in table '{}' either when"
        " IDENTITY_INSERT is set to ON or when a replication user is inserting into a "
        "NOT FOR REPLICATION identity column.",
    ),
    547: (
        16,
        'The {} statement conflicted with the {} constraint "{}". The conflict occurred'
        ' in database "{}", table "{}"{}.',
    ),
    650: (
        16,
        "You can only specify the READPAST lock in the READ COMMITTED or REPEATABLE "
        "READ isolation levels.",
    ),
    1007: (
        15,
        "The number '{}' is out of the range for numeric representation (maximum precision 38).",
    ),
    1008: (
        15,
        "The SELECT item identified by the ORDER BY number {} contains a variable as "
        "part of the expression identifying a column position. Variables are only "
        "allowed when ordering by an expression referencing a column name.",
    ),
    1011: (15, "The correlation name '{}' is specified multiple times in a FROM clause."),
    1012: (15, "The correlation name '{}' has the same exposed name as table '{}'."),
    1013: (
        15,
        'The objects "{}" and "{}" in the FROM clause have the same exposed names. Use '
        "correlation names to distinguish them.",
    ),
    1014: (15, "A TOP or FETCH clause contains an invalid value."),
    1015: (
        15,
        "An aggregate cannot appear in an ON clause unless it is in a subquery "
        "contained in a HAVING clause or select list, and the column being aggregated "
        "is an outer reference.",
    ),
    1033: (
        15,
        "The ORDER BY clause is invalid in views, inline functions, derived tables, "
        "subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is "
        "also specified.",
    ),
    1047: (15, "Conflicting locking hints specified."),
    1060: (
        15,
        "The number of rows provided for a TOP or FETCH clauses row count parameter "
        "must be an integer.",
    ),
    1062: (
        15,
        "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.",
    ),
    2601: (
        14,
        "Cannot insert duplicate key row in object '{}' with unique index '{}'. The "
        "duplicate key value is ({}).",
    ),
    2628: (
        16,
        "String or binary data would be truncated in table '{}', column '{}'. Truncated"
        " value: '{}'.",
    ),
    2705: (
        16,
        "Column names in each table must be unique. Column name '{}' in table '{}' is "
        "specified more than once.",
    ),
    2714: (16, "There is already an object named '{}' in the database."),
    3609: (16, "The transaction ended in the trigger. The batch has been aborted."),
    3624: (20, "A system assertion check has failed. {}"),
    3701: (11, "Cannot drop the {} '{}', because it does not exist or you do not have permission."),
    3726: (16, "Could not drop object '{}' because it is referenced by a FOREIGN KEY constraint."),
    3960: (
        16,
        "Snapshot isolation transaction aborted due to update conflict. You cannot use "
        "snapshot isolation to access table '{}' directly or indirectly in database "
        "'{}' to update, delete, or insert the row that has been modified or deleted by"
        " another transaction. Retry the transaction or change the isolation level for "
        "the update/delete statement.",
    ),
    4104: (16, 'The multi-part identifier "{}" could not be bound.'),
    4108: (15, "Windowed functions can only appear in the SELECT or ORDER BY clauses."),
    4109: (
        15,
        "Windowed functions cannot be used in the context of another windowed function "
        "or aggregate.",
    ),
    4112: (15, "The function '{}' must have an OVER clause with ORDER BY."),
    4113: (
        15,
        "The function '{}' is not a valid windowing function, and cannot be used with "
        "the OVER clause.",
    ),
    4121: (
        16,
        'Cannot find either column "{}" or the user-defined function or aggregate "{}",'
        " or the name is ambiguous.",
    ),
    4127: (
        16,
        "At least one of the arguments to COALESCE must be an expression that is not "
        "the NULL constant.",
    ),
    4151: (
        16,
        "The type of the first argument to NULLIF cannot be the NULL constant because "
        "the type of the first argument has to be known.",
    ),
    4511: (
        16,
        "Create View or Function failed because no column name was specified for column {}.",
    ),
    4712: (
        16,
        "Cannot truncate table '{}' because it is being referenced by a FOREIGN KEY constraint.",
    ),
    4901: (
        16,
        "ALTER TABLE only allows columns to be added that can contain nulls, or have a "
        "DEFAULT definition specified, or the column being added is an identity or "
        "timestamp column, or alternatively if none of the previous conditions are "
        "satisfied the table must be empty to allow addition of this column. Column "
        "'{}' cannot be added to non-empty table '{}' because it does not satisfy these"
        " conditions.",
    ),
    5308: (
        16,
        "Windowed functions, aggregates and NEXT VALUE FOR functions do not support "
        "integer indices as ORDER BY clause expressions.",
    ),
    5309: (
        16,
        "Windowed functions, aggregates and NEXT VALUE FOR functions do not support "
        "constants as ORDER BY clause expressions.",
    ),
    5324: (
        16,
        "In a MERGE statement, a '{}' clause with a search condition cannot appear "
        "after a '{}' clause with no search condition.",
    ),
    5362: (15, "Window '{}' is undefined."),
    5373: (
        16,
        "All the input parameters should be of the same type. Supported types are "
        "tinyint, smallint, int, bigint, decimal and numeric.",
    ),
    8101: (
        16,
        "An explicit value for the identity column in table '{}' can only be specified "
        "when a column list is used and IDENTITY_INSERT is ON.",
    ),
    8102: (16, "Cannot update identity column '{}'."),
    8114: (16, "Error converting data type {} to {}."),
    8116: (16, "Argument data type {} is invalid for argument {} of {} function."),
    8117: (16, "Operand data type {} is invalid for {} operator."),
    8120: (
        16,
        "Column '{}' is invalid in the select list because it is not contained in "
        "either an aggregate function or the GROUP BY clause.",
    ),
    8121: (
        16,
        "Column '{}' is invalid in the HAVING clause because it is not contained in "
        "either an aggregate function or the GROUP BY clause.",
    ),
    8127: (
        16,
        'Column "{}" is invalid in the ORDER BY clause because it is not contained in '
        "either an aggregate function or the GROUP BY clause.",
    ),
    8133: (
        16,
        "At least one of the result expressions in a CASE specification must be an "
        "expression other than the NULL constant.",
    ),
    8134: (16, "Divide by zero error encountered."),
    8152: (16, "String or binary data would be truncated."),
    8154: (15, "The table '{}' is ambiguous."),
    8156: (16, "The column '{}' was specified multiple times for '{}'."),
    8158: (15, "'{}' has more columns than were specified in the column list."),
    8159: (15, "'{}' has fewer columns than were specified in the column list."),
    8161: (
        15,
        "Argument {} of the GROUPING function does not match any of the expressions in "
        "the GROUP BY clause.",
    ),
    8169: (16, "Conversion failed when converting from a character string to uniqueidentifier."),
    8623: (
        16,
        "The query processor ran out of internal resources and could not produce a "
        "query plan. This is a rare event and only expected for extremely complex "
        "queries or queries that reference a very large number of tables or partitions."
        " Please simplify the query. If you believe you have received this message in "
        "error, contact Customer Support Services for more information.",
    ),
    8672: (
        16,
        "The MERGE statement attempted to UPDATE or DELETE the same row more than once."
        " This happens when a target row matches more than one source row. A MERGE "
        "statement cannot UPDATE/DELETE the same row of the target table multiple "
        "times. Refine the ON clause to ensure a target row matches at most one source "
        "row, or use the GROUP BY clause to group the source rows.",
    ),
    9829: (
        16,
        "STRING_AGG aggregation result exceeded the limit of 8000 bytes. Use LOB types "
        "to avoid result truncation.",
    ),
    10741: (15, "A TOP can not be used in the same query or sub-query as a OFFSET."),
    10742: (15, "The offset specified in a OFFSET clause may not be negative."),
    10744: (15, "The number of rows provided for a FETCH clause must be greater then zero."),
    10752: (15, "The function '{}' may not have a window frame."),
    10753: (15, "The function '{}' must have an OVER clause."),
    10756: (15, "Window frame with ROWS or RANGE must have an ORDER BY clause."),
    10757: (15, "The function '{}' may not have a WITHIN GROUP clause."),
    10759: (15, "Use of DISTINCT is not allowed with the OVER clause."),
    40517: (16, "Keyword or statement option '{}' is not supported in this version of SQL Server."),
    50000: (16, "{}"),
    59998: (
        16,
        "Error of the embedded server, not of SQL Server: it keeps U+FDD0 for itself, to stand "
        "for U+0000.",
    ),
    127: (15, "A TOP N or FETCH rowcount value may not be negative."),
    596: (21, "Cannot continue the execution because the session is in the kill state."),
    701: (17, "There is insufficient system memory in resource pool 'default' to run this query."),
    1505: (
        16,
        "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found"
        " for the object name '{}' and the index name '{}'. The duplicate key value is "
        "({}).",
    ),
    3623: (16, "An invalid floating point operation occurred."),
    3906: (16, 'Failed to update database "{}" because the database is read-only.'),
    6005: (10, "SHUTDOWN is in progress."),
    17809: (
        20,
        "Could not connect because the maximum number of user connections has already "
        "been reached.",
    ),
    19300: (
        16,
        "An invalid pattern '{}' was provided. Error '{}' occurred during evaluation of"
        " the regular expression.",
    ),
    13601: (
        16,
        "Property '{}' cannot be generated in JSON output due to a conflict with "
        "another column name or alias. Use different names and aliases for each column "
        "in SELECT list.",
    ),
    13605: (
        16,
        "Column expressions and data sources without names or aliases cannot be "
        "formatted as JSON text using FOR JSON clause. Add alias to the unnamed column "
        "or table.",
    ),
    13620: (
        16,
        "ROOT option and WITHOUT_ARRAY_WRAPPER option cannot be used together in FOR "
        "JSON. Remove one of these options.",
    ),
    148: (15, "Incorrect time syntax in time string '{}' used with WAITFOR."),
    226: (16, "{} statement not allowed within multi-statement transaction."),
    483: (16, "The OUTPUT clause cannot be used in an INSERT...EXEC statement."),
    1088: (
        16,
        'Cannot find the object "{}" because it does not exist or you do not have permissions.',
    ),
    2740: (
        16,
        "SET LANGUAGE failed because '{}' is not an official language name or a language "
        "alias on this SQL Server.",
    ),
    2741: (16, "SET DATEFORMAT date order '{}' is invalid."),
    2742: (16, "SET {} option '{}' is invalid."),
    2754: (
        16,
        "Error severity levels greater than 18 can only be specified by members of the "
        "sysadmin role, using the WITH LOG option.",
    ),
    2786: (
        16,
        "The data type of substitution parameter {} does not match the expected type of the "
        "format specification.",
    ),
    6104: (16, "Cannot use KILL to kill your own process."),
    6106: (16, "Process ID {} is not an active process ID."),
    8106: (16, "Table '{}' does not have the identity property. Cannot perform SET operation."),
    8107: (
        16,
        "IDENTITY_INSERT is already ON for table '{}'. Cannot perform SET operation for "
        "table '{}'.",
    ),
    11501: (16, "The batch could not be analyzed because of compile errors."),
    11521: (16, "The type for parameter '{}' cannot be deduced in this context."),
    18054: (
        16,
        "Error {}, severity {}, state {} was raised, but no message with that error number "
        "was found in sys.messages. If error is larger than 50000, make sure the "
        "user-defined message is added using sp_addmessage.",
    ),
    35100: (
        16,
        "Error number {} in the THROW statement is outside the valid range. Specify an error "
        "number in the valid range of 50000 to 2147483647.",
    ),
    13607: (
        16,
        "JSON path is not properly formatted. Unexpected character '{}' is found at position {}.",
    ),
    13608: (16, "Property cannot be found on the specified JSON path."),
    13618: (
        16,
        "AS JSON option can be specified only for column of nvarchar(max) type in WITH clause.",
    ),
    13623: (16, "Scalar value cannot be found in the specified JSON path."),
    13624: (16, "Object or array cannot be found in the specified JSON path."),
    13625: (16, "String value in the specified JSON path would be truncated."),
    13609: (
        16,
        "JSON text is not properly formatted. Unexpected character '{}' is found at position {}.",
    ),
    235: (16, "Cannot convert a char value to money. The char value has incorrect syntax."),
    244: (
        16,
        "The conversion of the {} value '{}' overflowed an {} column. Use a larger integer column.",
    ),
    248: (16, "The conversion of the {} value '{}' overflowed an int column."),
    281: (16, "{} is not a valid style number when converting from {} to a character string."),
    289: (
        16,
        "Cannot construct data type {}, some of the arguments have values which are not valid.",
    ),
    295: (16, "Conversion failed when converting character string to smalldatetime data type."),
    450: (
        16,
        "Code page translations are not supported for the text data type of column '{}': only"
        " strings have a collation.",
    ),
    506: (16, 'The invalid escape character "{}" was specified in a LIKE predicate.'),
    1702: (
        16,
        "CREATE TABLE failed because column '{}' in table exceeds the maximum of {} columns.",
    ),
    1752: (16, "Column '{}' in table '{}' is invalid for creating a default constraint."),
    1753: (
        16,
        "Column '{}' is not the same length or scale as referencing column '{}' in foreign "
        "key '{}'. Columns participating in a foreign key relationship must be defined with "
        "the same length and scale.",
    ),
    1754: (
        16,
        "Defaults cannot be created on columns with an IDENTITY attribute. Table '{1}', "
        "column '{0}'.",
    ),
    1755: (
        16,
        "Defaults cannot be created on columns of data type timestamp. Table '{1}', column '{0}'.",
    ),
    1757: (
        16,
        "Column '{}' is not of same collation as referencing column '{}' in foreign key '{}'.",
    ),
    1767: (16, "Foreign key '{}' references invalid table '{}'."),
    1769: (16, "Foreign key '{}' references invalid column '{}' in referencing table '{}'."),
    1770: (16, "Foreign key '{}' references invalid column '{}' in referenced table '{}'."),
    1773: (
        16,
        "Foreign key '{}' has implicit reference to object '{}' which does not have a primary"
        " key defined on it.",
    ),
    1776: (
        16,
        "There are no primary or candidate keys in the referenced table '{}' that match the "
        "referencing column list in the foreign key '{}'.",
    ),
    1778: (
        16,
        "Column '{}' is not the same data type as referencing column '{}' in foreign key '{}'.",
    ),
    1779: (16, "Table '{}' already has a primary key defined on it."),
    1781: (16, "Column already has a DEFAULT bound to it."),
    1785: (
        16,
        "Introducing FOREIGN KEY constraint '{}' on table '{}' may cause cycles or multiple "
        "cascade paths. Specify ON DELETE NO ACTION or ON UPDATE NO ACTION, or modify other "
        "FOREIGN KEY constraints.",
    ),
    1801: (16, "Database '{}' already exists. Choose a different database name."),
    1902: (
        16,
        "Cannot create more than one clustered index on table '{}'. Drop the existing "
        "clustered index '{}' before creating another.",
    ),
    1904: (
        16,
        "The index on table '{}' has {} columns in the key list. The maximum limit for index "
        "key column list is 32.",
    ),
    1909: (
        16,
        "Cannot use duplicate column names in index. Column name '{}' listed more than once.",
    ),
    1911: (16, "Column name '{}' does not exist in the target table or view."),
    1913: (
        16,
        "The operation failed because an index or statistics with name '{}' already exists on"
        " table '{}'.",
    ),
    1919: (
        16,
        "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an"
        " index.",
    ),
    1921: (16, "Invalid {} '{}' specified."),
    2706: (11, "Table '{}' does not exist."),
    2744: (
        16,
        "Multiple identity columns specified for table '{}'. Only one identity column per "
        "table is allowed.",
    ),
    2749: (
        16,
        "Identity column '{}' must be of data type int, bigint, smallint, tinyint, or decimal"
        " or numeric with a scale of 0, unencrypted, and constrained to be nonnullable.",
    ),
    2760: (
        16,
        'The specified schema name "{}" either does not exist or you do not have permission '
        "to use it.",
    ),
    3702: (16, 'Cannot drop database "{}" because it is currently in use.'),
    3705: (16, "Cannot use DROP {} with '{}' because '{}' is a {}. Use {}."),
    3723: (
        16,
        "An explicit DROP INDEX is not allowed on index '{}'. It is being used for constraint"
        " enforcement.",
    ),
    3725: (
        16,
        "The constraint '{}' is being referenced by table '{}', foreign key constraint '{}'.",
    ),
    3728: (16, "'{}' is not a constraint."),
    3729: (16, "Cannot drop schema '{}' because it is being referenced by object '{}'."),
    3732: (
        16,
        "Cannot drop type '{}' because it is being referenced by object '{}'. There may be "
        "other objects that reference this type.",
    ),
    4701: (
        16,
        'Cannot find the object "{}" because it does not exist or you do not have permissions.',
    ),
    4902: (
        16,
        'Cannot find the object "{}" because it does not exist or you do not have permissions.',
    ),
    4905: (16, "ALTER TABLE SWITCH statement failed. The target table '{}' must be empty."),
    4909: (16, "Cannot alter '{}' because it is not a table."),
    4917: (16, "Constraint '{}' does not exist."),
    4922: (16, "{} {} failed because one or more objects access this column."),
    4923: (
        16,
        "ALTER TABLE DROP COLUMN failed because '{}' is the only data column in table '{}'. A"
        " table must have at least one data column.",
    ),
    4924: (16, "ALTER TABLE {} failed because column '{}' does not exist in table '{}'."),
    4928: (16, "Cannot alter column '{}' because it is '{}'."),
    4943: (
        16,
        "ALTER TABLE SWITCH statement failed because table '{}' has {} columns and table '{}'"
        " has {} columns.",
    ),
    4944: (
        16,
        "ALTER TABLE SWITCH statement failed because column '{}' has data type {} in source "
        "table '{}' which is different from its type {} in target table '{}'.",
    ),
    4957: (
        16,
        "ALTER TABLE SWITCH statement failed because column '{}' does not have the same "
        "ordinal as column '{}' of the target table.",
    ),
    4985: (
        16,
        "ALTER TABLE SWITCH statement failed because column '{}' does not have the same "
        "nullability attribute in tables '{}' and '{}'.",
    ),
    5069: (16, "ALTER DATABASE statement failed."),
    5074: (16, "The {} '{}' is dependent on column '{}'."),
    7997: (16, "'{}' does not contain an identity column."),
    7998: (
        0,
        "Checking identity information: current identity value '{}', current column value '{}'.",
    ),
    7999: (16, "Could not find any index named '{}' for table '{}'."),
    8111: (16, "Cannot define PRIMARY KEY constraint on nullable column in table '{}'."),
    8139: (
        16,
        "Number of referencing columns in foreign key differs from number of referenced "
        "columns, table '{}', foreign key '{}'.",
    ),
    8147: (16, "Could not create IDENTITY attribute on nullable column '{}', table '{}'."),
    9810: (16, "The datepart {} is not supported by date function {} for this data type."),
    9812: (16, "The timezone provided to builtin function todatetimeoffset is invalid: '{}'."),
    9820: (16, "The time zone parameter '{}' provided to AT TIME ZONE clause is invalid."),
    9828: (
        16,
        "The second and third arguments of the TRANSLATE built-in function must contain an "
        "equal number of characters.",
    ),
    10609: (
        16,
        "Filtered index '{}' cannot be created on table '{}' because the column '{}' in the "
        "filter expression is a computed column. Rewrite the filter expression so that it "
        "does not include this column.",
    ),
    10735: (15, "Incorrect WHERE clause for filtered index '{}' on table '{}'."),
    11700: (16, "The increment for sequence object '{}' cannot be zero."),
    11702: (
        16,
        "The sequence object '{}' must be of data type int, bigint, smallint, tinyint, or "
        "decimal or numeric with a scale of 0, or any user-defined data type that is based on"
        " one of the above integer data types.",
    ),
    11728: (
        16,
        "The sequence object '{}' has reached its minimum or maximum value. Restart the "
        "sequence object to allow new values to be generated.",
    ),
    15135: (
        16,
        "Object is invalid. Extended properties are not permitted on '{}', or the object does"
        " not exist.",
    ),
    15151: (16, "Cannot {} the {} '{}', because it does not exist or you do not have permission."),
    15217: (16, "Property cannot be updated or deleted. Property '{}' does not exist for '{}'."),
    15233: (16, "Property cannot be added. Property '{}' already exists for '{}'."),
    15247: (16, "User does not have permission to perform this action."),
    15248: (
        11,
        "Either the parameter @objname is ambiguous or the claimed @objtype ({}) is wrong.",
    ),
    15335: (
        11,
        "Error: The new name '{}' is already in use as a {} name and would cause a duplicate "
        "that is not permitted.",
    ),
    15336: (
        16,
        "Object '{}' cannot be renamed because the object participates in enforced dependencies.",
    ),
    15477: (
        0,
        "Caution: Changing any part of an object name could break scripts and stored procedures.",
    ),
    15530: (16, 'The object with name "{}" already exists.'),
    262: (14, "{} permission denied in database '{}'."),
    300: (14, "{} permission was denied on object 'server', database 'master'."),
    916: (
        14,
        'The server principal is not able to access the database "{}" under the current '
        "security context.",
    ),
    4621: (
        16,
        "Permissions at the server scope can only be granted when the current database is master",
    ),
    6102: (14, "User does not have permission to use the KILL statement."),
    15007: (16, "'{}' is not a valid login or you do not have permission."),
    15023: (16, "User, group, or role '{}' already exists in the current database."),
    15025: (16, "The server principal '{}' already exists."),
    219: (16, "The type '{}' already exists, or you do not have permission to create it."),
    2501: (16, 'Cannot find a table or object with the name "{}". Check the system catalog.'),
    3708: (16, "Cannot drop the {} '{}' because it is a system database."),
    5011: (
        14,
        "User does not have permission to alter database '{}', the database does not exist, "
        "or the database is not in a state that allows access checks.",
    ),
    5058: (16, "Option '{}' cannot be set in database '{}'."),
    15249: (11, "Error: Explicit @objtype '{}' is unrecognized."),
    1223: (
        16,
        "Cannot release the application lock (Database Principal: 'public', Resource: '{}') "
        "because it is not currently held.",
    ),
    3952: (
        16,
        "Snapshot isolation transaction failed accessing database '{}' because snapshot "
        "isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot "
        "isolation.",
    ),
    536: (16, "Invalid length parameter passed to the {} function."),
}


@dataclass
class SqlServerError(Exception):
    """An error that goes to the client as an ERROR token (an INFO token where severity <= 10)."""

    number: int
    message: str
    severity: int = 16
    state: int = 1
    line: int = 1
    procedure: str = ""

    def __str__(self) -> str:
        return f"Msg {self.number}, Level {self.severity}, State {self.state}: {self.message}"


def error(number: int, *arguments: object, state: int = 1, line: int = 1) -> SqlServerError:
    """Error `number` with SQL Server's own severity and wording, its arguments filled in."""
    severity, text = MESSAGES[number]
    return SqlServerError(number, text.format(*arguments), severity, state, line)
