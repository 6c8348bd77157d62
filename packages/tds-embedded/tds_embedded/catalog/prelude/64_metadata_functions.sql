-- Functions that read the catalog. "Metadata Functions (Transact-SQL)",
-- https://learn.microsoft.com/sql/t-sql/functions/metadata-functions-transact-sql
-- The session writes the values of SERVERPROPERTY to mssql.server, as JSON.

-- The parts of `[a b].c`, brackets and quotes off; NULL for an invalid name.
CREATE FUNCTION meta.name_parts(name text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE WHEN string_agg(m[1] || coalesce(m[2], ''), '') = name THEN array_agg(
        CASE left(m[1], 1)
            WHEN '[' THEN replace(substr(m[1], 2, length(m[1]) - 2), ']]', ']')
            WHEN '"' THEN replace(substr(m[1], 2, length(m[1]) - 2), '""', '"')
            ELSE m[1] END) END
    FROM regexp_matches(name, '(\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|[^.\[\]"]*)(\.|$)', 'g') AS m
    WHERE m[1] <> '' OR m[2] <> '');

-- The session puts its user's into mssql.default_schema.
CREATE FUNCTION meta.default_schema() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('mssql.default_schema', true), ''), 'dbo');

-- Not in SQL, since PostgreSQL would write the query in wherever a statement uses the result.
-- Tables and views, the most frequent objects, are looked up in pg_class alone.
CREATE FUNCTION tsql.object_id(name tsql.nvarchar, kind tsql.nvarchar DEFAULT NULL) RETURNS int4
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    parts text[] := meta.name_parts(name::text);
    own text := lower(parts[cardinality(parts)]);
    owner text := lower(nullif(parts[cardinality(parts) - 1], ''));
    base text := lower(coalesce(nullif(parts[cardinality(parts) - 2], ''), current_database()));
    wanted text := lower(rtrim(kind::text));
    namespace oid;
    found int4;
BEGIN
    IF owner IS NULL THEN
        owner := lower(meta.default_schema());
        IF owner <> 'dbo' THEN
            found := tsql.object_id(format('[%s].[%s]', replace(owner, ']', ']]'), replace(own, ']', ']]'))::tsql.nvarchar, kind);
            IF found IS NOT NULL THEN
                RETURN found;
            END IF;
            owner := 'dbo';
        END IF;
    END IF;
    IF own LIKE '#%' THEN
        IF base = 'tempdb' THEN
            namespace := pg_my_temp_schema();
        END IF;
    ELSIF base = lower(current_database()) THEN
        SELECT oid INTO namespace FROM meta.user_schemas AS s WHERE lower(s.name) = owner;
    END IF;
    SELECT c.oid::int4 INTO found FROM pg_class c
    WHERE c.relnamespace = namespace AND c.relkind IN ('r', 'v')
        AND lower(meta.class_name(c.oid, c.relname)) = own
        AND (wanted IS NULL OR wanted = CASE c.relkind WHEN 'r' THEN 'u' ELSE 'v' END);
    IF found IS NULL THEN
        SELECT o.object_id INTO found FROM meta.objects o
        WHERE o.schema = namespace AND lower(o.name) = own
            AND (wanted IS NULL OR lower(o.type) = wanted);
    END IF;
    RETURN found;
END $$;

CREATE FUNCTION tsql.object_name(id int4) RETURNS tsql.nvarchar
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    found text;
BEGIN
    SELECT meta.class_name(oid, relname) INTO found FROM pg_class
    WHERE oid = id::oid AND relkind IN ('r', 'v')
        AND relnamespace IN (SELECT s.oid FROM meta.user_schemas s);
    IF found IS NULL THEN
        SELECT o.name INTO found FROM meta.objects o WHERE o.object_id = id;
    END IF;
    RETURN found::tsql.nvarchar;
END $$;
CREATE FUNCTION tsql.object_schema_name(id int4) RETURNS tsql.nvarchar
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    found text;
BEGIN
    SELECT s.name INTO found FROM pg_class c JOIN meta.user_schemas s ON s.oid = c.relnamespace
    WHERE c.oid = id::oid;
    IF found IS NULL THEN
        SELECT s.name INTO found FROM meta.objects o JOIN meta.user_schemas s ON s.oid = o.schema
        WHERE o.object_id = id;
    END IF;
    RETURN found::tsql.nvarchar;
END $$;
CREATE FUNCTION tsql.object_definition(id int4) RETURNS tsql.nvarchar
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    (SELECT definition FROM sys.sql_modules WHERE object_id = id),
    (SELECT definition FROM sys.check_constraints WHERE object_id = id),
    (SELECT definition FROM sys.default_constraints WHERE object_id = id));

