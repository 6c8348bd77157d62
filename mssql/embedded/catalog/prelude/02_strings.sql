-- nvarchar, varchar, nchar, char: varchar's own C functions for storage, citext's for comparison.
--
-- Without a suffix a type compares without case; `_cs` is its sister for case-sensitive and binary
-- collations; `varchar_utf8` is varchar under a _UTF8 collation (it holds every character).
-- char and nchar are stored without their padding, so that equality ignores it.
-- Only nvarchar and nvarchar_cs have operators: the others are binary-coercible to them, so that
-- an index on any string column serves a comparison with any string.

CREATE TEMPORARY TABLE string_types AS
SELECT name || CASE WHEN sensitive THEN '_cs' ELSE '' END AS name, rank, sensitive,
    name IN ('char', 'nchar') AS fixed
FROM (VALUES ('char', 1), ('varchar', 2), ('varchar_utf8', 3), ('nchar', 4), ('nvarchar', 5))
        AS base (name, rank),
    (VALUES (false), (true)) AS variant (sensitive);

DO $do$
DECLARE
    type record;
BEGIN
    FOR type IN SELECT * FROM string_types LOOP
        EXECUTE format($sql$
            CREATE TYPE tsql.%1$I;
            CREATE FUNCTION tsql.%1$s_in(cstring, oid, int4) RETURNS tsql.%1$I
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varcharin';
            CREATE FUNCTION tsql.%1$s_out(tsql.%1$I) RETURNS cstring
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varcharout';
            CREATE FUNCTION tsql.%1$s_recv(internal, oid, int4) RETURNS tsql.%1$I
                LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'varcharrecv';
            CREATE FUNCTION tsql.%1$s_send(tsql.%1$I) RETURNS bytea
                LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'varcharsend';
            CREATE TYPE tsql.%1$I (
                INPUT = tsql.%1$s_in, OUTPUT = tsql.%1$s_out,
                RECEIVE = tsql.%1$s_recv, SEND = tsql.%1$s_send,
                TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout,
                STORAGE = extended, COLLATABLE = true,
                CATEGORY = 's', PREFERRED = %2$s);
            CREATE CAST (tsql.%1$I AS text) WITHOUT FUNCTION;
            CREATE CAST (text AS tsql.%1$I) WITHOUT FUNCTION;
            CREATE FUNCTION tsql.fit_characters(tsql.%1$I, int4, bool) RETURNS tsql.%1$I
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchar';
            $sql$, type.name, (type.name = 'nvarchar')::text);
        IF type.fixed THEN
            EXECUTE format($sql$
                CREATE FUNCTION tsql.fit_fixed(tsql.%1$I, int4, bool) RETURNS tsql.%1$I
                    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                    RETURN rtrim(tsql.fit_characters($1, $2, $3)::text)::tsql.%1$I;
                CREATE CAST (tsql.%1$I AS tsql.%1$I)
                    WITH FUNCTION tsql.fit_fixed(tsql.%1$I, int4, bool) AS IMPLICIT;
                $sql$, type.name);
        ELSE
            EXECUTE format($sql$
                CREATE CAST (tsql.%1$I AS tsql.%1$I)
                    WITH FUNCTION tsql.fit_characters(tsql.%1$I, int4, bool) AS IMPLICIT;
                $sql$, type.name);
        END IF;
    END LOOP;
END $do$;

-- The character that stands for U+0000, which text cannot hold: see nul.py.
CREATE FUNCTION tsql.nul() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN U&'\FDD0';
-- A character by its code point. It is a client's, who cannot have the one that is taken.
CREATE FUNCTION tsql.from_code_point(point int4) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE point WHEN 0 THEN tsql.nul()
    WHEN ascii(tsql.nul()) THEN tsql.error_for(point::text, 59998) ELSE chr(point) END;
CREATE FUNCTION tsql.code_point(value text) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE ascii(value) WHEN ascii(tsql.nul()) THEN 0 ELSE ascii(value) END;

