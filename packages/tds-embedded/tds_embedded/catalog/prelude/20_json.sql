-- JSON: ISJSON, JSON_VALUE, JSON_QUERY, JSON_PATH_EXISTS, OPENJSON.
--
-- Documents are PostgreSQL's json, not jsonb, so that its parts are returned as they were written.

-- PostgreSQL reads no \u0000 out of json: inside a document the character that stands for it does.
CREATE FUNCTION tsql.json_unescape_nul(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN position('\u' IN value) = 0 THEN value
    WHEN value ~* ('(?<!\\)(\\\\)*\\u' || to_hex(ascii(tsql.nul())))
        THEN tsql.error_for(value, 59998)
    WHEN position('\u0000' IN value) = 0 THEN value
    ELSE regexp_replace(value, '(?<!\\)((?:\\\\)*)\\u0000', '\1' || tsql.nul(), 'g') END;
-- A string's characters; anything else as it is written.
CREATE FUNCTION tsql.json_content(value pg_catalog.json) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN json_typeof(value) IN ('object', 'array') THEN tsql.json_escape_nul(value::text)
    ELSE value #>> '{}' END;

-- A document of more than 128 containers, one inside the other, is read no further than that.
CREATE FUNCTION tsql.json_depth_checked(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    depth int4 := 0;
    token text;
BEGIN
    IF length(value) - length(translate(value, '[{', '')) <= 129 THEN
        RETURN value;
    END IF;
    FOREACH token IN ARRAY tsql.json_tokens(value) LOOP
        depth := depth + CASE WHEN token IN ('{', '[') THEN 1 WHEN token IN ('}', ']') THEN -1 ELSE 0 END;
        IF depth > 129 THEN
            PERFORM tsql.error(13606, '128');
        END IF;
    END LOOP;
    RETURN value;
END $$;
CREATE FUNCTION tsql.isjson(value text) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (tsql.json_depth_checked(value) IS JSON AND ltrim(value, E' \t\r\n') ~ '^[{[]'
    AND position(tsql.nul() IN value) = 0)::int4;
CREATE FUNCTION tsql.isjson(value text, kind text) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (position(tsql.nul() IN value) = 0 AND CASE lower(kind)
    WHEN 'value' THEN value IS JSON WHEN 'scalar' THEN value IS JSON SCALAR AND value ~ '^\s*[-"0-9]'
    WHEN 'object' THEN value IS JSON OBJECT WHEN 'array' THEN value IS JSON ARRAY END)::int4;

-- A string as a document; `state` is the error's state, by which SQL Server's functions differ.
CREATE FUNCTION tsql.json_document(value text, state int4 DEFAULT 1) RETURNS pg_catalog.json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF tsql.json_whole_pairs(value) <> value THEN
        PERFORM tsql.error(40517, 'half of a surrogate pair in JSON');
    ELSIF tsql.isjson(value) = 1 THEN
        RETURN tsql.json_unescape_nul(value)::pg_catalog.json;
    END IF;
    PERFORM tsql.error_state(13609, state, left(ltrim(value, E' \t\r\n') || '.', 1), '0');
END $$;

-- A path is evaluated before its document: NULL is an error, and so are a word and a sign that no
-- path has. State 14 is a sign in the wrong place, 21 and 22 an unknown one inside and outside [].
CREATE FUNCTION tsql.json_path_error(path text, rest text, inside bool) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    rest := ltrim(rest, E' \t\r\n');
    PERFORM tsql.error_state(13607,
        CASE WHEN rest ~ '^($|[]\[.$*,"0-9]|(lax|strict|append|to|last)(?![A-Za-z0-9_]))' THEN 14
            WHEN inside THEN 21 ELSE 22 END,
        left(rest || '.', 1), (length(path) - length(rest))::text);
END $$;

-- The steps of a path: `.key` for a member, a bare number for an element; the first is its mode.
CREATE FUNCTION tsql.json_steps(path text, function text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    head text[] := regexp_match(path, '^\s*((?:lax|strict)(?![A-Za-z0-9_]))?(.*)$', 's');
    rest text := ltrim(head[2], E' \t\r\n');
    steps text[] := ARRAY[coalesce(head[1], 'lax')];
    step text[];
BEGIN
    IF path IS NULL THEN
        PERFORM tsql.error_state(8116, 8, 'NULL', '2', function);
    ELSIF rest NOT LIKE '$%' THEN
        PERFORM tsql.json_path_error(path, rest, false);
    END IF;
    rest := ltrim(substr(rest, 2), E' \t\r\n');
    WHILE rest <> '' LOOP
        step := regexp_match(rest, '^(?:\.\s*([A-Za-z_][A-Za-z0-9_]*)|\.\s*"((?:[^"\\]|\\.)*)"'
            '|\[\s*0*(\d{1,9})\s*\])\s*(.*)$', 's');
        IF step IS NULL AND rest ~ '^(\.\s*\*|\[\s*(\*|\d+\s+to\s|\d+\s*,|last))' THEN
            PERFORM tsql.error(40517, 'JSON path of several values');
        ELSIF step IS NULL AND rest ~ '^\[\s*\d{10,}\s*\]' THEN
            PERFORM tsql.error(40517, 'JSON index of that many digits');
        ELSIF step IS NULL THEN
            PERFORM tsql.json_path_error(path,
                regexp_replace(rest, '^(\.|\[\s*(\d{1,9}(?![A-Za-z0-9_]))?)', ''), rest LIKE '[%');
        ELSIF step[2] ~ '(?<!\\)(\\\\)*\\(?!["\\/bfnrt]|u[0-9A-Fa-f]{4})' THEN
            PERFORM tsql.error_state(13607, 17, left(rest, 1), (length(path) - length(rest))::text);
        END IF;
        steps := steps || coalesce('.' || step[1], '.' || (('"'
            || tsql.json_unescape_nul(step[2]) || '"')::pg_catalog.json #>> '{}'), step[3]);
        rest := step[4];
    END LOOP;
    RETURN steps;
END $$;

-- The first member of a name: `->` returns the last.
CREATE FUNCTION tsql.json_member(object pg_catalog.json, name text) RETURNS pg_catalog.json
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT each.value FROM json_each(object) AS each WHERE each.key = name LIMIT 1);
-- The value at a path: NULL if there is none, an error for a strict path.
CREATE FUNCTION tsql.json_at(
    document pg_catalog.json, path text, function text, state int4 DEFAULT 1)
RETURNS pg_catalog.json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    steps text[] := tsql.json_steps(path, function);
    found pg_catalog.json := document;
BEGIN
    FOR place IN 2 .. cardinality(steps) LOOP
        IF steps[place] LIKE '.%' THEN
            found := CASE json_typeof(found) WHEN 'object' 
                THEN tsql.json_member(found, substr(steps[place], 2)) END;
        ELSE
            found := CASE json_typeof(found) WHEN 'array' THEN found -> steps[place]::int4 END;
        END IF;
        EXIT WHEN found IS NULL;
    END LOOP;
    IF found IS NULL AND steps[1] = 'strict' AND document IS NOT NULL THEN
        PERFORM tsql.error_state(13608, state);
    END IF;
    RETURN found;
END $$;

-- The errors get a variable argument: a constant branch of CASE may be computed before its
-- condition.
CREATE FUNCTION tsql.json_scalar_at(document pg_catalog.json, path text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT CASE
    WHEN json_typeof(found) NOT IN ('object', 'array') THEN found #>> '{}'
    WHEN path ~ '^\s*strict' AND found IS NOT NULL
        THEN tsql.error_state(13623, 2, found::text) END
    FROM (SELECT tsql.json_at(document, path, 'JSON_VALUE')) AS at (found));
CREATE FUNCTION tsql.json_container_at(document pg_catalog.json, path text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT CASE
    WHEN json_typeof(found) IN ('object', 'array') THEN tsql.json_escape_nul(found::text)
    WHEN json_typeof(found) = 'null' THEN NULL
    WHEN path ~ '^\s*strict' AND found IS NOT NULL
        THEN tsql.error_state(13624, 2, found::text) END
    FROM (SELECT tsql.json_at(document, path, 'JSON_QUERY')) AS at (found));

-- The document as far as it has to be read to find the value at a path: JSON_VALUE and JSON_QUERY
-- ignore invalid text after it.
CREATE FUNCTION tsql.json_read(document text, path text, function text) RETURNS pg_catalog.json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    tokens text[];
    place int4[];
    whole text;
BEGIN
    IF tsql.isjson(document) = 0 THEN
        tokens := tsql.json_tokens(document);
        place := tsql.json_place(tokens, tsql.json_steps(path, function));
        whole := tsql.json_closed(tokens[: place[2]]);
        IF place[2] IS NOT NULL AND tsql.isjson(whole) = 1 THEN
            RETURN tsql.json_document(whole);
        END IF;
    END IF;
    RETURN tsql.json_document(document);
END $$;

-- JSON_VALUE is limited to 4000 characters.
CREATE FUNCTION tsql.json_value(document text, path text) RETURNS tsql.nvarchar
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT CASE WHEN length(found) <= 4000 THEN found::tsql.nvarchar
    WHEN path ~ '^\s*strict' AND found IS NOT NULL
        THEN tsql.error(13625, found::text)::tsql.nvarchar END
    FROM (SELECT tsql.json_scalar_at(
        tsql.json_read(document, path, 'JSON_VALUE'), path)) AS at (found));
CREATE FUNCTION tsql.json_query(document text, path text DEFAULT '$') RETURNS tsql.nvarchar
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.json_container_at(tsql.json_read(document, path, 'JSON_QUERY'), path)::tsql.nvarchar;
CREATE FUNCTION tsql.json_path_exists(document text, path text) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN tsql.json_steps(path, 'JSON_PATH_EXISTS') IS NULL OR document IS NULL THEN NULL
    WHEN tsql.isjson(document) = 0 THEN 0
    ELSE (tsql.json_at(tsql.json_document(document), regexp_replace(path, '^\s*strict', ''),
        'JSON_PATH_EXISTS') IS NOT NULL)::int4 END;
-- The document of OPENJSON.
CREATE FUNCTION tsql.json_root(document text, path text) RETURNS pg_catalog.json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    root pg_catalog.json :=
        tsql.json_at(tsql.json_document(document, 4), path, 'OPENJSON', 3);
BEGIN
    IF path ~ '^\s*strict' AND json_typeof(root) NOT IN ('object', 'array') THEN
        PERFORM tsql.error(13611);
    END IF;
    RETURN root;
END $$;

-- OPENJSON without WITH: one row per member or element.
CREATE FUNCTION tsql.json_type(value pg_catalog.json) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_position('{"null",string,number,boolean,array,object}', json_typeof(value)) - 1;
CREATE FUNCTION tsql.openjson(document text, path text DEFAULT '$')
RETURNS TABLE (key tsql.nvarchar_bin, value tsql.nvarchar, type tsql.tinyint)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10 SET search_path = pg_catalog AS $$
DECLARE
    root pg_catalog.json := tsql.json_root(document, path);
BEGIN
    IF json_typeof(root) = 'object' THEN
        RETURN QUERY SELECT each.key::tsql.nvarchar_bin,
            tsql.json_content(each.value)::tsql.nvarchar, tsql.json_type(each.value)::tsql.tinyint FROM json_each(root) AS each;
    ELSIF json_typeof(root) = 'array' THEN
        RETURN QUERY SELECT (ordinality - 1)::text::tsql.nvarchar_bin,
            tsql.json_content(element.value)::tsql.nvarchar,
            tsql.json_type(element.value)::tsql.tinyint
            FROM json_array_elements(root) WITH ORDINALITY AS element;
    END IF;
END $$;
-- OPENJSON with WITH: an array has one row per element, an object has one row.
CREATE FUNCTION tsql.openjson_rows(document text, path text DEFAULT '$')
RETURNS SETOF pg_catalog.json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10 SET search_path = pg_catalog AS $$
DECLARE
    root pg_catalog.json := tsql.json_root(document, path);
BEGIN
    IF json_typeof(root) = 'object' THEN
        RETURN NEXT root;
    ELSIF json_typeof(root) = 'array' THEN
        RETURN QUERY SELECT element.value FROM json_array_elements(root) AS element;
    END IF;
END $$;

-- The keys of JSON_OBJECT and JSON_OBJECTAGG.
CREATE FUNCTION tsql.json_key(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF value IS NULL THEN
        PERFORM tsql.error(13638, 'json_object');
    END IF;
    RETURN value;
END $$;
CREATE FUNCTION tsql.json_array_text(text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN '[' || array_to_string($1, ',') || ']';
CREATE FUNCTION tsql.json_object_text(text[]) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN '{' || array_to_string($1, ',') || '}';
CREATE AGGREGATE tsql.json_arrayagg(text)
    (SFUNC = array_append, STYPE = text[], FINALFUNC = tsql.json_array_text);
CREATE AGGREGATE tsql.json_objectagg(text)
    (SFUNC = array_append, STYPE = text[], FINALFUNC = tsql.json_object_text);

-- JSON_VALUE (... RETURNING type): the result of a value of another type is unknown.
CREATE FUNCTION tsql.json_returned(value tsql.nvarchar, type text, target anycompatible)
RETURNS anycompatible LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    result ALIAS FOR target;
BEGIN
    result := tsql.try_convert(value, 0, type, target);
    IF result IS NULL AND value IS NOT NULL THEN
        PERFORM tsql.error(40517, 'JSON_VALUE ... RETURNING of a value that does not convert');
    END IF;
    RETURN result;
END $$;

-- json as a string: one that is too short is an error, and so is a code page without the characters.
CREATE FUNCTION tsql.json_fitting(value text, length int4, wide bool) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF NOT wide THEN
        PERFORM convert_to(value, 'WIN1252');
    END IF;
    IF tsql.utf16_length(value) > length THEN
        PERFORM tsql.error(13639);
    END IF;
    RETURN value;
EXCEPTION WHEN untranslatable_character THEN
    PERFORM tsql.error(13640);
END $$;
