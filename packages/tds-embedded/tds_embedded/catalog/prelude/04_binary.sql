-- varbinary, binary, rowversion over bytea's C functions; binary is padded with zeros on the right.

DO $do$
DECLARE
    type text;
BEGIN
    FOREACH type IN ARRAY ARRAY['varbinary', 'binary', 'rowversion'] LOOP
        EXECUTE replace($sql$
            CREATE TYPE tsql.@;
            CREATE FUNCTION tsql.@_in(cstring) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteain';
            CREATE FUNCTION tsql.@_out(tsql.@) RETURNS cstring
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaout';
            CREATE FUNCTION tsql.@_recv(internal) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bytearecv';
            CREATE FUNCTION tsql.@_send(tsql.@) RETURNS bytea
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteasend';
            CREATE TYPE tsql.@ (
                INPUT = tsql.@_in, OUTPUT = tsql.@_out, RECEIVE = tsql.@_recv, SEND = tsql.@_send,
                TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout, LIKE = bytea);
            CREATE CAST (tsql.@ AS bytea) WITHOUT FUNCTION AS IMPLICIT;
            CREATE CAST (bytea AS tsql.@) WITHOUT FUNCTION AS ASSIGNMENT;$sql$, '@', type);
    END LOOP;
END $do$;
CREATE CAST (tsql.varbinary AS tsql.binary) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (tsql.binary AS tsql.varbinary) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (tsql.rowversion AS tsql.varbinary) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (tsql.rowversion AS tsql.binary) WITHOUT FUNCTION AS IMPLICIT;
CREATE FUNCTION tsql.to_rowversion(tsql.varbinary) RETURNS tsql.rowversion
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN substring($1::bytea || '\x0000000000000000'::bytea FROM 1 FOR 8)::tsql.rowversion;
CREATE FUNCTION tsql.to_rowversion(tsql.binary) RETURNS tsql.rowversion
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN substring($1::bytea || '\x0000000000000000'::bytea FROM 1 FOR 8)::tsql.rowversion;
CREATE CAST (tsql.varbinary AS tsql.rowversion) WITH FUNCTION tsql.to_rowversion(tsql.varbinary)
    AS ASSIGNMENT;
CREATE CAST (tsql.binary AS tsql.rowversion) WITH FUNCTION tsql.to_rowversion(tsql.binary)
    AS ASSIGNMENT;

-- The typmod of varchar(n) is n + 4.
CREATE FUNCTION tsql.fit_bytes(value bytea, typmod int4, explicit bool) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN octet_length(value) <= typmod - 4 THEN value
    WHEN explicit THEN substring(value FROM 1 FOR typmod - 4)
    ELSE tsql.error_for(value::text, 8152)::bytea END;
CREATE FUNCTION tsql.fit_varbinary(tsql.varbinary, int4, bool) RETURNS tsql.varbinary
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.fit_bytes($1::bytea, $2, $3)::tsql.varbinary;
CREATE FUNCTION tsql.fit_binary(tsql.binary, int4, bool) RETURNS tsql.binary
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (tsql.fit_bytes($1::bytea, $2, $3)
        || decode(repeat('00', greatest($2 - 4 - octet_length($1::bytea), 0)), 'hex'))::tsql.binary;
CREATE CAST (tsql.varbinary AS tsql.varbinary)
    WITH FUNCTION tsql.fit_varbinary(tsql.varbinary, int4, bool) AS IMPLICIT;
CREATE CAST (tsql.binary AS tsql.binary)
    WITH FUNCTION tsql.fit_binary(tsql.binary, int4, bool) AS IMPLICIT;

CREATE FUNCTION tsql.concatenate(tsql.varbinary, tsql.varbinary) RETURNS tsql.varbinary
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteacat';
CREATE OPERATOR tsql.+ (LEFTARG = tsql.varbinary, RIGHTARG = tsql.varbinary,
    FUNCTION = tsql.concatenate);

-- Numbers to bytes, big-endian, the right end kept; bytes to numbers, the right end read.
CREATE FUNCTION tsql.number_bytes(int8, width int4) RETURNS tsql.binary
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN substring(int8send($1) FROM 9 - width FOR width)::tsql.binary;
-- To another length a number's bytes are cut, or padded with zeros, on the left.
CREATE FUNCTION tsql.fit_number(tsql.binary, width int4, pad bool) RETURNS tsql.binary
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (CASE WHEN octet_length($1::bytea) > width
        THEN substring($1::bytea FROM octet_length($1::bytea) - width + 1)
        WHEN pad THEN decode(repeat('00', width - octet_length($1::bytea)), 'hex') || $1::bytea
        ELSE $1::bytea END)::tsql.binary;
