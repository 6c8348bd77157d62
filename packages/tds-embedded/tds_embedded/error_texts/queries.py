"""Names, columns, aggregates, windows and the shape of queries."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
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
    125: (15, "Case expressions may only be nested to level {}."),
    127: (15, "A TOP N or FETCH rowcount value may not be negative."),
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
    207: (16, "Invalid column name '{}'."),
    208: (16, "Invalid object name '{}'."),
    209: (16, "Ambiguous column name '{}'."),
    213: (16, "Column name or number of supplied values does not match table definition."),
    239: (16, "Duplicate common table expression name '{}' was specified."),
    240: (
        16,
        'Types don\'t match between the anchor and the recursive part in column "{}" of '
        'recursive query "{}".',
    ),
    252: (
        16,
        "Recursive common table expression '{}' does not contain a top-level UNION ALL operator.",
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
    308: (16, "Index '{}' on table '{}' (specified in the FROM clause) does not exist."),
    310: (
        15,
        "The value {} specified for the MAXRECURSION option exceeds the allowed maximum of 32767.",
    ),
    334: (
        16,
        "The target table '{}' of the DML statement cannot have any enabled triggers if"
        " the statement contains an OUTPUT clause without INTO clause.",
    ),
    339: (16, "DEFAULT or NULL are not allowed as explicit identity values."),
    367: (16, "The hint 'SNAPSHOT' is valid only with memory optimized tables."),
    402: (16, "The data types {} and {} are incompatible in the {} operator."),
    403: (16, "Invalid operator for data type. Operator equals {}, type equals {}."),
    408: (16, "A constant expression was encountered in the ORDER BY list, position {}."),
    422: (16, "Common table expression defined but not used."),
    447: (16, "Expression type {} is invalid for COLLATE clause."),
    448: (16, "Invalid collation '{}'."),
    451: (
        16,
        'Cannot resolve collation conflict between "{}" and "{}" in {} operator occurring in {} '
        "statement column {}.",
    ),
    468: (16, 'Cannot resolve the collation conflict between "{}" and "{}" in the {} operation.'),
    4191: (16, "Cannot resolve collation conflict for {} operation."),
    530: (
        16,
        "The statement terminated. The maximum recursion {} has been exhausted before "
        "statement completion.",
    ),
    512: (
        16,
        "Subquery returned more than 1 value. This is not permitted when the subquery "
        "follows =, !=, <, <= , >, >= or when the subquery is used as an expression.",
    ),
    650: (
        16,
        "You can only specify the READPAST lock in the READ COMMITTED or REPEATABLE "
        "READ isolation levels.",
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
    1031: (15, "Percent values must be between 0 and 100."),
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
    1060: (
        15,
        "The number of rows provided for a TOP or FETCH clauses row count parameter "
        "must be an integer.",
    ),
    1062: (
        15,
        "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.",
    ),
    1065: (
        15,
        "The NOLOCK and READUNCOMMITTED lock hints are not allowed for target tables of "
        "INSERT, UPDATE, DELETE or MERGE statements.",
    ),
    1069: (15, "Index hints are only allowed in a FROM or OPTION clause."),
    1088: (
        16,
        'Cannot find the object "{}" because it does not exist or you do not have permissions.',
    ),
    4101: (
        16,
        "Aggregates on the right side of an APPLY cannot reference columns from the left side.",
    ),
    4102: (
        15,
        "The READPAST lock hint is only allowed on target tables of UPDATE and DELETE and "
        "on tables specified in an explicit FROM clause.",
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
    4145: (
        15,
        "An expression of non-boolean type specified in a context where a condition is "
        "expected, near '{}'.",
    ),
    4151: (
        16,
        "The type of the first argument to NULLIF cannot be the NULL constant because "
        "the type of the first argument has to be known.",
    ),
    4194: (
        16,
        "RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters.",
    ),
    4511: (
        16,
        "Create View or Function failed because no column name was specified for column {}.",
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
    4123: (15, "Window element in OVER clause is also specified in the WINDOW '{}'."),
    5364: (15, "Window frame with ROWS or RANGE must have an ORDER BY clause in the WINDOW."),
    5365: (15, "Cyclic window references are not permitted: '{}'."),
    5366: (15, "The function '{}' must have an OVER clause or a WINDOW with ORDER BY."),
    5367: (15, "Window element of the WINDOW '{}' is specified again."),
    16211: (15, "The WINDOW '{}' is defined more than once."),
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
    8154: (15, "The table '{}' is ambiguous."),
    8155: (16, "No column name was specified for column {} of '{}'."),
    8156: (16, "The column '{}' was specified multiple times for '{}'."),
    8158: (15, "'{}' has more columns than were specified in the column list."),
    8159: (15, "'{}' has fewer columns than were specified in the column list."),
    8161: (
        15,
        "Argument {} of the GROUPING function does not match any of the expressions in "
        "the GROUP BY clause.",
    ),
    8171: (16, "Hint '{}' on object '{}' is invalid."),
    8623: (
        16,
        "The query processor ran out of internal resources and could not produce a "
        "query plan. This is a rare event and only expected for extremely complex "
        "queries or queries that reference a very large number of tables or partitions."
        " Please simplify the query. If you believe you have received this message in "
        "error, contact Customer Support Services for more information.",
    ),
    8710: (
        16,
        "Aggregate functions that are used with CUBE, ROLLUP, or GROUPING SET queries must "
        "provide for merging of subaggregates. To fix this problem, remove the aggregate "
        "function or write the query using UNION ALL over GROUP BY clauses.",
    ),
    8711: (
        16,
        "Multiple ordered aggregate functions in the same scope have mutually incompatible "
        "orderings.",
    ),
    4114: (15, "The function '{}' takes exactly {} argument(s)."),
    4116: (16, "The function 'ntile' takes only a positive int or bigint expression as its input."),
    4193: (
        16,
        "'BETWEEN {} AND {}' is not a valid window frame and cannot be used with the OVER clause.",
    ),
    8124: (
        16,
        "Multiple columns are specified in an aggregated expression containing an outer "
        "reference. If an expression being aggregated contains an outer reference, then that "
        "outer reference must be the only column referenced in the expression.",
    ),
    10743: (15, "The number of rows provided for a OFFSET clause must be an integer."),
    10755: (15, "The function '{}' takes between {} and {} arguments."),
    8730: (16, "Offset parameter for Lag and Lead functions cannot be a negative value."),
    8733: (16, "Separator parameter for STRING_AGG must be a string literal or variable."),
    8734: (
        16,
        "Separator parameter for STRING_AGG cannot be large object type such as VARCHAR(MAX) or "
        "NVARCHAR(MAX).",
    ),
    10709: (
        16,
        "The number of columns for each row in a table value constructor must be the same.",
    ),
    10741: (15, "A TOP can not be used in the same query or sub-query as a OFFSET."),
    10742: (15, "The offset specified in a OFFSET clause may not be negative."),
    10744: (15, "The number of rows provided for a FETCH clause must be greater then zero."),
    10752: (15, "The function '{}' may not have a window frame."),
    10753: (15, "The function '{}' must have an OVER clause."),
    10756: (15, "Window frame with ROWS or RANGE must have an ORDER BY clause."),
    10757: (15, "The function '{}' may not have a WITHIN GROUP clause."),
    10759: (15, "Use of DISTINCT is not allowed with the OVER clause."),
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
}
