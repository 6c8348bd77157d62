-- Dates out of their parts, and offsets.

CREATE FUNCTION tsql.made_timestamp(target text, year int4, month int4, day int4, hour int4,
    minute int4, second int4, fraction int4, scale int4)
RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF year NOT BETWEEN 1 AND 9999 OR fraction NOT BETWEEN 0 AND 10 ^ scale - 1
        OR hour NOT BETWEEN 0 AND 23 OR minute NOT BETWEEN 0 AND 59 OR second NOT BETWEEN 0 AND 59
    THEN
        PERFORM tsql.error(289, target);
    ELSIF scale = 7 AND fraction % 10 <> 0 THEN
        PERFORM tsql.error(40517, 'a seventh digit of a second');
    END IF;
    RETURN make_timestamp(year, month, day, hour, minute, second)
        + trunc(fraction * 10 ^ (6 - scale)) * interval '1 microsecond';
EXCEPTION WHEN datetime_field_overflow THEN
    PERFORM tsql.error(289, target);
END $$;
CREATE FUNCTION tsql.datefromparts(year int4, month int4, day int4) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.made_timestamp('date', year, month, day, 0, 0, 0, 0, 0)::date;
CREATE FUNCTION tsql.timefromparts(hour int4, minute int4, second int4, fraction int4, scale int4)
    RETURNS time LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.made_timestamp('time', 1900, 1, 1, hour, minute, second, fraction, scale)::time;
CREATE FUNCTION tsql.datetime2fromparts(year int4, month int4, day int4, hour int4, minute int4,
    second int4, fraction int4, scale int4)
    RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    tsql.made_timestamp('datetime2', year, month, day, hour, minute, second, fraction, scale);
CREATE FUNCTION tsql.datetimefromparts(year int4, month int4, day int4, hour int4, minute int4,
    second int4, millisecond int4)
    RETURNS tsql.datetime LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.to_datetime(
    tsql.made_timestamp('datetime', year, month, day, hour, minute, second, millisecond, 3));
CREATE FUNCTION tsql.smalldatetimefromparts(year int4, month int4, day int4, hour int4, minute int4)
    RETURNS tsql.smalldatetime LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_smalldatetime(
    tsql.made_timestamp('smalldatetime', year, month, day, hour, minute, 0, 0, 0));
CREATE FUNCTION tsql.datetimeoffsetfromparts(year int4, month int4, day int4, hour int4,
    minute int4, second int4, fraction int4, hour_offset int4, minute_offset int4, scale int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.local_datetimeoffset(tsql.made_timestamp('datetimeoffset', year, month, day, hour,
        minute, second, fraction, scale), CASE WHEN abs(hour_offset * 60 + minute_offset) > 840
        OR abs(minute_offset) > 59 OR hour_offset * minute_offset < 0
        THEN tsql.error_for(hour_offset::text, 289, 'datetimeoffset')::int4
        ELSE hour_offset * 60 + minute_offset END);

-- An offset of SWITCHOFFSET or TODATETIMEOFFSET, in minutes or as text, which is not trimmed.
CREATE FUNCTION tsql.offset_of(minutes int4, function text) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN minutes BETWEEN -840 AND 840 THEN minutes
    ELSE tsql.error_state(9812, CASE function WHEN 'switchoffset' THEN 3 ELSE 1 END,
        function, minutes::text)::int4 END;
CREATE FUNCTION tsql.offset_of(text text, function text) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN text ~ '^[-+](0[0-9]|1[0-3]):[0-5][0-9]$|^[-+]14:00$'
    THEN (substring(text FROM 2 FOR 2)::int4 * 60 + right(text, 2)::int4)
        * CASE WHEN left(text, 1) = '-' THEN -1 ELSE 1 END
    ELSE tsql.error_state(9812, CASE function WHEN 'switchoffset' THEN 2 ELSE 0 END,
        function, text)::int4 END;
-- The moment with that offset, whose local time and UTC are in the range.
CREATE FUNCTION tsql.with_offset(utc timestamp, minutes int4, function text)
RETURNS tsql.datetimeoffset LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    local timestamp := utc + make_interval(mins => minutes);
BEGIN
    IF least(utc, local) < timestamp '0001-01-01'
        OR greatest(utc, local) >= timestamp '10000-01-01'
    THEN
        PERFORM tsql.error_state(9813, CASE function WHEN 'switchoffset' THEN 2 ELSE 0 END, function);
    END IF;
    RETURN tsql.to_datetimeoffset(utc, minutes);
END $$;
DO $do$
DECLARE
    zone record;
BEGIN
    FOR zone IN SELECT * FROM (VALUES ('int4', 'zone'), ('tsql.nvarchar', 'zone::text'))
        AS v (type, text)
    LOOP
        EXECUTE format($sql$
            CREATE FUNCTION tsql.switchoffset(value tsql.datetimeoffset, zone %1$s)
                RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                RETURN tsql.with_offset(tsql.utc(value), tsql.offset_of(%2$s, 'switchoffset'),
                    'switchoffset');
            CREATE FUNCTION tsql.switchoffset(value timestamp, zone %1$s)
                RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                RETURN tsql.with_offset(value, tsql.offset_of(%2$s, 'switchoffset'),
                    'switchoffset');
            CREATE FUNCTION tsql.todatetimeoffset(value timestamp, zone %1$s)
                RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                RETURN tsql.with_offset(value - make_interval(
                    mins => tsql.offset_of(%2$s, 'todatetimeoffset')),
                    tsql.offset_of(%2$s, 'todatetimeoffset'), 'todatetimeoffset');$sql$,
            zone.type, zone.text);
    END LOOP;
END $do$;
