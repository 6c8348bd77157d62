-- xml and json as checked text, sql_variant as text that names its base type (`int:3`).

DO $do$
DECLARE
    type record;
BEGIN
    FOR type IN SELECT * FROM (VALUES ('xml', 'text'), ('json', 'json_'), ('sql_variant', 'text'))
        AS v (name, code)
    LOOP
        EXECUTE replace(replace($sql$
            CREATE TYPE tsql.@;
            CREATE FUNCTION tsql.@_in(cstring) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS '%in';
            CREATE FUNCTION tsql.@_out(tsql.@) RETURNS cstring
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS '%out';
            CREATE FUNCTION tsql.@_recv(internal) RETURNS tsql.@
                LANGUAGE internal STABLE STRICT PARALLEL SAFE AS '%recv';
            CREATE FUNCTION tsql.@_send(tsql.@) RETURNS bytea
                LANGUAGE internal STABLE STRICT PARALLEL SAFE AS '%send';
            CREATE TYPE tsql.@ (
                INPUT = tsql.@_in, OUTPUT = tsql.@_out, RECEIVE = tsql.@_recv, SEND = tsql.@_send,
                LIKE = text, COLLATABLE = false, CATEGORY = 'U');
            CREATE CAST (tsql.@ AS text) WITHOUT FUNCTION;
            CREATE CAST (text AS tsql.@) WITH INOUT;$sql$, '@', type.name), '%', type.code);
    END LOOP;
END $do$;

CREATE FUNCTION tsql.variant_text(tsql.sql_variant) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN substring($1::text FROM position(':' IN $1::text) + 1);
CREATE FUNCTION tsql.to_variant(base text, value text) RETURNS tsql.sql_variant
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (base || ':' || value)::tsql.sql_variant;
