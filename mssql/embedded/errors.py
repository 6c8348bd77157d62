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
    40514: (
        16,
        "'{}' is not supported in this version of SQL Server.",
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
