-- tinyint over smallint's C functions, bit over boolean's, money and smallmoney over numeric's.
-- smallint, int, bigint, decimal, float and real are PostgreSQL's own.

CREATE TYPE tsql.tinyint;
CREATE FUNCTION tsql.tinyint_in(cstring) RETURNS tsql.tinyint
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int2in';
CREATE FUNCTION tsql.tinyint_out(tsql.tinyint) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int2out';
CREATE FUNCTION tsql.tinyint_recv(internal) RETURNS tsql.tinyint
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int2recv';
CREATE FUNCTION tsql.tinyint_send(tsql.tinyint) RETURNS bytea
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int2send';
CREATE TYPE tsql.tinyint (
    INPUT = tsql.tinyint_in, OUTPUT = tsql.tinyint_out,
    RECEIVE = tsql.tinyint_recv, SEND = tsql.tinyint_send, LIKE = int2, CATEGORY = 'N');

CREATE TYPE tsql.bit;
CREATE FUNCTION tsql.bit_in(cstring) RETURNS tsql.bit
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'boolin';
CREATE FUNCTION tsql.bit_out(tsql.bit) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'boolout';
CREATE FUNCTION tsql.bit_recv(internal) RETURNS tsql.bit
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'boolrecv';
CREATE FUNCTION tsql.bit_send(tsql.bit) RETURNS bytea
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'boolsend';
CREATE TYPE tsql.bit (
    INPUT = tsql.bit_in, OUTPUT = tsql.bit_out, RECEIVE = tsql.bit_recv, SEND = tsql.bit_send,
    LIKE = bool, CATEGORY = 'N');

DO $do$
DECLARE
    type text;
BEGIN
    FOREACH type IN ARRAY ARRAY['money', 'smallmoney'] LOOP
        EXECUTE replace($sql$
            CREATE TYPE tsql.@;
            CREATE FUNCTION tsql.@_in(cstring, oid, int4) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_in';
            CREATE FUNCTION tsql.@_out(tsql.@) RETURNS cstring
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_out';
            CREATE FUNCTION tsql.@_recv(internal, oid, int4) RETURNS tsql.@
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_recv';
            CREATE FUNCTION tsql.@_send(tsql.@) RETURNS bytea
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_send';
            CREATE TYPE tsql.@ (
                INPUT = tsql.@_in, OUTPUT = tsql.@_out, RECEIVE = tsql.@_recv, SEND = tsql.@_send,
                LIKE = numeric, CATEGORY = 'N');
            CREATE CAST (tsql.@ AS numeric) WITHOUT FUNCTION AS IMPLICIT;$sql$, '@', type);
    END LOOP;
END $do$;

-- An int that overflows a smallint has a separate error number, and names the value.
CREATE FUNCTION tsql.to_smallint(value int8) RETURNS int2
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value NOT BETWEEN -32768 AND 32767
    THEN tsql.error_for(value::text, 8115, 'expression', 'smallint')::int2
    ELSE pg_catalog.int2(value) END;
CREATE FUNCTION tsql.to_smallint(value int4) RETURNS int2
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value NOT BETWEEN -32768 AND 32767
    THEN tsql.error_for(value::text, 220, 'smallint', value::text)::int2
    ELSE pg_catalog.int2(value) END;
-- A float that overflows one has another.
CREATE FUNCTION tsql.in_range(value float8, lowest float8, highest float8, target text)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value BETWEEN lowest AND highest THEN value
    ELSE tsql.error_for(value::text, 232, target, to_char(value::numeric, 'FM99999999999999999999999999999999999999990.000000'))::float8 END;

-- SQL Server truncates decimal and float on conversion to an integer type; PostgreSQL rounds.
-- Its own casts are pointed at these, so that assignments truncate too.
DO $do$
DECLARE
    target text;
    source text;