CREATE FUNCTION tsql.schema_id(name tsql.nvarchar) RETURNS int4 LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT s.schema_id FROM sys.schemas s WHERE lower(s.name::text) = lower(schema_id.name::text));
CREATE FUNCTION tsql.schema_id() RETURNS int4 LANGUAGE sql STABLE PARALLEL SAFE
    RETURN tsql.schema_id(meta.default_schema()::tsql.nvarchar);
CREATE FUNCTION tsql.schema_name(id int4) RETURNS tsql.nvarchar LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT s.name FROM sys.schemas s WHERE s.schema_id = id);

CREATE FUNCTION tsql.db_id(name tsql.nvarchar) RETURNS int2 LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT database_id::int2 FROM meta.databases d WHERE lower(d.name) = lower(db_id.name::text));
CREATE FUNCTION tsql.db_name(id int4) RETURNS tsql.nvarchar LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT d.name::tsql.nvarchar FROM meta.databases d WHERE database_id = id);

CREATE FUNCTION tsql.type_id(name tsql.nvarchar) RETURNS int4 LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT t.user_type_id FROM sys.types t, (SELECT meta.name_parts(name::text)) AS n (parts)
        WHERE lower(t.name::text) = lower(parts[cardinality(parts)]));
CREATE FUNCTION tsql.type_name(id int4) RETURNS tsql.nvarchar LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT t.name FROM sys.types t WHERE t.user_type_id = id);

CREATE FUNCTION tsql.col_name(object int4, number int4) RETURNS tsql.nvarchar
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT meta.column_name(c.oid, number)::tsql.nvarchar FROM pg_class c
        WHERE c.oid = object::oid AND c.relnamespace IN (SELECT oid FROM meta.user_schemas));
CREATE FUNCTION tsql.col_length(relation tsql.nvarchar, name tsql.nvarchar) RETURNS int2
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT c.max_length FROM meta.every_column c
        WHERE c.relation = tsql.object_id(col_length.relation)::oid
            AND lower(c.name) = lower(col_length.name::text));
CREATE FUNCTION tsql.columnproperty(object int4, name tsql.nvarchar, property tsql.nvarchar)
    RETURNS int4 LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT CASE lower(property::text)
        WHEN 'allowsnull' THEN is_nullable::bool::int4 WHEN 'columnid' THEN column_id
        WHEN 'ordinal' THEN column_id
        WHEN 'iscomputed' THEN is_computed::bool::int4 WHEN 'isidentity' THEN is_identity::bool::int4
        WHEN 'isrowguidcol' THEN is_rowguidcol::bool::int4 WHEN 'precision'
            -- of a string its characters, of bytes their number
            THEN CASE WHEN system_type_id::int4 IN (231, 239) AND max_length > 0 THEN max_length / 2
                WHEN system_type_id::int4 IN (165, 167, 173, 175, 231, 244) THEN max_length
                ELSE precision::int4 END
        WHEN 'scale' THEN scale::int4 WHEN 'issparse' THEN is_sparse::bool::int4
        WHEN 'charmaxlen' THEN CASE WHEN max_length > 0 AND system_type_id::int4 IN (231, 239)
            THEN max_length / 2 ELSE max_length END END
    FROM sys.columns c
    WHERE c.object_id = object AND lower(c.name::text) = lower(columnproperty.name::text));

CREATE FUNCTION tsql.objectproperty(id int4, property tsql.nvarchar) RETURNS int4
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT CASE lower(property::text)
        WHEN 'istable' THEN (type = 'U')::int4 WHEN 'isusertable' THEN (type = 'U')::int4
        WHEN 'isview' THEN (type = 'V')::int4 WHEN 'isprocedure' THEN (type = 'P')::int4
        WHEN 'isconstraint' THEN (type IN ('PK', 'UQ', 'F', 'C', 'D'))::int4
        WHEN 'isprimarykey' THEN (type = 'PK')::int4 WHEN 'isforeignkey' THEN (type = 'F')::int4
        WHEN 'isuniquecnst' THEN (type = 'UQ')::int4 WHEN 'ischeckcnst' THEN (type = 'C')::int4
        WHEN 'isdefaultcnst' THEN (type = 'D')::int4 WHEN 'ismsshipped' THEN 0
        WHEN 'ownerid' THEN 1
        WHEN 'schemaid' THEN (SELECT s.schema_id FROM meta.user_schemas s WHERE s.oid = o.schema)
        WHEN 'istrigger' THEN (type = 'TR')::int4 WHEN 'isscalarfunction' THEN (type = 'FN')::int4
        WHEN 'istablefunction' THEN (type IN ('TF', 'IF'))::int4
        WHEN 'isinlinefunction' THEN (type = 'IF')::int4 WHEN 'issystemtable' THEN 0
        WHEN 'tablehasclustindex' THEN EXISTS (SELECT FROM sys.indexes i
            WHERE i.object_id = id AND i.type::int4 = 1)::int4
        WHEN 'tablehasforeignref' THEN EXISTS (SELECT FROM sys.foreign_keys f
            WHERE f.referenced_object_id = id)::int4
        WHEN 'tablehasforeignkey' THEN EXISTS (SELECT FROM sys.foreign_keys f
            WHERE f.parent_object_id = id)::int4
        WHEN 'tablehasindex' THEN EXISTS (SELECT FROM sys.indexes i
            WHERE i.object_id = id AND i.index_id > 0)::int4
        WHEN 'tablehasuniquecnst' THEN EXISTS (SELECT FROM sys.key_constraints k
            WHERE k.parent_object_id = id AND k.type::text = 'UQ')::int4
        WHEN 'tablehascheckcnst' THEN EXISTS (SELECT FROM sys.check_constraints k
            WHERE k.parent_object_id = id)::int4
        WHEN 'tablehasdefaultcnst' THEN EXISTS (SELECT FROM sys.default_constraints k
            WHERE k.parent_object_id = id)::int4
        WHEN 'tablehasidentity' THEN EXISTS (SELECT FROM sys.columns c
            WHERE c.object_id = id AND c.is_identity::bool)::int4
        WHEN 'tablehasprimarykey' THEN EXISTS (SELECT FROM sys.key_constraints k
            WHERE k.parent_object_id = id AND k.type::text = 'PK')::int4 END
    FROM meta.objects o WHERE o.object_id = id);
