-- The text of a value: CAST and, with a style, CONVERT.
--
-- Follows "CAST and CONVERT (Transact-SQL)",
-- https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
-- These functions return char, which is binary-coercible to every other string type.

-- Digits of a second, cut to `scale`, with their dot.
CREATE FUNCTION tsql.fraction(value timestamp, scale int4) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN scale = 0 THEN '' ELSE '.' || left(lpad(
    (extract(microseconds FROM value)::int8 % 1000000)::text, 6, '0') || '0', scale) END;

-- to_char reads no locale for these patterns, so these functions are immutable although it is not.
CREATE FUNCTION tsql.style_date(value timestamp, style int4) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE style
    WHEN 1 THEN to_char(value, 'MM/DD/YY') WHEN 101 THEN to_char(value, 'MM/DD/YYYY')
    WHEN 2 THEN to_char(value, 'YY.MM.DD') WHEN 102 THEN to_char(value, 'YYYY.MM.DD')
    WHEN 3 THEN to_char(value, 'DD/MM/YY') WHEN 103 THEN to_char(value, 'DD/MM/YYYY')
    WHEN 4 THEN to_char(value, 'DD.MM.YY') WHEN 104 THEN to_char(value, 'DD.MM.YYYY')
    WHEN 5 THEN to_char(value, 'DD-MM-YY') WHEN 105 THEN to_char(value, 'DD-MM-YYYY')
    WHEN 6 THEN to_char(value, 'DD Mon YY') WHEN 106 THEN to_char(value, 'DD Mon YYYY')
    WHEN 7 THEN to_char(value, 'Mon DD, YY') WHEN 107 THEN to_char(value, 'Mon DD, YYYY')
    WHEN 10 THEN to_char(value, 'MM-DD-YY') WHEN 110 THEN to_char(value, 'MM-DD-YYYY')
    WHEN 11 THEN to_char(value, 'YY/MM/DD') WHEN 111 THEN to_char(value, 'YYYY/MM/DD')
    WHEN 12 THEN to_char(value, 'YYMMDD') WHEN 112 THEN to_char(value, 'YYYYMMDD')
    WHEN 23 THEN to_char(value, 'YYYY-MM-DD') END;

-- Styles of date and time: the part before the clock, and the clock itself.
CREATE FUNCTION tsql.style_day(value timestamp, style int4) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN style IN (100, 109)
        THEN to_char(value, 'Mon ') || lpad(extract(day FROM value)::text, 2, ' ')
            || to_char(value, ' YYYY')
    WHEN style = 113 THEN to_char(value, 'DD Mon YYYY') WHEN style = 22 THEN to_char(value, 'MM/DD/YY')
    WHEN style IN (120, 121, 126, 127) THEN to_char(value, 'YYYY-MM-DD') ELSE '' END;
