-- The arguments of TOP, OFFSET, FETCH, NTILE, LAG and LEAD: numbers that only show when a query
-- runs.

CREATE PROCEDURE pg_temp.checked(name text, type text, condition text, number int4)
LANGUAGE plpgsql AS $$
BEGIN
    -- NULL has a separate error for TOP and FETCH
    EXECUTE format('CREATE FUNCTION tsql.%I(count %s) RETURNS %2$s LANGUAGE sql IMMUTABLE '
        'PARALLEL SAFE RETURN CASE WHEN %s THEN count ELSE tsql.error_for('
        'coalesce(count, 0)::text, CASE WHEN count IS NULL AND %s IN (127, 10744) THEN 1014 '
        'ELSE %4$s END)::%2$s END', name, type, condition, number);
END $$;
CALL pg_temp.checked('top_rows', 'int8', 'count >= 0', 127);
CALL pg_temp.checked('offset_rows', 'int8', 'count >= 0', 10742);
CALL pg_temp.checked('fetch_rows', 'int8', 'count > 0', 10744);
CALL pg_temp.checked('tiles', 'int8', 'count > 0', 4116);
CALL pg_temp.checked('rows_away', 'int4', 'count >= 0 OR count IS NULL', 8730);
CREATE FUNCTION tsql.percentage(share float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN share BETWEEN 0 AND 100 THEN share
    ELSE tsql.error_for(coalesce(share, 0)::text,
        CASE WHEN share IS NULL THEN 1014 ELSE 1031 END)::float8 END;

-- How deep the next row of a recursive common table expression is.
CREATE FUNCTION tsql.deeper(depth int4, maximum int4) RETURNS int4 LANGUAGE sql IMMUTABLE
PARALLEL SAFE RETURN CASE WHEN depth < maximum THEN depth + 1
    ELSE tsql.error_for(depth::text, 530, maximum::text)::int4 END;
