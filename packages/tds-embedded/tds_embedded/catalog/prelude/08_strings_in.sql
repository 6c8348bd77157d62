-- Conversions of strings to other types, with the errors of failed ones.

-- Strips the blanks that SQL Server ignores around dates.
CREATE FUNCTION tsql.strip(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN btrim($1, E' \t\n\r');

-- A sign alone, or nothing, is 0; only blanks are ignored, and they may follow the sign.
CREATE FUNCTION tsql.parse_integer(value text, source text, target text, lowest int8, highest int8)
RETURNS int8 LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    digits text := regexp_replace(btrim(value), '^([-+]) +', '\1');
    number numeric;
BEGIN
    IF digits IN ('', '+', '-') THEN
        RETURN 0;
    END IF;
    IF digits !~ '^[-+]?[0-9]+$' THEN
        PERFORM CASE target WHEN 'bigint' THEN tsql.error(8114, source, target)
            ELSE tsql.error(245, source, value, target) END;
    END IF;
    number := digits::numeric;
    IF number NOT BETWEEN lowest AND highest THEN
        PERFORM CASE target WHEN 'int' THEN tsql.error(248, source, value)
            WHEN 'bigint' THEN tsql.error(8115, source, target)
            ELSE tsql.error(244, source, value,
                CASE target WHEN 'tinyint' THEN 'INT1' ELSE 'INT2' END) END;
    END IF;
    RETURN number::int8;
END $$;

CREATE FUNCTION tsql.parse_numeric(value text, source text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN value ~ '^ *[-+]?([0-9]+\.?[0-9]*|\.[0-9]+) *$' THEN btrim(value)::numeric
    ELSE tsql.error_for(value, 8114, source, 'numeric')::numeric END;
-- White space of any kind may come before a float.
CREATE FUNCTION tsql.parse_float(value text, source text) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN value ~ '^[\s\u00a0]*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eEdD][-+]?[0-9]+)? *$'
        THEN translate(regexp_replace(value, '[\s\u00a0]', '', 'g'), 'dD', 'ee')::float8
    WHEN btrim(value) = '' THEN 0
    ELSE tsql.error_for(value, 8114, source, 'float')::float8 END;
-- White space of any kind may come after an amount.
CREATE FUNCTION tsql.parse_money(value text, source text) RETURNS tsql.money
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN value ~ '^ *[-+]? *[$€£¥]? *[-+]?[0-9,]*\.?[0-9]*[\s\u00a0]*$'
        THEN tsql.to_money(coalesce(nullif(translate(value, E'$€£¥, \t\n\r\u00a0', ''), ''), '0')
            ::numeric)
    ELSE tsql.error_for(value, 235)::numeric::tsql.money END;
CREATE FUNCTION tsql.parse_bit(value text, source text) RETURNS tsql.bit
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (CASE WHEN lower(btrim(value)) = 'true' THEN true
    WHEN lower(btrim(value)) = 'false' THEN false
    ELSE tsql.parse_integer(value, source, 'bit', -9223372036854775808, 9223372036854775807) <> 0
    END)::tsql.bit;
CREATE FUNCTION tsql.parse_uuid(value text, source text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN value ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}' THEN left(value, 36)::uuid
    WHEN value ~* '^\{[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\}'
        THEN substring(value FROM 2 FOR 36)::uuid
    ELSE tsql.error_for(value, 8169)::uuid END;

CREATE FUNCTION tsql.parse_binary(value bytea, text text, style int4) RETURNS tsql.varbinary
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN style = 1 AND text ~* '^0x([0-9a-f]{2})*$' THEN decode(substring(text FROM 3), 'hex')
    WHEN style = 2 AND text ~* '^([0-9a-f]{2})*$' THEN decode(text, 'hex')
    WHEN style = 0 THEN value
    ELSE tsql.error_for(text, 8114, 'nvarchar', 'varbinary')::bytea END::tsql.varbinary;

-- target, how a string `%` reads as one; `@` its type's name, `#` the style
CREATE TEMPORARY TABLE string_targets (type text, meaning text, styled bool);
INSERT INTO string_targets VALUES
    ('int2', 'tsql.parse_integer(%, @, ''smallint'', -32768, 32767)', false),
    ('int4', 'tsql.parse_integer(%, @, ''int'', -2147483648, 2147483647)', false),
    ('int8', 'tsql.parse_integer(%, @, ''bigint'', -9223372036854775808, 9223372036854775807)',
        false),
    ('tsql.tinyint', 'tsql.parse_integer(%, @, ''tinyint'', 0, 255)', false),
    ('tsql.bit', 'tsql.parse_bit(%, @)', false),
    ('numeric', 'tsql.parse_numeric(%, @)', false),
    ('float8', 'tsql.parse_float(%, @)', true), ('float4', 'tsql.parse_float(%, @)', true),
    ('tsql.money', 'tsql.parse_money(%, @)', true),
    ('tsql.smallmoney', 'tsql.parse_money(%, @)', true),
    ('uuid', 'tsql.parse_uuid(%, @)', false),
    ('date', 'tsql.parse_timestamp(%, @, ''date'', #)', true),
    ('time', 'tsql.parse_timestamp(%, @, ''time'', #)', true),
    ('timestamp', 'tsql.parse_timestamp(%, @, ''datetime2'', #)', true),
    ('tsql.datetime', 'tsql.to_datetime(tsql.parse_timestamp(%, @, ''datetime'', #))', true),
    ('tsql.smalldatetime',
        'tsql.to_smalldatetime(tsql.parse_timestamp(%, @, ''smalldatetime'', #))', true),
    ('tsql.datetimeoffset', 'tsql.parse_datetimeoffset(%, @, #)', true),
    ('tsql.xml', '%', true),
    ('tsql.json', 'tsql.parse_json(%)', false),
    ('tsql.sql_variant', 'tsql.to_variant(@, %)', false);
DO $do$
DECLARE
    target record;
    source record;
    family text;
    meaning text;
BEGIN
    FOR target IN SELECT * FROM string_targets LOOP
        FOREACH family IN ARRAY ARRAY['nvarchar', 'varchar', 'nvarchar_cs', 'varchar_cs'] LOOP
            meaning := replace(replace(target.meaning, '%', '$1::text'), '@',
                quote_literal(replace(family, '_cs', '')));
            EXECUTE format('CREATE FUNCTION tsql.%I(tsql.%s) RETURNS %s LANGUAGE sql '
                'IMMUTABLE STRICT PARALLEL SAFE RETURN (%s)::%3$s', 'parse_' || target.type,
                family, target.type, replace(meaning, '#', '0'));
            CONTINUE WHEN NOT target.styled;
            EXECUTE format('CREATE FUNCTION tsql.convert(tsql.%s, style int4, target %s) '
                'RETURNS %2$s LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (%s)::%2$s',
                family, target.type, replace(meaning, '#', 'style'));
        END LOOP;
        -- each source uses the function of the type that it is binary-coercible to
        FOR source IN SELECT name, CASE WHEN name LIKE 'n%' THEN 'nvarchar' ELSE 'varchar' END
            || CASE WHEN variant > 1 THEN '_cs' ELSE '' END AS family FROM string_types
        LOOP
            EXECUTE format('CREATE CAST (tsql.%I AS %s) WITH FUNCTION tsql.%I(tsql.%s) '
                'AS ASSIGNMENT', source.name, target.type, 'parse_' || target.type,
                CASE WHEN source.name LIKE '%utf8%' THEN replace(source.family, 'varchar',
                    'nvarchar') ELSE source.family END);
        END LOOP;
    END LOOP;
    FOR source IN SELECT name, CASE WHEN name LIKE 'n%' THEN 'tsql.to_utf16($1::text)'
        WHEN name LIKE '%utf8%' THEN 'tsql.encoded($1::text, ''UTF8'')'
        ELSE 'tsql.encoded($1::text, ''WIN1252'')' END AS bytes FROM string_types
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.to_binary(tsql.%I) RETURNS tsql.binary LANGUAGE sql '
            'IMMUTABLE STRICT PARALLEL SAFE RETURN (%s)::tsql.binary', source.name, source.bytes);
        FOREACH family IN ARRAY ARRAY['varbinary', 'binary'] LOOP
            EXECUTE format('CREATE CAST (tsql.%I AS tsql.%s) '
                'WITH FUNCTION tsql.to_binary(tsql.%1$I) AS ASSIGNMENT', source.name, family);
            EXECUTE format('CREATE FUNCTION tsql.convert(tsql.%I, style int4, target tsql.%s) '
                'RETURNS tsql.varbinary LANGUAGE sql IMMUTABLE PARALLEL SAFE '
                'RETURN tsql.parse_binary(%s, $1::text, style)', source.name, family, source.bytes);
        END LOOP;
    END LOOP;
END $do$;

-- A value of any other type as a sql_variant, and out of one again.
DO $do$
DECLARE
    base record;
BEGIN
    FOR base IN SELECT * FROM (VALUES ('int2', 'smallint'), ('int4', 'int'), ('int8', 'bigint'),
        ('numeric', 'numeric'), ('float8', 'float'), ('tsql.bit', 'bit'), ('uuid',
        'uniqueidentifier'), ('date', 'date'), ('timestamp', 'datetime2'),
        ('tsql.datetime', 'datetime')) AS v (type, name)
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.to_variant(%s) RETURNS tsql.sql_variant LANGUAGE sql '
            'IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.to_variant(%L, tsql.to_string($1)::text);'
            'CREATE CAST (%1$s AS tsql.sql_variant) WITH FUNCTION tsql.to_variant(%1$s) '
            'AS ASSIGNMENT; CREATE FUNCTION tsql.%3$I(tsql.sql_variant) RETURNS %1$s LANGUAGE sql '
            'IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.variant_text($1)::tsql.nvarchar::%1$s;'
            'CREATE CAST (tsql.sql_variant AS %1$s) WITH FUNCTION tsql.%3$I(tsql.sql_variant) '
            'AS ASSIGNMENT', base.type, base.name, 'variant_to_' || base.type);
    END LOOP;
END $do$;

-- TRY_CAST and TRY_CONVERT: `target` is a NULL of the type without facets, `type` names it in full.
CREATE FUNCTION tsql.try_convert(source anyelement, style int4, type text, target anycompatible)
RETURNS anycompatible LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    result ALIAS FOR target;
BEGIN
    BEGIN
        IF style <> 0 THEN
            EXECUTE format('SELECT tsql.convert($1, $2, NULL::%s)::%1$s', type)
                INTO result USING source, style;
        ELSE
            EXECUTE format('SELECT $1::%s', type) INTO result USING source;
        END IF;
    EXCEPTION WHEN data_exception OR SQLSTATE 'MSSQL' THEN
        IF SQLERRM IN ('59998', '40517') OR SQLERRM LIKE '1007.%' THEN
            RAISE;  -- what only the embedded server cannot do, and a number too long for json
        END IF;
        RETURN NULL;
    END;
    RETURN result;
END $$;
CREATE FUNCTION tsql.try_convert(source anyelement, style int4, target anycompatible)
RETURNS anycompatible LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT tsql.try_convert(source, style, pg_typeof(target)::text, target) $$;
