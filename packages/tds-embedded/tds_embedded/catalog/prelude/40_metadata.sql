-- The metadata of databases in addition to PostgreSQL's catalogs; most of it is JSON in comments,
-- see catalog/tables.py.

CREATE SCHEMA dbo;

CREATE TABLE meta.alias_types (
    id int4 GENERATED ALWAYS AS IDENTITY (START WITH 257), schema text NOT NULL,
    name text NOT NULL, type json NOT NULL, nullable bool NOT NULL);
CREATE UNIQUE INDEX ON meta.alias_types (lower(schema), lower(name));

-- class as in sys.extended_properties: 1 object or column, 3 schema, 7 index
CREATE TABLE meta.extended_properties (
    class int4 NOT NULL, major oid NOT NULL, minor int4 NOT NULL, name text NOT NULL, value json,
    PRIMARY KEY (class, major, minor, name));

CREATE TABLE meta.synonyms (
    id int4 GENERATED ALWAYS AS IDENTITY (START WITH 1000000), schema text NOT NULL,
    name text NOT NULL, target text NOT NULL);
CREATE UNIQUE INDEX ON meta.synonyms (lower(schema), lower(name));

CREATE SEQUENCE meta.rowversion START WITH 2000;

-- The JSON in the comment of a relation, column or constraint.
CREATE FUNCTION meta.of_class(oid) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
    RETURN obj_description($1, 'pg_class')::json;
CREATE FUNCTION meta.of_column(oid, int4) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
    RETURN col_description($1, $2)::json;
CREATE FUNCTION meta.of_constraint(oid) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
    RETURN obj_description($1, 'pg_constraint')::json;

-- T-SQL's names. A name without `~` is PostgreSQL's own (postgres/identifiers.py puts it into one that it
-- cuts, engine/ddl/indexes.py after an index's), so that few comments have to be read.
CREATE FUNCTION meta.class_name(relation oid, postgres name) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN position('~' IN postgres) = 0 THEN postgres::text
        ELSE coalesce(meta.of_class(relation) ->> 'name', postgres::text) END;
CREATE FUNCTION meta.constraint_name(id oid, postgres name) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN position('~' IN postgres) = 0 THEN postgres::text
        ELSE coalesce(meta.of_constraint(id) ->> 'name', postgres::text) END;
CREATE FUNCTION meta.attribute_name(relation oid, number int4, postgres name) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN position('~' IN postgres) = 0 THEN postgres::text
        ELSE coalesce(meta.of_column(relation, number) ->> 'name', postgres::text) END;
CREATE FUNCTION meta.schema_name(namespace oid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN namespace = pg_my_temp_schema() THEN 'dbo'
        ELSE (SELECT nspname FROM pg_namespace WHERE oid = namespace)::text END;
CREATE FUNCTION meta.table_name(relation oid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT meta.class_name(oid, relname) FROM pg_class WHERE oid = relation);
CREATE FUNCTION meta.qualified(relation oid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT meta.schema_name(relnamespace) || '.' || meta.class_name(oid, relname)
        FROM pg_class WHERE oid = relation);
CREATE FUNCTION meta.column_name(relation oid, number int4) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT meta.attribute_name(relation, number, attname)
        FROM pg_attribute WHERE attrelid = relation AND attnum = number);
CREATE FUNCTION meta.column_names(relation oid, numbers int2[]) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT array_agg(meta.column_name(relation, number::int4) ORDER BY place)
        FROM unnest(numbers) WITH ORDINALITY AS each (number, place));

-- The lengths of columns whose values are padded with blanks, NULL for the others.
CREATE FUNCTION meta.widths(relation oid, numbers int2[]) RETURNS int4[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT array_agg(CASE WHEN type ->> 0 IN ('char', 'nchar') THEN (type ->> 1)::int4 END
            ORDER BY place)
        FROM unnest(numbers) WITH ORDINALITY AS each (number, place),
            LATERAL (SELECT meta.of_column(relation, number::int4) -> 'type') AS t (type));

CREATE VIEW meta.constraint_words AS
SELECT n.nspname AS postgres_schema, t.relname AS postgres_table, k.conname AS postgres_name,
    meta.constraint_name(k.oid, k.conname) AS name,
    CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE KEY' WHEN 'f'
        THEN 'FOREIGN KEY' ELSE 'CHECK' END AS kind,
    meta.column_names(t.oid, k.conkey) AS columns, meta.qualified(t.oid) AS owner,
    meta.qualified(k.confrelid) AS referenced,
    meta.column_names(k.confrelid, k.confkey) AS referenced_columns,
    meta.widths(t.oid, k.conkey) AS widths
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE k.contype <> 'n'
UNION ALL
SELECT n.nspname, t.relname, i.relname, meta.class_name(i.oid, i.relname), 'INDEX',
    meta.column_names(t.oid, x.indkey::int2[]), meta.qualified(t.oid), NULL, NULL,
    meta.widths(t.oid, x.indkey[0:x.indnkeyatts - 1]::int2[])
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u'));