BEGIN
    PERFORM set_config('allow_system_table_mods', 'on', true);
    UPDATE pg_cast SET castfunc = format('tsql.to_smallint(%s)', castsource::regtype)::regprocedure
    WHERE casttarget = 'int2'::regtype AND castsource IN ('int4'::regtype, 'int8'::regtype);
    FOREACH target IN ARRAY ARRAY['int2', 'int4', 'int8'] LOOP
        FOREACH source IN ARRAY ARRAY['numeric', 'float8', 'float4'] LOOP
            EXECUTE format('CREATE FUNCTION tsql.truncate_to_%1$s(%2$s) RETURNS %1$s LANGUAGE sql '
                'IMMUTABLE STRICT PARALLEL SAFE RETURN pg_catalog.%1$s(%3$s)', target, source,
                CASE WHEN source = 'numeric' OR target = 'int8' THEN 'trunc($1)'
                WHEN target = 'int4'
                    THEN 'tsql.in_range(trunc($1::float8), -2147483648, 2147483647, ''int'')'
                ELSE 'tsql.in_range(trunc($1::float8), -32768, 32767, ''smallint'')' END);
            UPDATE pg_cast
            SET castfunc = format('tsql.truncate_to_%s(%s)', target, source)::regprocedure
            WHERE castsource = source::regtype AND casttarget = target::regtype;
        END LOOP;
    END LOOP;
    PERFORM set_config('allow_system_table_mods', 'off', true);
END $do$;

-- The C functions that convert a value of the base type to one of these types.
CREATE FUNCTION tsql.as_tinyint(int2) RETURNS tsql.tinyint
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int2up';
CREATE FUNCTION tsql.as_money(numeric) RETURNS tsql.money
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_uplus';
CREATE FUNCTION tsql.as_smallmoney(numeric) RETURNS tsql.smallmoney
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'numeric_uplus';
CREATE FUNCTION tsql.int4(tsql.tinyint) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'i2toi4';
CREATE FUNCTION tsql.int4(tsql.bit) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bool_int4';

CREATE FUNCTION tsql.to_tinyint(value int8) RETURNS tsql.tinyint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.as_tinyint((CASE WHEN value BETWEEN 0 AND 255 THEN value
    ELSE tsql.error_for(value::text, 8115, 'expression', 'tinyint')::int8 END)::int2);
CREATE FUNCTION tsql.to_tinyint(value int4) RETURNS tsql.tinyint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.as_tinyint((CASE WHEN value BETWEEN 0 AND 255 THEN value
    ELSE tsql.error_state(220, 2, 'tinyint', value::text)::int4 END)::int2);
CREATE FUNCTION tsql.to_tinyint(value float8) RETURNS tsql.tinyint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.as_tinyint(tsql.in_range(trunc(value), 0, 255, 'tinyint')::int2);
CREATE FUNCTION tsql.to_money(value numeric) RETURNS tsql.money
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.as_money(CASE
    WHEN round(value, 4) BETWEEN -922337203685477.5808 AND 922337203685477.5807
    THEN round(value, 4)
    ELSE tsql.error_for(value::text, 8115, 'numeric', 'money')::numeric END);
CREATE FUNCTION tsql.to_smallmoney(value numeric) RETURNS tsql.smallmoney
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.as_smallmoney(CASE WHEN round(value, 4) BETWEEN -214748.3648 AND 214748.3647
    THEN round(value, 4)
    ELSE tsql.error_for(value::text, 8115, 'numeric', 'smallmoney')::numeric END);

