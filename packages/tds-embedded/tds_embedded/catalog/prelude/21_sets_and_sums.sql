-- STRING_SPLIT, in which an empty string is one empty part and NULL none at all; CHECKSUM.

CREATE FUNCTION tsql.string_split(value text, separator text)
RETURNS TABLE (part text, ordinal int8) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
SET search_path = pg_catalog AS $$
BEGIN
    IF length(separator) <> 1 THEN
        PERFORM tsql.error_state(214, 11, 'separator', 'nchar(1)/nvarchar(1)');
    END IF;
    IF value = '' THEN
        RETURN QUERY VALUES (''::text, 1::int8);
    ELSE
        RETURN QUERY SELECT split.piece, split.number
            FROM string_to_table(value, separator) WITH ORDINALITY AS split (piece, number);
    END IF;
END $$;

-- GENERATE_SERIES goes nowhere in steps of nothing.
CREATE FUNCTION tsql.series_step(step numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN step = 0 THEN tsql.error_for(step::text, 4199, '0', 'generate_series')::numeric
        ELSE step END;

-- CHECKSUM and BINARY_CHECKSUM: each value has a sum of 32 bits, and the sums are turned left by four
-- bits one after the other, with an exclusive or between them. So are the bytes of a value.
CREATE FUNCTION tsql.checksum_of(units int4[]) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    sum bit(32) := 0::bit(32);
    unit int4;
BEGIN
    FOREACH unit IN ARRAY units LOOP
        sum := ((sum << 4) | (sum >> 28)) # unit::bit(32);
    END LOOP;
    RETURN sum::int4;
END $$;
CREATE FUNCTION tsql.checksum_of_bytes(value bytea) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT tsql.checksum_of(coalesce(array_agg(get_byte(value, place) ORDER BY place), '{}'))
    FROM generate_series(0, octet_length(value) - 1) AS place);
CREATE FUNCTION tsql.halves(value int8) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(((value >> 32) # (value & 4294967295))::bit(32)::int4, 2147483647);

DO $do$
DECLARE
    kind record;
    name text;
BEGIN
    FOR kind IN SELECT * FROM (VALUES
        ('int8', 'tsql.halves($1)'), ('int4', '$1'), ('int2', '$1 & 65535'), ('tsql.tinyint', '$1::int4'),
        ('tsql.money', 'tsql.halves(($1::numeric * 10000)::int8)'),
        ('tsql.smallmoney', '($1::numeric * 10000)::int4'),
        ('float8', 'CASE WHEN $1 = 0 THEN 0 WHEN $1 IS NOT NULL THEN '
            'tsql.halves((''x'' || encode(float8send($1), ''hex''))::bit(64)::int8) END'),
        ('float4', '(''x'' || encode(float4send($1), ''hex''))::bit(32)::int4'),
        ('date', '$1 - date ''1900-01-01'''),
        ('tsql.datetime', '(floor(extract(epoch FROM $1::timestamp - timestamp ''1900-01-01'') / 86400)::int4 '
            '# round(extract(epoch FROM $1::timestamp::time) * 300)::int4)'),
        ('tsql.smalldatetime', '($1::timestamp::date - date ''1900-01-01'') << 16 '
            '| (extract(epoch FROM $1::timestamp::time) / 60)::int4'),
        ('uuid', 'tsql.checksum_of_bytes(tsql.swap_uuid(uuid_send($1)))'),
        ('tsql.binary', 'tsql.checksum_of_bytes(rtrim($1::bytea, ''\x00''))'),
        ('tsql.varbinary', 'tsql.checksum_of_bytes(rtrim($1::bytea, ''\x00''))')) AS v (type, sum)
    LOOP
        FOREACH name IN ARRAY ARRAY['checksum', 'binary_checksum'] LOOP
            EXECUTE format('CREATE FUNCTION tsql.%s(value %s) RETURNS int4 LANGUAGE sql IMMUTABLE '
                'PARALLEL SAFE RETURN coalesce(%s, 2147483647)', name, kind.type, kind.sum);
        END LOOP;
    END LOOP;
END $do$;
CALL pg_temp.for_types('{nvarchar,nvarchar_cs,nvarchar_ai,nvarchar_bin}', $$
CREATE FUNCTION tsql.binary_checksum(value @T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT CASE WHEN value IS NULL THEN 2147483647 ELSE tsql.checksum_of(coalesce(array_agg(
        get_byte(bytes, place) + get_byte(bytes, place + 1) * 256 ORDER BY place)
        FILTER (WHERE place IS NOT NULL), '{}')) END
    FROM (SELECT tsql.to_utf16(rtrim(value::text)) AS bytes) AS made
    LEFT JOIN generate_series(0, octet_length(bytes) - 2, 2) AS place ON true GROUP BY bytes);
$$);
CALL pg_temp.for_types('{varchar,varchar_cs}', $$
CREATE FUNCTION tsql.binary_checksum(value @T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT CASE WHEN value IS NULL THEN 2147483647 ELSE tsql.checksum_of(coalesce(array_agg(
        get_byte(bytes, place) - CASE WHEN get_byte(bytes, place) > 127 THEN 256 ELSE 0 END
        ORDER BY place) FILTER (WHERE place IS NOT NULL), '{}')) END
    FROM (SELECT tsql.encoded(rtrim(value::text), 'WIN1252') AS bytes) AS made
    LEFT JOIN generate_series(0, octet_length(bytes) - 1) AS place ON true GROUP BY bytes);
$$);