CREATE FUNCTION tsql.indexproperty(id int4, index tsql.nvarchar, property tsql.nvarchar)
    RETURNS int4 LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT CASE lower(property::text)
        WHEN 'isclustered' THEN (i.type::int4 = 1)::int4 WHEN 'isunique' THEN is_unique::bool::int4
        WHEN 'indexid' THEN index_id WHEN 'isdisabled' THEN is_disabled::bool::int4 END
    FROM sys.indexes i WHERE i.object_id = id AND lower(i.name::text) = lower(index::text));

-- The sequence of a table's identity column.
CREATE FUNCTION meta.identity_of(relation tsql.nvarchar) RETURNS oid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT d.objid FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid
        WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'i'
        AND d.refobjid = tsql.object_id(relation)::oid);
CREATE FUNCTION tsql.ident_current(relation tsql.nvarchar) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(pg_sequence_last_value(seqrelid), seqstart)::numeric FROM pg_sequence
        WHERE seqrelid = meta.identity_of(relation));
CREATE FUNCTION tsql.ident_seed(relation tsql.nvarchar) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT seqstart::numeric FROM pg_sequence WHERE seqrelid = meta.identity_of(relation));
CREATE FUNCTION tsql.ident_incr(relation tsql.nvarchar) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT seqincrement::numeric FROM pg_sequence
        WHERE seqrelid = meta.identity_of(relation));

CREATE FUNCTION meta.variant(value json) RETURNS tsql.sql_variant
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE json_typeof(value) WHEN 'number' THEN tsql.to_variant('int', value #>> '{}')
        WHEN 'string' THEN tsql.to_variant('nvarchar', value #>> '{}') END;
CREATE FUNCTION tsql.serverproperty(name tsql.nvarchar) RETURNS tsql.sql_variant
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN meta.variant(current_setting('mssql.server')::json -> lower(name::text));
CREATE FUNCTION tsql.databasepropertyex(name tsql.nvarchar, property tsql.nvarchar)
    RETURNS tsql.sql_variant LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT CASE lower(property::text)
        WHEN 'collation' THEN tsql.to_variant('nvarchar', d.collation_name::text)
        WHEN 'status' THEN tsql.to_variant('nvarchar', d.state_desc::text)
        WHEN 'recovery' THEN tsql.to_variant('nvarchar', d.recovery_model_desc::text)
        WHEN 'updateability' THEN tsql.to_variant('nvarchar', 'READ_WRITE')
        WHEN 'useraccess' THEN tsql.to_variant('nvarchar', d.user_access_desc::text)
        WHEN 'edition' THEN meta.variant(current_setting('mssql.server')::json -> 'edition')
        WHEN 'version' THEN tsql.to_variant('int', d.compatibility_level::int4::text) END
    FROM sys.databases d
    WHERE lower(d.name::text) = lower(databasepropertyex.name::text));

-- Every login is the owner of every database.
CREATE FUNCTION tsql.has_perms_by_name(
    securable tsql.nvarchar, class tsql.nvarchar, permission tsql.nvarchar) RETURNS int4
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1;
CREATE FUNCTION tsql.has_dbaccess(name tsql.nvarchar) RETURNS int4
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN tsql.db_id(name) IS NOT NULL THEN 1 END;
