"""JSON: paths, documents, and operations that the type json does not support."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    421: (16, "The {} data type cannot be selected as DISTINCT because it is not comparable."),
    5335: (
        16,
        "The data type {} cannot be used as an operand to the UNION, INTERSECT or EXCEPT "
        "operators because it is not comparable.",
    ),
    13600: (
        16,
        "FOR JSON AUTO requires at least one table for generating JSON objects. Use FOR JSON "
        "PATH or add a FROM clause with a table name.",
    ),
    13611: (
        16,
        "Value referenced by JSON path is not an array or object and cannot be opened with "
        "OPENJSON.",
    ),
    13619: (16, "Unsupported JSON path found in argument {} of {}."),
    13621: (16, "Array cannot be found in the specified JSON path."),
    13636: (
        16,
        "The JSON data type cannot be compared or sorted, except when using the IS NULL operator.",
    ),
    13638: (16, "The key of a {} cannot be NULL."),
    13639: (16, "Target string size is too small to represent the JSON instance."),
    13640: (
        16,
        "Conversion of one or more characters from the JSON instance to target codepage 1252 "
        "will result in data loss. Choose a different target collation or use nvarchar.",
    ),
    13645: (16, "Nested level of JSON document exceeds limit 128."),
}
