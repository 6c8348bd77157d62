-- Mathematical functions,
-- https://learn.microsoft.com/sql/t-sql/functions/mathematical-functions-transact-sql

DO $do$
DECLARE
    type text;
    one text;
BEGIN
    FOREACH type IN ARRAY ARRAY['int4', 'int8', 'numeric', 'float8', 'tsql.money'] LOOP
        one := CASE type WHEN 'tsql.money' THEN '$1::numeric' ELSE '$1' END;
        EXECUTE format($sql$
            CREATE FUNCTION tsql.abs(%1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT
                PARALLEL SAFE RETURN abs(%2$s)::%1$s;
            CREATE FUNCTION tsql.sign(%1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT
                PARALLEL SAFE RETURN sign((%2$s)::numeric)::%1$s;
            CREATE FUNCTION tsql.ceiling(%1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT
                PARALLEL SAFE RETURN ceiling(%2$s)::%1$s;
            CREATE FUNCTION tsql.floor(%1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT
                PARALLEL SAFE RETURN floor(%2$s)::%1$s;
            CREATE FUNCTION tsql.power(%1$s, float8) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT
                PARALLEL SAFE RETURN power((%2$s)::float8, $2)%3$s::%1$s;
            CREATE FUNCTION tsql.degrees(%1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT
                PARALLEL SAFE RETURN ((%2$s)::float8 * (180 / pi()))%3$s::%1$s;
            CREATE FUNCTION tsql.radians(%1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT
                PARALLEL SAFE RETURN radians((%2$s)::float8)%3$s::%1$s;$sql$, type, one,
            CASE type WHEN 'numeric' THEN '::text' ELSE '' END);
        CONTINUE WHEN type = 'float8';
        EXECUTE format($sql$
            CREATE FUNCTION tsql.round(%1$s, digits int4, cut int4 DEFAULT 0) RETURNS %1$s
                LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN cut = 0
                THEN round((%2$s)::numeric, digits) ELSE trunc((%2$s)::numeric, digits) END::%1$s;
            $sql$, type, one);
    END LOOP;
END $do$;
-- In binary: 1.005 is below the half.
CREATE FUNCTION tsql.round(float8, digits int4, cut int4 DEFAULT 0) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN digits > 15 OR abs($1) >= 1e15 AND digits >= 0 THEN $1
    WHEN digits < -308 THEN 0
    WHEN cut <> 0 AND digits >= 0 THEN trunc($1 * power(10::float8, digits)) / power(10::float8, digits)
    WHEN cut <> 0 THEN trunc($1 / power(10::float8, -digits)) * power(10::float8, -digits)
    WHEN digits >= 0 THEN sign($1) * floor(abs($1) * power(10::float8, digits) + 0.5::float8)
        / power(10::float8, digits)
    ELSE sign($1) * floor(abs($1) / power(10::float8, -digits) + 0.5::float8)
        * power(10::float8, -digits) END;

DO $do$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['acos', 'asin', 'atan', 'cos', 'cot', 'exp', 'log10', 'sin',
        'sqrt', 'tan']
    LOOP
        EXECUTE format('CREATE FUNCTION tsql.%1$I(float8) RETURNS float8 LANGUAGE sql IMMUTABLE '
            'PARALLEL SAFE RETURN %2$s', name, CASE
            WHEN name IN ('acos', 'asin') THEN format('CASE WHEN abs($1) > 1 '
                'THEN tsql.error_for($1::text, 3623)::float8 ELSE pg_catalog.%1$I($1) END', name)
            WHEN name = 'cot' THEN 'CASE WHEN $1 = 0 '
                'THEN tsql.error_for($1::text, 40517, ''COT(0)'')::float8 ELSE cot($1) END'
            ELSE format('pg_catalog.%1$I($1)', name) END);
    END LOOP;
END $do$;
CREATE FUNCTION tsql.log(float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ln($1);
CREATE FUNCTION tsql.log(float8, base float8) RETURNS float8
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN ln($1) / ln(base);
CREATE FUNCTION tsql.square(float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN $1 * $1;
CREATE FUNCTION tsql.atn2(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN atan2($1, $2);
CREATE FUNCTION tsql.pi() RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN pi();

CREATE FUNCTION tsql.combined_random(difference int8) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (CASE WHEN difference < 1 THEN difference + 2147483562 ELSE difference END)::float8
    * 4.656613e-10::float8;
-- RAND has one value per query: the translator reads it in a separate subquery.
CREATE FUNCTION tsql.rand() RETURNS float8 LANGUAGE sql VOLATILE PARALLEL SAFE RETURN random();
-- With a seed, the first value of two congruential generators.
CREATE FUNCTION tsql.rand(seed int4) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.combined_random(CASE WHEN abs(seed::int8) BETWEEN 1 AND 2147483562
    THEN abs(seed::int8) ELSE 12345 END * 40014 % 2147483563 - 67890::int8 * 40692 % 2147483399);
CREATE FUNCTION tsql.isnumeric(numeric) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ($1 IS NOT NULL)::int4;
CREATE FUNCTION tsql.isnumeric(float8) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ($1 IS NOT NULL)::int4;
CREATE FUNCTION tsql.isnumeric(int4) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ($1 IS NOT NULL)::int4;
