-- nvarchar, varchar, nchar, char: varchar's own C functions for storage.
--
-- A type without a suffix ignores case; its sisters are `_cs` for collations with case, `_ai` for
-- those without case and accents, and `_bin` for binary ones. `varchar_utf8` is varchar under a
-- _UTF8 collation (it can contain every character). char and nchar are stored without padding. Only
-- nvarchar, its sisters and varchar have operators: the others are binary-coercible to them, so
-- that an index on such a column serves a comparison with any string. A function that has no twin
-- for `_ai` and `_bin` takes them as nvarchar and `_cs`.

CREATE TEMPORARY TABLE string_types AS
SELECT name || suffix AS name, rank, variant,
    name IN ('char', 'nchar') AS fixed
FROM (VALUES ('char', 1), ('varchar', 2), ('varchar_utf8', 3), ('nchar', 4), ('nvarchar', 5))
        AS base (name, rank),
    (VALUES ('', 0), ('_ai', 1), ('_bin', 2), ('_cs', 3)) AS variant (suffix, variant);

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

-- The substitute of U+0000, which text cannot contain: see null_characters.py.
CREATE FUNCTION tsql.nul() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN U&'\FDD0';
-- A character by its code point. It is a client's, who cannot have the one that is taken.
CREATE FUNCTION tsql.from_code_point(point int4) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE point WHEN 0 THEN tsql.nul()
    WHEN ascii(tsql.nul()) THEN tsql.error_for(point::text, 59998) ELSE chr(point) END;
CREATE FUNCTION tsql.code_point(value text) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE ascii(value) WHEN ascii(tsql.nul()) THEN 0 ELSE ascii(value) END;