CREATE FUNCTION tsql.style_clock(value timestamp, style int4, fraction text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN style = 100 THEN lpad(ltrim(to_char(value, 'HH12'), '0'), 2, ' ')
        || to_char(value, ':MIAM')
    WHEN style = 109 THEN lpad(ltrim(to_char(value, 'HH12'), '0'), 2, ' ')
        || to_char(value, ':MI:SS') || fraction || to_char(value, 'AM')
    WHEN style = 22 THEN lpad(ltrim(to_char(value, 'HH12'), '0'), 2, ' ')
        || to_char(value, ':MI:SS AM')
    WHEN style IN (113, 114, 121) THEN to_char(value, 'HH24:MI:SS') || fraction
    WHEN style IN (126, 127)
        THEN to_char(value, 'HH24:MI:SS') || regexp_replace(fraction, '^\.0+$', '')
    WHEN style = 115 THEN to_char(value, 'HH24MISS')
    ELSE to_char(value, 'HH24:MI:SS') END;

CREATE FUNCTION tsql.style_datetime(value timestamp, style int4, scale int4, source text)
RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    old bool := source IN ('datetime', 'smalldatetime');
    date text := tsql.style_date(value, style);
    fraction text := tsql.fraction(value, CASE WHEN old THEN 3 ELSE scale END);
    clock text;
BEGIN
    IF style BETWEEN 26 AND 35 OR style IN (130, 131) THEN
        PERFORM tsql.error(40517, 'style ' || style);
    ELSIF source = 'time' AND (date IS NOT NULL OR style = 115)
        OR source = 'date' AND style IN (8, 24, 108)
    THEN
        PERFORM tsql.error_state(8114, 5, source, 'varchar');
    ELSIF date IS NOT NULL THEN
        RETURN date;
    END IF;
    style := CASE WHEN style IN (0, 9, 13, 14, 20, 21) THEN style + 100 WHEN style = 25 THEN 121
        WHEN style IN (8, 24) THEN 108 ELSE style END;
    IF style NOT IN (22, 100, 108, 109, 113, 114, 115, 120, 121, 126, 127)
        OR source = 'date' AND style = 114
    THEN
        PERFORM tsql.error(281, style::text, source);
    ELSIF source = 'date' AND style <> 115 THEN
        RETURN tsql.style_day(value, style);
    ELSIF old AND style IN (109, 113, 114) THEN
        fraction := translate(fraction, '.', ':');
    END IF;
    clock := tsql.style_clock(value, style, fraction);
    IF source = 'time' THEN
        RETURN CASE WHEN style IN (100, 109) THEN ltrim(clock) ELSE clock END;
    END IF;
    RETURN tsql.style_day(value, style) || CASE WHEN style IN (108, 114, 115) THEN ''
        WHEN style IN (126, 127) THEN 'T' ELSE ' ' END || clock;
END $$;
CREATE FUNCTION tsql.format_offset(minutes int4) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN minutes < 0 THEN '-' ELSE '+' END || lpad((abs(minutes) / 60)::text, 2, '0')
    || ':' || lpad((abs(minutes) % 60)::text, 2, '0');
-- The offset after a datetimeoffset: not after a date alone.
CREATE FUNCTION tsql.style_offset(minutes int4, style int4) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN tsql.style_date(timestamp '2000-01-01', style) IS NOT NULL OR style = 115 THEN ''
    WHEN style = 126 THEN '' ELSE ' ' END
    || CASE WHEN tsql.style_date(timestamp '2000-01-01', style) IS NOT NULL OR style = 115 THEN ''
        ELSE tsql.format_offset(minutes) END;

-- float: 6 significant digits, an exponent of three digits if it is below -4 or above 5.
CREATE FUNCTION tsql.format_float(value float8, style int4) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    digits int4 := CASE style WHEN 1 THEN 8 WHEN 2 THEN 16 WHEN 126 THEN 16 WHEN 3 THEN 17 ELSE 6 END;
    scientific text := to_char(value, '9.' || repeat('9', digits - 1) || 'EEEE');
    mantissa text := trim(split_part(scientific, 'e', 1));
    exponent int4 := split_part(scientific, 'e', 2);
BEGIN
    IF value = 0 AND digits = 6 THEN
        RETURN '0';
    END IF;
    IF digits = 6 AND exponent BETWEEN -4 AND 5 THEN
        RETURN trim_scale(round(value::numeric, greatest(5 - exponent, 0)))::text;
    END IF;
    RETURN CASE digits WHEN 6 THEN trim_scale(mantissa::numeric)::text ELSE mantissa END
        || 'e' || CASE WHEN exponent < 0 THEN '-' ELSE '+' END || lpad(abs(exponent)::text, 3, '0');
END $$;

CREATE FUNCTION tsql.format_money(value numeric, style int4) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE style
    WHEN 2 THEN round(value, 4)::text WHEN 126 THEN round(value, 4)::text
    WHEN 1 THEN trim(to_char(round(value, 2), 'FM999,999,999,999,999,990.00'))
    ELSE round(value, 2)::text END;

-- nvarchar's bytes are UTF-16, low byte first.
CREATE FUNCTION tsql.to_utf16(value text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    point int4;
    hexed text := '';
    character text;
BEGIN
    IF octet_length(value) = length(value) THEN
        RETURN decode(regexp_replace(encode(convert_to(value, 'UTF8'), 'hex'),
            '(..)', '\100', 'g'), 'hex');
    END IF;
    FOREACH character IN ARRAY regexp_split_to_array(value, '') LOOP
        point := tsql.code_point(character);
        IF point > 65535 THEN
            hexed := hexed || tsql.hex_unit(55296 + ((point - 65536) >> 10));
            point := 56320 + ((point - 65536) & 1023);
        END IF;
        hexed := hexed || tsql.hex_unit(point);
    END LOOP;
    RETURN decode(hexed, 'hex');
END $$;
CREATE FUNCTION tsql.hex_unit(unit int4) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lpad(to_hex(unit & 255), 2, '0') || lpad(to_hex(unit >> 8), 2, '0');

CREATE FUNCTION tsql.from_utf16(value bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    place int4 := 0;
    unit int4;
    high int4 := 0;
    result text := '';
BEGIN
    WHILE place + 1 < octet_length(value) LOOP
        unit := get_byte(value, place) + get_byte(value, place + 1) * 256;
        place := place + 2;
        IF unit BETWEEN 55296 AND 56319 THEN
            high := unit;
        ELSIF unit BETWEEN 56320 AND 57343 THEN
            result := result || chr(65536 + ((high - 55296) << 10) + (unit - 56320));
        ELSE
            result := result || tsql.from_code_point(unit);
        END IF;
    END LOOP;
    RETURN result;
END $$;

-- Text in one of PostgreSQL's encodings, cut at U+0000, which no conversion supports.
CREATE FUNCTION tsql.encoded(value text, encoding name) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN position(tsql.nul() IN value) = 0 THEN convert_to(value, encoding)
    ELSE (SELECT string_agg(convert_to(part, encoding), '\x00'::bytea ORDER BY place)
        FROM string_to_table(value, tsql.nul()) WITH ORDINALITY AS parts (part, place)) END;
CREATE FUNCTION tsql.decoded(value bytea, encoding name) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    parts text[];
BEGIN
    IF position('\x00'::bytea IN value) = 0 THEN
        parts := ARRAY[convert_from(value, encoding)];
    ELSE
        SELECT array_agg(convert_from(decode(part, 'hex'), encoding) ORDER BY place) INTO parts
        FROM string_to_table(regexp_replace(encode(value, 'hex'), '(..)', '\1 ', 'g'), '00 ')
            WITH ORDINALITY AS hexed (part, place);
    END IF;
    IF position(tsql.nul() IN array_to_string(parts, '')) > 0 THEN
        PERFORM tsql.error(59998);
    END IF;
    RETURN array_to_string(parts, tsql.nul());
END $$;

CREATE FUNCTION tsql.binary_text(value bytea, style int4, wide bool) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE style WHEN 1 THEN '0x' || upper(encode(value, 'hex'))
    WHEN 2 THEN upper(encode(value, 'hex'))
    WHEN 0 THEN CASE WHEN wide THEN tsql.from_utf16(value) ELSE tsql.decoded(value, 'WIN1252') END
    ELSE tsql.error_for(style::text, 9809, style::text, 'varbinary', CASE WHEN wide THEN 'nvarchar'
        ELSE 'varchar' END) END;

-- A number as a string of `length` characters. One that is longer is an asterisk or NULL, depending
-- on `otherwise`, or error 8115.
CREATE FUNCTION tsql.fit_number(value text, length int4, otherwise text, source text, target text)
RETURNS tsql."char" LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(value) <= length THEN value WHEN otherwise <> 'error' THEN nullif(otherwise, 'null')
    ELSE tsql.error_for(value, 8115, source, target) END::tsql."char";

CREATE FUNCTION tsql.fit_guid(value uuid) RETURNS tsql."char"
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NOT NULL THEN tsql.error_for(value::text, 8170) END::tsql."char";

-- The digits of whole bytes in `length` characters.
CREATE FUNCTION tsql.whole_bytes(digits text, style int4, length int4) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN style IN (1, 2) THEN left(digits, length - length % 2) ELSE digits END;

-- source type, its text without a style, its text in style $2
CREATE TEMPORARY TABLE string_sources (type text, plain text, styled text);
INSERT INTO string_sources VALUES
    ('int2', '$1::text', NULL), ('int4', '$1::text', NULL), ('int8', '$1::text', NULL),
    ('numeric', '$1::text', NULL), ('uuid', 'upper($1::text)', NULL),
    ('tsql.tinyint', 'tsql.int4($1)::text', NULL), ('tsql.bit', 'tsql.int4($1)::text', NULL),
    ('float8', 'tsql.format_float($1, 0)', 'tsql.format_float($1, $2)'),
    ('float4', 'tsql.format_float($1, 0)',
        'tsql.format_float($1, CASE $2 WHEN 126 THEN 1 ELSE $2 END)'),
    ('tsql.money', 'tsql.format_money($1, 0)', 'tsql.format_money($1, $2)'),
    ('tsql.smallmoney', 'tsql.format_money($1, 0)', 'tsql.format_money($1, $2)'),
    ('date', 'tsql.style_datetime($1, 23, 0, ''date'')',
        'tsql.style_datetime($1, $2, 0, ''date'')'),
    ('time', 'tsql.style_datetime(tsql.time_to_timestamp($1), 114, 7, ''time'')',
        'tsql.style_datetime(tsql.time_to_timestamp($1), $2, 7, ''time'')'),
    ('timestamp', 'tsql.style_datetime($1, 121, 7, ''datetime2'')',
        'tsql.style_datetime($1, $2, 7, ''datetime2'')'),
    ('tsql.datetime', 'tsql.style_datetime($1, 0, 3, ''datetime'')',
        'tsql.style_datetime($1, $2, 3, ''datetime'')'),
    ('tsql.smalldatetime', 'tsql.style_datetime($1, 0, 0, ''smalldatetime'')',
        'tsql.style_datetime($1, $2, 0, ''smalldatetime'')'),
    ('tsql.datetimeoffset', 'tsql.style_datetime(tsql.local($1), 121, 7, ''datetimeoffset'') '
        '|| '' '' || tsql.format_offset(tsql.offset_minutes($1))',
        'CASE WHEN $2 = 127 THEN tsql.style_datetime(tsql.utc($1), 127, 7, ''datetimeoffset'') '
        '|| ''Z'' ELSE tsql.style_datetime(tsql.local($1), $2, 7, ''datetimeoffset'') '
        '|| tsql.style_offset(tsql.offset_minutes($1), $2) END'),
    ('tsql.sql_variant', 'tsql.variant_text($1)', NULL),
    ('tsql.xml', '$1::text', NULL), ('tsql.json', '$1::text', NULL);

DO $do$
DECLARE
    source record;
    target text;
BEGIN
    FOR source IN SELECT * FROM string_sources LOOP
        EXECUTE format('CREATE FUNCTION tsql.to_string(%s) RETURNS tsql."char" LANGUAGE sql '
            'IMMUTABLE STRICT PARALLEL SAFE RETURN (%s)::tsql."char"', source.type, source.plain);
        FOR target IN SELECT name FROM string_types LOOP
            EXECUTE format('CREATE CAST (%s AS tsql.%I) WITH FUNCTION tsql.to_string(%1$s) '
                'AS ASSIGNMENT', source.type, target);
        END LOOP;
        CONTINUE WHEN source.styled IS NULL;
        FOREACH target IN ARRAY ARRAY['nvarchar', 'nvarchar_cs'] LOOP
            EXECUTE format('CREATE FUNCTION tsql.convert(%s, style int4, target tsql.%s) '
                'RETURNS tsql."char" LANGUAGE sql IMMUTABLE PARALLEL SAFE '
                'RETURN (%s)::tsql."char"', source.type, target, source.styled);
        END LOOP;
    END LOOP;
    -- The same with the digits of a time(n), datetime2(n) or datetimeoffset(n), which a value does
    -- not contain.
    FOR source IN SELECT * FROM string_sources
        WHERE type IN ('time', 'timestamp', 'tsql.datetimeoffset')
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.to_string(value %s, scale int4) RETURNS tsql."char" '
            'LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (%s)::tsql."char"', source.type,
            replace(source.plain, ', 7, ', ', scale, '));
        FOREACH target IN ARRAY ARRAY['nvarchar', 'nvarchar_cs'] LOOP
            EXECUTE format('CREATE FUNCTION tsql.convert(%s, style int4, target tsql.%s, '
                'scale int4) RETURNS tsql."char" LANGUAGE sql IMMUTABLE PARALLEL SAFE '
                'RETURN (%s)::tsql."char"', source.type, target,
                replace(source.styled, ', 7, ', ', scale, '));
        END LOOP;
    END LOOP;
    FOR target IN SELECT name FROM string_types LOOP
        EXECUTE format('CREATE FUNCTION tsql.convert(tsql.varbinary, style int4, target tsql.%I) '
            'RETURNS tsql."char" LANGUAGE sql IMMUTABLE PARALLEL SAFE '
            'RETURN tsql.binary_text($1, $2, %2$L)::tsql."char"', target, target LIKE 'n%');
    END LOOP;
END $do$;
CREATE FUNCTION tsql.binary_to_wide(tsql.varbinary) RETURNS tsql."char" LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.from_utf16($1::bytea)::tsql."char";
CREATE FUNCTION tsql.binary_to_narrow(tsql.varbinary) RETURNS tsql."char" LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.decoded($1::bytea, 'WIN1252')::tsql."char";
CREATE FUNCTION tsql.binary_to_utf8(tsql.varbinary) RETURNS tsql."char" LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.decoded($1::bytea, 'UTF8')::tsql."char";
DO $do$
DECLARE
    target text;
    source text;
BEGIN
    FOR target IN SELECT name FROM string_types LOOP
        FOREACH source IN ARRAY ARRAY['varbinary', 'binary'] LOOP
            EXECUTE format('CREATE CAST (tsql.%s AS tsql.%I) '
                'WITH FUNCTION tsql.binary_to_%s(tsql.varbinary) AS ASSIGNMENT', source, target,
                CASE WHEN target LIKE 'n%' THEN 'wide' WHEN target LIKE '%utf8%' THEN 'utf8'
                    ELSE 'narrow' END);
        END LOOP;
    END LOOP;
END $do$;
