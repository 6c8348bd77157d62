"""Conversions, arithmetic, and arguments of functions."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    174: (15, "The {} function requires {} argument(s)."),
    189: (15, "The {} function requires {} to {} arguments."),
    206: (16, "Operand type clash: {} is incompatible with {}"),
    220: (16, "Arithmetic overflow error for data type {}, value = {}."),
    232: (16, "Arithmetic overflow error for type {}, value = {}."),
    235: (16, "Cannot convert a char value to money. The char value has incorrect syntax."),
    237: (16, "There is insufficient result space to convert a money value to {}."),
    241: (16, "Conversion failed when converting date and/or time from character string."),
    242: (
        16,
        "The conversion of a {} data type to a {} data type resulted in an out-of-range value.",
    ),
    244: (
        16,
        "The conversion of the {} value '{}' overflowed an {} column. Use a larger integer column.",
    ),
    245: (16, "Conversion failed when converting the {} value '{}' to data type {}."),
    248: (16, "The conversion of the {} value '{}' overflowed an int column."),
    257: (
        16,
        "Implicit conversion from data type {} to {} is not allowed. Use the CONVERT "
        "function to run this query.",
    ),
    281: (16, "{} is not a valid style number when converting from {} to a character string."),
    289: (
        16,
        "Cannot construct data type {}, some of the arguments have values which are not valid.",
    ),
    295: (16, "Conversion failed when converting character string to smalldatetime data type."),
    313: (
        16,
        "An insufficient number of arguments were supplied for the procedure or function {}.",
    ),
    450: (
        16,
        "Code page translations are not supported for the text data type of column '{}': only"
        " strings have a collation.",
    ),
    506: (16, 'The invalid escape character "{}" was specified in a LIKE predicate.'),
    517: (16, "Adding a value to a '{}' column caused an overflow."),
    529: (16, "Explicit conversion from data type {} to {} is not allowed."),
    535: (
        16,
        "The {} function resulted in an overflow. The number of dateparts separating "
        "two date/time instances is too large. Try to use {} with a less precise "
        "datepart.",
    ),
    536: (16, "Invalid length parameter passed to the {} function."),
    537: (16, "Invalid length parameter passed to the LEFT or SUBSTRING function."),
    2628: (
        16,
        "String or binary data would be truncated in table '{}', column '{}'. Truncated"
        " value: '{}'.",
    ),
    3623: (16, "An invalid floating point operation occurred."),
    4199: (16, "Argument value {} is invalid for argument 3 of {} function."),
    8748: (
        16,
        "The enable_ordinal argument for string_split only supports constant values (not "
        "variables or columns).",
    ),
    5373: (
        16,
        "All the input parameters should be of the same type. Supported types are "
        "tinyint, smallint, int, bigint, decimal and numeric.",
    ),
    8114: (16, "Error converting data type {} to {}."),
    8115: (
        16,
        "Arithmetic overflow error converting {} to data type {}.",
    ),
    8116: (16, "Argument data type {} is invalid for argument {} of {} function."),
    8184: (
        16,
        "Error in binarychecksum. There are no comparable columns in the binarychecksum input.",
    ),
    8117: (16, "Operand data type {} is invalid for {} operator."),
    8134: (16, "Divide by zero error encountered."),
    8152: (16, "String or binary data would be truncated."),
    8170: (16, "Insufficient result space to convert uniqueidentifier value to char."),
    8169: (16, "Conversion failed when converting from a character string to uniqueidentifier."),
    9806: (16, "The datepart {} is not supported by date function {}."),
    9807: (
        16,
        "The input character string does not follow style {}, either change the input character "
        "string or use a different style.",
    ),
    9809: (16, "The style {} is not supported for conversions from {} to {}."),
    9834: (
        16,
        "Invalid bucket width value passed to date_bucket function. Only positive values are "
        "allowed.",
    ),
    9835: (16, "Calculating date bucket for '{}' column caused an overflow."),
    9810: (16, "The datepart {} is not supported by date function {} for data type {}."),
    9812: (16, "The timezone provided to builtin function {} is invalid: '{}'."),
    9813: (
        16,
        "The timezone provided to builtin function {} would cause the datetimeoffset to "
        "overflow the range of valid date range in either UTC or local time.",
    ),
    9820: (16, "The time zone parameter '{}' provided to AT TIME ZONE clause is invalid."),
    9828: (
        16,
        "The second and third arguments of the TRANSLATE built-in function must contain an "
        "equal number of characters.",
    ),
    9829: (
        16,
        "STRING_AGG aggregation result exceeded the limit of 8000 bytes. Use LOB types "
        "to avoid result truncation.",
    ),
    13607: (
        16,
        "JSON path is not properly formatted. Unexpected character '{}' is found at position {}.",
    ),
    13608: (16, "Property cannot be found on the specified JSON path."),
    13606: (
        16,
        "JSON text that has more than {} nesting levels cannot be parsed.",
    ),
    13609: (
        16,
        "JSON text is not properly formatted. Unexpected character '{}' is found at position {}.",
    ),
    13618: (
        16,
        "AS JSON option can be specified only for column of nvarchar(max) type in WITH clause.",
    ),
    13623: (16, "Scalar value cannot be found in the specified JSON path."),
    13624: (16, "Object or array cannot be found in the specified JSON path."),
    13625: (16, "String value in the specified JSON path would be truncated."),
    19300: (
        16,
        "An invalid pattern '{}' was provided. Error '{}' occurred during evaluation of"
        " the regular expression.",
    ),
    59998: (
        16,
        "Error of the embedded server, not of SQL Server: it keeps U+FDD0 for itself, to stand "
        "for U+0000.",
    ),
}