-- money that overflows an integer type has separate error numbers.
CREATE FUNCTION tsql.money_to_integer(value numeric, type text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN type = 'int4' AND value NOT BETWEEN -2147483648 AND 2147483647
        THEN tsql.error_for(value::text, 237, 'int')::numeric
    WHEN type = 'int2' AND value NOT BETWEEN -32768 AND 32767
        THEN tsql.error_for(value::text, 237, 'smallint')::numeric
    WHEN type = 'tsql.tinyint' AND value NOT BETWEEN 0 AND 255
        THEN tsql.error_state(232, 11, 'tinyint',
            to_char(value::numeric, 'FM999999999999999990.000000'))::numeric
    ELSE value END;

CREATE CAST (tsql.bit AS bool) WITHOUT FUNCTION;
CREATE CAST (bool AS tsql.bit) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (tsql.bit AS int4) WITH FUNCTION tsql.int4(tsql.bit) AS IMPLICIT;
CREATE CAST (tsql.tinyint AS int4) WITH FUNCTION tsql.int4(tsql.tinyint) AS IMPLICIT;

-- Every number converts to every other on assignment.
DO $do$
DECLARE
    pair record;
BEGIN
    FOR pair IN
        SELECT source.type AS source, target.type AS target, replace(target.made, '%',
            CASE WHEN source.type LIKE '%money' AND target.type ~ 'int'
                THEN format('tsql.money_to_integer(round($1::numeric), %L)', target.type)
                ELSE source.value END
            || CASE WHEN target.type <> 'tsql.tinyint' THEN ''
                WHEN source.type IN ('int2', 'int4') THEN '::int4'
                WHEN source.type LIKE 'float_' THEN '::float8' ELSE '::int8' END) AS conversion
        FROM (VALUES ('tsql.tinyint', 'tsql.int4($1)'), ('tsql.bit', 'tsql.int4($1)'),
                ('tsql.money', '$1::numeric'), ('tsql.smallmoney', '$1::numeric'),
                ('int2', '$1'), ('int4', '$1'), ('int8', '$1'), ('numeric', '$1'),
                ('float4', '$1'), ('float8', '$1')) AS source (type, value),
            (VALUES ('tsql.tinyint', 'tsql.to_tinyint(%)'),
                ('tsql.bit', '(% <> 0)::tsql.bit'),
                ('tsql.money', 'tsql.to_money(%::numeric)'),
                ('tsql.smallmoney', 'tsql.to_smallmoney(%::numeric)'),
                ('int2', '%::int2'), ('int4', '%::int4'), ('int8', '%::int8'),
                ('numeric', '%::numeric'), ('float4', '%::float4'), ('float8', '%::float8'))
                AS target (type, made)
        WHERE source.type <> target.type AND NOT EXISTS (SELECT FROM pg_cast
            WHERE castsource = source.type::regtype AND casttarget = target.type::regtype)
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.%I(%s) RETURNS %s LANGUAGE sql '
            'IMMUTABLE STRICT PARALLEL SAFE RETURN %s', 'number_to_' || pair.target, pair.source,
            pair.target, pair.conversion);
        EXECUTE format('CREATE CAST (%s AS %s) WITH FUNCTION tsql.%I(%s) AS ASSIGNMENT',
            pair.source, pair.target, 'number_to_' || pair.target, pair.source);
    END LOOP;
END $do$;

-- Comparison. money is binary-coercible to numeric and needs no operators.
DO $do$
DECLARE
    family record;
    op record;
BEGIN
    FOR family IN SELECT * FROM (VALUES
        ('tsql.tinyint', 'int2'), ('tsql.bit', 'bool')) AS v (type, base)
    LOOP
        FOR op IN SELECT * FROM (VALUES
            ('eq', '=', '=', '<>', 'eqsel', 'eqjoinsel'),
            ('ne', '<>', '<>', '=', 'neqsel', 'neqjoinsel'),
            ('lt', '<', '>', '>=', 'scalarltsel', 'scalarltjoinsel'),
            ('le', '<=', '>=', '>', 'scalarlesel', 'scalarlejoinsel'),
            ('gt', '>', '<', '<=', 'scalargtsel', 'scalargtjoinsel'),
            ('ge', '>=', '<=', '<', 'scalargesel', 'scalargejoinsel'))
            AS v (code, name, commutator, negator, restrict, joins)
        LOOP
            EXECUTE format('CREATE FUNCTION tsql.number_%1$s(%2$s, %2$s) RETURNS bool LANGUAGE '
                'internal IMMUTABLE STRICT PARALLEL SAFE AS %3$L', op.code, family.type,
                family.base || op.code);
            EXECUTE format('CREATE OPERATOR tsql.%1$s (LEFTARG = %2$s, RIGHTARG = %2$s, '
                'FUNCTION = tsql.number_%3$s, COMMUTATOR = OPERATOR(tsql.%4$s), '
                'NEGATOR = OPERATOR(tsql.%5$s), RESTRICT = %6$s, JOIN = %7$s %8$s)',
                op.name, family.type, op.code, op.commutator, op.negator, op.restrict, op.joins,
                CASE op.name WHEN '=' THEN ', HASHES, MERGES' ELSE '' END);
        END LOOP;
    END LOOP;
END $do$;
CREATE FUNCTION tsql.number_cmp(tsql.tinyint, tsql.tinyint) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'btint2cmp';
CREATE FUNCTION tsql.number_cmp(tsql.bit, tsql.bit) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'btboolcmp';
CREATE FUNCTION tsql.number_hash(tsql.tinyint) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashint2';
CREATE FUNCTION tsql.number_hash(tsql.bit) RETURNS int4
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashchar';
CALL pg_temp.for_types('{tinyint,bit}', $$
CREATE OPERATOR CLASS @T_btree DEFAULT FOR TYPE @T USING btree AS
    OPERATOR 1 tsql.<, OPERATOR 2 tsql.<=, OPERATOR 3 tsql.=, OPERATOR 4 tsql.>=,
    OPERATOR 5 tsql.>, FUNCTION 1 tsql.number_cmp(@T, @T);
CREATE OPERATOR CLASS @T_hash DEFAULT FOR TYPE @T USING hash AS
    OPERATOR 1 tsql.=, FUNCTION 1 tsql.number_hash(@T);
$$);

