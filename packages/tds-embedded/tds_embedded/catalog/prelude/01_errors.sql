-- Schemas, and the one door through which the prelude raises SQL Server's errors.

CREATE SCHEMA tsql;
CREATE SCHEMA meta;

-- IMMUTABLE so that the functions that use it can be inlined and stored in computed columns.
CREATE FUNCTION tsql.error(number int4, VARIADIC arguments text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'MSSQL', MESSAGE = number::text, DETAIL = array_to_string(arguments, '|');
END $$;

-- The same with an error's state, if that is not 1.
CREATE FUNCTION tsql.error_state(number int4, state int4, VARIADIC arguments text[] DEFAULT '{}')
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'MSSQL', MESSAGE = number || '.' || state,
        DETAIL = array_to_string(arguments, '|');
END $$;

-- An expression that fails: CASE WHEN x < 0 THEN tsql.error_for(x::text, 537)::int4 ELSE ... END.
-- `cause` is an argument of the condition: PostgreSQL computes a call whose arguments are all
-- constants when it plans, even in a branch that is never taken.
CREATE FUNCTION tsql.error_for(cause text, number int4, VARIADIC arguments text[] DEFAULT '{}')
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN tsql.error(number, VARIADIC arguments);
END $$;

-- Runs a template once per type, with the type in place of @T.
CREATE PROCEDURE pg_temp.for_types(types text[], template text) LANGUAGE plpgsql AS $$
DECLARE
    type text;
BEGIN
    FOREACH type IN ARRAY types LOOP
        EXECUTE replace(template, '@T', 'tsql.' || type);
    END LOOP;
END $$;

-- The types of string functions' arguments and results; char and nchar widen to them.
CREATE PROCEDURE pg_temp.for_strings(template text) LANGUAGE plpgsql AS $$
BEGIN
    CALL pg_temp.for_types('{nvarchar,varchar,nvarchar_cs,varchar_cs}', template);
END $$;

-- The kinds of collations: each comparison has a variant per kind.
CREATE PROCEDURE pg_temp.for_collations(template text) LANGUAGE plpgsql AS $$
BEGIN
    CALL pg_temp.for_types('{nvarchar,varchar,nvarchar_cs,nvarchar_ai,nvarchar_bin}', template);
END $$;
