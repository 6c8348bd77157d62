-- Strings read as dates and times, in us_english with the date order mdy.
--
-- datetime and smalldatetime are read by the older of SQL Server's two parsers, which distinguishes
-- an invalid format (241) from a date that does not exist (242); date, time, datetime2 and
-- datetimeoffset by the newer one.
-- https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql

-- `tenth` is the seventh digit of a second, `fault` the number of the error, if there is one.
CREATE TYPE tsql.moment AS (value timestamp, minutes int4, tenth int4, fault int4);

CREATE FUNCTION tsql.month_number(name text) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT number FROM unnest(ARRAY['january', 'february', 'march', 'april', 'may', 'june',
        'july', 'august', 'september', 'october', 'november', 'december'])
        WITH ORDINALITY AS month (full_name, number)
    WHERE lower(name) IN (full_name, left(full_name, 3)));
CREATE FUNCTION tsql.full_year(year text) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN year::int4 + CASE WHEN length(year) > 3 OR year::int4 > 99 THEN 0
    WHEN year::int4 < 50 THEN 2000 ELSE 1900 END;

-- The order in which a style has the parts of a date; `text` for none, NULL for an unknown style.
CREATE FUNCTION tsql.date_order(style int4, legacy bool) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN style IN (0, 1, 10, 101, 110) THEN 'mdy'
    WHEN style IN (3, 4, 5, 103, 104, 105) THEN 'dmy'
    WHEN style IN (2, 11, 20, 21, 102, 111, 120, 121, 126, 127) THEN 'ymd'
    WHEN style IN (6, 7, 8, 9, 12, 13, 14, 24, 100, 106, 107, 108, 109, 112, 113, 114) THEN 'text'
    WHEN style = 22 THEN CASE WHEN legacy THEN 'text' ELSE 'mdy' END
    WHEN style IN (23, 25) THEN CASE WHEN legacy THEN 'text' ELSE 'ymd' END
    WHEN style IN (130, 131) THEN 'hijri' WHEN legacy THEN 'text' END;

CREATE FUNCTION tsql.faulty(fault int4) RETURNS tsql.moment
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ROW(NULL, NULL, NULL, fault)::tsql.moment;

-- A date of three numbers, as year, month and day: NULL for another format.
CREATE FUNCTION tsql.numbered_date(parts text[], style int4, legacy bool) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    parts_order text := tsql.date_order(style, legacy);
    year int4 := position('y' IN parts_order);
    full_year int4 := array_position(ARRAY[length(parts[1]) = 4, length(parts[2]) = 4,
        length(parts[3]) = 4], true);
    others text[];
BEGIN
    IF style BETWEEN 1 AND 19 AND full_year IS NOT NULL OR style > 19 AND full_year IS NULL
        OR NOT legacy AND (full_year = 2 OR style <> 0 AND full_year <> year)
    THEN
        RETURN NULL;
    END IF;
    year := coalesce(full_year, year);
    others := parts[: year - 1] || parts[year + 1 :];
    IF parts_order = 'dmy' AND (legacy OR full_year IS DISTINCT FROM 1) THEN
        RETURN ARRAY[parts[year], others[2], others[1]];
    END IF;
    RETURN ARRAY[parts[year], others[1], others[2]];
END $$;

-- A date with the name of a month: a number of four digits is the year, otherwise the first number
-- is the day and the second the year.
CREATE FUNCTION tsql.named_date(input text, legacy bool) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    name text := (regexp_match(input, '[A-Za-z]+'))[1];
    month int4 := tsql.month_number(name);
    numbers text[];
    bare text;
