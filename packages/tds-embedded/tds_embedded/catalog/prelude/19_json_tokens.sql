-- JSON text as tokens: JSON_MODIFY changes only parts of a text and leaves the rest as it is
-- written.

CREATE FUNCTION tsql.json_tokens(document text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT token[1] FROM regexp_matches(document,
    '[ \t\r\n]+|"(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:," \t\r\n]+|"', 'g') AS found (token));

-- The next token that is not blank.
CREATE FUNCTION tsql.json_next(tokens text[], place int4) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN tokens[place] ~ '^[ \t\r\n]' THEN place + 1 ELSE place END;

-- The last token of the value that begins at a place; NULL if it has no end.
CREATE FUNCTION tsql.json_end(tokens text[], place int4) RETURNS int4
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    depth int4 := 0;
BEGIN
    LOOP
        IF tokens[place] IN ('{', '[') THEN
            depth := depth + 1;
        ELSIF tokens[place] IN ('}', ']') THEN
            depth := depth - 1;
        ELSIF tokens[place] IS NULL THEN
            RETURN NULL;
        END IF;
        IF depth = 0 THEN
            RETURN place;
        END IF;
        place := place + 1;
    END LOOP;
END $$;

-- The position of a step's value in the container that begins at a position: its first token, its
-- key's first token, and the comma before it. Without such a value: NULL, and the container's last
-- token.
CREATE FUNCTION tsql.json_member(tokens text[], place int4, step text) RETURNS int4[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    is_object bool := tokens[place] = '{';
    count int4 := 0;
    comma int4;
    key int4;
BEGIN
    LOOP
        place := tsql.json_next(tokens, place + 1);
        key := place;
        IF tokens[place] IN ('}', ']') OR tokens[place] IS NULL THEN
            RETURN ARRAY[NULL, place, count];
        ELSIF is_object THEN
            place := tsql.json_next(tokens, tsql.json_next(tokens, place + 1) + 1);
        END IF;
        IF is_object AND step LIKE '.%' AND tokens[key] IS JSON SCALAR
            AND tsql.json_unescape_nul(tokens[key])::pg_catalog.json #>> '{}' = substr(step, 2)
            OR NOT is_object AND step = count::text
        THEN
            RETURN ARRAY[place, key, comma];
        END IF;
        place := tsql.json_next(tokens, tsql.json_end(tokens, place) + 1);
        count := count + 1;
        IF tokens[place] IS DISTINCT FROM ',' THEN
            RETURN ARRAY[NULL, place, count];
        END IF;
        comma := place;
    END LOOP;
END $$;

-- The first and last token of the value at a path, or NULL.
CREATE FUNCTION tsql.json_place(tokens text[], steps text[]) RETURNS int4[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    place int4 := tsql.json_next(tokens, 1);
BEGIN
    FOR step IN 2 .. cardinality(steps) LOOP
        IF tokens[place] IS NULL OR tokens[place] <> '{' AND steps[step] LIKE '.%'
            OR tokens[place] <> '[' AND steps[step] NOT LIKE '.%'
        THEN
            RETURN NULL;
        END IF;
        place := (tsql.json_member(tokens, place, steps[step]))[1];
    END LOOP;
    RETURN ARRAY[place, tsql.json_end(tokens, place)];
END $$;

-- Tokens up to somewhere in a document, with the brackets closed that are open there.
CREATE FUNCTION tsql.json_closed(tokens text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    token text;
    open text := '';
BEGIN
    FOREACH token IN ARRAY tokens LOOP
        open := CASE token WHEN '{' THEN '}' || open WHEN '[' THEN ']' || open
            WHEN '}' THEN substr(open, 2) WHEN ']' THEN substr(open, 2) ELSE open END;
    END LOOP;
    RETURN array_to_string(tokens, '') || open;
END $$;
