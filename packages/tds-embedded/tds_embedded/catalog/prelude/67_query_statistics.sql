-- sys.dm_exec_query_stats with the functions that take its handles, and Query Store. Before a
-- statement that reads them the session writes the statistics of the statements that ran to
-- meta.query_statistics (engine/views/queries.py). Unmeasured quantities (processor time, reads,
-- writes) have no column. "Execution Related Dynamic Management Views and Functions", "Query Store
-- Catalog Views",
-- https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views

CREATE UNLOGGED TABLE meta.query_statistics (
    database text, text text, statement text, sql_handle bytea, plan_handle bytea,
    start_offset int4, end_offset int4, created timestamp, last_run timestamp, runs int8,
    query_hash bytea, query_plan_hash bytea, query_plan text, actual_plan text,
    total_elapsed int8, last_elapsed int8, min_elapsed int8, max_elapsed int8,
    total_rows int8, last_rows int8, min_rows int8, max_rows int8);

CREATE VIEW sys.dm_exec_query_stats AS
SELECT sql_handle::tsql.varbinary(64) AS sql_handle, start_offset AS statement_start_offset,
    end_offset AS statement_end_offset, 1::int8 AS plan_generation_num,
    plan_handle::tsql.varbinary(64) AS plan_handle, created::tsql.datetime AS creation_time,
    last_run::tsql.datetime AS last_execution_time, runs AS execution_count,
    total_elapsed AS total_elapsed_time, last_elapsed AS last_elapsed_time,
    min_elapsed AS min_elapsed_time, max_elapsed AS max_elapsed_time,
    query_hash::tsql.varbinary::tsql.binary(8) AS query_hash, query_plan_hash::tsql.varbinary::tsql.binary(8) AS query_plan_hash,
    total_rows, last_rows, min_rows, max_rows
FROM meta.query_statistics;

CREATE FUNCTION meta.database_number(name text) RETURNS int2 LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT database_id::int2 FROM meta.databases d WHERE lower(d.name) = lower($1);
END;

CREATE FUNCTION sys.dm_exec_sql_text(handle bytea)
RETURNS TABLE (dbid int2, objectid int4, number int2, encrypted bool, text text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT meta.database_number(s.database), NULL::int4, NULL::int2, false, s.text
    FROM meta.query_statistics s
    WHERE s.sql_handle = handle OR s.plan_handle = handle LIMIT 1;
END;

CREATE FUNCTION sys.dm_exec_text_query_plan(handle bytea, start_offset int4, end_offset int4)
RETURNS TABLE (dbid int2, objectid int4, number int2, encrypted bool, query_plan text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT meta.database_number(s.database), NULL::int4, NULL::int2, false, s.query_plan
    FROM meta.query_statistics s
    WHERE s.plan_handle = handle AND s.start_offset >= $2
        AND ($3 = -1 OR s.start_offset <= $3)
    ORDER BY s.start_offset LIMIT 1;
END;

CREATE FUNCTION sys.dm_exec_query_plan_stats(handle bytea)
RETURNS TABLE (dbid int2, objectid int4, number int2, encrypted bool, query_plan text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT meta.database_number(s.database), NULL::int4, NULL::int2, false, s.actual_plan
    FROM meta.query_statistics s
    WHERE s.plan_handle = handle ORDER BY s.last_elapsed DESC LIMIT 1;
END;

CREATE VIEW meta.query_store AS
SELECT row_number() OVER (ORDER BY created, plan_handle, start_offset) AS id, s.*
FROM meta.query_statistics s
WHERE lower(database) = (SELECT lower(name) FROM meta.databases
        WHERE oid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND data ->> 'query_store' = 'ON')
    AND query_plan IS NOT NULL;

CREATE VIEW sys.query_store_query_text AS
SELECT id AS query_text_id, (CASE WHEN text LIKE '(@%'
        THEN left(text, length(text) - length(statement)) ELSE '' END || statement)
        ::tsql.nvarchar AS query_sql_text,
    sql_handle::tsql.varbinary(64) AS statement_sql_handle,
    false::tsql.bit AS is_part_of_encrypted_module, false::tsql.bit AS has_restricted_text
FROM meta.query_store;

CREATE VIEW sys.query_store_query AS
SELECT id AS query_id, id AS query_text_id, query_hash::tsql.varbinary::tsql.binary(8) AS query_hash,
    created::tsql.datetimeoffset AS initial_compile_start_time,
    last_run::tsql.datetimeoffset AS last_execution_time
FROM meta.query_store;

CREATE VIEW sys.query_store_plan AS
SELECT id AS plan_id, id AS query_id, query_plan_hash::tsql.varbinary::tsql.binary(8) AS query_plan_hash,
    query_plan::tsql.nvarchar AS query_plan, false::tsql.bit AS is_forced_plan,
    created::tsql.datetimeoffset AS initial_compile_start_time,
    last_run::tsql.datetimeoffset AS last_execution_time
FROM meta.query_store;
