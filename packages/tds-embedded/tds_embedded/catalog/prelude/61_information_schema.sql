-- INFORMATION_SCHEMA, whose own name PostgreSQL has taken.
-- "System Information Schema Views (Transact-SQL)", https://learn.microsoft.com/sql/
-- relational-databases/system-information-schema-views/system-information-schema-views-transact-sql

CREATE VIEW information_schema_ms."SCHEMATA" AS
SELECT current_database()::tsql.nvarchar(128) AS "CATALOG_NAME", name AS "SCHEMA_NAME",
    'dbo'::tsql.nvarchar(128) AS "SCHEMA_OWNER"
FROM sys.schemas;

CREATE VIEW information_schema_ms."TABLES" AS
SELECT current_database()::tsql.nvarchar(128) AS "TABLE_CATALOG", s.name AS "TABLE_SCHEMA",
    o.name AS "TABLE_NAME",
    (CASE o.type::text WHEN 'V' THEN 'VIEW' ELSE 'BASE TABLE' END)::tsql.varchar(10) AS "TABLE_TYPE"
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
WHERE o.type::text IN ('U', 'V');

CREATE VIEW information_schema_ms."VIEWS" AS
SELECT current_database()::tsql.nvarchar(128) AS "TABLE_CATALOG", s.name AS "TABLE_SCHEMA",
    v.name AS "TABLE_NAME", m.definition AS "VIEW_DEFINITION",
    (CASE WHEN v.with_check_option::bool THEN 'CASCADE' ELSE 'NONE' END)::tsql.varchar(7)
        AS "CHECK_OPTION", 'NO'::tsql.varchar(2) AS "IS_UPDATABLE"
FROM sys.views v JOIN sys.schemas s ON s.schema_id = v.schema_id
    JOIN sys.sql_modules m ON m.object_id = v.object_id;

CREATE VIEW information_schema_ms."COLUMNS" AS
SELECT current_database()::tsql.nvarchar(128) AS "TABLE_CATALOG",
    s.name::tsql.nvarchar(128) AS "TABLE_SCHEMA",
    meta.class_name(r.oid, r.relname)::tsql.nvarchar(128) AS "TABLE_NAME",
    c.name::tsql.nvarchar(128) AS "COLUMN_NAME", c.column_id AS "ORDINAL_POSITION",
    (c.data -> 'default' ->> 'definition')::tsql.nvarchar(4000) AS "COLUMN_DEFAULT",
    (CASE WHEN c.attnotnull OR (c.data ->> 'not_null')::bool THEN 'NO' ELSE 'YES' END)
        ::tsql.varchar(3) AS "IS_NULLABLE",
    t.name::tsql.nvarchar(128) AS "DATA_TYPE",
    CASE WHEN t.name IN ('nvarchar', 'nchar') AND c.max_length > 0 THEN c.max_length / 2
        WHEN t.name IN ('nvarchar', 'nchar', 'varchar', 'char', 'varbinary', 'binary', 'json')
        THEN c.max_length END::int4 AS "CHARACTER_MAXIMUM_LENGTH",
    CASE WHEN t.name IN ('nvarchar', 'nchar', 'varchar', 'char', 'varbinary', 'binary', 'json')
        THEN c.max_length END::int4 AS "CHARACTER_OCTET_LENGTH",
    CASE WHEN t.name IN ('bigint', 'int', 'smallint', 'tinyint', 'decimal', 'numeric',
        'float', 'real', 'money', 'smallmoney') THEN c.precision END::tsql.tinyint
        AS "NUMERIC_PRECISION",
    CASE WHEN t.name IN ('float', 'real') THEN 2
        WHEN t.name IN ('bigint', 'int', 'smallint', 'tinyint', 'decimal', 'numeric',
        'money', 'smallmoney') THEN 10 END::int2 AS "NUMERIC_PRECISION_RADIX",
    CASE WHEN t.name IN ('bigint', 'int', 'smallint', 'tinyint', 'decimal', 'numeric',
        'money', 'smallmoney') THEN c.scale::int4 END AS "NUMERIC_SCALE",
    CASE WHEN t.name IN ('date', 'time', 'datetime', 'datetime2', 'datetimeoffset',
        'smalldatetime') THEN c.scale::int2 END AS "DATETIME_PRECISION",
    CASE WHEN t.name IN ('nvarchar', 'nchar') THEN 'UNICODE'
        WHEN t.name IN ('varchar', 'char') THEN 'iso_1' END::tsql.nvarchar(128)
        AS "CHARACTER_SET_NAME",
    c.collation_name::tsql.nvarchar(128) AS "COLLATION_NAME"
FROM meta.columns c JOIN pg_class r ON r.oid = c.object_id::oid
    JOIN meta.user_schemas s ON s.oid = r.relnamespace
    JOIN meta.system_types t ON t.user_type_id = c.system_type_id;

