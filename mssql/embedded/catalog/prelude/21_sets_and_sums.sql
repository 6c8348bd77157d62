-- STRING_SPLIT, in which an empty string is one empty part and NULL none at all; CHECKSUM.

CREATE FUNCTION tsql.string_split(value text, separator text)
RETURNS TABLE (part text, ordinal int8) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
SET search_path = pg_catalog AS $$
BEGIN
    IF length(separator) <> 1 THEN
        PERFORM tsql.error(214, 'STRING_SPLIT', 'nchar(1)/nvarchar(1)');
    END IF;
    IF value = '' THEN
        RETURN QUERY VALUES (''::text, 1::int8);
    ELSE
        RETURN QUERY SELECT split.piece, split.number
            FROM string_to_table(value, separator) WITH ORDINALITY AS split (piece, number);
    END IF;
END $$;

-- CHECKSUM: a hash whose values are promised to nobody; strings equal without case hash alike.
CREATE FUNCTION tsql.checksum(value text) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(pg_catalog.hashtext(lower(value)), 2147483647);
CREATE FUNCTION tsql.binary_checksum(value text) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(pg_catalog.hashtext(value), 2147483647);