-- The lowest integer by -1 overflows, as a remainder, too.
DO $do$
DECLARE
    type text;
BEGIN
    FOREACH type IN ARRAY ARRAY['int2', 'int4', 'int8'] LOOP
        EXECUTE format('CREATE FUNCTION tsql.remainder(%1$s, %1$s) RETURNS %1$s LANGUAGE sql '
            'IMMUTABLE PARALLEL SAFE RETURN CASE WHEN $2 = -1 THEN ($1 / $2) * 0 ELSE $1 %% $2 END',
            type);
    END LOOP;
END $do$;

-- Arithmetic and bit operators keep SQL Server's result types if PostgreSQL lacks an equivalent.
DO $do$
DECLARE
    op text;
BEGIN
    FOREACH op IN ARRAY ARRAY['+', '-', '*', '/', '%', '&', '|', '^'] LOOP
        EXECUTE format('CREATE FUNCTION tsql.%1$I(tsql.tinyint, tsql.tinyint) '
            'RETURNS tsql.tinyint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
            'RETURN tsql.as_tinyint((CASE WHEN tsql.int4($1) %2$s tsql.int4($2) BETWEEN 0 AND 255 '
            'THEN tsql.int4($1) %2$s tsql.int4($2) '
            'ELSE tsql.error_for($1::text, 8115, ''expression'', ''tinyint'')::int4 END)::int2)',
            'tinyint_' || op, CASE op WHEN '^' THEN '#' ELSE op END);
        EXECUTE format('CREATE OPERATOR tsql.%1$s (LEFTARG = tsql.tinyint, '
            'RIGHTARG = tsql.tinyint, FUNCTION = tsql.%2$I)', op, 'tinyint_' || op);
    END LOOP;
    FOREACH op IN ARRAY ARRAY['&', '|', '^'] LOOP
        EXECUTE format('CREATE FUNCTION tsql.%1$I(tsql.bit, tsql.bit) RETURNS tsql.bit '
            'LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
            'RETURN (tsql.int4($1) %2$s tsql.int4($2))::tsql.bit',
            'bit_' || op, CASE op WHEN '^' THEN '#' ELSE op END);
        EXECUTE format('CREATE OPERATOR tsql.%1$s (LEFTARG = tsql.bit, RIGHTARG = tsql.bit, '
            'FUNCTION = tsql.%2$I)', op, 'bit_' || op);
    END LOOP;
    FOREACH op IN ARRAY ARRAY['+', '-', '*', '/'] LOOP
        EXECUTE format('CREATE FUNCTION tsql.%1$I(tsql.money, tsql.money) RETURNS tsql.money '
            'LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
            'RETURN tsql.to_money(trunc($1::numeric %2$s $2::numeric, 4))', 'money_' || op, op);
        EXECUTE format('CREATE OPERATOR tsql.%1$s (LEFTARG = tsql.money, RIGHTARG = tsql.money, '
            'FUNCTION = tsql.%2$I)', op, 'money_' || op);
    END LOOP;
END $do$;
CREATE FUNCTION tsql.bit_not(tsql.bit) RETURNS tsql.bit LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE RETURN (NOT $1::bool)::tsql.bit;
CREATE OPERATOR tsql.~ (RIGHTARG = tsql.bit, FUNCTION = tsql.bit_not);
CREATE FUNCTION tsql.tinyint_not(tsql.tinyint) RETURNS tsql.tinyint LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.as_tinyint((255 - tsql.int4($1))::int2);
CREATE OPERATOR tsql.~ (RIGHTARG = tsql.tinyint, FUNCTION = tsql.tinyint_not);

-- `^` is power in PostgreSQL and exclusive or in T-SQL.
DO $do$
DECLARE
    type text;
BEGIN
    FOREACH type IN ARRAY ARRAY['int2', 'int4', 'int8'] LOOP
        EXECUTE format('CREATE OPERATOR tsql.^ (LEFTARG = %1$s, RIGHTARG = %1$s, '
            'FUNCTION = %1$sxor)', type);
    END LOOP;
END $do$;