CREATE VIEW information_schema_ms."TABLE_CONSTRAINTS" AS
SELECT current_database()::tsql.nvarchar(128) AS "CONSTRAINT_CATALOG",
    s.name AS "CONSTRAINT_SCHEMA", o.name AS "CONSTRAINT_NAME",
    current_database()::tsql.nvarchar(128) AS "TABLE_CATALOG", s.name AS "TABLE_SCHEMA",
    t.name AS "TABLE_NAME",
    (CASE o.type::text WHEN 'PK' THEN 'PRIMARY KEY' WHEN 'UQ' THEN 'UNIQUE'
        WHEN 'F' THEN 'FOREIGN KEY' ELSE 'CHECK' END)::tsql.varchar(11) AS "CONSTRAINT_TYPE",
    'NO'::tsql.varchar(2) AS "IS_DEFERRABLE", 'NO'::tsql.varchar(2) AS "INITIALLY_DEFERRED"
FROM sys.objects o JOIN sys.objects t ON t.object_id = o.parent_object_id
    JOIN sys.schemas s ON s.schema_id = o.schema_id
WHERE o.type::text IN ('PK', 'UQ', 'F', 'C');

CREATE VIEW information_schema_ms."CHECK_CONSTRAINTS" AS
SELECT current_database()::tsql.nvarchar(128) AS "CONSTRAINT_CATALOG",
    s.name AS "CONSTRAINT_SCHEMA", k.name AS "CONSTRAINT_NAME",
    k.definition::tsql.nvarchar(4000) AS "CHECK_CLAUSE"
FROM sys.check_constraints k JOIN sys.schemas s ON s.schema_id = k.schema_id;

CREATE VIEW information_schema_ms."KEY_COLUMN_USAGE" AS
SELECT current_database()::tsql.nvarchar(128) AS "CONSTRAINT_CATALOG",
    s.name AS "CONSTRAINT_SCHEMA", o.name AS "CONSTRAINT_NAME",
    current_database()::tsql.nvarchar(128) AS "TABLE_CATALOG", s.name AS "TABLE_SCHEMA",
    t.name AS "TABLE_NAME", c.name AS "COLUMN_NAME", p.place::int4 AS "ORDINAL_POSITION"
FROM sys.objects o JOIN sys.objects t ON t.object_id = o.parent_object_id
    JOIN sys.schemas s ON s.schema_id = o.schema_id
    JOIN pg_constraint k ON k.oid = o.object_id::oid,
    LATERAL unnest(k.conkey) WITH ORDINALITY AS p (number, place)
    JOIN sys.columns c ON c.column_id = p.number
WHERE o.type::text IN ('PK', 'UQ', 'F') AND c.object_id = t.object_id;

CREATE VIEW information_schema_ms."CONSTRAINT_COLUMN_USAGE" AS
SELECT current_database()::tsql.nvarchar(128) AS "TABLE_CATALOG", s.name AS "TABLE_SCHEMA",
    t.name AS "TABLE_NAME", c.name AS "COLUMN_NAME",
    current_database()::tsql.nvarchar(128) AS "CONSTRAINT_CATALOG",
    s.name AS "CONSTRAINT_SCHEMA", o.name AS "CONSTRAINT_NAME"
FROM sys.objects o JOIN sys.objects t ON t.object_id = o.parent_object_id
    JOIN sys.schemas s ON s.schema_id = o.schema_id
    JOIN pg_constraint k ON k.oid = o.object_id::oid,
    LATERAL unnest(k.conkey) AS p (number) JOIN sys.columns c ON c.column_id = p.number
WHERE o.type::text IN ('PK', 'UQ', 'F', 'C') AND c.object_id = t.object_id;

CREATE VIEW information_schema_ms."CONSTRAINT_TABLE_USAGE" AS
SELECT "TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "CONSTRAINT_CATALOG", "CONSTRAINT_SCHEMA",
    "CONSTRAINT_NAME"
FROM information_schema_ms."TABLE_CONSTRAINTS";

CREATE VIEW information_schema_ms."REFERENTIAL_CONSTRAINTS" AS
SELECT current_database()::tsql.nvarchar(128) AS "CONSTRAINT_CATALOG",
    s.name AS "CONSTRAINT_SCHEMA", f.name AS "CONSTRAINT_NAME",
    current_database()::tsql.nvarchar(128) AS "UNIQUE_CONSTRAINT_CATALOG",
    r.name AS "UNIQUE_CONSTRAINT_SCHEMA", i.name AS "UNIQUE_CONSTRAINT_NAME",
    'SIMPLE'::tsql.varchar(7) AS "MATCH_OPTION",
    tsql.replace(f.update_referential_action_desc, '_'::tsql.nvarchar, ' '::tsql.nvarchar)
        ::tsql.varchar(11) AS "UPDATE_RULE",
    tsql.replace(f.delete_referential_action_desc, '_'::tsql.nvarchar, ' '::tsql.nvarchar)
        ::tsql.varchar(11) AS "DELETE_RULE"
FROM sys.foreign_keys f JOIN sys.schemas s ON s.schema_id = f.schema_id
    JOIN sys.objects t ON t.object_id = f.referenced_object_id
    JOIN sys.schemas r ON r.schema_id = t.schema_id
    JOIN sys.indexes i ON i.object_id = f.referenced_object_id AND i.index_id = f.key_index_id;
