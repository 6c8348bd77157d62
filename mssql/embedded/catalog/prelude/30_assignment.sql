-- What the translator puts around a value that may be too long for the column it is stored in:
-- error 2628 names the table, the column and the beginning of the value. Blanks at the end are cut
-- without an error.

CALL pg_temp.for_types('{nvarchar,varchar,nvarchar_cs,varchar_cs,varchar_utf8,varchar_utf8_cs}', $$
CREATE FUNCTION tsql.fit(value @T, length int4, "table" text, "column" text) RETURNS @T
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fit$
BEGIN
    IF pg_catalog.length(pg_catalog.rtrim(value::text)) > length THEN
        PERFORM tsql.error(2628, "table", "column", pg_catalog.left(value::text, length));
    END IF;
    RETURN value;
END $fit$;
$$);
CREATE FUNCTION tsql.fit(value tsql.varbinary, length int4, "table" text, "column" text)
RETURNS tsql.varbinary LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fit$
BEGIN
    IF pg_catalog.octet_length(value::bytea) > length THEN
        PERFORM tsql.error(2628, "table", "column", '');
    END IF;
    RETURN value;
END $fit$;
