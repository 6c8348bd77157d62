-- sys.*: objects, columns, types, indexes, constraints of the current database.
-- "System Catalog Views (Transact-SQL)",
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql
-- Missing classes of objects (assemblies, partitions, XML schemas ...) have no columns.

CREATE SCHEMA sys;
CREATE SCHEMA information_schema_ms;

-- Schemas of the user's objects: dbo is 1, the others have their oid.
CREATE VIEW meta.user_schemas AS
SELECT oid, CASE nspname WHEN 'dbo' THEN 1 ELSE oid::int4 END AS schema_id, nspname::text AS name
FROM pg_namespace
WHERE oid >= 16384 AND nspname NOT IN ('tsql', 'meta', 'sys', 'information_schema_ms')
    AND nspname !~ '^pg_';

CREATE VIEW sys.schemas AS
SELECT name::tsql.nvarchar(128) AS name, schema_id, 1 AS principal_id FROM meta.user_schemas
UNION ALL
SELECT name, schema_id, schema_id FROM (VALUES
    ('sys'::tsql.nvarchar(128), 4), ('INFORMATION_SCHEMA'::tsql.nvarchar(128), 3)) AS v (name, schema_id);

-- name, system_type_id, user_type_id, max_length, precision, scale
CREATE TABLE meta.system_types (
    name text PRIMARY KEY, system_type_id int4 NOT NULL, user_type_id int4 NOT NULL,
    max_length int2 NOT NULL, precision int2 NOT NULL, scale int2 NOT NULL);
INSERT INTO meta.system_types VALUES
    ('image', 34, 34, 16, 0, 0), ('text', 35, 35, 16, 0, 0),
    ('uniqueidentifier', 36, 36, 16, 0, 0), ('date', 40, 40, 3, 10, 0), ('time', 41, 41, 5, 16, 7),
    ('datetime2', 42, 42, 8, 27, 7), ('datetimeoffset', 43, 43, 10, 34, 7),
    ('tinyint', 48, 48, 1, 3, 0), ('smallint', 52, 52, 2, 5, 0), ('int', 56, 56, 4, 10, 0),
    ('smalldatetime', 58, 58, 4, 16, 0), ('real', 59, 59, 4, 24, 0), ('money', 60, 60, 8, 19, 4),
    ('datetime', 61, 61, 8, 23, 3), ('float', 62, 62, 8, 53, 0),
    ('sql_variant', 98, 98, 8016, 0, 0), ('ntext', 99, 99, 16, 0, 0), ('bit', 104, 104, 1, 1, 0),
    ('decimal', 106, 106, 17, 38, 38), ('numeric', 108, 108, 17, 38, 38),
    ('smallmoney', 122, 122, 4, 10, 4), ('bigint', 127, 127, 8, 19, 0),
    ('varbinary', 165, 165, 8000, 0, 0), ('varchar', 167, 167, 8000, 0, 0),
    ('binary', 173, 173, 8000, 0, 0), ('char', 175, 175, 8000, 0, 0),
    ('timestamp', 189, 189, 8, 0, 0), ('nvarchar', 231, 231, 8000, 0, 0),
    ('nchar', 239, 239, 8000, 0, 0), ('xml', 241, 241, -1, 0, 0), ('json', 244, 244, -1, 0, 0),
    ('sysname', 231, 256, 256, 0, 0);

-- The type of a view's column, in the form of a comment on a table's column.
CREATE FUNCTION meta.type_of(type oid, modifier int4) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT json_build_array(
        CASE stem WHEN 'int8' THEN 'bigint' WHEN 'int4' THEN 'int' WHEN 'int2' THEN 'smallint'
            WHEN 'float4' THEN 'real' WHEN 'float8' THEN 'float' WHEN 'timestamp' THEN 'datetime2'
            WHEN 'uuid' THEN 'uniqueidentifier' WHEN 'text' THEN 'nvarchar' WHEN 'name' THEN 'nvarchar'
            WHEN 'bool' THEN 'bit' WHEN 'rowversion' THEN 'timestamp' ELSE stem END,
        CASE WHEN stem IN ('nvarchar', 'varchar', 'nchar', 'char', 'varbinary', 'binary', 'text')
            THEN CASE WHEN modifier < 0 THEN -1 ELSE modifier - 4 END END,
        CASE WHEN stem = 'numeric'
            THEN CASE WHEN modifier < 0 THEN 38 ELSE (modifier - 4) >> 16 END END,
        CASE WHEN stem = 'numeric' THEN CASE WHEN modifier < 0 THEN 6 ELSE (modifier - 4) & 2047 END
            WHEN stem IN ('time', 'timestamp', 'datetimeoffset')
            THEN CASE WHEN modifier < 0 THEN 7 ELSE modifier END END,
        NULL)
    FROM pg_type, LATERAL (SELECT regexp_replace(typname::text, '(_utf8)?(_cs|_ai|_bin)?$', '')) AS n (stem)
    WHERE oid = type);

