-- Stored procedures: their text, which the session parses and runs (engine/procedures/user.py).

CREATE TABLE meta.modules (
    id int4 PRIMARY KEY GENERATED ALWAYS AS IDENTITY (START WITH 1500000000), schema text NOT NULL,
    name text NOT NULL, kind text NOT NULL, definition text NOT NULL,
    created timestamp NOT NULL DEFAULT localtimestamp,
    modified timestamp NOT NULL DEFAULT localtimestamp);
CREATE UNIQUE INDEX ON meta.modules (lower(schema), lower(name));
