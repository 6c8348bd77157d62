-- Aggregates whose result PostgreSQL types differently,
-- https://learn.microsoft.com/sql/t-sql/functions/aggregate-functions-transact-sql

CREATE FUNCTION tsql.sum_int(total int8) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN total NOT BETWEEN -2147483648 AND 2147483647
        THEN tsql.error_for(total::text, 8115, 'expression', 'int')::int4 ELSE total::int4 END;
CREATE FUNCTION tsql.sum_bigint(total numeric) RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(total) > 9223372036854775807
        THEN tsql.error_for(total::text, 8115, 'expression', 'bigint')::int8 ELSE total::int8 END;
CREATE AGGREGATE tsql.sum(int4) (SFUNC = int4_sum, STYPE = int8, FINALFUNC = tsql.sum_int);
CREATE AGGREGATE tsql.sum(int2) (SFUNC = int2_sum, STYPE = int8, FINALFUNC = tsql.sum_int);
CREATE AGGREGATE tsql.sum(int8) (SFUNC = int8_sum, STYPE = numeric, FINALFUNC = tsql.sum_bigint);

-- int4_avg_accum's state is {count, sum}.
CREATE FUNCTION tsql.avg_int(state int8[]) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN state[1] > 0 THEN tsql.sum_int(state[2]) / state[1] END::int4;
CREATE FUNCTION tsql.add_decimal(state numeric[], value numeric) RETURNS numeric[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value IS NULL THEN state ELSE ARRAY[state[1] + 1, state[2] + value] END;
CREATE FUNCTION tsql.avg_bigint(state numeric[]) RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN state[1] > 0 THEN trunc(tsql.sum_bigint(state[2]) / state[1])::int8 END;
CREATE FUNCTION tsql.add_bigint(state numeric[], value int8) RETURNS numeric[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN tsql.add_decimal(state, value::numeric);
-- A decimal's average has its scale, 6 at the least, and is cut there.
CREATE FUNCTION tsql.avg_decimal(state numeric[]) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN state[1] > 0
        THEN trunc(state[2] / state[1], greatest(6, scale(state[2]))) END;
CREATE AGGREGATE tsql.avg(int4) (SFUNC = int4_avg_accum, STYPE = int8[], INITCOND = '{0,0}',
    FINALFUNC = tsql.avg_int);
CREATE AGGREGATE tsql.avg(int2) (SFUNC = int2_avg_accum, STYPE = int8[], INITCOND = '{0,0}',
    FINALFUNC = tsql.avg_int);
CREATE AGGREGATE tsql.avg(int8) (SFUNC = tsql.add_bigint, STYPE = numeric[], INITCOND = '{0,0}',
    FINALFUNC = tsql.avg_bigint);
CREATE AGGREGATE tsql.avg(numeric) (SFUNC = tsql.add_decimal, STYPE = numeric[],
    INITCOND = '{0,0}', FINALFUNC = tsql.avg_decimal);
-- The same as PostgreSQL's, so that `tsql.` may stand before every aggregate.
CREATE AGGREGATE tsql.sum(numeric) (SFUNC = numeric_avg_accum, STYPE = internal,
    FINALFUNC = numeric_sum, COMBINEFUNC = numeric_avg_combine, SERIALFUNC = numeric_avg_serialize,
    DESERIALFUNC = numeric_avg_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE tsql.sum(float8) (SFUNC = float8pl, STYPE = float8, COMBINEFUNC = float8pl,
    PARALLEL = SAFE);
CREATE AGGREGATE tsql.avg(float8) (SFUNC = float8_accum, STYPE = float8[],
    INITCOND = '{0,0,0}', FINALFUNC = float8_avg, COMBINEFUNC = float8_combine, PARALLEL = SAFE);
CREATE FUNCTION tsql.money_of(numeric) RETURNS tsql.money LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.to_money($1);
CREATE FUNCTION tsql.add_money(total numeric, value tsql.money) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(total + value::numeric, total, value::numeric);
CREATE AGGREGATE tsql.sum(tsql.money) (SFUNC = tsql.add_money, STYPE = numeric,
    FINALFUNC = tsql.money_of);
CREATE FUNCTION tsql.add_money_count(state numeric[], value tsql.money) RETURNS numeric[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN tsql.add_decimal(state, value::numeric);
CREATE FUNCTION tsql.avg_money(state numeric[]) RETURNS tsql.money LANGUAGE sql IMMUTABLE
    PARALLEL SAFE RETURN tsql.to_money(trunc(tsql.avg_decimal(state), 4));
CREATE AGGREGATE tsql.avg(tsql.money) (SFUNC = tsql.add_money_count, STYPE = numeric[],
    INITCOND = '{0,0}', FINALFUNC = tsql.avg_money);

-- tinyint, uniqueidentifier and the binary types compare; PostgreSQL has no extremes for them.
CREATE FUNCTION tsql.smaller(tsql.tinyint, tsql.tinyint) RETURNS tsql.tinyint LANGUAGE internal
    IMMUTABLE STRICT PARALLEL SAFE AS 'int2smaller';
CREATE FUNCTION tsql.larger(tsql.tinyint, tsql.tinyint) RETURNS tsql.tinyint LANGUAGE internal
    IMMUTABLE STRICT PARALLEL SAFE AS 'int2larger';
CREATE FUNCTION tsql.smaller(uuid, uuid) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN tsql.uuid_key($1) <= tsql.uuid_key($2) THEN $1 ELSE $2 END;
CREATE FUNCTION tsql.larger(uuid, uuid) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN tsql.uuid_key($1) >= tsql.uuid_key($2) THEN $1 ELSE $2 END;
CREATE FUNCTION tsql.smaller(tsql.varbinary, tsql.varbinary) RETURNS tsql.varbinary
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bytea_smaller';
CREATE FUNCTION tsql.larger(tsql.varbinary, tsql.varbinary) RETURNS tsql.varbinary
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bytea_larger';
CREATE FUNCTION tsql.smaller(tsql.money, tsql.money) RETURNS tsql.money LANGUAGE internal
    IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_smaller';
CREATE FUNCTION tsql.larger(tsql.money, tsql.money) RETURNS tsql.money LANGUAGE internal
    IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_larger';
DO $do$
DECLARE
    type text;
BEGIN
    FOREACH type IN ARRAY ARRAY['tsql.tinyint', 'uuid', 'tsql.varbinary', 'tsql.money'] LOOP
        EXECUTE format('CREATE AGGREGATE tsql.min(%1$s) (SFUNC = tsql.smaller, STYPE = %1$s);'
            'CREATE AGGREGATE tsql.max(%1$s) (SFUNC = tsql.larger, STYPE = %1$s)', type);
    END LOOP;
END $do$;

-- STRING_AGG of strings that are not (max) returns at most 8000 bytes, which are 4000 of nvarchar.
CREATE FUNCTION tsql.join_strings(joined text, value text, separator text, wide bool) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF value IS NULL THEN
        RETURN joined;
    END IF;
    joined := coalesce(joined || coalesce(separator, ''), '') || value;
    IF length(joined) > 8000 / (1 + wide::int4) THEN
        PERFORM tsql.error_state(9829, wide::int4);
    END IF;
    RETURN joined;
END $$;
CREATE AGGREGATE tsql.string_agg(text, text, bool) (SFUNC = tsql.join_strings, STYPE = text);