-- A type as [name, length, precision, scale, collation] -> its facets as sys.columns shows them,
-- `known` being its row of meta.system_types. Separate, so that a query computes only the columns
-- that it reads.
CREATE FUNCTION meta.bytes_of(type json, known meta.system_types) RETURNS int2
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN (type ->> 1)::int4 = -1 THEN -1
    WHEN (known).name IN ('nvarchar', 'nchar') THEN coalesce((type ->> 1)::int4, 1) * 2
    WHEN (known).name IN ('varchar', 'char', 'varbinary', 'binary')
        THEN coalesce((type ->> 1)::int4, 1)
    WHEN (known).name IN ('decimal', 'numeric')
        THEN CASE WHEN (type ->> 2)::int4 <= 9 THEN 5 WHEN (type ->> 2)::int4 <= 19 THEN 9
            WHEN (type ->> 2)::int4 <= 28 THEN 13 WHEN type ->> 2 IS NULL THEN 9 ELSE 17 END
    WHEN (known).name IN ('time', 'datetime2', 'datetimeoffset')
        THEN (known).max_length - CASE WHEN coalesce((type ->> 3)::int4, 7) <= 2 THEN 2
            WHEN coalesce((type ->> 3)::int4, 7) <= 4 THEN 1 ELSE 0 END
    WHEN (known).name = 'float' AND (type ->> 2)::int4 <= 24 THEN 4
    ELSE (known).max_length END::int2;
CREATE FUNCTION meta.precision_of(type json, known meta.system_types) RETURNS int2
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN (known).name IN ('decimal', 'numeric') THEN coalesce((type ->> 2)::int4, 18)
    WHEN (known).name IN ('time', 'datetime2', 'datetimeoffset')
        THEN (known).precision - 8
            + CASE coalesce((type ->> 3)::int4, 7) WHEN 0 THEN 0 ELSE coalesce((type ->> 3)::int4, 7) + 1 END
    WHEN (known).name = 'float' AND (type ->> 2)::int4 <= 24 THEN 24
    ELSE (known).precision END::int2;
CREATE FUNCTION meta.scale_of(type json, known meta.system_types) RETURNS int2
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN (known).name IN ('decimal', 'numeric') THEN coalesce((type ->> 3)::int4, 0)
    WHEN (known).name IN ('time', 'datetime2', 'datetimeoffset')
        THEN coalesce((type ->> 3)::int4, 7)
    ELSE (known).scale END::int2;
CREATE FUNCTION meta.collation_of(type json, known meta.system_types) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN (known).name IN ('nvarchar', 'varchar', 'nchar', 'char', 'text', 'ntext', 'sysname')
    THEN coalesce(type ->> 4, meta.database_collation()) END;

CREATE VIEW sys.types AS
SELECT name::tsql.nvarchar(128) AS name, system_type_id::tsql.tinyint AS system_type_id,
    user_type_id, 4 AS schema_id, NULL::int4 AS principal_id, max_length,
    precision::tsql.tinyint AS precision, scale::tsql.tinyint AS scale,
    CASE WHEN name IN ('nvarchar', 'varchar', 'nchar', 'char', 'text', 'ntext', 'sysname')
        THEN meta.database_collation() END::tsql.nvarchar(128) AS collation_name,
    (name <> 'sysname')::tsql.bit AS is_nullable, false::tsql.bit AS is_user_defined,
    false::tsql.bit AS is_assembly_type, 0 AS default_object_id, 0 AS rule_object_id,
    false::tsql.bit AS is_table_type
FROM meta.system_types
UNION ALL
SELECT a.name::tsql.nvarchar(128), t.system_type_id::tsql.tinyint, a.id, s.schema_id, NULL,
    meta.bytes_of(a.type, t), meta.precision_of(a.type, t)::tsql.tinyint,
    meta.scale_of(a.type, t)::tsql.tinyint, meta.collation_of(a.type, t)::tsql.nvarchar(128),
    a.nullable::tsql.bit, true::tsql.bit, false::tsql.bit, 0, 0, false::tsql.bit
FROM meta.alias_types a JOIN meta.user_schemas s ON lower(s.name) = lower(a.schema)
    JOIN meta.system_types t ON t.name = a.type ->> 0;