-- All names in use in a schema: tables, views, sequences, constraints, defaults.
CREATE VIEW meta.object_names AS
SELECT relnamespace AS schema, meta.class_name(oid, relname) AS name FROM pg_class
WHERE relkind IN ('r', 'v', 'S')
UNION ALL
SELECT connamespace, meta.constraint_name(oid, conname) FROM pg_constraint WHERE contype <> 'n'
UNION ALL
SELECT c.relnamespace, d.description::json -> 'default' ->> 'name'
FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
WHERE d.classoid = 'pg_class'::regclass AND d.objsubid > 0 AND c.relnamespace >= 16384
    AND position('"default": {' IN d.description) > 0
UNION ALL
SELECT n.oid, s.name FROM meta.synonyms s JOIN pg_namespace n ON n.nspname = s.schema;

-- The options of a database are JSON in its comment: {"collation", "compatibility_level", ...}.
CREATE FUNCTION meta.of_database(oid) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN left(shobj_description($1, 'pg_database'), 1) = '{'
        THEN shobj_description($1, 'pg_database') ELSE '{}' END::json;
CREATE FUNCTION meta.this_database() RETURNS oid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT oid FROM pg_database WHERE datname = current_database());
CREATE FUNCTION meta.database_collation() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(meta.of_database(meta.this_database()) ->> 'collation',
        'SQL_Latin1_General_CP1_CI_AS');

-- rowversion: a new value at every insert and update.
CREATE FUNCTION tsql.next_rowversion() RETURNS tsql.rowversion LANGUAGE sql VOLATILE
    RETURN tsql.number_bytes(nextval('meta.rowversion'), 8)::bytea::tsql.rowversion;
CREATE FUNCTION meta.set_rowversion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN jsonb_populate_record(NEW,
        jsonb_build_object(TG_ARGV[0], tsql.next_rowversion()::bytea::text));
END $$;

CREATE FUNCTION meta.column_numbers(relation oid, names text[]) RETURNS int2[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(a.attnum ORDER BY each.place), '{}')
        FROM unnest(names) WITH ORDINALITY AS each (name, place) JOIN pg_attribute a
            ON a.attrelid = relation AND meta.column_name(relation, a.attnum::int4) = each.name);

-- The objects of CREATE STATISTICS.
CREATE TABLE meta.statistics (
    id int4 GENERATED ALWAYS AS IDENTITY, relation oid NOT NULL, name text NOT NULL,
    columns int2[] NOT NULL, filter text, filter_columns int2[] NOT NULL);
CREATE UNIQUE INDEX ON meta.statistics (relation, lower(name));

-- Whether an index's filter reads a column: its tree names columns by their numbers.
CREATE FUNCTION meta.filter_reads(index oid, number int4) RETURNS bool LANGUAGE sql STABLE
    RETURN (SELECT position(':varattno ' || number || ' ' IN indpred::text) > 0
        FROM pg_index WHERE indexrelid = index AND indpred IS NOT NULL);

-- An untrusted CHECK, by its oid: new rows, and updates of its columns, see
-- engine/ddl/row_checks.py.
CREATE FUNCTION meta.check_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    violated bool;
    constraint_name text;
    condition text;
BEGIN
    SELECT conname, pg_get_expr(conbin, conrelid) INTO constraint_name, condition
    FROM pg_constraint WHERE oid = TG_ARGV[0]::oid;
    EXECUTE pg_catalog.format('SELECT (%s) IS FALSE FROM (SELECT ($1).*) AS new_row', condition)
        INTO violated USING NEW;
    IF violated THEN
        RAISE EXCEPTION 'new row violates check constraint' USING ERRCODE = '23514',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = constraint_name;
    END IF;
    RETURN NULL;
END $$;

-- The same of an untrusted foreign key.
CREATE FUNCTION meta.check_reference() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key pg_constraint;
    is_given text;
    matches text;
    is_missing bool;
