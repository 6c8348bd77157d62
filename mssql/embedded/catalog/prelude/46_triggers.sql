-- DML triggers: their text is in meta.modules, and the session runs it (embedded/user_triggers.py).
-- A trigger whose table is gone is gone with it.

CREATE TABLE meta.trigger_events (
    module int4 PRIMARY KEY REFERENCES meta.modules ON DELETE CASCADE,
    relation oid NOT NULL, events text[] NOT NULL, enabled bool NOT NULL DEFAULT true);

CREATE VIEW meta.triggers AS
SELECT m.id, m.schema, m.name, m.definition, t.relation, t.events, t.enabled
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