-- Constraints, defaults and modules stand in the schema of their table.
CREATE VIEW meta.objects AS
SELECT oid::int4 AS object_id, meta.class_name(oid, relname) AS name, relnamespace AS schema,
    0 AS parent, CASE relkind WHEN 'r' THEN 'U' WHEN 'v' THEN 'V' ELSE 'SO' END AS type
FROM pg_class c
WHERE oid >= 16384 AND relkind IN ('r', 'v', 'S')
    AND relnamespace IN (SELECT oid FROM meta.user_schemas)
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
        AND objid = c.oid AND deptype = 'i' AND relkind = 'S')
UNION ALL
SELECT k.oid::int4, meta.constraint_name(k.oid, conname), connamespace, conrelid::int4,
    CASE contype WHEN 'p' THEN 'PK' WHEN 'u' THEN 'UQ' WHEN 'f' THEN 'F' ELSE 'C' END
FROM pg_constraint k
WHERE contype IN ('p', 'u', 'f', 'c') AND connamespace IN (SELECT oid FROM meta.user_schemas)
    AND conrelid <> 0
UNION ALL
SELECT d.oid::int4, meta.of_column(adrelid, adnum) -> 'default' ->> 'name', c.relnamespace,
    adrelid::int4, 'D'
FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
WHERE c.relnamespace IN (SELECT oid FROM meta.user_schemas) AND c.relkind = 'r'
    AND meta.of_column(adrelid, adnum) -> 'default' IS NOT NULL
UNION ALL
SELECT m.id, m.name, s.oid, coalesce(t.relation::int4, 0), m.kind FROM meta.modules m
    JOIN meta.user_schemas s ON lower(s.name) = lower(m.schema) LEFT JOIN meta.triggers t USING (id)
WHERE m.kind <> 'TR' OR t.id IS NOT NULL
UNION ALL
SELECT y.id, y.name, s.oid, 0, 'SN' FROM meta.synonyms y
    JOIN meta.user_schemas s ON lower(s.name) = lower(y.schema);

CREATE VIEW sys.objects AS
SELECT o.name::tsql.nvarchar(128) AS name, o.object_id, NULL::int4 AS principal_id, s.schema_id,
    o.parent AS parent_object_id, rpad(o.type, 2)::tsql.char(2) AS type,
    CASE o.type WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'SO' THEN 'SEQUENCE_OBJECT'
        WHEN 'PK' THEN 'PRIMARY_KEY_CONSTRAINT' WHEN 'UQ' THEN 'UNIQUE_CONSTRAINT'
        WHEN 'F' THEN 'FOREIGN_KEY_CONSTRAINT' WHEN 'C' THEN 'CHECK_CONSTRAINT'
        WHEN 'D' THEN 'DEFAULT_CONSTRAINT' WHEN 'P' THEN 'SQL_STORED_PROCEDURE'
        WHEN 'FN' THEN 'SQL_SCALAR_FUNCTION' WHEN 'TF' THEN 'SQL_TABLE_VALUED_FUNCTION'
        WHEN 'TR' THEN 'SQL_TRIGGER' ELSE 'SYNONYM' END::tsql.nvarchar(60) AS type_desc,
    '1900-01-01'::timestamp::tsql.datetime AS create_date,
    '1900-01-01'::timestamp::tsql.datetime AS modify_date,
    false::tsql.bit AS is_ms_shipped, false::tsql.bit AS is_published,
    false::tsql.bit AS is_schema_published
FROM meta.objects o JOIN meta.user_schemas s ON s.oid = o.schema;

CREATE VIEW sys.all_objects AS SELECT * FROM sys.objects;

