-- datetime, smalldatetime and datetimeoffset; date, time and datetime2 are PostgreSQL's date, time
-- and timestamp.
--
-- datetime and smalldatetime are timestamps, rounded by their casts, and
-- binary-coercible to timestamp, whose operators and indexes they use.
--
-- datetimeoffset keeps its offset and compares as an instant. It is stored as an interval since
-- 2000-01-01 in UTC whose months are the offset in minutes and whose days take 30 days a month back
-- again: interval's own comparison and hash count a month as 30 days and so see the instant alone.

DO $do$
DECLARE
    type text;
BEGIN
    FOREACH type IN ARRAY ARRAY['datetime', 'smalldatetime'] LOOP
        EXECUTE replace($sql$
            CREATE TYPE tsql.@;
            CREATE FUNCTION tsql.@_in(cstring, oid, int4) RETURNS tsql.@
                LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'timestamp_in';
            CREATE FUNCTION tsql.@_out(tsql.@) RETURNS cstring
                LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'timestamp_out';
            CREATE FUNCTION tsql.@_recv(internal, oid, int4) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_recv';
            CREATE FUNCTION tsql.@_send(tsql.@) RETURNS bytea
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_send';
            CREATE TYPE tsql.@ (
                INPUT = tsql.@_in, OUTPUT = tsql.@_out, RECEIVE = tsql.@_recv, SEND = tsql.@_send,
                LIKE = timestamp, CATEGORY = 'D');
            CREATE CAST (tsql.@ AS timestamp) WITHOUT FUNCTION AS IMPLICIT;
            CREATE FUNCTION tsql.as_@(timestamp, int4) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_scale';
            CREATE FUNCTION tsql.smaller(tsql.@, tsql.@) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_smaller';
            CREATE FUNCTION tsql.larger(tsql.@, tsql.@) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_larger';
            CREATE AGGREGATE tsql.min(tsql.@) (SFUNC = tsql.smaller, STYPE = tsql.@);
            CREATE AGGREGATE tsql.max(tsql.@) (SFUNC = tsql.larger, STYPE = tsql.@);$sql$, '@', type);
    END LOOP;
END $do$;

-- datetime counts 1/300 s, shown as .000, .003 or .007.
CREATE FUNCTION tsql.to_datetime(value timestamp) RETURNS tsql.datetime
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.as_datetime(CASE WHEN value >= timestamp '1753-01-01'
        AND value < timestamp '9999-12-31 23:59:59.998334' THEN date_trunc('second', value)
    + ((((extract(microseconds FROM value)::int8 % 1000000) * 3 + 5000) / 10000 * 10 + 1) / 3)
        * interval '1 millisecond'
    ELSE tsql.error_for(value::text, 242, 'datetime2', 'datetime')::timestamp END, 6);
-- A datetime as a type with more than three digits: since 2016's compatibility level, 130, a
-- third of a hundredth is .0033333. The seventh digit is cut off, as PostgreSQL has six.
CREATE FUNCTION tsql.exact(value tsql.datetime, digits int4) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN value::timestamp + interval '1 microsecond' * CASE extract(milliseconds FROM value::timestamp)::int8 % 10
    WHEN 3 THEN 333 WHEN 7 THEN CASE digits WHEN 7 THEN -334 ELSE -333 END ELSE 0 END;
-- smalldatetime counts minutes: 29.998 s and below round down.
CREATE FUNCTION tsql.to_smalldatetime(value timestamp) RETURNS tsql.smalldatetime
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.as_smalldatetime(CASE
    WHEN value >= timestamp '1900-01-01' AND value < timestamp '2079-06-06 23:59:29.999'
    THEN date_trunc('minute', value + interval '30.001 seconds')
    ELSE tsql.error_for(value::text, 242, 'datetime2', 'smalldatetime')::timestamp END, 6);

CREATE FUNCTION tsql.time_to_timestamp(time) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN date '1900-01-01' + $1;
CREATE CAST (time AS timestamp) WITH FUNCTION tsql.time_to_timestamp(time) AS ASSIGNMENT;
CREATE FUNCTION tsql.days_to_timestamp(float8) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 >= -53690 AND $1 < 2958464
        THEN timestamp '1900-01-01' + floor($1) * interval '1 day'
            + ($1 - floor($1)) * interval '86400 seconds'
        WHEN $1 IS NOT NULL
        THEN tsql.error_for($1::text, 8115, 'expression', 'datetime')::timestamp END;
