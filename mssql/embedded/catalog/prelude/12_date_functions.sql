-- Date functions,
-- https://learn.microsoft.com/sql/t-sql/functions/date-and-time-data-types-and-functions-transact-sql
-- The date part comes first, as text in full: 'year', 'iso_week' ... Weeks begin on the day that
-- SET DATEFIRST says, but for DATEDIFF, which counts from Sunday whatever it says.

-- How many days of the week that holds `value` are over. Immutable to whoever plans a statement: the
-- session lets go of its prepared statements when it changes mssql.datefirst.
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
    WHEN 'nanosecond' THEN (count / 1000) * interval '1 microsecond'
    ELSE tsql.error(9810, part, 'dateadd')::interval END;
CREATE FUNCTION tsql.in_range(value timestamp, source text) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value < timestamp '0001-01-01' OR value >= timestamp '10000-01-01'
    THEN tsql.error_for(value::text, 517, source)::timestamp ELSE value END;

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
    ELSE tsql.error(9810, part, 'datediff')::int8 END;

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
    ELSE tsql.error(9810, part, 'datepart')::int4 END;
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
        THEN date_trunc(part, value)
    ELSE tsql.error(9810, part, 'datetrunc')::timestamp END;
CREATE FUNCTION tsql.bucket(part text, width int8, value timestamp, origin timestamp)
RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN part IN ('month', 'quarter', 'year') THEN origin + tsql.span(part,
        floor((tsql.months(value) - tsql.months(origin))::numeric
            / (width * extract(month FROM tsql.span(part, 1) + interval '0')::int8
                + width * 12 * extract(year FROM tsql.span(part, 1))::int8))::int8 * width)
    ELSE date_bin(tsql.span(part, width), value, origin) END;

CREATE FUNCTION tsql.fits_int(int8) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 NOT BETWEEN -2147483648 AND 2147483647
        THEN tsql.error_for($1::text, 535, 'datediff', 'datediff')::int4 ELSE $1::int4 END;

-- Each of these for each type: how a value of it reads as a timestamp, and how it is made of one.
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
            replace(type.made, '@', format('tsql.in_range(%s + tsql.span(part, count), %L)', body,
                type.label)),
            replace(type.made, '@', format('tsql.truncated(part, %s)', body)),
            replace(type.made, '@', format('tsql.bucket(part, width, %s, %s)', body,
                replace(type.base, '@', 'origin'))));
        CONTINUE WHEN type.name IN ('date', 'tsql.datetime', 'tsql.smalldatetime');
        -- those become timestamps by themselves
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
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (date_trunc('month', %2$s)
                    + (months + 1) * interval '1 month' - interval '1 day')::date;$sql$,
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