CREATE VIEW sys.tables AS
SELECT name, object_id, principal_id, schema_id, parent_object_id, type, type_desc, create_date,
    modify_date, is_ms_shipped, is_published, is_schema_published,
    -- A column that was dropped stays, without its type: whether it was large is not known.
    (SELECT count(*) > 0 FROM pg_attribute a LEFT JOIN LATERAL (
        SELECT coalesce(meta.of_column(a.attrelid, a.attnum) -> 'type',
            meta.type_of(a.atttypid, a.atttypmod))) AS k (type) ON NOT a.attisdropped
        WHERE a.attrelid = o.object_id::oid AND a.attnum > 0 AND (k.type ->> 1 = '-1'
            OR k.type ->> 0 IN ('text', 'ntext', 'image', 'xml', 'json')))::int4
        AS lob_data_space_id,
    NULL::int4 AS filestream_data_space_id,
    (SELECT max(attnum)::int4 FROM pg_attribute WHERE attrelid = o.object_id::oid)
        AS max_column_id_used,
    false::tsql.bit AS lock_on_bulk_load, true::tsql.bit AS uses_ansi_nulls,
    false::tsql.bit AS is_replicated, false::tsql.bit AS has_replication_filter,
    false::tsql.bit AS is_merge_published, false::tsql.bit AS is_sync_tran_subscribed,
    false::tsql.bit AS has_unchecked_assembly_data, 0 AS text_in_row_limit,
    false::tsql.bit AS large_value_types_out_of_row, false::tsql.bit AS is_tracked_by_cdc,
    0::tsql.tinyint AS lock_escalation, 'TABLE'::tsql.nvarchar(60) AS lock_escalation_desc,
    false::tsql.bit AS is_filetable, false::tsql.bit AS is_memory_optimized,
    0::tsql.tinyint AS durability, 'SCHEMA_AND_DATA'::tsql.nvarchar(60) AS durability_desc,
    0::tsql.tinyint AS temporal_type,
    'NON_TEMPORAL_TABLE'::tsql.nvarchar(60) AS temporal_type_desc, NULL::int4 AS history_table_id,
    false::tsql.bit AS is_remote_data_archive_enabled, false::tsql.bit AS is_external,
    NULL::int4 AS history_retention_period, NULL::int4 AS history_retention_period_unit,
    NULL::tsql.nvarchar(10) AS history_retention_period_unit_desc,
    false::tsql.bit AS is_node, false::tsql.bit AS is_edge, 0::tsql.tinyint AS ledger_type,
    'NON_LEDGER_TABLE'::tsql.nvarchar(60) AS ledger_type_desc, NULL::int4 AS ledger_view_id,
    false::tsql.bit AS is_dropped_ledger_table
FROM sys.objects o WHERE type::text = 'U';

CREATE VIEW sys.views AS
SELECT name, object_id, principal_id, schema_id, parent_object_id, type, type_desc, create_date,
    modify_date, is_ms_shipped, is_published, is_schema_published, false::tsql.bit AS is_replicated,
    false::tsql.bit AS has_replication_filter, false::tsql.bit AS has_opaque_metadata,
    false::tsql.bit AS has_unchecked_assembly_data,
    coalesce((meta.of_class(object_id::oid) ->> 'check_option')::bool, false)::tsql.bit
        AS with_check_option,
    false::tsql.bit AS is_date_correlation_view, false::tsql.bit AS is_tracked_by_cdc,
    false::tsql.bit AS has_snapshot, 0::tsql.tinyint AS ledger_view_type,
    'NON_LEDGER_VIEW'::tsql.nvarchar(60) AS ledger_view_type_desc,
    false::tsql.bit AS is_dropped_ledger_view
FROM sys.objects WHERE type::text = 'V';

CREATE VIEW sys.procedures AS
SELECT *, false::tsql.bit AS is_auto_executed, false::tsql.bit AS is_execution_replicated,
    false::tsql.bit AS is_repl_serializable_only, false::tsql.bit AS skips_repl_constraints
FROM sys.objects WHERE type::text = 'P';
CREATE VIEW sys.triggers AS
SELECT sys.objects.name, object_id, 1::tsql.tinyint AS parent_class,
    'OBJECT_OR_COLUMN'::tsql.nvarchar(60) AS parent_class_desc, parent_object_id AS parent_id, type,
    type_desc, create_date, modify_date, is_ms_shipped, (NOT t.enabled)::tsql.bit AS is_disabled,
    false::tsql.bit AS is_not_for_replication, t.instead_of::tsql.bit AS is_instead_of_trigger
FROM sys.objects JOIN meta.triggers t ON t.id = object_id;

CREATE VIEW sys.synonyms AS
SELECT o.*, y.target::tsql.nvarchar(1035) AS base_object_name
FROM sys.objects o JOIN meta.synonyms y ON y.id = o.object_id WHERE o.type::text = 'SN';

CREATE VIEW sys.sql_modules AS
SELECT id AS object_id, definition::tsql.nvarchar AS definition,
    true::tsql.bit AS uses_ansi_nulls, true::tsql.bit AS uses_quoted_identifier,
    false::tsql.bit AS is_schema_bound, false::tsql.bit AS uses_database_collation,
    false::tsql.bit AS is_recompiled, false::tsql.bit AS null_on_null_input,
    NULL::int4 AS execute_as_principal_id, false::tsql.bit AS uses_native_compilation,
    false::tsql.bit AS inline_type, false::tsql.bit AS is_inlineable