BEGIN
    SELECT * INTO key FROM pg_constraint WHERE oid = TG_ARGV[0]::oid;
    SELECT string_agg(pg_catalog.format('new_row.%I IS NOT NULL', mine.attname), ' AND '),
        string_agg(pg_catalog.format('other.%I = new_row.%I', theirs.attname, mine.attname), ' AND ')
    INTO is_given, matches
    FROM unnest(key.conkey, key.confkey) AS pair (own_number, other_number)
        JOIN pg_attribute mine ON mine.attrelid = key.conrelid AND mine.attnum = own_number
        JOIN pg_attribute theirs ON theirs.attrelid = key.confrelid AND theirs.attnum = other_number;
    EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM (SELECT ($1).*) AS new_row WHERE %s
        AND NOT EXISTS (SELECT FROM %s AS other WHERE %s))', is_given, key.confrelid::regclass, matches)
        INTO is_missing USING NEW;
    IF is_missing THEN
        RAISE EXCEPTION 'update violates foreign key constraint' USING ERRCODE = '23503',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = key.conname;
    END IF;
    RETURN NULL;
END $$;

-- Foreign keys that are on in PostgreSQL and off to T-SQL, see engine/ddl/switches.py: a setting that ends
-- with the transaction.
CREATE FUNCTION meta.is_put_down(key oid) RETURNS bool LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(key = ANY (
        string_to_array(current_setting('mssql.keys_off', true), ',')::oid[]), false);

-- Puts a switch down; false if PostgreSQL has to switch it.
CREATE FUNCTION meta.put_down_switch(relation oid, names text[], enable bool, validate bool)
    RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    off oid[] := coalesce(string_to_array(current_setting('mssql.keys_off', true), ','), '{}');
    wanted oid[];
    changing oid[];
    tables text;
    can_be bool;
BEGIN
    SELECT coalesce(array_agg(oid), '{}'),
        coalesce(bool_and(CASE WHEN enable AND validate THEN NOT (disabled OR untrusted)
            WHEN enable THEN NOT (disabled OR oid = ANY (off))
            ELSE disabled OR contype = 'f' AND NOT untrusted END), true),
        array_agg(oid) FILTER (WHERE CASE WHEN enable THEN oid = ANY (off)
            ELSE NOT disabled AND oid <> ALL (off) END),
        string_agg(pg_catalog.format('%s, %s', conrelid::regclass, confrelid::regclass), ', ')
            FILTER (WHERE contype = 'f')
    INTO wanted, can_be, changing, tables
    FROM (SELECT k.oid, k.contype, k.conrelid, k.confrelid,
            coalesce((d.description::json ->> 'disabled')::bool, false) AS disabled,
            coalesce((d.description::json ->> 'untrusted')::bool, false) AS untrusted
        FROM pg_constraint k LEFT JOIN pg_description d ON d.objoid = k.oid
            AND d.classoid = 'pg_constraint'::regclass AND d.objsubid = 0
        WHERE k.conrelid = relation AND k.contype IN ('c', 'f')
            AND (names = '{}' OR lower(meta.constraint_name(k.oid, k.conname))
                IN (SELECT lower(name) FROM unnest(names) AS name))) AS found;
    IF NOT can_be OR cardinality(wanted) < cardinality(names) THEN
        RETURN false;
    END IF;
    IF enable AND changing IS NOT NULL THEN
        off := ARRAY(SELECT unnest(off) EXCEPT SELECT unnest(changing));
    ELSIF changing IS NOT NULL THEN
        EXECUTE pg_catalog.format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', tables);
        off := off || changing;
    ELSE
        RETURN true;
    END IF;
    PERFORM set_config('mssql.keys_off', array_to_string(off, ','), true);
    RETURN true;
END $$;

-- Tells PostgreSQL about the keys that a change of a table can meet, or all (NULL).
CREATE FUNCTION meta.apply_switches(target oid, inserts bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    key record;
    off oid[] := coalesce(string_to_array(current_setting('mssql.keys_off', true), ','), '{}');
BEGIN
    FOR key IN
        WITH RECURSIVE reached (relation) AS (
            SELECT target
            UNION
            SELECT k.conrelid FROM reached JOIN pg_constraint k ON k.confrelid = reached.relation
            WHERE NOT inserts AND k.contype = 'f'
                AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd')))
        SELECT k.* FROM pg_constraint k WHERE k.oid = ANY (off)
            AND (target IS NULL OR k.conrelid IN (SELECT relation FROM reached)
                OR NOT inserts AND k.confrelid IN (SELECT relation FROM reached))
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s ALTER CONSTRAINT %I NOT ENFORCED',
            key.conrelid::regclass, key.conname);
        EXECUTE pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L',
            key.conname, key.conrelid::regclass, coalesce(meta.of_constraint(key.oid), '{}')::jsonb
                || '{"disabled": true, "untrusted": true}');
        off := array_remove(off, key.oid);
    END LOOP;
    PERFORM set_config('mssql.keys_off', array_to_string(off, ','), true);
