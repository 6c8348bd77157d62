-- sys.dm_exec_sessions and sys.dm_exec_requests. Before a statement that reads them the session
-- writes the state of all sessions, as JSON, to mssql.sessions (engine/views/sessions.py).
-- "Execution related dynamic management views and functions",
-- https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views

CREATE VIEW meta.sessions AS
SELECT s.*, d.database_id
FROM json_to_recordset(coalesce(nullif(current_setting('mssql.sessions', true), ''), '[]')::json)
    AS s (session_id int2, login_time timestamp, host_name text, program_name text,
        host_process_id int4, client_interface_name text, login_name text, running bool,
        context_info text, request_start timestamp, request_end timestamp, text_size int4,
        language text, date_first int2, quoted_identifier bool, arithabort bool, isolation int2,
        lock_timeout int4, deadlock_priority int4, row_count int8, previous_error int4,
        database text, transactions int4)
    LEFT JOIN meta.databases d ON lower(d.name) = lower(s.database);

CREATE VIEW sys.dm_exec_sessions AS
SELECT session_id, login_time::tsql.datetime AS login_time,
    host_name::tsql.nvarchar(128) AS host_name, program_name::tsql.nvarchar(128) AS program_name,
    host_process_id, 7::int4 AS client_version,
    client_interface_name::tsql.nvarchar(32) AS client_interface_name,
    login_name::tsql.nvarchar(128) AS login_name,
    (CASE WHEN running THEN 'running' ELSE 'sleeping' END)::tsql.nvarchar(30) AS status,
    decode(context_info, 'hex')::tsql.varbinary(128) AS context_info,
    request_start::tsql.datetime AS last_request_start_time,
    request_end::tsql.datetime AS last_request_end_time,
    true::tsql.bit AS is_user_process, text_size, language::tsql.nvarchar(128) AS language,
    'mdy'::tsql.nvarchar(3) AS date_format, date_first,
    quoted_identifier::tsql.bit AS quoted_identifier, arithabort::tsql.bit AS arithabort,
    true::tsql.bit AS ansi_null_dflt_on, false::tsql.bit AS ansi_defaults,
    true::tsql.bit AS ansi_warnings, true::tsql.bit AS ansi_padding, true::tsql.bit AS ansi_nulls,
    true::tsql.bit AS concat_null_yields_null, isolation AS transaction_isolation_level,
    lock_timeout, deadlock_priority, row_count, previous_error AS prev_error,
    login_name::tsql.nvarchar(128) AS original_login_name, database_id::int2 AS database_id,
    transactions AS open_transaction_count
FROM meta.sessions;

CREATE VIEW sys.dm_exec_requests AS
SELECT session_id, 0::int4 AS request_id, request_start::tsql.datetime AS start_time,
    'running'::tsql.nvarchar(30) AS status, database_id::int2 AS database_id,
    decode(context_info, 'hex')::tsql.varbinary(128) AS context_info,
    isolation AS transaction_isolation_level, lock_timeout, deadlock_priority, row_count,
    previous_error AS prev_error, transactions AS open_transaction_count
FROM meta.sessions WHERE running;
