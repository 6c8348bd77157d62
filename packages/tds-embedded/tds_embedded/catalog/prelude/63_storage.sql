-- The storage of tables: in the one filegroup, with the options of their indexes. And features that
-- no table has here: permissions, full-text indexes, change tracking. "Data spaces",
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/
-- data-spaces-transact-sql

CREATE VIEW sys.data_spaces AS
SELECT 'PRIMARY'::tsql.nvarchar(128) AS name, 1 AS data_space_id, 'FG'::tsql.char(2) AS type,
    'ROWS_FILEGROUP'::tsql.nvarchar(60) AS type_desc, true::tsql.bit AS is_default,
    false::tsql.bit AS is_system;

CREATE VIEW sys.filegroups AS
SELECT d.*, NULL::uuid AS filegroup_guid, NULL::int4 AS log_filegroup_id,
    false::tsql.bit AS is_read_only, false::tsql.bit AS is_autogrow_all_files
FROM sys.data_spaces d;

CREATE VIEW sys.database_permissions AS
SELECT NULL::tsql.tinyint AS class, NULL::tsql.nvarchar(60) AS class_desc, NULL::int4 AS major_id,
    NULL::int4 AS minor_id, NULL::int4 AS grantee_principal_id, NULL::int4 AS grantor_principal_id,
    NULL::tsql.char(4) AS type, NULL::tsql.nvarchar(128) AS permission_name,
    NULL::tsql.char(1) AS state, NULL::tsql.nvarchar(60) AS state_desc
WHERE false;

CREATE VIEW sys.change_tracking_tables AS
SELECT NULL::int4 AS object_id, NULL::tsql.bit AS is_track_columns_updated_on,
    NULL::int8 AS min_valid_version, NULL::int8 AS begin_version, NULL::int8 AS cleanup_version
WHERE false;

CREATE VIEW sys.fulltext_indexes AS
SELECT NULL::int4 AS object_id, NULL::int4 AS unique_index_id, NULL::int4 AS fulltext_catalog_id,
    NULL::tsql.bit AS is_enabled
WHERE false;

CREATE VIEW sys.database_principals AS
SELECT name::tsql.nvarchar(128) AS name, id AS principal_id, type::tsql.char(1) AS type,
    type_desc::tsql.nvarchar(60) AS type_desc, schema::tsql.nvarchar(128) AS default_schema_name
FROM (VALUES ('public', 0, 'R', 'DATABASE_ROLE', NULL), ('dbo', 1, 'S', 'SQL_USER', 'dbo'))
    AS p (name, id, type, type_desc, schema);
