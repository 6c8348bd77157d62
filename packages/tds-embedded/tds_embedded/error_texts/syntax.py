"""Errors of syntax, and statements or options in a wrong position."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    102: (15, "Incorrect syntax near '{}'."),
    103: (15, "The identifier that starts with '{}' is too long. Maximum length is 128."),
    105: (15, "Unclosed quotation mark after the character string '{}'."),
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
    148: (15, "Incorrect time syntax in time string '{}' used with WAITFOR."),
    154: (15, "a USE database statement is not allowed in a procedure, function or trigger."),
    155: (15, "'{}' is not a recognized {} option."),
    156: (15, "Incorrect syntax near the keyword '{}'."),
    178: (15, "A RETURN statement with a return value cannot be used in this context."),
    191: (
        15,
        "Some part of your SQL statement is nested too deeply. Rewrite the query or break it "
        "up into smaller queries.",
    ),
    195: (15, "'{}' is not a recognized {}."),
    217: (
        16,
        "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).",
    ),
    226: (16, "{} statement not allowed within multi-statement transaction."),
    243: (16, "Type {} is not a defined system type."),
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
    483: (16, "The OUTPUT clause cannot be used in an INSERT...EXEC statement."),
    1001: (15, "Line {}: Length or precision specification {} is invalid."),
    1002: (15, "Line {}: Specified scale {} is invalid."),
    1007: (
        15,
        "The number '{}' is out of the range for numeric representation (maximum precision 38).",
    ),
    1076: (15, "Function '{}' requires at least {} argument(s)."),
    302: (
        16,
        "The newsequentialid() built-in function can only be used in a DEFAULT expression for a"
        " column of type 'uniqueidentifier' in a CREATE TABLE or ALTER TABLE statement. It cannot"
        " be combined with other operators to form a complex scalar expression.",
    ),
    1023: (15, "Invalid parameter {} specified for {}."),
    1038: (
        15,
        "An object or column name is missing or empty. For SELECT INTO statements, verify each "
        "column has a name. For other statements, look for empty alias names. Aliases defined "
        'as "" or [] are not allowed. Change the alias to a valid name.',
    ),
    1046: (
        15,
        "Subqueries are not allowed in this context. Only scalar expressions are allowed.",
    ),
    1047: (15, "Conflicting locking hints specified."),
    1087: (15, 'Must declare the table variable "{}".'),
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
    2740: (
        16,
        "SET LANGUAGE failed because '{}' is not an official language name or a language "
        "alias on this SQL Server.",
    ),
    2741: (16, "SET DATEFORMAT date order '{}' is invalid."),
    2742: (16, "SET {} option '{}' is invalid."),
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
    2754: (
        16,
        "Error severity levels greater than 18 can only be specified by members of the "
        "sysadmin role, using the WITH LOG option.",
    ),
    2748: (16, "Cannot specify {} data type (parameter {}) as a substitution parameter."),
    2787: (16, "Invalid format specification: '{}'."),
    2786: (
        16,
        "The data type of substitution parameter {} does not match the expected type of the "
        "format specification.",
    ),
    8003: (
        16,
        "The incoming request has too many parameters. The server supports a maximum of 2100 "
        "parameters. Reduce the number of parameters and resend the request.",
    ),
    10704: (
        15,
        "To rethrow an error, a THROW statement must be used inside the CATCH block. Insert "
        "the THROW statement inside the CATCH block, or add error parameters to the THROW "
        "statement.",
    ),
    10713: (15, "A MERGE statement must be terminated by a semi-colon (;)."),
    10738: (
        15,
        "The number of row value expressions in the INSERT statement exceeds the maximum "
        "allowed number of 1000 row values.",
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
    40510: (16, "Statement '{}' is not supported in this version of SQL Server."),
    40514: (
        16,
        "'{}' is not supported in this version of SQL Server.",
    ),
    168: (
        15,
        "The floating point value '{}' is out of the range of computer representation (8 bytes).",
    ),
    40517: (16, "Keyword or statement option '{}' is not supported in this version of SQL Server."),
    50000: (16, "{}"),
    159: (15, "Must specify the table name and index name for the DROP INDEX statement."),
    166: (15, "'{}' does not allow specifying the database name as a prefix to the object name."),
    183: (15, "The scale ({}) for column '{}' must be within the range {} to {}."),
    215: (
        16,
        "Parameters supplied for object '{}' which is not a function. If the parameters are "
        "intended as a table hint, a WITH keyword is required.",
    ),
    1018: (
        15,
        "Incorrect syntax near '{}'. If this is intended as a part of a table hint, A WITH "
        "keyword and parenthesis are now required. See SQL Server Books Online for proper syntax.",
    ),
    10746: (15, "The hints FORCESEEK and FORCESCAN cannot be used together."),
    8622: (
        16,
        "Query processor could not produce a query plan because of the hints defined in this "
        "query. Resubmit the query without specifying any hints and without using SET FORCEPLAN.",
    ),
}
