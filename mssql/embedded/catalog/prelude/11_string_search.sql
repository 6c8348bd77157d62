-- Searching, LIKE and what builds strings. Searching follows the collation: it ignores case except
-- in `_cs` strings.

CREATE FUNCTION tsql.position_from(sought text, value text, start int8) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN start <= 1 AND sought <> '' THEN position(sought IN value)
    WHEN sought = '' THEN 0
    ELSE coalesce(nullif(position(sought IN substr(value, start::int4)), 0) + start - 1,
        CASE WHEN sought IS NULL OR value IS NULL THEN NULL ELSE 0 END) END;
CREATE FUNCTION tsql.charindex(sought tsql.nvarchar, value tsql.nvarchar, start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(lower(sought::text), lower(value::text), start);
CREATE FUNCTION tsql.charindex(sought tsql.nvarchar_cs, value tsql.nvarchar_cs,
    start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(sought::text, value::text, start);

CREATE FUNCTION tsql.regexp_quote(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace($1, '([][\\^$.|?*+(){}])', '\\\1', 'g');

CREATE FUNCTION tsql.replace_insensitive(value text, sought text, replacement text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN sought = '' THEN value
    WHEN lower(sought) = upper(sought) THEN replace(value, sought, replacement)
    ELSE regexp_replace(value, tsql.regexp_quote(sought), replace(replacement, '\', '\\'), 'gi')
    END;
CALL pg_temp.for_types('{nvarchar,varchar}', $$
CREATE FUNCTION tsql.replace(@T, @T, @T) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.replace_insensitive($1::text, $2::text, $3::text)::@T;
CREATE FUNCTION tsql.replace(@T_cs, @T_cs, @T_cs) RETURNS @T_cs
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace($1::text, $2::text, $3::text)::@T_cs;
$$);

-- A pattern of LIKE as a regular expression; one that can match nothing is `(?!)`.
CREATE FUNCTION tsql.like_regexp(pattern text, escape text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    result text := '^';
    place int4 := 1;
    closing int4;
    letter text;
    inside text;
BEGIN
    IF pattern IS NULL THEN
        RETURN NULL;
    END IF;
    IF length(escape) <> 1 THEN
        PERFORM tsql.error(506, escape);
    END IF;
    WHILE place <= length(pattern) LOOP
        letter := substr(pattern, place, 1);
        IF letter = escape THEN
            place := place + 1;
            IF place > length(pattern) THEN
                RETURN '(?!)';
            END IF;
            result := result || tsql.regexp_quote(substr(pattern, place, 1));
        ELSIF letter = '%' THEN
            result := result || '.*';
        ELSIF letter = '_' THEN
            result := result || '.';
        ELSIF letter = '[' THEN
            closing := position(']' IN substr(pattern, place + 1)) + place;
            inside := substr(pattern, place + 1, closing - place - 1);
            IF closing = place OR inside IN ('', '^') THEN
                RETURN '(?!)';
            END IF;
            result := result || '[' || CASE WHEN inside LIKE '^%' THEN '^' ELSE '' END
                || replace(replace(ltrim(inside, '^'), '\', '\\'), '[', '\[') || ']';
            place := closing;
        ELSE
            result := result || tsql.regexp_quote(letter);
        END IF;
        place := place + 1;
    END LOOP;
    RETURN result || '$';
END $$;

-- PostgreSQL's own LIKE serves a pattern without a set; `\` escapes there and must be doubled.
CREATE FUNCTION tsql.like_text(value text, pattern text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN position('[' IN pattern) = 0 THEN value LIKE replace(pattern, '\', '\\')
    ELSE value ~ tsql.like_regexp(pattern, NULL) END;
CREATE FUNCTION tsql.like_text(value text, pattern text, escape text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN escape = '\' AND position('[' IN pattern) = 0 AND right(pattern, 1) <> '\'
    THEN value LIKE pattern ELSE value ~ tsql.like_regexp(pattern, escape) END;
CREATE FUNCTION tsql."like"(value tsql.nvarchar, pattern tsql.nvarchar) RETURNS bool
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.like_text(lower(value::text), lower(pattern::text));
CREATE FUNCTION tsql."like"(value tsql.nvarchar_cs, pattern tsql.nvarchar_cs) RETURNS bool
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.like_text(value::text, pattern::text);
CREATE FUNCTION tsql."like"(value tsql.nvarchar, pattern tsql.nvarchar, escape tsql.nvarchar)
    RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.like_text(lower(value::text), lower(pattern::text), lower(escape::text));
CREATE FUNCTION tsql."like"(value tsql.nvarchar_cs, pattern tsql.nvarchar_cs,
    escape tsql.nvarchar_cs)
    RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.like_text(value::text, pattern::text, escape::text);

-- The place of the first match: the pattern's own % at its start says whether it may stand inside.
CREATE FUNCTION tsql.pattern_place(value text, pattern text) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    inside bool := left(pattern, 1) = '%';
    expression text := tsql.like_regexp(ltrim(pattern, '%'), NULL);
BEGIN
    IF expression = '(?!)' OR value = '' THEN
        RETURN 0;
    END IF;
    RETURN regexp_instr(value, CASE WHEN inside THEN substr(expression, 2) ELSE expression END);
END $$;
CREATE FUNCTION tsql.patindex(pattern tsql.nvarchar, value tsql.nvarchar) RETURNS int4
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.pattern_place(lower(value::text), lower(pattern::text));
CREATE FUNCTION tsql.patindex(pattern tsql.nvarchar_cs, value tsql.nvarchar_cs) RETURNS int4
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.pattern_place(value::text, pattern::text);

CREATE FUNCTION tsql.regexp_like(value tsql.nvarchar, pattern tsql.nvarchar,
    flags tsql.nvarchar DEFAULT 'c')
    RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_like(value::text, pattern::text,
        CASE WHEN flags::text ~ 's' THEN 's' ELSE 'p' END
        || CASE WHEN flags::text ~ 'm' THEN 'w' ELSE '' END
        || CASE WHEN flags::text ~ 'i' THEN 'i' ELSE 'c' END);
CREATE FUNCTION tsql.regexp_like(value tsql.nvarchar_cs, pattern tsql.nvarchar_cs,
    flags tsql.nvarchar DEFAULT 'c')
    RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.regexp_like(value::tsql.nvarchar, pattern::tsql.nvarchar, flags);

CREATE FUNCTION tsql.space(int4) RETURNS tsql.varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $1 < 0 THEN NULL ELSE repeat(' ', $1)::tsql.varchar END;
CREATE FUNCTION tsql.char(int4) RETURNS tsql."char" LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $1 BETWEEN 0 AND 255
        THEN tsql.decoded(substring(int4send($1) FROM 4), 'WIN1252')::tsql."char" END;
CREATE FUNCTION tsql.nchar(int4) RETURNS tsql.nvarchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $1 BETWEEN 0 AND 55295 OR $1 BETWEEN 57344 AND 1114111
        THEN tsql.from_code_point($1)::tsql.nvarchar END;
CREATE FUNCTION tsql.quotename(name tsql.nvarchar, quote tsql.nvarchar DEFAULT '[')
RETURNS tsql.nvarchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(name::text) > 128 THEN NULL
    WHEN quote::text IN ('[', ']') THEN '[' || replace(name::text, ']', ']]') || ']'
    WHEN quote::text IN ('(', ')') THEN '(' || replace(name::text, ')', '))') || ')'
    WHEN quote::text IN ('<', '>') THEN '<' || replace(name::text, '>', '>>') || '>'
    WHEN quote::text IN ('{', '}') THEN '{' || replace(name::text, '}', '}}') || '}'
    WHEN quote::text IN ('''', '"', '`')
        THEN quote::text || replace(name::text, quote::text, quote::text || quote::text)
            || quote::text END::tsql.nvarchar;

CREATE FUNCTION tsql.str(value float8, length int4 DEFAULT 10, decimals int4 DEFAULT 0)
RETURNS tsql.varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(round(value::numeric, 0)::text) > length THEN repeat('*', length)
    ELSE lpad(left(round(value::numeric, least(decimals, 16))::text, length), length) END
    ::tsql.varchar;

CREATE FUNCTION tsql.newid() RETURNS uuid LANGUAGE internal VOLATILE PARALLEL SAFE
    AS 'gen_random_uuid';

-- PostgreSQL without extensions has no SHA-1.
CREATE FUNCTION tsql.sha1(message bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    mask int8 := 4294967295;
    h int8[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    w int8[];
    a int8; b int8; c int8; d int8; e int8; f int8; k int8; t int8;
    padded bytea := message || '\x80' || decode(repeat('00',
        (119 - octet_length(message) % 64) % 64), 'hex') || int8send(octet_length(message)::int8 * 8);
BEGIN
    FOR block IN 0..octet_length(padded) / 64 - 1 LOOP
        FOR i IN 0..79 LOOP
            IF i < 16 THEN
                w[i] := ('x' || encode(substring(padded FROM block * 64 + i * 4 + 1 FOR 4), 'hex')
                    )::bit(32)::int8;
            ELSE
                t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
                w[i] := ((t << 1) | (t >> 31)) & mask;
            END IF;
        END LOOP;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        FOR i IN 0..79 LOOP
            IF i < 20 THEN
                f := (b & c) | ((~b & mask) & d); k := 1518500249;
            ELSIF i < 40 THEN
                f := b # c # d; k := 1859775393;
            ELSIF i < 60 THEN
                f := (b & c) | (b & d) | (c & d); k := 2400959708;
            ELSE
                f := b # c # d; k := 3395469782;
            END IF;
            t := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[i]) & mask;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := t;
        END LOOP;
        h := ARRAY[(h[1] + a) & mask, (h[2] + b) & mask, (h[3] + c) & mask, (h[4] + d) & mask,
            (h[5] + e) & mask];
    END LOOP;
    RETURN decode((SELECT string_agg(lpad(to_hex(part), 8, '0'), '' ORDER BY place)
        FROM unnest(h) WITH ORDINALITY AS parts (part, place)), 'hex');
END $$;
CREATE FUNCTION tsql.hash(algorithm text, value bytea) RETURNS tsql.varbinary
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN upper(algorithm) = 'MD5' THEN decode(md5(value), 'hex')
    WHEN upper(algorithm) = 'SHA2_256' THEN sha256(value)
    WHEN upper(algorithm) = 'SHA2_512' THEN sha512(value)
    WHEN upper(algorithm) IN ('SHA', 'SHA1') THEN tsql.sha1(value) END::tsql.varbinary;
DO $do$
DECLARE
    type text;
BEGIN
    FOR type IN SELECT name FROM string_types UNION ALL SELECT 'varbinary' LOOP
        EXECUTE format('CREATE FUNCTION tsql.hashbytes(algorithm tsql.nvarchar, value tsql.%I) '
            'RETURNS tsql.varbinary LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
            'RETURN tsql.hash($1::text, $2::tsql.varbinary::bytea)', type);
    END LOOP;
END $do$;

-- DATALENGTH: bytes.
CALL pg_temp.for_types('{nvarchar,nvarchar_cs,nchar,nchar_cs}', $$
CREATE FUNCTION tsql.datalength(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.utf16_length($1::text) * 2;
$$);
CALL pg_temp.for_types('{varchar,varchar_cs,char,char_cs}', $$
CREATE FUNCTION tsql.datalength(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN length($1::text);
$$);
CALL pg_temp.for_types('{varchar_utf8,varchar_utf8_cs,json,xml}', $$
CREATE FUNCTION tsql.datalength(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(replace($1::text, tsql.nul(), '0'));
$$);
DO $do$
DECLARE
    type record;
BEGIN
    FOR type IN SELECT * FROM (VALUES ('tsql.varbinary', 'octet_length($1::bytea)'),
        ('tsql.tinyint', '1'), ('tsql.bit', '1'), ('int2', '2'), ('int4', '4'), ('int8', '8'),
        ('float4', '4'), ('float8', '8'), ('tsql.smallmoney', '4'), ('tsql.money', '8'),
        ('date', '3'), ('time', '5'), ('timestamp', '8'), ('tsql.smalldatetime', '4'),
        ('tsql.datetime', '8'), ('tsql.datetimeoffset', '10'), ('uuid', '16'),
        ('numeric', 'CASE WHEN precision <= 9 THEN 5 WHEN precision <= 19 THEN 9 '
            'WHEN precision <= 28 THEN 13 ELSE 17 END')) AS v (name, bytes)
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.datalength(%s) RETURNS int4 LANGUAGE sql IMMUTABLE '
            'PARALLEL SAFE RETURN CASE WHEN $1 IS NOT NULL THEN %s END', type.name,
            replace(type.bytes, 'precision', 'length(translate($1::text, ''-.'', ''''))'));
    END LOOP;
END $do$;