-- What varchar's code page 1252 cannot hold becomes a question mark, as on SQL Server.
CREATE FUNCTION tsql.to_code_page(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN octet_length(value) = length(value) THEN value ELSE regexp_replace(value,
    '[^' || tsql.nul() || '\x01-\x7f\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]', '?', 'g') END;

-- A string widens implicitly by data type precedence and from insensitive to sensitive; any other
-- way is an assignment's.
DO $do$
DECLARE
    pair record;
    conversion text;
    widens bool;
BEGIN
    FOR pair IN
        SELECT a.name AS source, b.name AS target,
            a.rank <= b.rank AND a.sensitive <= b.sensitive AS widens,
            a.rank > 2 AND b.rank <= 2 AS narrows_code_page
        FROM string_types a, string_types b WHERE a.name <> b.name
    LOOP
        conversion := 'WITHOUT FUNCTION';
        IF pair.narrows_code_page THEN
            EXECUTE format($sql$
                CREATE FUNCTION tsql.narrow_to_%2$s(tsql.%1$I) RETURNS tsql.%2$I
                LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                RETURN tsql.to_code_page($1::text)::tsql.%2$I$sql$, pair.source, pair.target);
            conversion := format(
                'WITH FUNCTION tsql.narrow_to_%2$s(tsql.%1$I)', pair.source, pair.target);
        END IF;
        EXECUTE format('CREATE CAST (tsql.%I AS tsql.%I) %s AS %s', pair.source, pair.target,
            conversion, CASE WHEN pair.widens THEN 'IMPLICIT' ELSE 'ASSIGNMENT' END);
    END LOOP;
END $do$;

-- Comparison. citext's functions lower both sides; text's compare code points.
DO $do$
DECLARE
    family record;
    op record;
BEGIN
    FOR family IN SELECT * FROM (VALUES
        ('nvarchar', '''$libdir/citext'', ''citext_%s'' LANGUAGE C'),
        ('nvarchar_cs', '''text%s'' LANGUAGE internal')) AS v (type, code)
    LOOP
        FOR op IN SELECT * FROM (VALUES
            ('eq', 'eq', '=', '=', '<>', 'eqsel', 'eqjoinsel'),
            ('ne', 'ne', '<>', '<>', '=', 'neqsel', 'neqjoinsel'),
            ('lt', '_lt', '<', '>', '>=', 'scalarltsel', 'scalarltjoinsel'),
            ('le', '_le', '<=', '>=', '>', 'scalarlesel', 'scalarlejoinsel'),
            ('gt', '_gt', '>', '<', '<=', 'scalargtsel', 'scalargtjoinsel'),
            ('ge', '_ge', '>=', '<=', '<', 'scalargesel', 'scalargejoinsel'))
            AS v (citext, text, name, commutator, negator, restrict, joins)
        LOOP
            EXECUTE format('CREATE FUNCTION tsql.string_%1$s(tsql.%2$s, tsql.%2$s) RETURNS bool '
                'IMMUTABLE STRICT PARALLEL SAFE AS %3$s', op.citext, family.type,
                format(family.code, CASE family.type WHEN 'nvarchar' THEN op.citext ELSE op.text END));
            EXECUTE format('CREATE OPERATOR tsql.%1$s (LEFTARG = tsql.%2$s, RIGHTARG = tsql.%2$s, '
                'FUNCTION = tsql.string_%3$s, COMMUTATOR = OPERATOR(tsql.%4$s), '
                'NEGATOR = OPERATOR(tsql.%5$s), RESTRICT = %6$s, JOIN = %7$s %8$s)',
                op.name, family.type, op.citext, op.commutator, op.negator, op.restrict, op.joins,
                CASE op.name WHEN '=' THEN ', HASHES, MERGES' ELSE '' END);
        END LOOP;
    END LOOP;
END $do$;

CREATE FUNCTION tsql.string_cmp(tsql.nvarchar, tsql.nvarchar) RETURNS int4
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS '$libdir/citext', 'citext_cmp';
CREATE FUNCTION tsql.string_hash(tsql.nvarchar) RETURNS int4
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS '$libdir/citext', 'citext_hash';
CREATE FUNCTION tsql.string_cmp(tsql.nvarchar_cs, tsql.nvarchar_cs) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bttextcmp';
CREATE FUNCTION tsql.string_hash(tsql.nvarchar_cs) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashtext';

CALL pg_temp.for_collations($$
CREATE OPERATOR CLASS @T_btree DEFAULT FOR TYPE @T USING btree AS
    OPERATOR 1 tsql.<, OPERATOR 2 tsql.<=, OPERATOR 3 tsql.=, OPERATOR 4 tsql.>=,
    OPERATOR 5 tsql.>, FUNCTION 1 tsql.string_cmp(@T, @T);
CREATE OPERATOR CLASS @T_hash DEFAULT FOR TYPE @T USING hash AS
    OPERATOR 1 tsql.=, FUNCTION 1 tsql.string_hash(@T);
$$);

CREATE FUNCTION tsql.string_smaller(tsql.nvarchar, tsql.nvarchar) RETURNS tsql.nvarchar
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS '$libdir/citext', 'citext_smaller';
CREATE FUNCTION tsql.string_larger(tsql.nvarchar, tsql.nvarchar) RETURNS tsql.nvarchar
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS '$libdir/citext', 'citext_larger';
CREATE FUNCTION tsql.string_smaller(tsql.nvarchar_cs, tsql.nvarchar_cs) RETURNS tsql.nvarchar_cs
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'text_smaller';
CREATE FUNCTION tsql.string_larger(tsql.nvarchar_cs, tsql.nvarchar_cs) RETURNS tsql.nvarchar_cs
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'text_larger';
CALL pg_temp.for_collations($$
CREATE AGGREGATE tsql.min(@T) (SFUNC = tsql.string_smaller, STYPE = @T,
    SORTOP = OPERATOR(tsql.<), COMBINEFUNC = tsql.string_smaller, PARALLEL = SAFE);
CREATE AGGREGATE tsql.max(@T) (SFUNC = tsql.string_larger, STYPE = @T,
    SORTOP = OPERATOR(tsql.>), COMBINEFUNC = tsql.string_larger, PARALLEL = SAFE);
$$);

-- String concatenation: `+`. PostgreSQL's textcat takes any type stored as text is.
CALL pg_temp.for_strings($$
CREATE FUNCTION tsql.concatenate(@T, @T) RETURNS @T
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textcat';
CREATE OPERATOR tsql.+ (LEFTARG = @T, RIGHTARG = @T, FUNCTION = tsql.concatenate);
$$);
