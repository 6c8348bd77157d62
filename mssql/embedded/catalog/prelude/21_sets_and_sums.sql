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

-- CHECKSUM of an integer is the integer, of a bigint its halves against each other, and of a
-- uniqueidentifier nothing that is promised to anybody.
CREATE FUNCTION tsql.checksum(value int8) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((value >> 32) # (value & 4294967295))::bit(32)::int4;
CREATE FUNCTION tsql.checksum(value int4) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN value;
CREATE FUNCTION tsql.checksum(value uuid) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.hashtext(value::text);
CREATE FUNCTION tsql.binary_checksum(value int8) RETURNS int4
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.checksum(value);
CREATE FUNCTION tsql.binary_checksum(value int4) RETURNS int4
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN value;
CREATE FUNCTION tsql.binary_checksum(value uuid) RETURNS int4
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.checksum(value);
-- Of a string, unit by unit: turned left by four bits, then exclusive or with the unit.
CREATE FUNCTION tsql.sum_of_units(units int4[]) RETURNS int4
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
CREATE FUNCTION tsql.binary_checksum(value tsql.nvarchar) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT tsql.sum_of_units(coalesce(array_agg(get_byte(bytes, place) + get_byte(bytes, place + 1) * 256
    ORDER BY place), '{}')) FROM (SELECT tsql.to_utf16(rtrim(value::text)) AS bytes) AS made,
    generate_series(0, octet_length(bytes) - 2, 2) AS place);
CREATE FUNCTION tsql.binary_checksum(value tsql.varchar) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT tsql.sum_of_units(coalesce(array_agg(get_byte(bytes, place)
    - CASE WHEN get_byte(bytes, place) > 127 THEN 256 ELSE 0 END ORDER BY place), '{}'))
    FROM (SELECT tsql.encoded(rtrim(value::text), 'WIN1252') AS bytes) AS made,
    generate_series(0, octet_length(bytes) - 1) AS place);