BEGIN
    IF legacy THEN
        bare := regexp_replace(input, ',(?! *,)', ' ', 'g');
    ELSE
        bare := regexp_replace(input, ', *(\d{4}|\d\d?)$', ' \1');
    END IF;
    IF bare !~ '^((\d{1,4} *|\d{1,4} +\d{1,4} *)?[A-Za-z]+( *\d{1,4}| *\d{1,4} +\d{1,4})?'
        '|(\d{1,4}) *([-/.]) *[A-Za-z]+ *\5 *\d{1,4}) *$'
    THEN
        RETURN NULL;
    END IF;
    numbers := ARRAY(SELECT number[1] FROM regexp_matches(bare, '\d+', 'g') AS every (number));
    IF cardinality(numbers) = 1 AND length(numbers[1]) = 4 THEN
        RETURN ARRAY[numbers[1], month::text, '1'];
    ELSIF cardinality(numbers) <> 2 THEN
        RETURN NULL;
    ELSIF length(numbers[1]) = 4 THEN
        RETURN ARRAY[numbers[1], month::text, numbers[2]];
    END IF;
    RETURN ARRAY[numbers[2], month::text, numbers[1]];
END $$;

-- The clock of a string: hour, minute, second, digits of a second, AM or PM, and the offset.
CREATE FUNCTION tsql.clock_pattern(legacy bool) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:([.:])(\d+))?)?)? *([AaPp][Mm])?'
    || CASE WHEN legacy THEN '' ELSE '(?: *(Z|[-+] *\d{1,2}:\d{1,2}))?' END;

CREATE FUNCTION tsql.made_moment(date text[], clock text[], legacy bool) RETURNS tsql.moment
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    hour int4 := coalesce(clock[1], '0');
    digits text := coalesce(clock[5], '');
    fraction int8;
    moment tsql.moment;
    wrong int4 := CASE WHEN legacy THEN 242 ELSE 241 END;
BEGIN
    IF clock[4] = ':' THEN
        digits := lpad(digits, 3, '0');
    END IF;
    IF legacy AND length(digits) > 3 OR clock[4] = ':' AND length(digits) > 3 THEN
        RETURN tsql.faulty(241);
    ELSIF clock[6] IS NOT NULL AND (hour > 12 AND upper(clock[6]) = 'AM'
        OR hour = 0 AND upper(clock[6]) = 'PM')
    THEN
        RETURN tsql.faulty(wrong);
    ELSIF upper(clock[6]) = 'PM' AND hour < 12 THEN
        hour := hour + 12;
    ELSIF upper(clock[6]) = 'AM' THEN
        hour := hour % 12;
    END IF;
    IF hour > 23 OR coalesce(clock[2], '0')::int4 > 59 OR coalesce(clock[3], '0')::int4 > 59
        OR date[1]::int4 NOT BETWEEN 1 AND 9999
    THEN
        RETURN tsql.faulty(wrong);
    END IF;
    fraction := round(('0.' || digits || '0')::numeric * 10000000);
    moment.minutes := 0;
    IF clock[7] ~ '^[-+]' THEN
        moment.minutes := (CASE WHEN clock[7] LIKE '-%' THEN -1 ELSE 1 END)
            * (btrim(split_part(clock[7], ':', 1), '-+ ')::int4 * 60
                + split_part(clock[7], ':', 2)::int4);
        IF split_part(clock[7], ':', 2)::int4 > 59 OR abs(moment.minutes) > 840 THEN
            RETURN tsql.faulty(241);
        END IF;
    END IF;
    moment.value := make_timestamp(date[1]::int4, date[2]::int4, date[3]::int4, hour,
        coalesce(clock[2], '0')::int4, coalesce(clock[3], '0')::int4)
        + (fraction / 10) * interval '1 microsecond';
    moment.tenth := fraction % 10;
    RETURN moment;
EXCEPTION WHEN datetime_field_overflow THEN
    RETURN tsql.faulty(wrong);
END $$;

CREATE FUNCTION tsql.parse_moment(input text, style int4, legacy bool) RETURNS tsql.moment
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    pattern text := tsql.clock_pattern(legacy);
    iso text[];
    clock text[];
    date text[];
    parts text[];
