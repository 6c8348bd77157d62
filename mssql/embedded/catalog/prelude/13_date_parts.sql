-- Dates out of their parts, and offsets.

CREATE FUNCTION tsql.made_timestamp(target text, year int4, month int4, day int4, hour int4,
    minute int4, second int4, fraction int4, scale int4)
RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF year NOT BETWEEN 1 AND 9999 OR fraction NOT BETWEEN 0 AND 10 ^ scale - 1
        OR hour NOT BETWEEN 0 AND 23 OR minute NOT BETWEEN 0 AND 59 OR second NOT BETWEEN 0 AND 59
    THEN
        PERFORM tsql.error(289, target);
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
        minute, second, fraction, scale), hour_offset * 60 + minute_offset);

CREATE FUNCTION tsql.parse_offset(text) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN $1 ~ '^[-+](0[0-9]|1[0-4]):[0-5][0-9]$'
    THEN (substring($1 FROM 2 FOR 2)::int4 * 60 + right($1, 2)::int4)
        * CASE WHEN left($1, 1) = '-' THEN -1 ELSE 1 END
    ELSE tsql.error(9812, $1)::int4 END;
CREATE FUNCTION tsql.switchoffset(value tsql.datetimeoffset, minutes int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(tsql.utc(value), minutes);
CREATE FUNCTION tsql.switchoffset(value tsql.datetimeoffset, zone tsql.nvarchar)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(tsql.utc(value), tsql.parse_offset(zone::text));
CREATE FUNCTION tsql.switchoffset(value timestamp, zone tsql.nvarchar)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(value, tsql.parse_offset(zone::text));
CREATE FUNCTION tsql.switchoffset(value timestamp, minutes int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(value, minutes);
CREATE FUNCTION tsql.todatetimeoffset(value timestamp, minutes int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.local_datetimeoffset(value, minutes);
CREATE FUNCTION tsql.todatetimeoffset(value timestamp, zone tsql.nvarchar)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.local_datetimeoffset(value, tsql.parse_offset(zone::text));
