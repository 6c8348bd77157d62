-- Date functions,
-- https://learn.microsoft.com/sql/t-sql/functions/date-and-time-data-types-and-functions-transact-sql
-- The date part comes first, as text in full: 'year', 'iso_week' ... Weeks begin on the day of SET
-- DATEFIRST. Only DATEDIFF always counts from Sunday.

-- The number of past days in the week of `value`. Immutable to whoever plans a statement: the
-- session drops its prepared statements when it changes mssql.datefirst.
CREATE FUNCTION tsql.days_of_week(value timestamp) RETURNS int4
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (extract(dow FROM value)::int4 + 7
        - coalesce(nullif(current_setting('mssql.datefirst', true), ''), '7')::int4) % 7;
END $$;

CREATE FUNCTION tsql.sysutcdatetime() RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE
    RETURN statement_timestamp() AT TIME ZONE 'UTC';
CREATE FUNCTION tsql.sysdatetime() RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE
    RETURN tsql.sysutcdatetime();
CREATE FUNCTION tsql.getutcdate() RETURNS tsql.datetime LANGUAGE sql STABLE PARALLEL SAFE
    RETURN tsql.to_datetime(tsql.sysutcdatetime());
CREATE FUNCTION tsql.getdate() RETURNS tsql.datetime LANGUAGE sql STABLE PARALLEL SAFE
    RETURN tsql.getutcdate();
CREATE FUNCTION tsql.sysdatetimeoffset() RETURNS tsql.datetimeoffset LANGUAGE sql STABLE
    PARALLEL SAFE RETURN tsql.to_datetimeoffset(tsql.sysutcdatetime(), 0);

CREATE FUNCTION tsql.span(part text, count int8) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE part
    WHEN 'day' THEN count * interval '1 day' WHEN 'dayofyear' THEN count * interval '1 day'
    WHEN 'weekday' THEN count * interval '1 day' WHEN 'week' THEN count * interval '7 days'
    WHEN 'month' THEN count * interval '1 month' WHEN 'quarter' THEN count * interval '3 months'
    WHEN 'year' THEN count * interval '1 year' WHEN 'hour' THEN count * interval '1 hour'
    WHEN 'minute' THEN count * interval '1 minute' WHEN 'second' THEN count * interval '1 second'
    WHEN 'millisecond' THEN count * interval '1 millisecond'
    WHEN 'microsecond' THEN count * interval '1 microsecond'
    -- SQL Server rounds to 100 ns, of which a timestamp has none but tens.
    WHEN 'nanosecond' THEN CASE WHEN round(count / 100.0) % 10 = 0
        THEN (round(count / 100.0) / 10)::int8 * interval '1 microsecond'
        ELSE tsql.error_for(count::text, 40517, 'a seventh digit of a second')::interval END END;