CREATE FUNCTION tsql.timestamp_to_days(timestamp) RETURNS float8
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (extract(epoch FROM $1 - timestamp '1900-01-01') / 86400)::float8;
-- The date of + or -. Raises 8115 outside the type's years.
CREATE FUNCTION tsql.moved(value timestamp, span interval, type text) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value + span >= CASE type WHEN 'datetime' THEN timestamp '1753-01-01'
            ELSE timestamp '1900-01-01' END
        AND value + span < CASE type WHEN 'datetime' THEN timestamp '10000-01-01'
            ELSE timestamp '2079-06-07' END THEN value + span
        ELSE tsql.error_for(value::text, 8115, 'expression', type)::timestamp END;
CREATE FUNCTION tsql.money_of_days(float8) RETURNS tsql.money
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.to_money($1::numeric);

DO $do$
DECLARE
    target text;
    other record;
BEGIN
    FOREACH target IN ARRAY ARRAY['datetime', 'smalldatetime'] LOOP
        FOR other IN SELECT * FROM (VALUES
            ('timestamp', '$1', NULL),
            ('date', '$1::timestamp', '$1::timestamp::date'),
            ('time', 'tsql.time_to_timestamp($1)', '$1::timestamp::time'),
            ('int2', 'tsql.days_to_timestamp($1)', 'round(tsql.timestamp_to_days($1))::int2'),
            ('int4', 'tsql.days_to_timestamp($1)', 'round(tsql.timestamp_to_days($1))::int4'),
            ('int8', 'tsql.days_to_timestamp($1)', 'round(tsql.timestamp_to_days($1))::int8'),
            ('numeric', 'tsql.days_to_timestamp($1::float8)', 'tsql.timestamp_to_days($1)'),
            ('float8', 'tsql.days_to_timestamp($1)', 'tsql.timestamp_to_days($1)'),
            ('float4', 'tsql.days_to_timestamp($1)', 'tsql.timestamp_to_days($1)'),
            ('tsql.money', 'tsql.days_to_timestamp($1::numeric::float8)',
                'tsql.money_of_days(tsql.timestamp_to_days($1))'),
            ('tsql.smalldatetime', '$1::timestamp', NULL),
            ('tsql.datetime', '$1::timestamp', NULL)) AS v (type, into_date, from_date)
        LOOP
            CONTINUE WHEN other.type = 'tsql.' || target;
            IF other.type <> 'timestamp' THEN
                EXECUTE format('CREATE FUNCTION tsql.to_%s(%s) RETURNS tsql.%1$s LANGUAGE sql '
                    'IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.to_%1$s(%3$s)',
                    target, other.type, other.into_date);
            END IF;
            EXECUTE format('CREATE CAST (%s AS tsql.%s) WITH FUNCTION tsql.to_%2$s(%1$s) '
                'AS ASSIGNMENT', other.type, target);
            CONTINUE WHEN other.from_date IS NULL;
            EXECUTE format('CREATE FUNCTION tsql.%I(tsql.%s) RETURNS %s LANGUAGE sql '
                'IMMUTABLE STRICT PARALLEL SAFE RETURN (%s)::%3$s',
                target || '_to_' || other.type, target, other.type, other.from_date);
            EXECUTE format('CREATE CAST (tsql.%s AS %s) WITH FUNCTION tsql.%I(tsql.%1$s) '
                'AS ASSIGNMENT', target, other.type, target || '_to_' || other.type);
        END LOOP;
        EXECUTE replace($sql$
            CREATE FUNCTION tsql.add(tsql.@, tsql.@) RETURNS tsql.@
                LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
                tsql.to_@(tsql.moved($1::timestamp, $2::timestamp - timestamp '1900-01-01', '@'));
            CREATE FUNCTION tsql.subtract(tsql.@, tsql.@) RETURNS tsql.@
                LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
                tsql.to_@(tsql.moved($1::timestamp, timestamp '1900-01-01' - $2::timestamp, '@'));
            CREATE OPERATOR tsql.+ (LEFTARG = tsql.@, RIGHTARG = tsql.@, FUNCTION = tsql.add);
            CREATE OPERATOR tsql.- (LEFTARG = tsql.@, RIGHTARG = tsql.@,
                FUNCTION = tsql.subtract);$sql$, '@', target);
    END LOOP;
END $do$;

CREATE TYPE tsql.datetimeoffset;
CREATE FUNCTION tsql.datetimeoffset_in(cstring, oid, int4) RETURNS tsql.datetimeoffset
    LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'interval_in';
