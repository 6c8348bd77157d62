-- JSON: ISJSON, JSON_VALUE, JSON_QUERY, JSON_MODIFY, JSON_PATH_EXISTS, OPENJSON.
--
-- Documents are PostgreSQL's json, not jsonb, so that what is taken out of one is as it was written.

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

CREATE FUNCTION tsql.json_document(value text) RETURNS pg_catalog.json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF tsql.isjson(value) = 1 THEN
        RETURN tsql.json_unescape_nul(value)::pg_catalog.json;
    END IF;
    PERFORM tsql.error(13609, left(ltrim(value, E' \t\r\n'), 1), '0');
END $$;

-- The steps of a path: `.key` for a member, a bare number for an element; the first is its mode.
CREATE FUNCTION tsql.json_steps(path text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    head text[] := regexp_match(path, '^\s*(?:(lax|strict)\s+)?\$', 'i');
    rest text;
    steps text[];
    step text[];
BEGIN
    IF head IS NULL THEN
        PERFORM tsql.error(13607, left(path, 1), '0');
    END IF;
    steps := ARRAY[lower(coalesce(head[1], 'lax'))];
    rest := regexp_replace(path, '^\s*(?:(lax|strict)\s+)?\$', '', 'i');
    WHILE rest <> '' LOOP
        step := regexp_match(rest, '^(?:\.([^\s.\[\]"]+)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\])(.*)$', 's');
        IF step IS NULL THEN
            PERFORM tsql.error(13607, left(rest, 1), (length(path) - length(rest))::text);
        END IF;
        steps := steps || coalesce('.' || step[1], '.' || (('"'
            || tsql.json_unescape_nul(step[2]) || '"')::pg_catalog.json #>> '{}'), step[3]);
        rest := step[4];
    END LOOP;
    RETURN steps;
END $$;

-- What lies at a path: NULL where nothing does, which a strict path takes for an error.
CREATE FUNCTION tsql.json_at(document pg_catalog.json, path text) RETURNS pg_catalog.json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    steps text[] := tsql.json_steps(path);
    found pg_catalog.json := document;
BEGIN
    FOR place IN 2 .. cardinality(steps) LOOP
        IF steps[place] LIKE '.%' THEN
            found := CASE json_typeof(found) WHEN 'object' THEN found -> substr(steps[place], 2) END;
        ELSE
            found := CASE json_typeof(found) WHEN 'array' THEN found -> steps[place]::int4 END;
        END IF;
        EXIT WHEN found IS NULL;
    END LOOP;
    IF found IS NULL AND steps[1] = 'strict' THEN
        PERFORM tsql.error(13608);
    END IF;
    RETURN found;
END $$;

-- The errors get an argument that is no constant: a constant branch of CASE may be computed before it
-- is known which one holds.
CREATE FUNCTION tsql.json_scalar_at(document pg_catalog.json, path text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE
    WHEN json_typeof(found) NOT IN ('object', 'array') THEN found #>> '{}'
    WHEN path ~* '^\s*strict\s' THEN tsql.error(13623, found::text) END
    FROM (SELECT tsql.json_at(document, path)) AS at (found));
CREATE FUNCTION tsql.json_container_at(document pg_catalog.json, path text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE
    WHEN json_typeof(found) IN ('object', 'array') THEN tsql.json_escape_nul(found::text)
    WHEN path ~* '^\s*strict\s' THEN tsql.error(13624, found::text) END
    FROM (SELECT tsql.json_at(document, path)) AS at (found));

-- JSON_VALUE gives up at 4000 characters.
CREATE FUNCTION tsql.json_value(document text, path text) RETURNS tsql.nvarchar
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE WHEN length(found) <= 4000 THEN found::tsql.nvarchar
    WHEN path ~* '^\s*strict\s' THEN tsql.error(13625, found::text)::tsql.nvarchar END
    FROM (SELECT tsql.json_scalar_at(tsql.json_document(document), path)) AS at (found));
CREATE FUNCTION tsql.json_query(document text, path text DEFAULT '$') RETURNS tsql.nvarchar
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.json_container_at(tsql.json_document(document), path)::tsql.nvarchar;
CREATE FUNCTION tsql.json_path_exists(document text, path text) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (tsql.json_at(tsql.json_document(document),
    regexp_replace(path, '^\s*strict\s', '', 'i')) IS NOT NULL)::int4;
CREATE FUNCTION tsql.isjson(value text) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (value IS JSON AND ltrim(value, E' \t\r\n') ~ '^[{[]'
    AND position(tsql.nul() IN value) = 0)::int4;
CREATE FUNCTION tsql.isjson(value text, kind text) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (position(tsql.nul() IN value) = 0 AND CASE lower(kind)
    WHEN 'value' THEN value IS JSON WHEN 'scalar' THEN value IS JSON SCALAR
    WHEN 'object' THEN value IS JSON OBJECT WHEN 'array' THEN value IS JSON ARRAY END)::int4;

-- A document with what lies at steps[place ...] replaced by `value` (JSON text): put in where it is
-- missing, taken out where `value` is NULL, put behind the elements of an array with `append`.
CREATE FUNCTION tsql.json_put(
    document pg_catalog.json, steps text[], place int4, value text, append bool) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    step text := steps[place];
    kind text := json_typeof(document);
    parts text[] := '{}';
    inside text;
    met bool := false;
    part record;
BEGIN
    IF step IS NULL THEN
        IF NOT append THEN
            RETURN value;
        ELSIF kind = 'array' THEN
            SELECT array_agg(element.value::text ORDER BY ordinality) INTO parts
            FROM json_array_elements(document) WITH ORDINALITY AS element;
            RETURN '[' || array_to_string(parts || coalesce(value, 'null'), ',') || ']';
        END IF;
        RETURN CASE WHEN document IS NULL THEN '[' || coalesce(value, 'null') || ']'
            ELSE document::text END;
    ELSIF kind = 'object' AND step LIKE '.%' THEN
        FOR part IN SELECT each.key, each.value FROM json_each(document) AS each LOOP
            IF part.key = substr(step, 2) THEN
                met := true;
                inside := tsql.json_put(part.value, steps, place + 1, value, append);
            ELSE
                inside := part.value::text;
            END IF;
            CONTINUE WHEN inside IS NULL;
            parts := parts || (to_json(part.key)::text || ':' || inside);
        END LOOP;
        IF NOT met AND place = cardinality(steps) THEN
            inside := tsql.json_put(NULL, steps, place + 1, value, append);
            met := true;
            IF inside IS NOT NULL THEN
                parts := parts || (to_json(substr(step, 2))::text || ':' || inside);
            END IF;
        END IF;
    ELSIF kind = 'array' AND step NOT LIKE '.%' THEN
        FOR part IN SELECT element.value, ordinality - 1 AS key
            FROM json_array_elements(document) WITH ORDINALITY AS element LOOP
            IF part.key = step::int8 THEN
                met := true;
                inside := coalesce(
                    tsql.json_put(part.value, steps, place + 1, value, append), 'null');
            ELSE
                inside := part.value::text;
            END IF;
            parts := parts || inside;
        END LOOP;
    END IF;
    IF NOT met THEN
        IF steps[1] = 'strict' THEN
            PERFORM tsql.error(13608);
        END IF;
        RETURN document::text;
    END IF;
    RETURN CASE kind WHEN 'object' THEN '{' || array_to_string(parts, ',') || '}'
        ELSE '[' || array_to_string(parts, ',') || ']' END;
END $$;
-- `value` is JSON text; NULL takes the member out, with a strict path it becomes null.
CREATE FUNCTION tsql.json_modify(document text, path text, value text) RETURNS tsql.nvarchar
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    append bool := path ~* '^\s*append\s';
    steps text[] := tsql.json_steps(regexp_replace(path, '^\s*append\s+', '', 'i'));
BEGIN
    IF document IS NULL OR path IS NULL THEN
        RETURN NULL;
    END IF;
    IF steps[1] = 'strict' THEN
        value := coalesce(value, 'null');
    END IF;
    RETURN tsql.json_escape_nul(
        tsql.json_put(tsql.json_document(document), steps, 2, value, append))::tsql.nvarchar;
END $$;

-- OPENJSON without WITH: a row a member or element.
CREATE FUNCTION tsql.json_type(value pg_catalog.json) RETURNS int4
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_position('{"null",string,number,boolean,array,object}', json_typeof(value)) - 1;
CREATE FUNCTION tsql.openjson(document text, path text DEFAULT '$')
RETURNS TABLE (key tsql.nvarchar_cs, value tsql.nvarchar, type tsql.tinyint)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10 SET search_path = pg_catalog AS $$
DECLARE
    root pg_catalog.json := tsql.json_at(tsql.json_document(document), path);
BEGIN
    IF json_typeof(root) = 'object' THEN
        RETURN QUERY SELECT each.key::tsql.nvarchar_cs,
            tsql.json_content(each.value)::tsql.nvarchar, tsql.json_type(each.value)::tsql.tinyint FROM json_each(root) AS each;
    ELSIF json_typeof(root) = 'array' THEN
        RETURN QUERY SELECT (ordinality - 1)::text::tsql.nvarchar_cs,
            tsql.json_content(element.value)::tsql.nvarchar,
            tsql.json_type(element.value)::tsql.tinyint
            FROM json_array_elements(root) WITH ORDINALITY AS element;
    END IF;
END $$;
-- OPENJSON with WITH: an array is a row an element, an object is one row.
CREATE FUNCTION tsql.openjson_rows(document text, path text DEFAULT '$')
RETURNS SETOF pg_catalog.json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10 SET search_path = pg_catalog AS $$
DECLARE
    root pg_catalog.json := tsql.json_at(tsql.json_document(document), path);
BEGIN
    IF json_typeof(root) = 'object' THEN
        RETURN NEXT root;
    ELSIF json_typeof(root) = 'array' THEN
        RETURN QUERY SELECT element.value FROM json_array_elements(root) AS element;
    END IF;
END $$;