-- A character outside varchar's code page 1252 becomes the most similar letter or, if there is
-- none, one question mark per half of a surrogate pair: see tsql/translate/code_page.py.
CREATE FUNCTION tsql.best_fit(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(regexp_replace(value, '[\U00010000-\U0010FFFF]', '??', 'g'),
    'ĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŢ'
        || 'ţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŹźŻżƠơƯưǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜǞǟǠǡǦǧǨǩǪǫǬǭǰĐđĦħıŁłŦŧ∞' || U&'\0301',
    'AaAaAaCcCcCcCcDdEeEeEeEeEeGgGgGgGgHhIiIiIiIiIJjKkLlLlLlNnNnNnOoOoOoRrRrRrSsSsSsT'
        || 'tTtUuUuUuUuUuUuWwYyZzZzOoUuAaIiOoUuUuUuUuUuAaAaGgKkOoOojÐdHhiLlTt8´');
CREATE FUNCTION tsql.to_code_page(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN octet_length(value) = length(value) THEN value
    ELSE regexp_replace(tsql.best_fit(value),
    '[^' || tsql.nul() || '\x01-\x7f\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]', '?', 'g') END;

-- A string widens implicitly by data type precedence and from insensitive to sensitive; other
-- conversions are assignments.
DO $do$
DECLARE
    pair record;
    conversion text;
    widens bool;
BEGIN
    FOR pair IN
        SELECT a.name AS source, b.name AS target,
            a.rank <= b.rank AND (a.variant <= b.variant OR a.variant = 1 AND b.variant = 0) AS widens,
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

-- Comparison. Blanks at the end do not count, which bpchar's functions see to. PostgreSQL without
-- ICU has no collation but by code point, so the order is implemented here: signs before digits
-- before letters, a letter's accents after its place in the alphabet, and last its case.

-- A string without its case; ligatures are two letters and an accent is one with its letter.
CREATE FUNCTION tsql.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) = length(value) THEN lower(value COLLATE "default")
    ELSE replace(replace(replace(translate(normalize(lower(
        replace(value, 'İ', U&'i\0307') COLLATE "default"), NFC),
        'ς', 'σ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') END;
-- A folded string without accents: Latin letters lose their marks.
CREATE FUNCTION tsql.without_accents(folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(folded) = length(folded) THEN folded
    ELSE translate(regexp_replace(normalize(folded, NFD), '[\u0300-\u036f]', '', 'g'),
        'øđħłŧı', 'odhlti') END;
-- The first level of the order. Blanks come before signs, these before digits. nvarchar
-- leaves hyphens and apostrophes out, as Windows and Excel do: "Sort data in a range or table",
-- https://support.microsoft.com/office/62d0b95d-2a90-4610-a6ae-2e545c4a4654
CREATE FUNCTION tsql.letters(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN folded ~ '[ -/:-@[-`{-~]' THEN translate(rtrim(tsql.without_accents(folded)),
        ' !"#$%&()*,./:;?@[\]^_`{|}~+<=>''-',
        U&'\0001\0002\0003\0004\0005\0006\0007\0008\0009\000A\000B\000C\000D\000E\000F\0010\0011\0012\0013\0014\0015\0016\0017\0018\0019\001A\001B\001C\001D\001E\001F')
    ELSE tsql.without_accents(folded) END;
-- varchar's, under the collations named SQL_, has the signs in ASCII's order.
CREATE FUNCTION tsql.narrow_letters(folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN folded ~ '[ -/:-@[-`{-~]' THEN translate(rtrim(tsql.without_accents(folded)),
        ' !"#$%&''()*+,-./:;<=>?@[\]^_`{|}~',
        U&'\0001\0002\0003\0004\0005\0006\0007\0008\0009\000A\000B\000C\000D\000E\000F\0010\0011\0012\0013\0014\0015\0016\0017\0018\0019\001A\001B\001C\001D\001E\001F\0021\0022')
    ELSE tsql.without_accents(folded) END;
-- The second level: accents, in Windows' order.
CREATE FUNCTION tsql.accents(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(CASE WHEN octet_length(folded) = length(folded) THEN folded
    ELSE translate(normalize(folded, NFD), U&'\0301\0300\0307\0302\0308\030C\0306\0304\0303\030A\0328\0327',
        U&'\E010\E011\E012\E013\E014\E015\E016\E017\E018\E019\E01A\E01B') END, '''-', '');
-- The last: of strings that differ in hyphens and apostrophes, one with them comes after one without.
CREATE FUNCTION tsql.hyphens(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(folded, '''-', U&'\F8FE\F8FF');

-- The order of uniqueidentifier: its last six bytes first.
CREATE FUNCTION tsql.uuid_key(value uuid) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substr(uuid_send(value), 11, 6) || substr(uuid_send(value), 9, 2)
    || substr(uuid_send(value), 8, 1) || substr(uuid_send(value), 7, 1)
    || substr(uuid_send(value), 6, 1) || substr(uuid_send(value), 5, 1)
    || substr(uuid_send(value), 4, 1) || substr(uuid_send(value), 3, 1)
    || substr(uuid_send(value), 2, 1) || substr(uuid_send(value), 1, 1);
-- The Finnish and Swedish order, in which three letters with marks follow z.
CREATE FUNCTION tsql.swedish(value text) RETURNS tsql.nvarchar_bin
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsql.letters(translate(tsql.fold(value), 'åäö', U&'\E000\E001\E002'))::tsql.nvarchar_bin;

CREATE FUNCTION tsql.string_cmp(tsql.nvarchar, tsql.nvarchar) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    a text := tsql.fold($1::text);
    b text := tsql.fold($2::text);
BEGIN
    RETURN coalesce(nullif(pg_catalog.bpcharcmp(tsql.letters(a)::bpchar, tsql.letters(b)::bpchar), 0),
        nullif(pg_catalog.bpcharcmp(tsql.accents(a)::bpchar, tsql.accents(b)::bpchar), 0),
        pg_catalog.bpcharcmp(tsql.hyphens(a)::bpchar, tsql.hyphens(b)::bpchar));
END $$;
-- varchar under the collations named SQL_ has no ligatures, so it has operators, too.
CREATE FUNCTION tsql.string_cmp(tsql.varchar, tsql.varchar) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    a text := lower($1::text COLLATE "default");
    b text := lower($2::text COLLATE "default");
BEGIN
    RETURN coalesce(nullif(pg_catalog.bpcharcmp(tsql.narrow_letters(a)::bpchar,
            tsql.narrow_letters(b)::bpchar), 0),
        pg_catalog.bpcharcmp(a::bpchar, b::bpchar));
END $$;
CREATE FUNCTION tsql.string_cmp(tsql.nvarchar_cs, tsql.nvarchar_cs) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(nullif(tsql.string_cmp($1::text::tsql.nvarchar, $2::text::tsql.nvarchar), 0),
        pg_catalog.bpcharcmp($2::text::bpchar, $1::text::bpchar));
END $$;
CREATE FUNCTION tsql.string_cmp(tsql.nvarchar_ai, tsql.nvarchar_ai) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    a text := tsql.without_accents(tsql.fold($1::text));
    b text := tsql.without_accents(tsql.fold($2::text));
BEGIN
    RETURN coalesce(nullif(pg_catalog.bpcharcmp(tsql.letters(a)::bpchar, tsql.letters(b)::bpchar), 0),
        pg_catalog.bpcharcmp(tsql.hyphens(a)::bpchar, tsql.hyphens(b)::bpchar));
END $$;
CREATE FUNCTION tsql.string_cmp(tsql.nvarchar_bin, tsql.nvarchar_bin) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bpcharcmp';

CREATE FUNCTION tsql.string_eq(tsql.nvarchar, tsql.nvarchar) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN pg_catalog.bpchareq(tsql.fold($1::text)::bpchar, tsql.fold($2::text)::bpchar);
END $$;
CREATE FUNCTION tsql.string_hash(tsql.nvarchar) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN pg_catalog.hashbpchar(tsql.fold($1::text)::bpchar);
END $$;
CREATE FUNCTION tsql.string_eq(tsql.varchar, tsql.varchar) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN pg_catalog.bpchareq(lower($1::text COLLATE "default")::bpchar,
        lower($2::text COLLATE "default")::bpchar);
END $$;
CREATE FUNCTION tsql.string_hash(tsql.varchar) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN pg_catalog.hashbpchar(lower($1::text COLLATE "default")::bpchar);
END $$;
CREATE FUNCTION tsql.string_eq(tsql.nvarchar_ai, tsql.nvarchar_ai) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN tsql.string_cmp($1, $2) = 0;
END $$;
CREATE FUNCTION tsql.string_hash(tsql.nvarchar_ai) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN pg_catalog.hashbpchar(tsql.letters(tsql.fold($1::text))::bpchar);
END $$;
CALL pg_temp.for_types('{nvarchar_cs,nvarchar_bin}', $$
CREATE FUNCTION tsql.string_eq(@T, @T) RETURNS bool
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bpchareq';
CREATE FUNCTION tsql.string_hash(@T) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashbpchar';
$$);
CALL pg_temp.for_types('{nvarchar,varchar,nvarchar_cs,nvarchar_ai}', $$
CREATE FUNCTION tsql.string_ne(@T, @T) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS 'BEGIN RETURN NOT tsql.string_eq($1, $2); END';
CREATE FUNCTION tsql.string_lt(@T, @T) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS 'BEGIN RETURN tsql.string_cmp($1, $2) < 0; END';
CREATE FUNCTION tsql.string_le(@T, @T) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS 'BEGIN RETURN tsql.string_cmp($1, $2) <= 0; END';
CREATE FUNCTION tsql.string_gt(@T, @T) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS 'BEGIN RETURN tsql.string_cmp($1, $2) > 0; END';
CREATE FUNCTION tsql.string_ge(@T, @T) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS 'BEGIN RETURN tsql.string_cmp($1, $2) >= 0; END';
$$);

DO $do$
DECLARE
    type text;
    op record;
BEGIN
    FOREACH type IN ARRAY ARRAY['nvarchar', 'varchar', 'nvarchar_cs', 'nvarchar_ai', 'nvarchar_bin'] LOOP
        FOR op IN SELECT * FROM (VALUES
            ('eq', '=', '=', '<>', 'eqsel', 'eqjoinsel'),
            ('ne', '<>', '<>', '=', 'neqsel', 'neqjoinsel'),
            ('lt', '<', '>', '>=', 'scalarltsel', 'scalarltjoinsel'),
            ('le', '<=', '>=', '>', 'scalarlesel', 'scalarlejoinsel'),
            ('gt', '>', '<', '<=', 'scalargtsel', 'scalargtjoinsel'),
            ('ge', '>=', '<=', '<', 'scalargesel', 'scalargejoinsel'))
            AS v (code, name, commutator, negator, restrict, joins)
        LOOP
            IF type = 'nvarchar_bin' AND op.code <> 'eq' THEN
                EXECUTE format('CREATE FUNCTION tsql.string_%1$s(tsql.%2$s, tsql.%2$s) RETURNS bool '
                    'LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS %3$L',
                    op.code, type, 'bpchar' || op.code);
            END IF;
            EXECUTE format('CREATE OPERATOR tsql.%1$s (LEFTARG = tsql.%2$s, RIGHTARG = tsql.%2$s, '
                'FUNCTION = tsql.string_%3$s, COMMUTATOR = OPERATOR(tsql.%4$s), '
                'NEGATOR = OPERATOR(tsql.%5$s), RESTRICT = %6$s, JOIN = %7$s %8$s)',
                op.name, type, op.code, op.commutator, op.negator, op.restrict, op.joins,
                CASE op.name WHEN '=' THEN ', HASHES, MERGES' ELSE '' END);
        END LOOP;
    END LOOP;
END $do$;

CALL pg_temp.for_collations($$
CREATE OPERATOR CLASS @T_btree DEFAULT FOR TYPE @T USING btree AS
    OPERATOR 1 tsql.<, OPERATOR 2 tsql.<=, OPERATOR 3 tsql.=, OPERATOR 4 tsql.>=,
    OPERATOR 5 tsql.>, FUNCTION 1 tsql.string_cmp(@T, @T);
CREATE OPERATOR CLASS @T_hash DEFAULT FOR TYPE @T USING hash AS
    OPERATOR 1 tsql.=, FUNCTION 1 tsql.string_hash(@T);
CREATE FUNCTION tsql.string_smaller(@T, @T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN tsql.string_cmp($1, $2) < 0 THEN $1 ELSE $2 END;
CREATE FUNCTION tsql.string_larger(@T, @T) RETURNS @T LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN tsql.string_cmp($1, $2) > 0 THEN $1 ELSE $2 END;
CREATE AGGREGATE tsql.min(@T) (SFUNC = tsql.string_smaller, STYPE = @T,
    SORTOP = OPERATOR(tsql.<), COMBINEFUNC = tsql.string_smaller, PARALLEL = SAFE);
CREATE AGGREGATE tsql.max(@T) (SFUNC = tsql.string_larger, STYPE = @T,
    SORTOP = OPERATOR(tsql.>), COMBINEFUNC = tsql.string_larger, PARALLEL = SAFE);
$$);

-- String concatenation: `+`. PostgreSQL's textcat takes any type stored as text is.
CALL pg_temp.for_types('{nvarchar,varchar,nvarchar_cs,varchar_cs,nvarchar_ai,varchar_ai,nvarchar_bin,varchar_bin}', $$
CREATE FUNCTION tsql.concatenate(@T, @T) RETURNS @T
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textcat';
CREATE OPERATOR tsql.+ (LEFTARG = @T, RIGHTARG = @T, FUNCTION = tsql.concatenate);
$$);