CREATE FUNCTION tsql.datetimeoffset_out(tsql.datetimeoffset) RETURNS cstring
    LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'interval_out';
CREATE FUNCTION tsql.datetimeoffset_recv(internal, oid, int4) RETURNS tsql.datetimeoffset
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_recv';
CREATE FUNCTION tsql.datetimeoffset_send(tsql.datetimeoffset) RETURNS bytea
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_send';
CREATE TYPE tsql.datetimeoffset (
    INPUT = tsql.datetimeoffset_in, OUTPUT = tsql.datetimeoffset_out,
    RECEIVE = tsql.datetimeoffset_recv, SEND = tsql.datetimeoffset_send,
    TYPMOD_IN = timestamptypmodin, TYPMOD_OUT = timestamptypmodout,
    LIKE = interval, CATEGORY = 'D');
CREATE CAST (tsql.datetimeoffset AS interval) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (interval AS tsql.datetimeoffset) WITHOUT FUNCTION;

CREATE FUNCTION tsql.to_datetimeoffset(utc timestamp, minutes int4) RETURNS tsql.datetimeoffset
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((utc - timestamp '2000-01-01') + make_interval(months => minutes, days => -30 * minutes)
        )::tsql.datetimeoffset;
CREATE FUNCTION tsql.offset_minutes(value tsql.datetimeoffset) RETURNS int4
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (extract(year FROM value::interval) * 12 + extract(month FROM value::interval))::int4;
CREATE FUNCTION tsql.utc(value tsql.datetimeoffset) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN timestamp '2000-01-01' + (value::interval - make_interval(
        months => tsql.offset_minutes(value), days => -30 * tsql.offset_minutes(value)));
CREATE FUNCTION tsql.local(value tsql.datetimeoffset) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.utc(value) + make_interval(mins => tsql.offset_minutes(value));
CREATE FUNCTION tsql.local_datetimeoffset(value timestamp, minutes int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(value - make_interval(mins => minutes), minutes);

CREATE FUNCTION tsql.fit_datetimeoffset(tsql.datetimeoffset, scale int4, bool)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(pg_catalog.timestamp(tsql.utc($1), scale),
        tsql.offset_minutes($1));
CREATE CAST (tsql.datetimeoffset AS tsql.datetimeoffset)
    WITH FUNCTION tsql.fit_datetimeoffset(tsql.datetimeoffset, int4, bool) AS IMPLICIT;

-- A value is in UTC unless it has an offset; taking the offset away leaves the local time.
DO $do$
DECLARE
    other record;
BEGIN
    FOR other IN SELECT * FROM (VALUES
        ('timestamp', '$1', '%'), ('date', '$1::timestamp', '%::date'),
        ('time', 'tsql.time_to_timestamp($1)', '%::time'),
        ('tsql.datetime', '$1::timestamp', 'tsql.to_datetime(%)'),
        ('tsql.smalldatetime', '$1::timestamp', 'tsql.to_smalldatetime(%)')) AS v (type, made, taken)
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.to_datetimeoffset(%1$s) RETURNS tsql.datetimeoffset '
            'LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.to_datetimeoffset(%2$s, 0);'
            'CREATE CAST (%1$s AS tsql.datetimeoffset) '
            'WITH FUNCTION tsql.to_datetimeoffset(%1$s) AS ASSIGNMENT;'
            'CREATE FUNCTION tsql.%3$I(tsql.datetimeoffset) RETURNS %1$s '
            'LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN %4$s;'
            'CREATE CAST (tsql.datetimeoffset AS %1$s) '
            'WITH FUNCTION tsql.%3$I(tsql.datetimeoffset) AS ASSIGNMENT', other.type, other.made,
            'datetimeoffset_to_' || other.type, replace(other.taken, '%', 'tsql.local($1)'));
    END LOOP;
END $do$;

CREATE FUNCTION tsql.smaller(tsql.datetimeoffset, tsql.datetimeoffset)
    RETURNS tsql.datetimeoffset LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
    AS 'interval_smaller';
CREATE FUNCTION tsql.larger(tsql.datetimeoffset, tsql.datetimeoffset)
    RETURNS tsql.datetimeoffset LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
    AS 'interval_larger';
CREATE AGGREGATE tsql.min(tsql.datetimeoffset) (SFUNC = tsql.smaller,
    STYPE = tsql.datetimeoffset);
CREATE AGGREGATE tsql.max(tsql.datetimeoffset) (SFUNC = tsql.larger,
    STYPE = tsql.datetimeoffset);
