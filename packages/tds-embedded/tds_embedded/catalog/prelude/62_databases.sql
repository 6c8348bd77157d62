-- sys.databases, sys.master_files, sys.time_zone_info: the properties of the whole server.
-- "Databases and Files Catalog Views (Transact-SQL)", https://learn.microsoft.com/sql/
-- relational-databases/system-catalog-views/databases-and-files-catalog-views-transact-sql
-- The session sets mssql.compatibility_level to that of the product it presents.

CREATE VIEW meta.databases AS
SELECT oid, coalesce(meta.of_database(oid) ->> 'name', datname::text) AS name,
    CASE datname WHEN 'master' THEN 1 WHEN 'tempdb' THEN 2 WHEN 'model' THEN 3 WHEN 'msdb' THEN 4
        ELSE 4 + row_number() OVER (PARTITION BY datname IN ('master', 'tempdb', 'model', 'msdb')
            ORDER BY oid) END::int4 AS database_id,
    meta.of_database(oid) AS data
FROM pg_database
WHERE NOT datistemplate AND datname NOT IN ('postgres', 'mssql_template');

-- On Azure SQL Database these ids are unique in the logical server, those of DB_ID() and of the
-- other views in the database alone, so that the two differ.
-- https://learn.microsoft.com/sql/t-sql/functions/db-id-transact-sql
CREATE VIEW sys.databases AS
SELECT name::tsql.nvarchar(128) AS name,
    database_id + CASE WHEN current_setting('mssql.server')::json ->> 'engineedition' = '5'
        AND database_id > 4 THEN 100 ELSE 0 END AS database_id,
    NULL::int4 AS source_database_id,
    '1900-01-01'::timestamp::tsql.datetime AS create_date,
    coalesce(data ->> 'compatibility_level', current_setting('mssql.compatibility_level'))
        ::int4::tsql.tinyint AS compatibility_level,
    coalesce(data ->> 'collation', 'SQL_Latin1_General_CP1_CI_AS')::tsql.nvarchar(128)
        AS collation_name,
    0::tsql.tinyint AS user_access, 'MULTI_USER'::tsql.nvarchar(60) AS user_access_desc,
    false::tsql.bit AS is_read_only, false::tsql.bit AS is_auto_close_on,
    false::tsql.bit AS is_auto_shrink_on, 0::tsql.tinyint AS state,
    'ONLINE'::tsql.nvarchar(60) AS state_desc, false::tsql.bit AS is_in_standby,
    (CASE WHEN (data ->> 'allow_snapshot_isolation')::bool THEN 1 ELSE 0 END)::tsql.tinyint
        AS snapshot_isolation_state,
    (CASE WHEN (data ->> 'allow_snapshot_isolation')::bool THEN 'ON' ELSE 'OFF' END)
        ::tsql.nvarchar(60) AS snapshot_isolation_state_desc,
    coalesce((data ->> 'read_committed_snapshot')::bool, false)::tsql.bit
        AS is_read_committed_snapshot_on,
    3::tsql.tinyint AS recovery_model, 'SIMPLE'::tsql.nvarchar(60) AS recovery_model_desc,
    coalesce(data ->> 'query_store' = 'ON', false)::tsql.bit AS is_query_store_on, 0::tsql.tinyint AS containment,
    'NONE'::tsql.nvarchar(60) AS containment_desc
FROM meta.databases;

CREATE VIEW sys.master_files AS
SELECT database_id, f.file_id, f.type::tsql.tinyint AS type,
    f.type_desc::tsql.nvarchar(60) AS type_desc, (name || f.suffix)::tsql.nvarchar(128) AS name,
    (name || f.suffix || f.ending)::tsql.nvarchar(260) AS physical_name,
    0::tsql.tinyint AS state, 'ONLINE'::tsql.nvarchar(60) AS state_desc,
    (pg_database_size(oid) / 8192)::int4 AS size
FROM meta.databases,
    (VALUES (1, 0, 'ROWS', '', '.mdf'), (2, 1, 'LOG', '_log', '.ldf'))
        AS f (file_id, type, type_desc, suffix, ending);

-- "Current" is the server's clock, which shows UTC, read as a time in each zone.
CREATE VIEW sys.time_zone_info AS
SELECT zone.name::tsql.nvarchar(128) AS name,
    tsql.format_offset(z.now)::tsql.nvarchar(6) AS current_utc_offset,
    (z.now > least(z.january, z.july))::tsql.bit AS is_currently_dst
FROM meta.time_zones AS zone, LATERAL (SELECT now() AT TIME ZONE 'UTC') AS clock (time),
    LATERAL (SELECT tsql.zone_minutes(tsql.zone_utc(clock.time, zone), zone) AS now,
        tsql.zone_minutes(date_trunc('year', clock.time), zone) AS january,
        tsql.zone_minutes(date_trunc('year', clock.time) + interval '6 months', zone) AS july) AS z
ORDER BY zone.number;