FROM meta.modules
UNION ALL
SELECT oid::int4, (meta.of_class(oid) ->> 'definition')::tsql.nvarchar, true::tsql.bit, true::tsql.bit,
    coalesce((meta.of_class(oid) ->> 'bound')::bool, false)::tsql.bit, false::tsql.bit,
    false::tsql.bit, false::tsql.bit, NULL, false::tsql.bit, false::tsql.bit, false::tsql.bit
FROM pg_class WHERE relkind = 'v' AND relnamespace IN (SELECT oid FROM meta.user_schemas);

-- relation is the oid in PostgreSQL's indexes. Those of temporary tables are here, too.
CREATE VIEW meta.every_column AS
SELECT c.relnamespace, a.attrelid AS relation, a.attrelid::int4 AS object_id,
    meta.attribute_name(a.attrelid, a.attnum, a.attname) AS name,
    a.attnum::int4 AS column_id, a.attnotnull, a.attidentity <> '' AS is_identity,
    a.attgenerated <> '' AS is_generated, c.relkind, k.data, d.oid AS default_oid,
    t.system_type_id, t.user_type_id, meta.bytes_of(y.type, t) AS max_length,
    meta.precision_of(y.type, t) AS precision, meta.scale_of(y.type, t) AS scale,
    meta.collation_of(y.type, t) AS collation_name
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    CROSS JOIN LATERAL (SELECT coalesce(meta.of_column(a.attrelid, a.attnum), '{}'::json)
        OFFSET 0) AS k (data)
    CROSS JOIN LATERAL (SELECT coalesce(k.data -> 'type',
        meta.type_of(a.atttypid, a.atttypmod))) AS y (type)
    LEFT JOIN meta.system_types t
        ON t.name = CASE y.type ->> 0 WHEN 'rowversion' THEN 'timestamp' ELSE y.type ->> 0 END
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v');
CREATE VIEW meta.columns AS
SELECT * FROM meta.every_column WHERE relnamespace IN (SELECT oid FROM meta.user_schemas);

CREATE VIEW sys.columns AS
SELECT object_id, name::tsql.nvarchar(128) AS name, column_id,
    system_type_id::tsql.tinyint AS system_type_id,
    coalesce((SELECT t.id FROM meta.alias_types t
        WHERE lower(t.name) = lower(data -> 'alias' ->> 1)
        AND lower(t.schema) = lower(coalesce(data -> 'alias' ->> 0, 'dbo'))), user_type_id)
        AS user_type_id,
    max_length, precision::tsql.tinyint AS precision, scale::tsql.tinyint AS scale,
    collation_name::tsql.nvarchar(128) AS collation_name,
    (NOT (attnotnull OR coalesce((data ->> 'not_null')::bool, false)))::tsql.bit AS is_nullable,
    true::tsql.bit AS is_ansi_padded,
    coalesce((data ->> 'rowguid')::bool, false)::tsql.bit AS is_rowguidcol,
    is_identity::tsql.bit AS is_identity,
    is_generated::tsql.bit AS is_computed, false::tsql.bit AS is_filestream,
    false::tsql.bit AS is_replicated, false::tsql.bit AS is_xml_document,
    CASE WHEN data -> 'default' IS NULL THEN 0 ELSE default_oid::int4 END AS default_object_id,
    0 AS rule_object_id, coalesce((data ->> 'sparse')::bool, false)::tsql.bit AS is_sparse,
    false::tsql.bit AS is_column_set, 0::tsql.tinyint AS generated_always_type,
    'NOT_APPLICABLE'::tsql.nvarchar(60) AS generated_always_type_desc,
    false::tsql.bit AS is_hidden, false::tsql.bit AS is_masked
FROM meta.columns;
CREATE VIEW sys.all_columns AS SELECT * FROM sys.columns;

CREATE VIEW sys.computed_columns AS
SELECT object_id, name::tsql.nvarchar(128) AS name, column_id,
    system_type_id::tsql.tinyint AS system_type_id,
    coalesce((SELECT t.id FROM meta.alias_types t
        WHERE lower(t.name) = lower(data -> 'alias' ->> 1)
        AND lower(t.schema) = lower(coalesce(data -> 'alias' ->> 0, 'dbo'))), user_type_id)
        AS user_type_id,
    max_length, precision::tsql.tinyint AS precision, scale::tsql.tinyint AS scale,
    collation_name::tsql.nvarchar(128) AS collation_name,
    (NOT (attnotnull OR coalesce((data ->> 'not_null')::bool, false)))::tsql.bit AS is_nullable,
    true::tsql.bit AS is_ansi_padded,
    coalesce((data ->> 'rowguid')::bool, false)::tsql.bit AS is_rowguidcol,
    is_identity::tsql.bit AS is_identity,
    is_generated::tsql.bit AS is_computed, false::tsql.bit AS is_filestream,
    false::tsql.bit AS is_replicated, false::tsql.bit AS is_xml_document,
    CASE WHEN data -> 'default' IS NULL THEN 0 ELSE default_oid::int4 END AS default_object_id,
    0 AS rule_object_id, coalesce((data ->> 'sparse')::bool, false)::tsql.bit AS is_sparse,
    false::tsql.bit AS is_column_set, 0::tsql.tinyint AS generated_always_type,
    'NOT_APPLICABLE'::tsql.nvarchar(60) AS generated_always_type_desc,
    false::tsql.bit AS is_hidden, false::tsql.bit AS is_masked,
    (data ->> 'computed')::tsql.nvarchar AS definition,
    true::tsql.bit AS uses_database_collation,
    coalesce((data ->> 'persisted')::bool, false)::tsql.bit AS is_persisted