END $$;

-- Unique keys that are checked after a statement, see engine/deferred_keys.py: PostgreSQL lets duplicates of an
-- index that is not immediate in. False if that cannot be: rows of other transactions have to be
-- seen, and `violated` has to be an index of the table.
CREATE FUNCTION meta.is_cascaded(index oid) RETURNS bool LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM pg_constraint
        WHERE conindid = index AND contype = 'f' AND confupdtype = 'c' AND conenforced);
CREATE FUNCTION meta.leave_keys_unchecked(relation oid, violated text) RETURNS bool
    LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR NOT EXISTS (
            SELECT FROM pg_index JOIN pg_class i ON i.oid = indexrelid
            WHERE indrelid = relation AND i.relname = violated) THEN
        RETURN false;
    END IF;
    EXECUTE pg_catalog.format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', relation::regclass);
    UPDATE pg_index SET indimmediate = false
    FROM pg_class i
    WHERE i.oid = indexrelid AND indrelid = relation AND indisunique
        AND (i.relname = violated OR NOT meta.is_cascaded(indexrelid));
    RETURN true;
END $$;

-- Checks those keys, and has PostgreSQL check them again. The least duplicate is an error as
-- PostgreSQL's own.
CREATE FUNCTION meta.check_keys(relation oid, violated text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    key record;
    grouped text;
    is_violated bool;
    duplicate text;
BEGIN
    FOR key IN
        SELECT x.*, i.relname, x.indrelid::regclass AS stored, c.relname AS table_name, n.nspname,
            parts.columns, parts.shown, concat_ws(' AND ', pg_get_expr(x.indpred, x.indrelid),
                CASE WHEN NOT x.indnullsnotdistinct THEN parts.given END, 'true') AS condition
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL (SELECT string_agg(part, ', ' ORDER BY number) AS columns,
                string_agg(pg_catalog.format('CASE WHEN %1$s IS NULL THEN ''null'''
                    ' ELSE pg_catalog.format(''%%s'', %1$s) END', part), ', ' ORDER BY number)
                    AS shown,
                string_agg(part || ' IS NOT NULL', ' AND ') AS given
                FROM generate_series(1, x.indnkeyatts) AS number,
                    LATERAL (SELECT pg_get_indexdef(x.indexrelid, number, false)) AS of_key (part)
            ) AS parts
        WHERE x.indrelid = check_keys.relation AND x.indisunique AND NOT x.indimmediate
        ORDER BY x.indexrelid
    LOOP
        grouped := pg_catalog.format('FROM %s WHERE %s GROUP BY %s HAVING pg_catalog.count(*) > 1',
            key.stored, key.condition, key.columns);
        EXECUTE pg_catalog.format('SELECT EXISTS (SELECT %s)', grouped) INTO is_violated;
        IF is_violated THEN  -- the newest row is the one that is refused
            EXECUTE pg_catalog.format('SELECT (array_agg(array_to_string(ARRAY[%s], '', '')'
                ' ORDER BY pg_catalog.age(xmin), ctid DESC))[1] %s ORDER BY %s LIMIT 1',
                key.shown, grouped, key.columns) INTO duplicate;
            RAISE EXCEPTION 'duplicate key value violates unique constraint' USING
                ERRCODE = '23505', SCHEMA = key.nspname, TABLE = key.table_name,
                CONSTRAINT = key.relname,
                DETAIL = pg_catalog.format('Key (%s)=(%s) already exists.', key.columns, duplicate);
        END IF;
        IF key.relname = violated AND meta.is_cascaded(key.indexrelid) THEN
            PERFORM tsql.error(40517,
                'moving keys over each other that a foreign key ON UPDATE CASCADE refers to');
        END IF;
    END LOOP;
    UPDATE pg_index SET indimmediate = true
    WHERE indrelid = check_keys.relation AND indisunique AND NOT indimmediate;
END $$;

-- The entry of an index, by its oid, with the limit of its bytes; nothing once the index is gone.
CREATE FUNCTION meta.check_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    size int4;
    index_name text := (SELECT coalesce(meta.of_class(oid) ->> 'name', relname::text)
        FROM pg_class WHERE oid = TG_ARGV[0]::oid);
BEGIN
    IF index_name IS NOT NULL THEN
        EXECUTE pg_catalog.format('SELECT %s FROM (SELECT ($1).*) AS new_row', TG_ARGV[3])
            INTO size USING NEW;
        IF size > TG_ARGV[1]::int4 THEN
            PERFORM tsql.error(1946, size::text, index_name, TG_ARGV[1], TG_ARGV[2]);
        END IF;
    END IF;
    RETURN NULL;
END $$;
