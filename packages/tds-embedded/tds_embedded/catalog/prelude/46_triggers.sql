-- DML triggers: their text is in meta.modules, and the session runs it (engine/triggers/firing.py).
-- A trigger is dropped with its table.

CREATE TABLE meta.trigger_events (
    module int4 PRIMARY KEY REFERENCES meta.modules ON DELETE CASCADE,
    relation oid NOT NULL, events text[] NOT NULL, enabled bool NOT NULL DEFAULT true,
    instead_of bool NOT NULL DEFAULT false);

CREATE VIEW meta.triggers AS
SELECT m.id, m.schema, m.name, m.definition, t.relation, t.events, t.enabled, t.instead_of
FROM meta.trigger_events t JOIN meta.modules m ON m.id = t.module
WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = t.relation);

-- The tables whose rows a cascade changes, with the table that it begins at.
CREATE VIEW meta.cascades AS
WITH RECURSIVE reached (origin, relation) AS (
    SELECT confrelid, conrelid FROM pg_constraint
    WHERE contype = 'f' AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))
    UNION
    SELECT origin, k.conrelid FROM reached JOIN pg_constraint k ON k.confrelid = reached.relation
    WHERE contype = 'f' AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd')))
SELECT origin, relation FROM reached;

-- The tables that a view reads, by other views too.
CREATE VIEW meta.below_view AS
WITH RECURSIVE reached (view, relation) AS (
    SELECT r.ev_class, d.refobjid FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
    UNION
    SELECT reached.view, d.refobjid FROM reached
    JOIN pg_rewrite r ON r.ev_class = reached.relation
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class)
SELECT view, relation FROM reached;

-- Writes the rows of a change to the table that its argument names: the action, the new values of
-- all columns, the old ones.
CREATE FUNCTION meta.write_down() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('INSERT INTO %s SELECT %L, ($1).*', TG_ARGV[0], TG_OP) USING NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        EXECUTE format('INSERT INTO %s SELECT %L, ($1).*, ($2).*', TG_ARGV[0], TG_OP)
            USING NEW, OLD;
    ELSE
        EXECUTE format('INSERT INTO %s SELECT %L, (NULL::%s).*, ($1).*', TG_ARGV[0], TG_OP,
            TG_RELID::regclass) USING OLD;
    END IF;
    RETURN NULL;
END $$;