FROM meta.columns WHERE is_generated;

CREATE VIEW sys.identity_columns AS
SELECT c.*, s.seqstart::text::tsql.sql_variant AS seed_value,
    s.seqincrement::text::tsql.sql_variant AS increment_value,
    CASE WHEN pg_sequence_last_value(s.seqrelid) IS NOT NULL
        THEN tsql.to_variant('bigint', pg_sequence_last_value(s.seqrelid)::text) END AS last_value,
    false::tsql.bit AS is_not_for_replication
FROM sys.columns c
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.refobjid = c.object_id::oid
        AND d.refobjsubid = c.column_id AND d.deptype = 'i'
    JOIN pg_sequence s ON s.seqrelid = d.objid
WHERE c.is_identity::bool;

CREATE VIEW sys.sequences AS
SELECT o.*, tsql.to_variant('bigint', s.seqstart::text) AS start_value,
    tsql.to_variant('bigint', s.seqincrement::text) AS increment,
    tsql.to_variant('bigint', s.seqmin::text) AS minimum_value,
    tsql.to_variant('bigint', s.seqmax::text) AS maximum_value, s.seqcycle::tsql.bit AS is_cycling,
    (s.seqcache > 1)::tsql.bit AS is_cached,
    tsql.to_variant('bigint', coalesce(pg_sequence_last_value(s.seqrelid), s.seqstart)::text)
        AS current_value
FROM sys.objects o JOIN pg_sequence s ON s.seqrelid = o.object_id::oid WHERE o.type::text = 'SO';

-- --- Indexes -----------------------------------------------------------------------------------

-- Index 1 is the clustered one, 0 stands for a table without; the others follow in order of age.
CREATE VIEW meta.indexes AS
SELECT x.indrelid, x.indexrelid, x.indkey, x.indoption, x.indnkeyatts, x.indnatts, x.indisunique,
    k.contype, k.oid AS constraint_oid, d.data,
    coalesce(d.data ->> 'name', i.relname::text) AS name,
    coalesce((d.data ->> 'clustered')::bool, false) AS clustered,
    CASE WHEN coalesce((d.data ->> 'clustered')::bool, false) THEN 1
        ELSE 1 + row_number() OVER (PARTITION BY x.indrelid,
            coalesce((d.data ->> 'clustered')::bool, false)
            ORDER BY coalesce((d.data ->> 'age')::oid, x.indexrelid))::int4 END
        AS index_id
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u'),
    LATERAL (SELECT coalesce(meta.of_class(x.indexrelid), '{}'::json)) AS d (data)
WHERE t.relnamespace IN (SELECT oid FROM meta.user_schemas);

CREATE VIEW sys.indexes AS
SELECT indrelid::int4 AS object_id, name::tsql.nvarchar(128) AS name, index_id,
    (CASE WHEN clustered THEN 1 ELSE 2 END)::tsql.tinyint AS type,
    (CASE WHEN clustered THEN 'CLUSTERED' ELSE 'NONCLUSTERED' END)::tsql.nvarchar(60) AS type_desc,
    indisunique::tsql.bit AS is_unique, 1 AS data_space_id, false::tsql.bit AS ignore_dup_key,
    (contype IS NOT DISTINCT FROM 'p')::tsql.bit AS is_primary_key,
    (contype IS NOT DISTINCT FROM 'u')::tsql.bit AS is_unique_constraint,
    coalesce((data -> 'options' ->> 'FILLFACTOR')::int4, 0)::tsql.tinyint AS fill_factor,
    (coalesce(data -> 'options' ->> 'PAD_INDEX', 'OFF') = 'ON')::tsql.bit AS is_padded,
    coalesce((data ->> 'disabled')::bool, false)::tsql.bit AS is_disabled,
    false::tsql.bit AS is_hypothetical, false::tsql.bit AS is_ignored_in_optimization,
    (coalesce(data -> 'options' ->> 'ALLOW_ROW_LOCKS', 'ON') = 'ON')::tsql.bit AS allow_row_locks,
    (coalesce(data -> 'options' ->> 'ALLOW_PAGE_LOCKS', 'ON') = 'ON')::tsql.bit
        AS allow_page_locks,
    (data ->> 'filter' IS NOT NULL)::tsql.bit AS has_filter,
    (data ->> 'filter')::tsql.nvarchar AS filter_definition, false::tsql.bit AS auto_created