BEGIN
    input := btrim(input, CASE WHEN legacy THEN ' ' ELSE E' \t' END);
    IF tsql.date_order(style, legacy) = 'hijri' THEN
        PERFORM tsql.error(40517, 'dates of the Hijri calendar');
    ELSIF tsql.date_order(style, legacy) IS NULL THEN
        RETURN tsql.faulty(9809);
    ELSIF input = '' THEN
        RETURN ROW(timestamp '1900-01-01', 0, 0, NULL)::tsql.moment;
    END IF;
    iso := regexp_match(input, CASE WHEN legacy
        THEN '^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?)?(Z)?$'
        ELSE '^(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?'
            '(Z|[-+]\d{1,2}:\d{1,2})?$' END);
    IF iso[4] IS NOT NULL OR iso[8] = 'Z' THEN
        IF legacy AND style NOT IN (0, 126, 127) THEN
            RETURN tsql.faulty(CASE WHEN style > 99 AND style <> 112 THEN 242 ELSE 241 END);
        END IF;
        RETURN tsql.made_moment(iso[1:3],
            ARRAY[iso[4], iso[5], iso[6], '.', iso[7], NULL, iso[8]], legacy);
    END IF;
    -- the time, which only the older parser takes before the date
    clock := regexp_match(input, '(?:^|[ \t])' || pattern || '$');
    IF clock[2] IS NOT NULL OR clock[6] IS NOT NULL THEN
        input := regexp_replace(input, '(?:^|[ \t]+)' || pattern || '$', '');
    ELSIF legacy AND regexp_match(input, '^' || pattern || '(?: |$)') IS NOT NULL
        AND input ~ '^\d{1,2}(:| *[AaPp][Mm])'
    THEN
        clock := regexp_match(input, '^' || pattern || '(?: |$)');
        input := ltrim(regexp_replace(input, '^' || pattern || '(?: |$)', ''));
    ELSE
        clock := NULL;
    END IF;
    input := btrim(input, CASE WHEN legacy THEN ' ' ELSE E' \t' END);
    parts := regexp_match(input, CASE WHEN legacy
        THEN '^(\d{1,4}) *([-/.]) *(\d{1,4}) *([-/.]) *(\d{1,4})$'
        ELSE '^(\d{4}|\d{1,2})[ \t]*([-/.])[ \t]*(\d{4}|\d{1,2})[ \t]*(\2)[ \t]*(\d{4}|\d{1,2})$'
        END);
    IF input = '' THEN
        date := '{1900,1,1}';
    ELSIF parts IS NOT NULL THEN
        IF tsql.date_order(style, legacy) = 'text' THEN
            RETURN tsql.faulty(CASE WHEN legacy THEN 241 ELSE 9807 END);
        END IF;
        date := tsql.numbered_date(ARRAY[parts[1], parts[3], parts[5]], style, legacy);
    ELSIF input ~ '^(\d{4}|\d{6}|\d{8})$' THEN
        date := CASE length(input) WHEN 4 THEN ARRAY[input, '1', '1']
            ELSE regexp_match(input, '^(\d+)(\d\d)(\d\d)$') END;
    ELSIF tsql.month_number((regexp_match(input, '[A-Za-z]+'))[1]) IS NOT NULL THEN
        date := tsql.named_date(input, legacy);
    END IF;
    IF date IS NULL THEN
        RETURN tsql.faulty(241);
    END IF;
    date[1] := CASE WHEN length(date[1]) = 4 THEN date[1]
        ELSE tsql.full_year(date[1])::text END;
    RETURN tsql.made_moment(date, clock, legacy);
END $$;

-- Raises the error of an invalid date. 112 is the style without separators.
CREATE FUNCTION tsql.refuse_moment(fault int4, source text, target text, style int4) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF fault = 241 AND target = 'smalldatetime' THEN
        PERFORM tsql.error_state(295, 3);
    ELSIF fault = 242 THEN
        PERFORM tsql.error_state(242, 3, source, target);
    ELSIF fault = 9807 THEN
        PERFORM tsql.error_state(9807, 0, style::text);
    ELSIF fault = 9809 THEN
        PERFORM tsql.error(9809, style::text, source, target);
    ELSIF fault = 40517 THEN
        PERFORM tsql.error(40517, 'a seventh digit of a second');
    END IF;
    PERFORM tsql.error(241, source);
