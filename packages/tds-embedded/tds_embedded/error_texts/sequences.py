"""Errors of sequences, synonyms and alias types."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    218: (
        16,
        "Could not find the type '{}'. Either it does not exist or you do not have the necessary "
        "permission.",
    ),
    222: (16, 'The base type "{}" is not a valid base type for the alias data type.'),
    5313: (16, "Synonym '{}' refers to an invalid object."),
    11716: (15, "NEXT VALUE FOR function does not support the PARTITION BY clause."),
    11717: (
        15,
        "NEXT VALUE FOR function does not support the OVER clause in default constraints, UPDATE "
        "statements, or MERGE statements.",
    ),
    11718: (15, "NEXT VALUE FOR function does not support an empty OVER clause."),
    11719: (
        15,
        "NEXT VALUE FOR function is not allowed in check constraints, default objects, computed "
        "columns, views, user-defined functions, user-defined aggregates, user-defined table "
        "types, sub-queries, common table expressions, derived tables or return statements.",
    ),
    11720: (
        15,
        "NEXT VALUE FOR function is not allowed in the TOP, OVER, OUTPUT, ON, WHERE, GROUP BY, "
        "HAVING, or ORDER BY clauses.",
    ),
    11721: (
        15,
        "NEXT VALUE FOR function cannot be used directly in a statement that uses a DISTINCT, "
        "UNION, UNION ALL, EXCEPT or INTERSECT operator.",
    ),
    11723: (
        15,
        "NEXT VALUE FOR function cannot be used directly in a statement that contains an ORDER BY "
        "clause unless the OVER clause is specified.",
    ),
    11737: (15, "NEXT VALUE FOR function does not support the ROWS and RANGE clauses."),
    11739: (
        15,
        "NEXT VALUE FOR function cannot be used if ROWCOUNT option has been set, or the query "
        "contains TOP or OFFSET.",
    ),
    11741: (
        15,
        "NEXT VALUE FOR function cannot be used within CASE, CHOOSE, COALESCE, IIF, ISNULL and "
        "NULLIF.",
    ),
}