FROM meta.indexes
UNION ALL
SELECT c.oid::int4, NULL::tsql.nvarchar(128), 0, 0::tsql.tinyint, 'HEAP'::tsql.nvarchar(60), false::tsql.bit, 1, false::tsql.bit,
    false::tsql.bit, false::tsql.bit, 0::tsql.tinyint, false::tsql.bit, false::tsql.bit,
    false::tsql.bit, false::tsql.bit, true::tsql.bit, true::tsql.bit, false::tsql.bit,
    NULL::tsql.nvarchar, false::tsql.bit
FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace IN (SELECT oid FROM meta.user_schemas)
    AND NOT EXISTS (SELECT FROM meta.indexes i WHERE i.indrelid = c.oid AND i.clustered);

CREATE VIEW sys.index_columns AS
SELECT i.indrelid::int4 AS object_id, i.index_id, k.place::int4 AS index_column_id,
    k.number::int4 AS column_id,
    (CASE WHEN k.place <= i.indnkeyatts THEN k.place ELSE 0 END)::tsql.tinyint AS key_ordinal,
    0::tsql.tinyint AS partition_ordinal,
    (k.place <= i.indnkeyatts AND (i.indoption[k.place - 1] & 1) = 1)::tsql.bit
        AS is_descending_key,
    (k.place > i.indnkeyatts)::tsql.bit AS is_included_column,
    0::tsql.tinyint AS column_store_order_ordinal
FROM meta.indexes i,
    LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place);

CREATE VIEW meta.all_statistics AS
SELECT indrelid AS relation, name, index_id AS stats_id, true AS of_index,
    data ->> 'filter' AS filter, indkey::int2[] AS columns, indnkeyatts::int4 AS size
FROM meta.indexes
UNION ALL
SELECT s.relation, s.name, 1000 + s.id, false, s.filter, s.columns, cardinality(s.columns)
FROM meta.statistics s;

CREATE VIEW sys.stats AS
SELECT relation::int4 AS object_id, name::tsql.nvarchar(128) AS name, stats_id,
    false::tsql.bit AS auto_created, (NOT of_index)::tsql.bit AS user_created,
    false::tsql.bit AS no_recompute, (filter IS NOT NULL)::tsql.bit AS has_filter,
    filter::tsql.nvarchar AS filter_definition, false::tsql.bit AS is_temporary,
    false::tsql.bit AS is_incremental, false::tsql.bit AS has_persisted_sample,
    0 AS stats_generation_method,
    'Sort based statistics'::tsql.varchar(80) AS stats_generation_method_desc,
    false::tsql.bit AS auto_drop
FROM meta.all_statistics;

CREATE VIEW sys.stats_columns AS
SELECT relation::int4 AS object_id, stats_id, k.place::int4 AS stats_column_id,
    k.number::int4 AS column_id
FROM meta.all_statistics, LATERAL unnest(columns[:size]) WITH ORDINALITY AS k (number, place);

-- --- Constraints -------------------------------------------------------------------------------

CREATE VIEW sys.key_constraints AS
SELECT o.*, i.index_id AS unique_index_id,
    coalesce((meta.of_constraint(o.object_id::oid) ->> 'system')::bool, false)::tsql.bit
        AS is_system_named,
    true::tsql.bit AS is_enforced
FROM sys.objects o JOIN meta.indexes i ON i.constraint_oid = o.object_id::oid
WHERE o.type::text IN ('PK', 'UQ');

CREATE VIEW sys.check_constraints AS
SELECT o.*, coalesce((d.data ->> 'disabled')::bool, false)::tsql.bit AS is_disabled,
    false::tsql.bit AS is_not_for_replication,
    coalesce((d.data ->> 'untrusted')::bool, false)::tsql.bit AS is_not_trusted,
    CASE WHEN cardinality(k.conkey) = 1 THEN k.conkey[1] ELSE 0 END::int4
        AS parent_column_id,
    (d.data ->> 'definition')::tsql.nvarchar AS definition,
    true::tsql.bit AS uses_database_collation,
    coalesce((d.data ->> 'system')::bool, false)::tsql.bit AS is_system_named
