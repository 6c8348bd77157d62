-- String functions, https://learn.microsoft.com/sql/t-sql/functions/string-functions-transact-sql

-- A function with a CASE is not STRICT here: PostgreSQL would not inline it.

-- UTF-16 units: a character outside the basic plane counts two. Functions that count or cut units
-- use a string with U+FDD1 as the second half of each; a cut between the halves, which text cannot
-- contain, is refused.
CREATE FUNCTION tsql.units(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) = length(value) THEN value
    ELSE regexp_replace(value, '([\U00010000-\U0010FFFF])', '\1' || U&'\FDD1', 'g') END;
CREATE FUNCTION tsql.whole(units text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(units) = length(units) THEN units
    WHEN units ~ '^\uFDD1|[\U00010000-\U0010FFFF]$'
        THEN tsql.error_for(units, 40517, 'half of a surrogate pair')
    ELSE replace(units, U&'\FDD1', '') END;
CREATE FUNCTION tsql.utf16_length(text) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN length(tsql.units($1));
-- CAST to a type that is too short for a string.
CREATE FUNCTION tsql.cut_units(value text, length int4) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) = length(value) THEN left(value, length)
    ELSE tsql.whole(left(tsql.units(value), length)) END;
CREATE FUNCTION tsql.cut_bytes(value text, length int4) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) = length(value) OR octet_length(value) <= length
        THEN left(value, length)
    ELSE tsql.error_for(value, 40517, 'a cut of UTF-8') END;
-- A (max) text for a parameter of 8,000 bytes: 8152 if it is longer.
CREATE FUNCTION tsql.within(value text, length int4) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN tsql.utf16_length(value) > length THEN tsql.error_for(value, 8152) ELSE value END;
-- A char or nchar with the blanks that it is stored without.
CREATE FUNCTION tsql.padded(value text, length int4) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN value || repeat(' ', length - tsql.utf16_length(value));

