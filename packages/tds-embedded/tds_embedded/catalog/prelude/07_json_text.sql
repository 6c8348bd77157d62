-- A document as it is stored as json: an object or an array without blanks, the first of
-- members of one name, strings escaped no more than they must be, numbers as decimals.
-- https://learn.microsoft.com/sql/t-sql/data-types/json-data-type

-- A double as the number that it is, not as its shortest digits.
CREATE FUNCTION tsql.exact_numeric(value float8) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    bits int8 := ('x' || encode(float8send(abs(value)), 'hex'))::bit(64)::int8;
    exponent int4 := (bits >> 52)::int4 - 1075;
    mantissa numeric(40, 20) := (bits & 4503599627370495) + 4503599627370496;
BEGIN
    IF bits >> 52 = 0 THEN
        RETURN 0;  -- far below what a scale of 10 keeps
    ELSIF exponent >= 0 THEN
        RETURN sign(value)::numeric * mantissa * power(2::numeric, exponent);
    END IF;
    RETURN sign(value)::numeric * mantissa / power(2::numeric, -exponent);
END $$;

-- A number is kept as it is written if it has no exponent and at most 38 digits; otherwise it
-- becomes a float, then a decimal(38, 10).
CREATE FUNCTION tsql.json_number(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    digits int4 := length(regexp_replace(value, '^-?0(?=\.)|[^0-9]', '', 'g'));
    rounded numeric;
BEGIN
    IF value !~ '[eE]' AND digits <= 38 THEN
        RETURN regexp_replace(value, '^-(0(\.0*)?)$', '\1');
    ELSIF value !~ '[eE.]' THEN
        PERFORM tsql.error_state(1007, 3, value);
    END IF;
    rounded := round(tsql.exact_numeric(value::float8), 10);
    IF abs(rounded) >= 1e28 THEN
        PERFORM tsql.error_state(1007, 5, value);
    END IF;
    RETURN rounded::text;
EXCEPTION WHEN numeric_value_out_of_range THEN
    PERFORM tsql.error_state(1007, 5, value);
END $$;

CREATE FUNCTION tsql.json_kept_string(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    text text := to_json(value)::text;
BEGIN
    IF value ~ '[\u0001-\u001F]' THEN
        FOR code IN 11 .. 31 LOOP
            text := regexp_replace(text, '(?<!\\)((?:\\\\)*)\\u' || lpad(to_hex(code), 4, '0'),
                '\1\\u' || upper(lpad(to_hex(code), 4, '0')), 'g');
        END LOOP;
    END IF;
    RETURN replace(text, tsql.nul(), '\u0000');
END $$;

CREATE FUNCTION tsql.json_kept(document pg_catalog.json, level int4) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF level > 128 AND json_typeof(document) IN ('object', 'array') THEN
        PERFORM tsql.error(13645);
    END IF;
    CASE json_typeof(document)
        WHEN 'object' THEN RETURN (
            SELECT '{' || coalesce(string_agg(tsql.json_kept_string(key) || ':'
                || tsql.json_kept(value, level + 1), ',' ORDER BY place), '') || '}'
            FROM (SELECT DISTINCT ON (key COLLATE "C") key, value, place
                FROM json_each(document) WITH ORDINALITY AS member (key, value, place)
                ORDER BY key COLLATE "C", place) AS members);
        WHEN 'array' THEN RETURN (
            SELECT '[' || coalesce(string_agg(tsql.json_kept(value, level + 1), ','
                ORDER BY place), '') || ']'
            FROM json_array_elements(document) WITH ORDINALITY AS element (value, place));
        WHEN 'string' THEN RETURN tsql.json_kept_string(document #>> '{}');
        WHEN 'number' THEN RETURN tsql.json_number(document #>> '{}');
        ELSE RETURN document #>> '{}';
    END CASE;
END $$;

-- Half of a surrogate pair, escaped, stands for the replacement character.
CREATE FUNCTION tsql.json_whole_pairs(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN value ~* '\\ud[89a-f]' THEN
    regexp_replace(regexp_replace(value,
        '((?:[^\\]|^)(?:\\\\)*)\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])', '\1\\ufffd', 'gi'),
        '((?:[^\\]|^)(?:\\\\)*)(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}', '\1\\ufffd', 'gi')
    ELSE value END;

-- A string read as json. Most documents need no more than their blanks taken out.
CREATE FUNCTION tsql.parse_json(value text) RETURNS tsql.json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    bare text;
BEGIN
    IF tsql.isjson(value) = 0 THEN
        PERFORM tsql.error_state(13609, 9, left(ltrim(value, E' \t\r\n') || '.', 1), '0');
    END IF;
    value := regexp_replace(value, '("(?:[^"\\]|\\.)*")|[ \t\r\n]+', '\1', 'g');
    bare := regexp_replace(value, '"(?:[^"\\]|\\.)*"', '', 'g');
    IF value ~ '\\' OR bare ~ '\d[eE]|-0|[0-9.]{39}' OR length(bare) > 128
        AND length(translate(bare, '{[', '')) < length(bare) - 128
        OR value IS NOT JSON WITH UNIQUE KEYS
    THEN
        value := tsql.json_kept(
            tsql.json_unescape_nul(tsql.json_whole_pairs(value))::pg_catalog.json, 1);
    END IF;
    RETURN value::tsql.json;
END $$;
