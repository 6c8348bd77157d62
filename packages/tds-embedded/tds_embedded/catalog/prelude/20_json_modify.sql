-- JSON_MODIFY, https://learn.microsoft.com/sql/t-sql/functions/json-modify-transact-sql

-- A document without the value at `place`: its key and the comma before it go, too, or the comma
-- after it, if it is the first. An element of an array becomes null.
CREATE FUNCTION tsql.json_without(tokens text[], place int4[], key int4, comma int4) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    next int4 := tsql.json_next(tokens, place[2] + 1);
BEGIN
    IF key = place[1] THEN
        tokens := tokens[: place[1] - 1] || 'null'::text || tokens[place[2] + 1 :];
    ELSIF comma IS NULL AND tokens[next] = ',' THEN
        tokens := tokens[: key - 1] || tokens[next + 1 :];
    ELSE
        tokens := tokens[: coalesce(comma, key) - 1] || tokens[place[2] + 1 :];
    END IF;
    RETURN array_to_string(tokens, '');
END $$;

-- A document with `value` (JSON text) as the last of the members that end at `place`.
CREATE FUNCTION tsql.json_with(tokens text[], place int4, first bool, value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_string(tokens[: place - 1], '') || CASE WHEN first THEN '' ELSE ',' END || value
    || array_to_string(tokens[place :], '');

-- `value` is JSON text; NULL takes the member out, with a strict path it becomes null.
CREATE FUNCTION tsql.json_modify(document text, path text, value text) RETURNS tsql.nvarchar
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    append bool := path ~ '^\s*append(?![A-Za-z0-9_])';
    steps text[] := tsql.json_steps(
        regexp_replace(path, '^\s*append(?![A-Za-z0-9_])', '      '), 'JSON_MODIFY');
    last int4 := cardinality(steps);
    is_strict bool := steps[1] = 'strict';
    tokens text[];
    parent int4[];
    member int4[];
    place int4[];
BEGIN
    IF last = 1 AND NOT append THEN
        PERFORM tsql.error(13619, '2', 'JSON_MODIFY');
    ELSIF document IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.json_document(document, 7);
    tokens := tsql.json_tokens(document);
    place := tsql.json_place(tokens, steps);
    IF place[1] IS NOT NULL AND append THEN
        IF tokens[place[1]] = '[' THEN
            member := tsql.json_member(tokens, place[1], '.');
            RETURN tsql.json_with(tokens, member[2], member[3] = 0, coalesce(value, 'null'));
        ELSIF is_strict THEN
            PERFORM tsql.error(13621);
        END IF;
        RETURN document;
    END IF;
    parent := tsql.json_place(tokens, steps[: last - 1]);
    member := tsql.json_member(tokens, parent[1], steps[last]);
    IF place[1] IS NOT NULL AND value IS NULL AND NOT is_strict THEN
        RETURN tsql.json_without(tokens, place, member[2], member[3]);
    ELSIF place[1] IS NOT NULL THEN
        RETURN array_to_string(tokens[: place[1] - 1], '') || coalesce(value, 'null')
            || array_to_string(tokens[place[2] + 1 :], '');
    ELSIF is_strict THEN
        PERFORM tsql.error_state(13608, 2);
    ELSIF tokens[parent[1]] = '{' AND steps[last] LIKE '.%' AND value IS NOT NULL THEN
        RETURN tsql.json_with(tokens, member[2], member[3] = 0,
            tsql.json_string(substr(steps[last], 2)) || ':'
            || CASE WHEN append THEN '[' || value || ']' ELSE value END);
    END IF;
    RETURN document;
END $$;