END $$;

CREATE FUNCTION tsql.parse_timestamp(value text, source text, target text, style int4)
RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    legacy bool := target IN ('datetime', 'smalldatetime');
    moment tsql.moment := tsql.parse_moment(value, style, legacy);
BEGIN
    IF moment.fault IS NULL AND legacy AND (moment.value < timestamp '1753-01-01'
        OR target = 'smalldatetime' AND (moment.value < timestamp '1900-01-01'
            OR moment.value >= timestamp '2079-06-06 23:59:29.999'))
    THEN
        moment.fault := 242;
    ELSIF moment.tenth > 0 AND target <> 'date' THEN
        moment.fault := 40517;
    END IF;
    IF moment.fault IS NOT NULL THEN
        PERFORM tsql.refuse_moment(moment.fault, source, target, style);
    END IF;
    RETURN moment.value;
END $$;

CREATE FUNCTION tsql.moment_with_offset(moment tsql.moment, source text)
RETURNS tsql.datetimeoffset LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog AS $$
DECLARE
    utc timestamp := moment.value - make_interval(mins => moment.minutes);
BEGIN
    IF utc < timestamp '0001-01-01' OR utc >= timestamp '10000-01-01' THEN
        PERFORM tsql.error_state(8114, 31, source, 'datetimeoffset');
    END IF;
    RETURN tsql.to_datetimeoffset(utc, moment.minutes);
END $$;
CREATE FUNCTION tsql.parse_datetimeoffset(value text, source text, style int4)
RETURNS tsql.datetimeoffset
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    moment tsql.moment := tsql.parse_moment(value, style, false);
BEGIN
    IF moment.tenth > 0 THEN
        moment.fault := 40517;
    END IF;
    IF moment.fault IS NOT NULL THEN
        PERFORM tsql.refuse_moment(moment.fault, source, 'datetimeoffset', style);
    END IF;
    RETURN tsql.moment_with_offset(moment, source);
END $$;

-- The same if the target has a scale below 7: the seventh digit then only decides how the sixth is
-- rounded, since rounding to fewer digits looks at the next one alone.
CREATE FUNCTION tsql.parse_scaled(value text, source text, target text, style int4, scale int4)
RETURNS tsql.moment LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    moment tsql.moment := tsql.parse_moment(value, style, false);
BEGIN
    IF moment.fault IS NOT NULL THEN
        PERFORM tsql.refuse_moment(moment.fault, source, target, style);
    ELSIF scale = 6 AND moment.tenth >= 5 THEN
        moment.value := moment.value + interval '1 microsecond';
    END IF;
    RETURN moment;
END $$;
-- A time does not round into the next day.
CREATE FUNCTION tsql.fit_time(value time, scale int4) RETURNS time
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN least(pg_catalog.time(value, scale),
        time '24:00' - 10.0 ^ -scale * interval '1 second');
CREATE FUNCTION tsql.to_scaled(value text, source text, style int4, scale int4, target time)
    RETURNS time LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.fit_time(
        (tsql.parse_scaled(value, source, 'time', style, 5)).value::time, scale);
CREATE FUNCTION tsql.to_scaled(value text, source text, style int4, scale int4, target timestamp)
    RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN pg_catalog.timestamp(
        (tsql.parse_scaled(value, source, 'datetime2', style, scale)).value, scale);
CREATE FUNCTION tsql.to_scaled(
    value text, source text, style int4, scale int4, target tsql.datetimeoffset)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.fit_datetimeoffset(tsql.moment_with_offset(
        tsql.parse_scaled(value, source, 'datetimeoffset', style, scale), source), scale, true);