FROM sys.objects o JOIN pg_constraint k ON k.oid = o.object_id::oid,
    LATERAL (SELECT coalesce(meta.of_constraint(k.oid), '{}'::json)) AS d (data)
WHERE o.type::text = 'C';

CREATE VIEW sys.default_constraints AS
SELECT o.*, d.adnum::int4 AS parent_column_id,
    (meta.of_column(d.adrelid, d.adnum) -> 'default' ->> 'definition')::tsql.nvarchar
        AS definition,
    coalesce((meta.of_column(d.adrelid, d.adnum) -> 'default' ->> 'system')::bool, false)
        ::tsql.bit AS is_system_named
FROM pg_attrdef d JOIN sys.objects o ON o.object_id = d.oid::int4
WHERE o.type::text = 'D';

CREATE FUNCTION meta.action(code "char") RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE code WHEN 'c' THEN 1 WHEN 'n' THEN 2 WHEN 'd' THEN 3 ELSE 0 END;
CREATE FUNCTION meta.action_name(code "char") RETURNS tsql.nvarchar
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (CASE code WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET_NULL' WHEN 'd' THEN 'SET_DEFAULT'
        ELSE 'NO_ACTION' END)::tsql.nvarchar(60);

CREATE VIEW sys.foreign_keys AS
SELECT o.*, k.confrelid::int4 AS referenced_object_id,
    (SELECT i.index_id FROM meta.indexes i WHERE i.indexrelid = k.conindid) AS key_index_id,
    (coalesce((d.data ->> 'disabled')::bool, false)
        OR meta.is_put_down(k.oid))::tsql.bit AS is_disabled,
    false::tsql.bit AS is_not_for_replication,
    (coalesce((d.data ->> 'untrusted')::bool, false)
        OR meta.is_put_down(k.oid))::tsql.bit AS is_not_trusted,
    meta.action(k.confdeltype)::tsql.tinyint AS delete_referential_action,
    meta.action_name(k.confdeltype)::tsql.nvarchar(60) AS delete_referential_action_desc,
    meta.action(k.confupdtype)::tsql.tinyint AS update_referential_action,
    meta.action_name(k.confupdtype)::tsql.nvarchar(60) AS update_referential_action_desc,
    coalesce((d.data ->> 'system')::bool, false)::tsql.bit AS is_system_named
FROM sys.objects o JOIN pg_constraint k ON k.oid = o.object_id::oid,
    LATERAL (SELECT coalesce(meta.of_constraint(k.oid), '{}'::json)) AS d (data)
WHERE o.type::text = 'F';

CREATE VIEW sys.foreign_key_columns AS
SELECT k.oid::int4 AS constraint_object_id, p.place::int4 AS constraint_column_id,
    k.conrelid::int4 AS parent_object_id, p.number::int4 AS parent_column_id,
    k.confrelid::int4 AS referenced_object_id, k.confkey[p.place]::int4 AS referenced_column_id
FROM pg_constraint k, LATERAL unnest(k.conkey) WITH ORDINALITY AS p (number, place)
WHERE k.contype = 'f' AND k.connamespace IN (SELECT oid FROM meta.user_schemas);

CREATE VIEW sys.extended_properties AS
SELECT class::tsql.tinyint AS class,
    (CASE class WHEN 0 THEN 'DATABASE' WHEN 1 THEN 'OBJECT_OR_COLUMN' WHEN 3 THEN 'SCHEMA'
        ELSE 'INDEX' END)::tsql.nvarchar(60) AS class_desc,
    major::int4 AS major_id, minor AS minor_id, name::tsql.nvarchar(128) AS name,
    CASE WHEN value IS NOT NULL THEN tsql.to_variant('nvarchar', value #>> '{}') END AS value
FROM meta.extended_properties;

CREATE VIEW sys.partitions AS
SELECT i.object_id::int8 * 1000 + i.index_id AS partition_id, i.object_id, i.index_id,
    1 AS partition_number, greatest(c.reltuples, 0)::int8 AS rows,
    coalesce(array_position(ARRAY['ROW', 'PAGE'], k.kind), 0)::tsql.tinyint AS data_compression,
    k.kind::tsql.nvarchar(60) AS data_compression_desc
FROM sys.indexes i JOIN pg_class c ON c.oid = i.object_id::oid
    LEFT JOIN meta.indexes m ON m.indrelid = i.object_id::oid AND m.index_id = i.index_id,
    LATERAL (SELECT coalesce(m.data -> 'options' ->> 'DATA_COMPRESSION', 'NONE')) AS k (kind);
