"""Databases, tables, columns, constraints, indexes and other objects, and their properties."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    129: (
        15,
        "Fillfactor {} is not a valid percentage; fillfactor must be between 1 and 100.",
    ),
    219: (16, "The type '{}' already exists, or you do not have permission to create it."),
    1702: (
        16,
        "CREATE TABLE failed because column '{}' in table exceeds the maximum of {} columns.",
    ),
    1750: (
        16,
        "Could not create constraint or index. See previous errors.",
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
    1759: (
        16,
        "Computed column '{}' in table '{}' is not allowed to be used in another "
        "computed-column definition.",
    ),
    1761: (
        16,
        'Cannot create the foreign key "{}" with the SET NULL referential action, because one '
        "or more referencing columns are not nullable.",
    ),
    1762: (
        16,
        'Cannot create the foreign key "{}" with the SET DEFAULT referential action, because '
        "one or more referencing not-nullable columns lack a default constraint.",
    ),
    1764: (
        16,
        "Computed Column '{}' in table '{}' is invalid for use in '{}' because it is not "
        "persisted.",
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
    1978: (
        16,
        "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an "
        "index or statistics.",
    ),
    1919: (
        16,
        "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an"
        " index.",
    ),
    1921: (16, "Invalid {} '{}' specified."),
    1927: (
        16,
        "There are already statistics on table '{}' named '{}'.",
    ),
    1944: (
        16,
        "Index '{}' was not created. This index has a key length of at least {} bytes. The "
        "maximum permissible key length is {} bytes.",
    ),
    1945: (
        0,
        "Warning! The maximum key length for a {} index is {} bytes. The index '{}' has "
        "maximum length of {} bytes. For some combination of large values, the insert/update "
        "operation will fail.",
    ),
    1946: (
        16,
        "Operation failed. The index entry of length {} bytes for the index '{}' exceeds the "
        "maximum length of {} bytes for {} indexes.",
    ),
    2010: (16, "Cannot perform {} on '{}' because it is an incompatible object type."),
    2501: (16, 'Cannot find a table or object with the name "{}". Check the system catalog.'),
    2705: (
        16,
        "Column names in each table must be unique. Column name '{}' in table '{}' is "
        "specified more than once.",
    ),
    2706: (11, "Table '{}' does not exist."),
    2714: (16, "There is already an object named '{}' in the database."),
    2729: (
        16,
        "Column '{}' in table '{}' cannot be used in an index or statistics or as a partition "
        "key because it is non-deterministic.",
    ),
    2738: (
        16,
        "A table can only have one timestamp column. Because table '{}' already has one, the "
        "column '{}' cannot be added.",
    ),
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
    2752: (
        16,
        "Identity column '{}' contains invalid SEED.",
    ),
    2753: (
        16,
        "Identity column '{}' contains invalid INCREMENT.",
    ),
    2759: (
        16,
        "CREATE SCHEMA failed due to previous errors.",
    ),
    2760: (
        16,
        'The specified schema name "{}" either does not exist or you do not have permission '
        "to use it.",
    ),
    2799: (
        16,
        "Cannot create index or statistics '{}' on table '{}' because the computed column '{}' is "
        "imprecise and not persisted. Consider removing column from index or statistics key or "
        "marking computed column persisted.",
    ),
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
    1034: (
        15,
        'Syntax error: Duplicate specification of the action "{}" in the trigger declaration.',
    ),
    2110: (
        15,
        "Cannot alter trigger '{}' on '{}' because this trigger does not belong to this object."
        " Specify the correct trigger name or the correct target object name.",
    ),
    2111: (
        16,
        "Cannot {} trigger '{}' on {} '{}' because an INSTEAD OF {} trigger already exists on this"
        " object.",
    ),
    3701: (11, "Cannot drop the {} '{}', because it does not exist or you do not have permission."),
    3702: (16, 'Cannot drop database "{}" because it is currently in use.'),
    3705: (16, "Cannot use DROP {} with '{}' because '{}' is a {}. Use {}."),
    3708: (16, "Cannot drop the {} '{}' because it is a system database."),
    3723: (
        16,
        "An explicit DROP INDEX is not allowed on index '{}'. It is being used for constraint"
        " enforcement.",
    ),
    3725: (
        16,
        "The constraint '{}' is being referenced by table '{}', foreign key constraint '{}'.",
    ),
    3726: (16, "Could not drop object '{}' because it is referenced by a FOREIGN KEY constraint."),
    3727: (
        16,
        "Could not drop constraint. See previous errors.",
    ),
    3728: (16, "'{}' is not a constraint."),
    3729: (16, "Cannot {} '{}' because it is being referenced by object '{}'."),
    3732: (
        16,
        "Cannot drop type '{}' because it is being referenced by object '{}'. There may be "
        "other objects that reference this type.",
    ),
    3733: (
        16,
        "Constraint '{}' does not belong to table '{}'.",
    ),
    3739: (
        11,
        "Cannot {} the index '{}' because it is not a statistics collection.",
    ),
    3748: (
        16,
        "Cannot drop non-clustered index '{}' using drop clustered index clause.",
    ),
    4701: (
        16,
        'Cannot find the object "{}" because it does not exist or you do not have permissions.',
    ),
    4708: (
        16,
        "Could not truncate object '{}' because it is not a table.",
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
    4902: (
        16,
        'Cannot find the object "{}" because it does not exist or you do not have permissions.',
    ),
    4905: (16, "ALTER TABLE SWITCH statement failed. The target table '{}' must be empty."),
    4909: (16, "Cannot alter '{}' because it is not a table."),
    4916: (
        16,
        "Could not enable or disable the constraint. See previous errors.",
    ),
    4917: (16, "Constraint '{}' does not exist."),
    4920: (
        16,
        "ALTER TABLE failed because trigger '{}' on table '{}' does not exist.",
    ),
    4922: (16, "{} {} failed because one or more objects access this column."),
    4923: (
        16,
        "ALTER TABLE DROP COLUMN failed because '{}' is the only data column in table '{}'. A"
        " table must have at least one data column.",
    ),
    4924: (16, "ALTER TABLE {} failed because column '{}' does not exist in table '{}'."),
    4928: (16, "Cannot alter column '{}' because it is '{}'."),
    4936: (
        16,
        "Computed column '{}' in table '{}' cannot be persisted because the column is "
        "non-deterministic.",
    ),
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
    5011: (
        14,
        "User does not have permission to alter database '{}', the database does not exist, "
        "or the database is not in a state that allows access checks.",
    ),
    5058: (16, "Option '{}' cannot be set in database '{}'."),
    5069: (16, "ALTER DATABASE statement failed."),
    5074: (16, "The {} '{}' is dependent on column '{}'."),
    7997: (16, "'{}' does not contain an identity column."),
    7998: (
        0,
        "Checking identity information: current identity value '{}', current column value '{}'.",
    ),
    7999: (16, "Could not find any index named '{}' for table '{}'."),
    8111: (16, "Cannot define PRIMARY KEY constraint on nullable column in table '{}'."),
    8112: (
        16,
        "Cannot add more than one clustered index for constraints on table '{}'.",
    ),
    8139: (
        16,
        "Number of referencing columns in foreign key differs from number of referenced "
        "columns, table '{}', foreign key '{}'.",
    ),
    8140: (
        16,
        "More than one key specified in column level FOREIGN KEY constraint, table '{}'.",
    ),
    8141: (
        16,
        "Column CHECK constraint for column '{}' references another column, table '{}'.",
    ),
    8147: (16, "Could not create IDENTITY attribute on nullable column '{}', table '{}'."),
    8148: (
        16,
        "More than one column CHECK constraint specified for column '{}', table '{}'.",
    ),
    8168: (
        16,
        "Cannot create, drop, enable, or disable more than one constraint, column, index, or "
        "trigger named '{}' in this context. Duplicate names are not allowed.",
    ),
    8183: (
        16,
        "Only UNIQUE or PRIMARY KEY constraints can be created on computed columns, while "
        "CHECK, FOREIGN KEY, and NOT NULL constraints require that computed columns be "
        "persisted.",
    ),
    8197: (16, "The object '{}' does not exist or is invalid for this operation."),
    10609: (
        16,
        "Filtered index '{}' cannot be created on table '{}' because the column '{}' in the "
        "filter expression is a computed column. Rewrite the filter expression so that it "
        "does not include this column.",
    ),
    10611: (
        16,
        "Filtered index '{}' cannot be created on table '{}' because the column '{}' in the filter "
        "expression is compared with a constant of higher data type precedence or of a different "
        "collation. Converting a column to the data type of a constant is not supported for "
        "filtered indexes. To resolve this error, explicitly convert the constant to the same data "
        "type and collation as the column '{}'.",
    ),
    10735: (15, "Incorrect WHERE clause for filtered index '{}' on table '{}'."),
    11415: (
        16,
        "Object '{}' cannot be disabled or enabled. This action applies only to foreign key "
        "and check constraints.",
    ),
    11700: (16, "The increment for sequence object '{}' cannot be zero."),
    11702: (
        16,
        "The sequence object '{}' must be of data type int, bigint, smallint, tinyint, or "
        "decimal or numeric with a scale of 0, or any user-defined data type that is based on"
        " one of the above integer data types.",
    ),
    11703: (
        16,
        "The start value for sequence object '{}' must be between the minimum and maximum "
        "value of the sequence object.",
    ),
    11705: (
        16,
        "The minimum value for sequence object '{}' must be less than its maximum value.",
    ),
    15135: (
        16,
        "Object is invalid. Extended properties are not permitted on '{}', or the object does"
        " not exist.",
    ),
    15151: (16, "Cannot {} the {} '{}', because it does not exist or you do not have permission."),
    15217: (16, "Property cannot be updated or deleted. Property '{}' does not exist for '{}'."),
    15223: (
        11,
        "Error: The input parameter '{}' is not allowed to be null.",
    ),
    15225: (
        11,
        "No item by the name of '{}' could be found in the current database '{}', given that "
        "@itemtype was input as '{}'.",
    ),
    15233: (16, "Property cannot be added. Property '{}' already exists for '{}'."),
    15248: (
        11,
        "Either the parameter @objname is ambiguous or the claimed @objtype ({}) is wrong.",
    ),
    15249: (11, "Error: Explicit @objtype '{}' is unrecognized."),
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
    15600: (
        16,
        "An invalid parameter or option was specified for procedure '{}'.",
    ),
    307: (16, "Index ID {} on table '{}' (specified in the FROM clause) does not exist."),
    1054: (15, "Syntax '{}' is not allowed in schema-bound objects."),
    2710: (
        16,
        "You are not the owner specified for the object '{}' in this statement (CREATE, ALTER, "
        "TRUNCATE, UPDATE STATISTICS or BULK INSERT).",
    ),
    2727: (11, "Cannot find index '{}'."),
    4508: (
        16,
        "Views or functions are not allowed on temporary tables. Table names that begin with '#' "
        "denote temporary tables.",
    ),
    4512: (
        16,
        "Cannot schema bind {} '{}' because name '{}' is invalid for schema binding. Names must "
        "be in two-part format and an object cannot reference itself.",
    ),
    15004: (16, "Name cannot be NULL."),
    15224: (
        11,
        "Error: The value for the @newname parameter contains invalid characters or violates a "
        "basic restriction ({}).",
    ),
    15250: (
        16,
        "The database name component of the object qualifier must be the name of the current "
        "database.",
    ),
    15252: (16, "The primary or foreign key table name must be given."),
    33144: (16, "Cannot change the schema of a temporary object."),
}