CREATE FUNCTION tsql.added_too_much(value text, source text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    RETURN tsql.error_state(517, CASE source WHEN 'datetime' THEN 1 WHEN 'smalldatetime' THEN 2
        ELSE 3 END, source);
END $$;
CREATE FUNCTION tsql.in_range(value timestamp, source text) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value < CASE source WHEN 'datetime' THEN timestamp '1753-01-01'
            WHEN 'smalldatetime' THEN timestamp '1900-01-01' ELSE timestamp '0001-01-01' END
        OR value >= CASE source WHEN 'smalldatetime' THEN timestamp '2079-06-06 23:59:29.999'
            ELSE timestamp '10000-01-01' END
    THEN tsql.added_too_much(value::text, source) ELSE value END;
-- How many of a part are more than all the years that there are.
CREATE FUNCTION tsql.most(part text) RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE part WHEN 'year' THEN 10000 WHEN 'quarter' THEN 40000 WHEN 'month' THEN 120000
    WHEN 'week' THEN 530000 WHEN 'hour' THEN 90000000 WHEN 'minute' THEN 5400000000
    WHEN 'second' THEN 324000000000 WHEN 'millisecond' THEN 324000000000000
    WHEN 'microsecond' THEN 324000000000000000 WHEN 'nanosecond' THEN 9223372036854775807
    ELSE 3700000 END;
CREATE FUNCTION tsql.later(part text, count int8, value timestamp, source text) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN count NOT BETWEEN -tsql.most(part) AND tsql.most(part)
    THEN tsql.added_too_much(count::text, source)
    ELSE tsql.in_range(value + tsql.span(part, count), source) END;
-- A time goes round the clock.
CREATE FUNCTION tsql.later(part text, count int8, value time) RETURNS time
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value + tsql.span(part, count % CASE part WHEN 'hour' THEN 24 WHEN 'minute' THEN 1440
    WHEN 'second' THEN 86400 WHEN 'millisecond' THEN 86400000 WHEN 'microsecond' THEN 86400000000
    ELSE 86400000000000 END);

-- Microseconds since the first day of year 1: never negative, so that division counts boundaries.
CREATE FUNCTION tsql.ticks(timestamp) RETURNS int8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ($1::date - date '0001-01-01') * 86400000000::int8
        + extract(hour FROM $1)::int8 * 3600000000 + extract(minute FROM $1)::int8 * 60000000
        + extract(microseconds FROM $1)::int8;
CREATE FUNCTION tsql.months(timestamp) RETURNS int8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (extract(year FROM $1) * 12 + extract(month FROM $1) - 1)::int8;

CREATE FUNCTION tsql.boundaries(part text, a timestamp, b timestamp) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE part
    WHEN 'day' THEN (b::date - a::date)::int8 WHEN 'dayofyear' THEN (b::date - a::date)::int8
    WHEN 'weekday' THEN (b::date - a::date)::int8
    WHEN 'week' THEN ((b::date - date '0001-01-01' + 1) / 7
        - (a::date - date '0001-01-01' + 1) / 7)::int8
    WHEN 'month' THEN tsql.months(b) - tsql.months(a)
    WHEN 'quarter' THEN tsql.months(b) / 3 - tsql.months(a) / 3
    WHEN 'year' THEN (extract(year FROM b) - extract(year FROM a))::int8
    WHEN 'hour' THEN tsql.ticks(b) / 3600000000 - tsql.ticks(a) / 3600000000
    WHEN 'minute' THEN tsql.ticks(b) / 60000000 - tsql.ticks(a) / 60000000
    WHEN 'second' THEN tsql.ticks(b) / 1000000 - tsql.ticks(a) / 1000000
    WHEN 'millisecond' THEN tsql.ticks(b) / 1000 - tsql.ticks(a) / 1000
    WHEN 'microsecond' THEN tsql.ticks(b) - tsql.ticks(a)
    WHEN 'nanosecond' THEN (tsql.ticks(b) - tsql.ticks(a)) * 1000
    END;

CREATE FUNCTION tsql.part_of(part text, value timestamp) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE part
    WHEN 'year' THEN extract(year FROM value)::int4
    WHEN 'quarter' THEN extract(quarter FROM value)::int4
    WHEN 'month' THEN extract(month FROM value)::int4 WHEN 'day' THEN extract(day FROM value)::int4
    WHEN 'dayofyear' THEN extract(doy FROM value)::int4
    WHEN 'weekday' THEN tsql.days_of_week(value) + 1
    WHEN 'week' THEN (extract(doy FROM value)::int4 - 1
        + tsql.days_of_week(date_trunc('year', value))) / 7 + 1
    WHEN 'iso_week' THEN extract(week FROM value)::int4
    WHEN 'hour' THEN extract(hour FROM value)::int4
    WHEN 'minute' THEN extract(minute FROM value)::int4
    WHEN 'second' THEN (extract(microseconds FROM value)::int4 / 1000000)
    WHEN 'millisecond' THEN extract(microseconds FROM value)::int4 % 1000000 / 1000
    WHEN 'microsecond' THEN extract(microseconds FROM value)::int4 % 1000000
    WHEN 'nanosecond' THEN extract(microseconds FROM value)::int4 % 1000000 * 1000
    WHEN 'tzoffset' THEN 0 END;
CREATE FUNCTION tsql.name_of(part text, value timestamp) RETURNS tsql.nvarchar
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE part
    WHEN 'month' THEN (ARRAY['January', 'February', 'March', 'April', 'May', 'June', 'July',
        'August', 'September', 'October', 'November', 'December'])[extract(month FROM value)::int4]
    WHEN 'weekday' THEN (ARRAY['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday',
        'Saturday'])[extract(dow FROM value)::int4 + 1]
    ELSE tsql.part_of(part, value)::text END::tsql.nvarchar;
CREATE FUNCTION tsql.truncated(part text, value timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN part IN ('day', 'dayofyear', 'weekday') THEN date_trunc('day', value)
    WHEN part = 'week' THEN date_trunc('day', value) - tsql.days_of_week(value) * interval '1 day'
    WHEN part = 'iso_week' THEN date_trunc('week', value)
    WHEN part = 'millisecond' THEN date_trunc('milliseconds', value)
    WHEN part = 'microsecond' THEN value
    WHEN part IN ('year', 'quarter', 'month', 'hour', 'minute', 'second')
        THEN date_trunc(part, value) END;
-- A bucket of months begins at DATEADD of its number from the origin, one bucket earlier if that is
-- after the value.
CREATE FUNCTION tsql.month_bucket(width int8, value timestamp, origin timestamp)
RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT origin + make_interval(months => (CASE
        WHEN origin + make_interval(months => count::int4) > value THEN count - width
        ELSE count END)::int4)
    FROM (SELECT floor((tsql.months(value) - tsql.months(origin))::numeric / width)::int8 * width)
        AS begun (count));
CREATE FUNCTION tsql.bucket(
    part text, width int8, value timestamp, origin timestamp, source text)
RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    months int8 := CASE part WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 END;
    made timestamp;
BEGIN
    IF months * width > 2147483647 THEN
        PERFORM tsql.error(40517, 'DATE_BUCKET of that many months');
    END IF;
    BEGIN
        made := CASE WHEN months IS NULL THEN date_bin(tsql.span(part, width), value, origin)
            ELSE tsql.month_bucket(months * width, value, origin) END;
    EXCEPTION WHEN data_exception THEN
        made := '-infinity';
    END;
    IF made < (CASE source WHEN 'datetime' THEN timestamp '1753-01-01'
        WHEN 'smalldatetime' THEN timestamp '1900-01-01' ELSE timestamp '0001-01-01' END)
    THEN
        PERFORM tsql.error(9835, source);
    END IF;
    RETURN made;
END $$;
CREATE FUNCTION tsql.bucket_width(width int8) RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN width <= 0 THEN tsql.error_for(width::text, 9834)::int8 ELSE width END;

CREATE FUNCTION tsql.fits_int(int8) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 NOT BETWEEN -2147483648 AND 2147483647
        THEN tsql.error_for($1::text, 535, 'datediff', 'datediff')::int4 ELSE $1::int4 END;

-- A part that the type lacks, or the function does not support for it.
CREATE FUNCTION tsql.no_part(cause text, state int4, part text, function text, type text)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN tsql.error_state(9810, state, part, function, type);
END $$;

-- Each of these for each type: the conversions of its values to a timestamp and back.
DO $do$
DECLARE
    type record;
    other record;
    body text;
BEGIN
    CREATE TEMPORARY TABLE date_types (name text, base text, made text, label text);
    INSERT INTO date_types VALUES
        ('timestamp', '@', '@', 'datetime2'), ('date', '@::timestamp', '(@)::date', 'date'),
        ('time', 'tsql.time_to_timestamp(@)', '(@)::time', 'time'),
        ('tsql.datetime', '@::timestamp', 'tsql.to_datetime(@)', 'datetime'),
        ('tsql.smalldatetime', '@::timestamp', 'tsql.to_smalldatetime(@)', 'smalldatetime'),
        ('tsql.datetimeoffset', 'tsql.local(@)',
            'tsql.local_datetimeoffset(@, tsql.offset_minutes(value))', 'datetimeoffset');
    FOR type IN SELECT * FROM date_types LOOP
        body := replace(type.base, '@', 'value');
        EXECUTE format($sql$
            CREATE FUNCTION tsql.dateadd(part text, count int8, value %1$s) RETURNS %1$s
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %2$s;
            CREATE FUNCTION tsql.datetrunc(part text, value %1$s) RETURNS %1$s
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %3$s;
            CREATE FUNCTION tsql.date_bucket(part text, width int8, value %1$s,
                origin %1$s DEFAULT '1900-01-01'::tsql.nvarchar::%1$s) RETURNS %1$s
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %4$s;$sql$,
            type.name,
            CASE type.label WHEN 'time' THEN 'tsql.later(part, count, value)'
                ELSE replace(type.made, '@', format('tsql.later(part, count, %s, %L)', body,
                    type.label)) END,
            replace(type.made, '@', format('tsql.truncated(part, %s)', body)),
            replace(replace(type.made, 'local_', 'to_'), '@',
                format('tsql.bucket(part, tsql.bucket_width(width), %s, %s, %L)',
                replace(replace(type.base, 'tsql.local', 'tsql.utc'), '@', 'value'),
                replace(replace(type.base, 'tsql.local', 'tsql.utc'), '@', format(
                    'coalesce(origin, ''1900-01-01''::tsql.nvarchar::%s)', type.name)), type.label)));
        CONTINUE WHEN type.name IN ('date', 'tsql.datetime', 'tsql.smalldatetime');
        -- those become timestamps implicitly
        EXECUTE format($sql$
            CREATE FUNCTION tsql.datepart(part text, value %1$s) RETURNS int4
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %3$s tsql.part_of(part, %2$s) %4$s;
            CREATE FUNCTION tsql.datename(part text, value %1$s) RETURNS tsql.nvarchar
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %5$s tsql.name_of(part, %2$s) %4$s;
            CREATE FUNCTION tsql.year(value %1$s) RETURNS int4
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN extract(year FROM %2$s)::int4;
            CREATE FUNCTION tsql.month(value %1$s) RETURNS int4
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN extract(month FROM %2$s)::int4;
            CREATE FUNCTION tsql.day(value %1$s) RETURNS int4
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN extract(day FROM %2$s)::int4;
            CREATE FUNCTION tsql.eomonth(value %1$s, months int4 DEFAULT 0) RETURNS date
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (tsql.later('month', coalesce(months, 0),
                    date_trunc('month', %2$s), 'date') + interval '1 month' - interval '1 day'
                    )::date;$sql$,
            type.name, body,
            CASE type.label WHEN 'datetimeoffset'
                THEN 'CASE WHEN part = ''tzoffset'' THEN tsql.offset_minutes(value) ELSE'
                ELSE '' END,
            CASE type.label WHEN 'datetimeoffset' THEN 'END' ELSE '' END,
            CASE type.label WHEN 'datetimeoffset' THEN 'CASE WHEN part = ''tzoffset'' THEN '
                'tsql.format_offset(tsql.offset_minutes(value))::tsql.nvarchar ELSE' ELSE '' END);
        FOR other IN SELECT * FROM date_types
            WHERE name NOT IN ('date', 'tsql.datetime', 'tsql.smalldatetime')
        LOOP
            body := format('tsql.boundaries(part, %s, %s)',
                replace(replace(type.base, 'tsql.local', 'tsql.utc'), '@', 'a'),
                replace(replace(other.base, 'tsql.local', 'tsql.utc'), '@', 'b'));
            EXECUTE format($sql$
                CREATE FUNCTION tsql.datediff_big(part text, a %1$s, b %2$s) RETURNS int8
                    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %3$s;
                CREATE FUNCTION tsql.datediff(part text, a %1$s, b %2$s) RETURNS int4
                    LANGUAGE sql IMMUTABLE PARALLEL SAFE
                    RETURN tsql.fits_int(tsql.datediff_big(part, a, b));$sql$,
                type.name, other.name, body);
        END LOOP;
    END LOOP;
END $do$;
