-- Search functions, LIKE and functions that build strings. Searching follows the collation: it
-- ignores case except in `_cs` strings.

-- A string as a collation without case or accents searches it: as many characters as before.
CREATE FUNCTION tsql.bare(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.without_accents(normalize(lower(value), NFC));
CREATE FUNCTION tsql.position_from(sought text, value text, start int8) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN sought IS NULL OR value IS NULL OR start IS NULL THEN NULL
    WHEN sought = '' OR start > length(value) THEN 0
    WHEN start <= 1 THEN position(sought IN value)
    ELSE coalesce(nullif(position(sought IN substr(value, start::int4)), 0) + start::int4 - 1, 0)
    END;
CREATE FUNCTION tsql.regexp_quote(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace($1, '([][\\^$.|?*+(){}])', '\\\1', 'g');
-- A text as nvarchar compares it: a ligature is its letters, and a letter before a combining accent
-- is another one.
CREATE FUNCTION tsql.equal_regexp(sought text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT string_agg(CASE WHEN normalize(letter, NFD) = letter THEN letter
        ELSE '(?:' || letter || '|' || normalize(letter, NFD) || ')' END, '' ORDER BY place)
    FROM string_to_table(replace(replace(replace(replace(replace(replace(
        tsql.regexp_quote(normalize(lower(sought), NFC)), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        'ss', '(?:ss|ß)'), 'ae', '(?:ae|æ)'), 'oe', '(?:oe|œ)'), NULL)
        WITH ORDINALITY AS written (letter, place)) || '(?![\u0300-\u036f])';
CREATE FUNCTION tsql.charindex(sought tsql.nvarchar, value tsql.nvarchar, start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN sought::text = '' OR start IS NULL
        OR octet_length(value::text || sought::text) = length(value::text || sought::text)
    THEN tsql.position_from(lower(sought::text), lower(value::text), start)
    ELSE regexp_instr(tsql.units(value::text), tsql.equal_regexp(tsql.units(sought::text)),
        greatest(start, 1)::int4, 1, 0, 'i') END;
CREATE FUNCTION tsql.charindex(sought tsql.varchar, value tsql.varchar, start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(tsql.units(lower(sought::text)), tsql.units(lower(value::text)), start);
CREATE FUNCTION tsql.charindex(sought tsql.nvarchar_cs, value tsql.nvarchar_cs,
    start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(tsql.units(sought::text), tsql.units(value::text), start);
CREATE FUNCTION tsql.charindex(sought tsql.nvarchar_ai, value tsql.nvarchar_ai,
    start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(tsql.units(tsql.bare(sought::text)), tsql.units(tsql.bare(value::text)),
    start);
CREATE FUNCTION tsql.charindex_sc(sought tsql.nvarchar, value tsql.nvarchar, start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(lower(sought::text), lower(value::text), start);
CREATE FUNCTION tsql.charindex_sc(sought tsql.nvarchar_ai, value tsql.nvarchar_ai,
    start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(tsql.bare(sought::text), tsql.bare(value::text), start);
CREATE FUNCTION tsql.charindex_sc(sought tsql.nvarchar_cs, value tsql.nvarchar_cs,
    start int8 DEFAULT 1)
RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.position_from(sought::text, value::text, start);

CREATE FUNCTION tsql.replace_insensitive(value text, sought text, replacement text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN sought = '' THEN value
    WHEN lower(sought) = upper(sought) THEN replace(value, sought, replacement)
    ELSE regexp_replace(value, tsql.regexp_quote(sought), replace(replacement, '\', '\\'), 'gi')
    END;
CALL pg_temp.for_types('{nvarchar,varchar}', $$
CREATE FUNCTION tsql.replace(@T_cs, @T_cs, @T_cs) RETURNS @T_cs
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace($1::text, $2::text, $3::text)::@T_cs;
$$);

CREATE FUNCTION tsql.set_member(letter text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN letter ~ '[][\\^-]' THEN '\' || letter ELSE letter END;
CREATE FUNCTION tsql.replace(tsql.varchar, tsql.varchar, tsql.varchar) RETURNS tsql.varchar
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.replace_insensitive($1::text, $2::text, $3::text)::tsql.varchar;
CREATE FUNCTION tsql.replace(tsql.nvarchar, tsql.nvarchar, tsql.nvarchar) RETURNS tsql.nvarchar
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN $2::text = '' OR octet_length($1::text || $2::text) = length($1::text || $2::text)
    THEN tsql.replace_insensitive($1::text, $2::text, $3::text)
    ELSE regexp_replace($1::text, tsql.equal_regexp($2::text), replace($3::text, '\', '\\'), 'gi')
    END::tsql.nvarchar;

-- A range of a set under a collation, as members of a bracket expression.
-- `kind` is its kind of comparison: `` without case, `_cs`, `_ai` or `_bin`.
CREATE FUNCTION tsql.range_members(lowest text, highest text, kind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN kind = '_bin' OR lowest || highest ~ '^[0-9]{2}$'
    THEN CASE WHEN lowest COLLATE "C" <= highest THEN tsql.set_member(lowest) || '-' || tsql.set_member(highest)
        ELSE '' END
    WHEN kind = '_cs' THEN (SELECT coalesce(string_agg(tsql.set_member(chr(point)), ''), '')
        FROM generate_series(32, 383) AS point
        WHERE point NOT BETWEEN 127 AND 160
        AND tsql.string_cmp(lowest::tsql.nvarchar_cs, chr(point)::tsql.nvarchar_cs) <= 0
        AND tsql.string_cmp(chr(point)::tsql.nvarchar_cs, highest::tsql.nvarchar_cs) <= 0)
    ELSE (SELECT coalesce(string_agg(tsql.set_member(chr(point)), ''), '')
        FROM generate_series(32, 383) AS point
        WHERE point NOT BETWEEN 127 AND 160
        AND tsql.string_cmp(lowest::tsql.nvarchar, chr(point)::tsql.nvarchar) <= 0
        AND tsql.string_cmp(chr(point)::tsql.nvarchar, highest::tsql.nvarchar) <= 0) END;
-- The inside of a [set] as a bracket expression; one that can match nothing is `(?!)`.
CREATE FUNCTION tsql.set_regexp(inside text, escape text, kind text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    negated bool := left(inside, 1) = '^';
    members text := '';
    letter text;
    place int4 := 1;
BEGIN
    IF negated THEN
        inside := substr(inside, 2);
    END IF;
    WHILE place <= length(inside) LOOP
        IF substr(inside, place, 1) = escape THEN
            place := place + 1;
        END IF;
        letter := substr(inside, place, 1);
        place := place + 1;
        IF substr(inside, place, 1) = '-' AND place < length(inside) THEN
            place := place + CASE WHEN substr(inside, place + 1, 1) = escape THEN 2 ELSE 1 END;
            members := members || tsql.range_members(letter, substr(inside, place, 1), kind);
            place := place + 1;
        ELSE
            members := members || tsql.set_member(letter);
        END IF;
    END LOOP;
    IF members = '' THEN
        RETURN CASE WHEN negated AND inside <> '' THEN '.' ELSE '(?!)' END;
    END IF;
    RETURN '[' || CASE WHEN negated THEN '^' ELSE '' END || members || ']';
END $$;

-- A pattern of LIKE as a regular expression; one that can match nothing is `(?!)`.
CREATE FUNCTION tsql.like_regexp(pattern text, escape text, kind text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    result text := '^';
    place int4 := 1;
    closing int4;
    letter text;
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
            closing := place + 1;
            WHILE closing <= length(pattern) AND substr(pattern, closing, 1) <> ']' LOOP
                closing := closing
                    + CASE WHEN substr(pattern, closing, 1) = escape THEN 2 ELSE 1 END;
            END LOOP;
            IF closing > length(pattern) THEN
                RETURN '(?!)';
            END IF;
            result := result || tsql.set_regexp(
                substr(pattern, place + 1, closing - place - 1), escape, kind);
            place := closing;
        ELSE
            result := result || tsql.regexp_quote(letter);
        END IF;
        place := place + 1;
    END LOOP;
    RETURN result || '$';
END $$;

-- PostgreSQL's own LIKE serves a pattern without a set; `\` escapes there and must be doubled.
CREATE FUNCTION tsql.like_text(value text, pattern text, kind text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN position('[' IN pattern) = 0 THEN value LIKE replace(pattern, '\', '\\')
    ELSE value ~ tsql.like_regexp(pattern, NULL, kind) END;
CREATE FUNCTION tsql.like_text(value text, pattern text, escape text, kind text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN escape = '\' AND position('[' IN pattern) = 0 AND right(pattern, 1) <> '\'
    THEN value LIKE pattern ELSE value ~ tsql.like_regexp(pattern, escape, kind) END;
-- Between strings of code page 1252, blanks at the end of the value do not count.
CREATE FUNCTION tsql.like_narrow(value text, pattern text, escape text, kind text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN right(value, 1) = ' '
    THEN value ~ (left(tsql.like_regexp(pattern, escape, kind), -1) || ' *$')
    ELSE tsql.like_text(value, pattern, escape, kind) END;
-- The place of the first match: a % at the pattern's start allows a match inside.
CREATE FUNCTION tsql.pattern_place(value text, pattern text, kind text, narrow bool)
RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    inside bool := left(pattern, 1) = '%';
    expression text := tsql.like_regexp(ltrim(pattern, '%'), NULL, kind);
BEGIN
    IF expression = '(?!)' THEN
        RETURN 0;
    END IF;
    IF narrow THEN
        expression := left(expression, -1) || ' *$';
    END IF;
    RETURN regexp_instr(value, CASE WHEN inside THEN substr(expression, 2) ELSE expression END);
END $$;
DO $do$
DECLARE
    kind record;
BEGIN
    FOR kind IN SELECT * FROM (VALUES ('', 'lower'), ('_ai', 'tsql.bare'), ('_cs', ''), ('_bin', ''))
        AS v (suffix, made)
    LOOP
        EXECUTE replace(replace(replace($sql$
            CREATE FUNCTION tsql."like"(value tsql.@T, pattern tsql.@T) RETURNS bool
                LANGUAGE sql IMMUTABLE PARALLEL SAFE
                RETURN tsql.like_text(tsql.units(@M(value::text)), tsql.units(@M(pattern::text)),
                    '@K');
            CREATE FUNCTION tsql."like"(value tsql.@T, pattern tsql.@T, escape tsql.@T)
                RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
                RETURN tsql.like_text(tsql.units(@M(value::text)), tsql.units(@M(pattern::text)),
                    @M(escape::text), '@K');
            CREATE FUNCTION tsql.like_narrow(value tsql.@T, pattern tsql.@T, escape tsql.@T)
                RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
                RETURN tsql.like_narrow(@M(value::text), @M(pattern::text), @M(escape::text),
                    '@K');
            CREATE FUNCTION tsql.patindex(pattern tsql.@T, value tsql.@T) RETURNS int4
                LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                RETURN tsql.pattern_place(tsql.units(@M(value::text)),
                    tsql.units(@M(pattern::text)), '@K', false);
            CREATE FUNCTION tsql.patindex_narrow(pattern tsql.@T, value tsql.@T) RETURNS int4
                LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                RETURN tsql.pattern_place(@M(value::text), @M(pattern::text), '@K', true);
            $sql$, '@T', 'nvarchar' || kind.suffix), '@M', kind.made), '@K', kind.suffix);
    END LOOP;
END $do$;

-- Patterns are RE2's, without look-around and back-references, with classes of ASCII only.
CREATE FUNCTION tsql.re2_pattern(pattern text, value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN pattern ~ '(^|[^\\])(\\\\)*(\(\?(=|!|<=|<!)|\\[1-9])'
        THEN tsql.error_for(pattern, 19300, pattern, 'invalid perl operator or escape sequence')
    WHEN octet_length(value) > length(value) AND pattern ~ '\\[bBdDsSwW]|\[:'
        THEN tsql.error_for(pattern, 40517, 'REGEXP_LIKE with classes of characters beyond ASCII')
    WHEN pattern ~ '\\[pPQCx]|\(\?P?<|\(\?[a-zA-Z-]+:'
        THEN tsql.error_for(pattern, 40517, 'REGEXP_LIKE with what RE2 has of its own')
    WHEN pattern ~ '\\[bBz]' THEN regexp_replace(regexp_replace(regexp_replace(pattern,
        '(?<!\\)((?:\\\\)*)\\b', '\1\\y', 'g'), '(?<!\\)((?:\\\\)*)\\B', '\1\\Y', 'g'),
        '(?<!\\)((?:\\\\)*)\\z', '\1\\Z', 'g')
    ELSE pattern END;
CREATE FUNCTION tsql.regexp_like(value tsql.nvarchar, pattern tsql.nvarchar,
    flags tsql.nvarchar DEFAULT 'c')
    RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN flags::text ~ '[^cims]'
        THEN tsql.error_for(flags::text, 40517, 'flags of REGEXP_LIKE but c, i, m and s')::bool
        ELSE regexp_like(value::text, tsql.re2_pattern(pattern::text, value::text),
        CASE WHEN flags::text ~ 's' THEN 's' ELSE 'p' END
        || CASE WHEN flags::text ~ 'm' THEN 'w' ELSE '' END
        || CASE WHEN flags::text ~ 'i[^c]*$' THEN 'i' ELSE 'c' END) END;
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
    RETURN CASE WHEN $1 BETWEEN 55296 AND 57343
        THEN tsql.error_for($1::text, 40517, 'half of a surrogate pair')::tsql.nvarchar
        WHEN $1 BETWEEN 0 AND 65535
        THEN tsql.from_code_point($1)::tsql.nvarchar END;
CREATE FUNCTION tsql.quotename(name tsql.nvarchar, quote tsql.nvarchar DEFAULT '[')
RETURNS tsql.nvarchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(name::text) > 128 THEN NULL
    WHEN quote::text IN ('[', ']', '') THEN '[' || replace(name::text, ']', ']]') || ']'
    WHEN quote::text IN ('(', ')') THEN '(' || replace(name::text, ')', '))') || ')'
    WHEN quote::text IN ('<', '>') THEN '<' || replace(name::text, '>', '>>') || '>'
    WHEN quote::text IN ('{', '}') THEN '{' || replace(name::text, '}', '}}') || '}'
    WHEN quote::text IN ('''', '"', '`')
        THEN quote::text || replace(name::text, quote::text, quote::text || quote::text)
            || quote::text END::tsql.nvarchar;

-- Decimal places are those that fit next to the unrounded whole digits; a number that rounding
-- lengthens too much is asterisks, as are too many whole digits.
CREATE FUNCTION tsql.str(value float8, length int4 DEFAULT 10, decimals int4 DEFAULT 0)
RETURNS tsql.varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE WHEN decimals < 0 THEN NULL
    WHEN pg_catalog.length(written) > length THEN repeat('*', length)
    ELSE lpad(written, length) END
    FROM (SELECT sign || round(number, greatest(0, least(decimals, 16,
            length - pg_catalog.length(trunc(number)::text || sign) - 1)))::text
        FROM (SELECT abs(value)::text::numeric, CASE WHEN value < 0 THEN '-' ELSE '' END)
            AS parts (number, sign)) AS made (written))::tsql.varchar;

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
RETURN CASE WHEN upper(rtrim(algorithm)) = 'MD5' THEN decode(md5(value), 'hex')
    WHEN upper(rtrim(algorithm)) = 'SHA2_256' THEN sha256(value)
    WHEN upper(rtrim(algorithm)) = 'SHA2_512' THEN sha512(value)
    WHEN upper(rtrim(algorithm)) IN ('SHA', 'SHA1') THEN tsql.sha1(value)
    WHEN upper(rtrim(algorithm)) = 'MD4' THEN tsql.error_for(algorithm, 40517, 'MD4')::bytea
    END::tsql.varbinary;
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
CALL pg_temp.for_types('{nvarchar,nvarchar_cs,nvarchar_ai,nvarchar_bin,nchar,nchar_cs,nchar_ai,nchar_bin}', $$
CREATE FUNCTION tsql.datalength(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.utf16_length($1::text) * 2;
$$);
CALL pg_temp.for_types('{varchar,varchar_cs,varchar_ai,varchar_bin,char,char_cs,char_ai,char_bin}', $$
CREATE FUNCTION tsql.datalength(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN length($1::text);
$$);
CALL pg_temp.for_types('{varchar_utf8,varchar_utf8_cs,varchar_utf8_ai,varchar_utf8_bin,json,xml}', $$
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
        ('numeric', 'CASE WHEN units < 4294967296 THEN 5 WHEN units < 18446744073709551616 THEN 9 '
            'WHEN units < 79228162514264337593543950336 THEN 13 ELSE 17 END')) AS v (name, bytes)
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.datalength(%s) RETURNS int4 LANGUAGE sql IMMUTABLE '
            'PARALLEL SAFE RETURN CASE WHEN $1 IS NOT NULL THEN %s END', type.name,
            replace(type.bytes, 'units', 'abs($1) * power(10::numeric, scale($1))'));
    END LOOP;
END $do$;