-- A decimal: its precision and scale, a zero, its sign, and its digits, four bytes at a time.
CREATE FUNCTION tsql.decimal_bytes(value numeric, digits int4, scale int4, width int4) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    rest numeric := abs(value) * power(10::numeric, scale);
    bytes text := '';
BEGIN
    IF value IS NULL THEN
        RETURN NULL;
    END IF;
    WHILE trunc(rest) > 0 OR bytes = '' LOOP
        FOR i IN 1..4 LOOP
            bytes := bytes || lpad(to_hex((trunc(rest) % 256)::int4), 2, '0');
            rest := trunc(trunc(rest) / 256);
        END LOOP;
    END LOOP;
    bytes := lpad(to_hex(digits), 2, '0') || lpad(to_hex(scale), 2, '0') || '00'
        || CASE WHEN value < 0 THEN '00' ELSE '01' END || bytes;
    RETURN substring(decode(bytes, 'hex') FROM 1 FOR coalesce(width, 8000));
END $$;
CREATE FUNCTION tsql.bytes_number(value bytea, width int4) RETURNS int8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ('x' || lpad(right(encode(value, 'hex'), width * 2),
    16, CASE WHEN width < 8 AND octet_length(value) >= width
        AND get_byte(value, octet_length(value) - width) > 127 THEN 'f' ELSE '0' END
    ))::bit(64)::int8;
DO $do$
DECLARE
    number record;
    target text;
BEGIN
    FOR number IN SELECT * FROM (VALUES ('int2', 2), ('int4', 4), ('int8', 8),
        ('tsql.tinyint', 1), ('tsql.bit', 1)) AS v (type, width)
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.to_binary(%s) RETURNS tsql.binary LANGUAGE sql '
            'IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.number_bytes($1::int8, %s)',
            number.type, number.width);
        EXECUTE format('CREATE FUNCTION tsql.%I(tsql.varbinary) RETURNS %s LANGUAGE sql IMMUTABLE '
            'STRICT PARALLEL SAFE RETURN (tsql.bytes_number($1::bytea, %s))::%2$s',
            'binary_to_' || number.type, number.type, number.width);
        FOREACH target IN ARRAY ARRAY['varbinary', 'binary'] LOOP
            EXECUTE format('CREATE CAST (%s AS tsql.%s) WITH FUNCTION tsql.to_binary(%1$s) '
                'AS ASSIGNMENT', number.type, target);
            EXECUTE format('CREATE CAST (tsql.%s AS %s) WITH FUNCTION '
                'tsql.%I(tsql.varbinary) AS ASSIGNMENT',
                target, number.type, 'binary_to_' || number.type);
        END LOOP;
    END LOOP;
END $do$;

-- uniqueidentifier's bytes: its first three groups are little-endian.
CREATE FUNCTION tsql.swap_uuid(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN substring($1 FROM 4 FOR 1) || substring($1 FROM 3 FOR 1) || substring($1 FROM 2 FOR 1)
    || substring($1 FROM 1 FOR 1) || substring($1 FROM 6 FOR 1) || substring($1 FROM 5 FOR 1)
    || substring($1 FROM 8 FOR 1) || substring($1 FROM 7 FOR 1) || substring($1 FROM 9);
CREATE FUNCTION tsql.to_binary(uuid) RETURNS tsql.binary LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.swap_uuid(uuid_send($1))::tsql.binary;
CREATE FUNCTION tsql.to_uuid(tsql.varbinary) RETURNS uuid LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE
    RETURN encode(tsql.swap_uuid($1::bytea || decode(repeat('00', 16 - octet_length($1::bytea)),
        'hex')), 'hex')::uuid;
CREATE CAST (uuid AS tsql.varbinary) WITH FUNCTION tsql.to_binary(uuid) AS ASSIGNMENT;
CREATE CAST (uuid AS tsql.binary) WITH FUNCTION tsql.to_binary(uuid) AS ASSIGNMENT;
CREATE CAST (tsql.varbinary AS uuid) WITH FUNCTION tsql.to_uuid(tsql.varbinary) AS ASSIGNMENT;
CREATE CAST (tsql.binary AS uuid) WITH FUNCTION tsql.to_uuid(tsql.varbinary) AS ASSIGNMENT;
