-- The translator's wrapper of a value that may be too long for its column:
-- error 2628 names the table, the column and the beginning of the value. Blanks at the end are cut
-- without an error. nvarchar(n) counts byte-pairs, so an emoji is two; varchar(n) counts bytes.
-- STABLE, so that they run with the row, not before: a row that is refused has taken its identity.

CALL pg_temp.for_types('{nvarchar,nvarchar_cs,nvarchar_ai,nvarchar_bin}', $$
CREATE FUNCTION tsql.stored_length(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.utf16_length(rtrim($1::text));
$$);
CALL pg_temp.for_types('{varchar,varchar_cs,varchar_ai,varchar_bin}', $$
CREATE FUNCTION tsql.stored_length(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN length(rtrim($1::text));
$$);
CALL pg_temp.for_types('{varchar_utf8,varchar_utf8_cs,varchar_utf8_ai,varchar_utf8_bin}', $$
CREATE FUNCTION tsql.stored_length(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(rtrim($1::text));
$$);
CALL pg_temp.for_types('{nvarchar,varchar,varchar_utf8,nvarchar_cs,varchar_cs,varchar_utf8_cs,nvarchar_ai,varchar_ai,varchar_utf8_ai,nvarchar_bin,varchar_bin,varchar_utf8_bin}', $$
CREATE FUNCTION tsql.fit(value @T, length int4, "table" text, "column" text) RETURNS @T
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $fit$
BEGIN
    IF tsql.stored_length(value) > length THEN
        PERFORM tsql.error(2628, "table", "column", pg_catalog.left(value::text, length));
    END IF;
    RETURN value;
END $fit$;
$$);
CREATE FUNCTION tsql.fit(value tsql.varbinary, length int4, "table" text, "column" text)
RETURNS tsql.varbinary LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $fit$
BEGIN
    IF pg_catalog.octet_length(value::bytea) > length THEN
        PERFORM tsql.error(2628, "table", "column", '');
    END IF;
    RETURN value;
END $fit$;

-- An explicit value of an identity column (SET IDENTITY_INSERT ON): the column's next value is
-- after it.
CREATE FUNCTION tsql.keep_identity(relation regclass, "column" text, value int8) RETURNS int8
LANGUAGE plpgsql STRICT SET search_path = pg_catalog AS $$
DECLARE
    sequence regclass := pg_get_serial_sequence(relation::text, "column");
    counter pg_sequence := (SELECT each FROM pg_sequence AS each WHERE seqrelid = sequence);
    latest numeric := coalesce(pg_sequence_last_value(sequence)::numeric,
        counter.seqstart::numeric - counter.seqincrement);
BEGIN
    IF (value - latest) * counter.seqincrement > 0 THEN
        PERFORM setval(sequence, value);
    END IF;
    RETURN value;
END $$;