-- Letters of one code side by side count once, those with a capital H or W between them, too; a
-- small h or w separates them.
CREATE FUNCTION tsql.soundex_code(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN rpad(upper(coalesce(substring(word FROM '^[A-Za-z]'), '')) || left(translate(
    substr(regexp_replace(translate(substring(word FROM '^[A-Za-z]*'),
        'BFPVbfpvCGJKQSXZcgjkqsxzDTdtLlMNmnRrAEIOUYaeiouyhwHW',
        '11111111222222222222222233334455556600000000000000' || '77'),
        '([1-6])(7*\1)+', '\1', 'g'), 2), '07', ''), 3), 4, '0');

-- A string as JSON writes it.
CREATE FUNCTION tsql.json_escape_nul(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN replace(value, tsql.nul(), '\u0000');
CREATE FUNCTION tsql.json_string(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.json_escape_nul(replace(to_json(value)::text, '/', '\/'));

-- ISNUMERIC: a text that float takes, or money: with commas, one sign and one sign of a currency.
CREATE FUNCTION tsql.is_float(value text) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value !~ '^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eEdD][-+]?[0-9]+)?\s*$' THEN false
    WHEN value ~ '[eEdD][-+]?0*[0-9]{4,}' THEN value !~ '[eEdD]\+?[0-9]'
    ELSE abs(translate(value, 'dD', 'ee')::numeric) <= 1.7976931348623157e308 END;
CREATE FUNCTION tsql.is_money(value text) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value ~ '^\s*([-+]?\s*[$¢£¤¥€\\]?|[$¢£¤¥€\\]\s*[-+])\s*[0-9][0-9,]*(\.[0-9,]*)?\s*$'
    OR value ~ '^\s*([-+]?\s*[$¢£¤¥€\\]?|[$¢£¤¥€\\]\s*[-+])\s*\.[0-9][0-9,]*\s*$'
    OR value ~ '^\s*[-+.,$¢£¤¥€\\]\s*$';

CALL pg_temp.for_strings($$
CREATE FUNCTION tsql.len(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.utf16_length(rtrim($1::text));
CREATE FUNCTION tsql.len_sc(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN length(rtrim($1::text));
CREATE FUNCTION tsql.upper(@T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN upper($1::text COLLATE "default")::@T;
CREATE FUNCTION tsql.lower(@T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower($1::text COLLATE "default")::@T;
CREATE FUNCTION tsql.ltrim(@T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ltrim($1::text)::@T;
CREATE FUNCTION tsql.rtrim(@T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN rtrim($1::text)::@T;
CREATE FUNCTION tsql.trim(@T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim($1::text)::@T;
CREATE FUNCTION tsql.reverse(@T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN reverse($1::text)::@T;
CREATE FUNCTION tsql.left(@T, int4) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 < 0 THEN tsql.error_for($2::text, 537)
        ELSE tsql.whole(left(tsql.units($1::text), $2)) END::@T;
CREATE FUNCTION tsql.left_sc(@T, int4) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 < 0 THEN tsql.error_for($2::text, 537)
        ELSE left($1::text, $2) END::@T;
CREATE FUNCTION tsql.right(@T, int4) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 < 0 THEN tsql.error_for($2::text, 536, 'RIGHT')
        ELSE tsql.whole(right(tsql.units($1::text), $2)) END::@T;
CREATE FUNCTION tsql.right_sc(@T, int4) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 < 0 THEN tsql.error_for($2::text, 536, 'RIGHT')
        ELSE right($1::text, $2) END::@T;
CREATE FUNCTION tsql.substring(@T, start int4, length int4) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN length < 0 THEN tsql.error_for(length::text, 537)
        ELSE tsql.whole(substr(tsql.units($1::text), start, length)) END::@T;
CREATE FUNCTION tsql.substring(@T, start int4) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.whole(substr(tsql.units($1::text), start))::@T;
CREATE FUNCTION tsql.substring_sc(@T, start int4, length int4) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN length < 0 THEN tsql.error_for(length::text, 537)
        ELSE substr($1::text, start, length) END::@T;
CREATE FUNCTION tsql.substring_sc(@T, start int4) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN substr($1::text, start)::@T;
CREATE FUNCTION tsql.substring(@T, start int8, length int8) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN tsql.substring($1,
        greatest(least(start, 2147483647), -2147483648)::int4, least(length, 2147483647)::int4);
CREATE FUNCTION tsql.replicate(@T, int4) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 < 0 THEN NULL ELSE repeat($1::text, $2)::@T END;
CREATE FUNCTION tsql.replicate(@T, int8) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.replicate($1, $2::int4);
CREATE FUNCTION tsql.stuff(@T, start int4, length int4, addition @T) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN start <= 0 OR length < 0 OR start > tsql.utf16_length($1::text) THEN NULL
        ELSE (tsql.whole(left(tsql.units($1::text), start - 1)) || coalesce(addition::text, '')
            || tsql.whole(substr(tsql.units($1::text), start + length)))::@T END;
CREATE FUNCTION tsql.stuff(@T, start int8, length int8, addition @T) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tsql.stuff($1, start::int4, length::int4, addition);
CREATE FUNCTION tsql.string_escape(@T, kind text) RETURNS @T
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN lower(kind) <> 'json' THEN tsql.error_for(kind, 8116, 'varchar', '2', 'string_escape')
        ELSE substr(tsql.json_string($1::text), 2, length(tsql.json_string($1::text)) - 2) END::@T;
CREATE FUNCTION tsql.string_escape(@T, @T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.string_escape($1, $2::text);
CREATE FUNCTION tsql.unicode(@T) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $1::text = '' THEN NULL
        WHEN tsql.code_point($1::text) > 65535
            THEN 55296 + ((tsql.code_point($1::text) - 65536) >> 10)
        ELSE tsql.code_point($1::text) END;
CREATE FUNCTION tsql.unicode_sc(@T) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $1::text <> '' THEN tsql.code_point($1::text) END;
CREATE FUNCTION tsql.ascii(@T) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $1::text = '' THEN NULL
        ELSE get_byte(tsql.encoded(tsql.to_code_page(left($1::text, 1)), 'WIN1252'), 0) END;
CREATE FUNCTION tsql.isnumeric(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(tsql.is_float($1::text) OR tsql.is_money($1::text), false)::int4;
CREATE FUNCTION tsql.isdate(@T) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((tsql.parse_moment($1::text, 0, true)).value >= timestamp '1753-01-01'
        AND btrim($1::text) <> '', false)::int4;
CREATE FUNCTION tsql.soundex(@T) RETURNS tsql.varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.soundex_code($1::text)::tsql.varchar;
$$);

-- Sets of characters: without case, a letter stands for its capital, too.
DO $do$
DECLARE
    kind record;
    trim text;
BEGIN
    FOR kind IN SELECT * FROM (VALUES
        ('nvarchar', 'lower(%1$s) || upper(%1$s)', '%1$s || %1$s'),
        ('varchar', 'lower(%1$s) || upper(%1$s)', '%1$s || %1$s'),
        ('nvarchar_cs', '%1$s', '%1$s'), ('varchar_cs', '%1$s', '%1$s'))
        AS v (type, letters, others)
    LOOP
        FOREACH trim IN ARRAY ARRAY['ltrim', 'rtrim', 'trim'] LOOP
            EXECUTE format('CREATE FUNCTION tsql.%1$s(tsql.%2$s, tsql.%2$s) RETURNS tsql.%2$s '
                'LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN %3$s($1::text, %4$s)::tsql.%2$s',
                trim, kind.type, CASE trim WHEN 'trim' THEN 'btrim' ELSE trim END,
                format(kind.letters, '$2::text'));
        END LOOP;
        EXECUTE format('CREATE FUNCTION tsql.translate(tsql.%1$s, tsql.%1$s, tsql.%1$s) '
            'RETURNS tsql.%1$s LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN '
            'CASE WHEN tsql.utf16_length($2::text) <> tsql.utf16_length($3::text) '
            'THEN tsql.error_for($2::text || $3::text, 9828) '
            'ELSE translate($1::text, %2$s, %3$s) END::tsql.%1$s', kind.type,
            format(kind.letters, '$2::text'), format(kind.others, '$3::text'));
    END LOOP;
END $do$;

-- A value of another type: a number's length is that of its text.
CALL pg_temp.for_types('{varbinary}', $$
CREATE FUNCTION tsql.len(@T) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN octet_length($1::bytea);
CREATE FUNCTION tsql.substring(@T, start int4, length int4) RETURNS @T
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN substr($1::bytea, start, length)::@T;
CREATE FUNCTION tsql.replicate(@T, int4) RETURNS @T LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN decode(repeat(encode($1::bytea, 'hex'), $2), 'hex')::@T;
$$);

CREATE FUNCTION tsql.difference(tsql.nvarchar, tsql.nvarchar) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT count(*)::int4 FROM generate_series(1, 4) AS place
    WHERE substr(tsql.soundex($1)::text, place, 1) = substr(tsql.soundex($2)::text, place, 1));

