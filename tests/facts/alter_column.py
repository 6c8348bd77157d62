"""ALTER COLUMN: the dependents of a column, and the changes that each forbids."""

from __future__ import annotations

from tests.facts.model import Fact, batch

DEPENDENTS = "mirek/bitsql harness/corpus/catalog/alter-column-dependents"
FILTERED = "mirek/bitsql harness/corpus/catalog/alter-column-filtered-index"
SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md, 2026-10-04"

DEPENDENT = (5074, 1)
FAILED = (4922, 9)

FACTS = [
    Fact(
        "A computed column forbids every ALTER COLUMN of what it reads, even to the same type",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (v nvarchar(20) NOT NULL, shown AS UPPER(v))"),
            batch("ALTER TABLE t ALTER COLUMN v nvarchar(20) NOT NULL", errors=[DEPENDENT, FAILED]),
            batch(
                "ALTER TABLE t ALTER COLUMN v nvarchar(30) NOT NULL",
                errors=[DEPENDENT, FAILED],
                messages=["The column 'shown' is dependent on column 'v'."],
            ),
        ],
    ),
    Fact(
        "A CHECK allows another length or nullability of its column",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (v nvarchar(20), CONSTRAINT ck CHECK (v <> N'x'))"),
            batch("ALTER TABLE t ALTER COLUMN v nvarchar(40) NULL"),
            batch("ALTER TABLE t ALTER COLUMN v nvarchar(10) NOT NULL"),
        ],
    ),
    Fact(
        "A CHECK allows another precision of its column, but not another type",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (d decimal(8, 2), CONSTRAINT ck CHECK (d > 0))"),
            batch("ALTER TABLE t ALTER COLUMN d decimal(14, 2) NULL"),
            batch("ALTER TABLE t ALTER COLUMN d int NULL", errors=[DEPENDENT, FAILED]),
            batch("SELECT precision, scale FROM sys.columns WHERE name = 'd'", rows=[[14, 2]]),
        ],
    ),
    Fact(
        "A CHECK forbids another collation of its column",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (v nvarchar(20), CONSTRAINT ck CHECK (v <> N'x'))"),
            batch(
                "ALTER TABLE t ALTER COLUMN v nvarchar(20) COLLATE Latin1_General_BIN2 NULL",
                errors=[DEPENDENT, FAILED],
            ),
        ],
    ),
    Fact(
        "A column in an INCLUDE list cannot become NOT NULL",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (id int, v int NULL); CREATE INDEX ix ON t (id) INCLUDE (v)"),
            batch(
                "ALTER TABLE t ALTER COLUMN v int NOT NULL",
                errors=[DEPENDENT, FAILED],
                messages=["The index 'ix' is dependent on column 'v'."],
            ),
        ],
    ),
    Fact(
        "The key of an index may grow, but not become NOT NULL",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (s nvarchar(50) NULL); CREATE INDEX ix ON t (s)"),
            batch("ALTER TABLE t ALTER COLUMN s nvarchar(50) NOT NULL", errors=[DEPENDENT, FAILED]),
            batch("ALTER TABLE t ALTER COLUMN s nvarchar(90) NOT NULL", errors=[DEPENDENT, FAILED]),
            batch("ALTER TABLE t ALTER COLUMN s nvarchar(90) NULL"),
        ],
    ),
    Fact(
        "The key of an index may not shrink, become (max) or have another collation",
        DEPENDENTS + ", alter-column-filtered-index",
        [
            batch("CREATE TABLE t (s nvarchar(50) NULL); CREATE INDEX ix ON t (s)"),
            batch("ALTER TABLE t ALTER COLUMN s nvarchar(20) NULL", errors=[DEPENDENT, FAILED]),
            batch("ALTER TABLE t ALTER COLUMN s nvarchar(max) NULL", errors=[DEPENDENT, FAILED]),
            batch(
                "ALTER TABLE t ALTER COLUMN s nvarchar(50) COLLATE Latin1_General_BIN2 NULL",
                errors=[DEPENDENT, FAILED],
            ),
        ],
    ),
    Fact(
        "A decimal cannot grow under an index",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (d decimal(8, 2) NULL); CREATE INDEX ix ON t (d)"),
            batch("ALTER TABLE t ALTER COLUMN d decimal(14, 2) NULL", errors=[DEPENDENT, FAILED]),
        ],
    ),
    Fact(
        "A UNIQUE constraint lets its column become nullable, but not NOT NULL",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (a int NULL CONSTRAINT ua UNIQUE, b int NOT NULL UNIQUE)"),
            batch(
                "ALTER TABLE t ALTER COLUMN a int NOT NULL",
                errors=[DEPENDENT, FAILED],
                messages=["The object 'ua' is dependent on column 'a'."],
            ),
            batch("ALTER TABLE t ALTER COLUMN b int NULL"),
        ],
    ),
    Fact(
        "A primary key forbids NULL",
        DEPENDENTS,
        [
            batch("CREATE TABLE t (id int NOT NULL CONSTRAINT pk PRIMARY KEY)"),
            batch("ALTER TABLE t ALTER COLUMN id int NULL", errors=[DEPENDENT, FAILED]),
        ],
    ),
    Fact(
        "A foreign key allows another nullability, but no other type on either side",
        DEPENDENTS,
        [
            batch("CREATE TABLE p (id int NOT NULL CONSTRAINT pk PRIMARY KEY)"),
            batch("CREATE TABLE c (pid int NULL CONSTRAINT fk REFERENCES p (id))"),
            batch("ALTER TABLE c ALTER COLUMN pid int NOT NULL"),
            batch("ALTER TABLE c ALTER COLUMN pid bigint NOT NULL", errors=[DEPENDENT, FAILED]),
            batch(
                "ALTER TABLE p ALTER COLUMN id bigint NOT NULL",
                errors=[DEPENDENT, DEPENDENT, FAILED],
                messages=[
                    "The object 'pk' is dependent on column 'id'.",
                    "The object 'fk' is dependent on column 'id'.",
                ],
            ),
        ],
    ),
    Fact(
        "A column in a filter cannot be altered at all, not even to what it is",
        FILTERED,
        [
            batch("CREATE TABLE t (id int, v varchar(30)); CREATE INDEX i ON t (id) WHERE v > 'm'"),
            batch("ALTER TABLE t ALTER COLUMN v varchar(30) NULL", errors=[DEPENDENT, FAILED]),
            batch("ALTER TABLE t ALTER COLUMN v varchar(60) NULL", errors=[DEPENDENT, FAILED]),
        ],
    ),
    Fact(
        "A key column of a filtered index may grow if the filter does not read it",
        FILTERED,
        [
            batch("CREATE TABLE t (id int, v varchar(30)); CREATE INDEX ix ON t (v) WHERE id > 0"),
            batch("ALTER TABLE t ALTER COLUMN v varchar(60) NULL"),
        ],
    ),
    Fact(
        "A filter reads the columns it names, not those whose names it contains",
        "mirek/bitsql SKILL.md, 2026-10-04 (filtered-index ALTER COLUMN)",
        [
            batch("CREATE TABLE t (code int NULL, country_code int NULL, [in] int NULL)"),
            batch("CREATE UNIQUE INDEX ux ON t (country_code) WHERE country_code IN (1, 2)"),
            batch("ALTER TABLE t ALTER COLUMN code bigint NULL"),
            batch("ALTER TABLE t ALTER COLUMN [in] bigint NULL"),
            batch("ALTER TABLE t DROP COLUMN code"),
        ],
    ),
    Fact(
        "An index whose filter and key read a column is listed twice if both forbid the change",
        FILTERED,
        [
            batch("CREATE TABLE t (v int); CREATE INDEX ix ON t (v) WHERE v IS NOT NULL"),
            batch("ALTER TABLE t ALTER COLUMN v int NULL", errors=[DEPENDENT, FAILED]),
            batch("ALTER TABLE t ALTER COLUMN v bigint", errors=[DEPENDENT, DEPENDENT, FAILED]),
            batch("ALTER TABLE t DROP COLUMN v", errors=[DEPENDENT, DEPENDENT, FAILED]),
        ],
    ),
    Fact(
        "Statistics that a user made stand in the way as an index does",
        SKILL + "; Microsoft, ALTER TABLE, ALTER COLUMN",
        [
            batch("CREATE TABLE t (a int NULL, s varchar(10) NULL)"),
            batch("CREATE STATISTICS sa ON t (a); CREATE STATISTICS ss ON t (s)"),
            batch(
                "ALTER TABLE t ALTER COLUMN a bigint NULL",
                errors=[DEPENDENT, FAILED],
                messages=["The statistics 'sa' is dependent on column 'a'."],
            ),
            batch("ALTER TABLE t ALTER COLUMN s varchar(20) NULL"),
            batch("DROP STATISTICS t.sa; ALTER TABLE t ALTER COLUMN a bigint NULL"),
        ],
    ),
    Fact(
        "The column of filtered statistics cannot be altered",
        SKILL,
        [
            batch("CREATE TABLE t (id int, v varchar(10) NULL)"),
            batch("CREATE STATISTICS s ON t (id) WHERE v IS NOT NULL"),
            batch("ALTER TABLE t ALTER COLUMN v varchar(20) NULL", errors=[DEPENDENT, FAILED]),
        ],
    ),
    Fact(
        "Dependents are listed: default, computed, filter, CHECK, keys by age, foreign keys",
        DEPENDENTS,
        [
            batch(
                "CREATE TABLE t (id int, v int CONSTRAINT df DEFAULT 1,"
                " CONSTRAINT uq UNIQUE (v), CONSTRAINT ck CHECK (v > 0))"
            ),
            batch("CREATE TABLE c (v int CONSTRAINT fk REFERENCES t (v))"),
            batch("CREATE INDEX ixf ON t (id) WHERE v > 0; CREATE INDEX ix ON t (v)"),
            batch("ALTER TABLE t ADD twice AS v + v"),
            batch("ALTER TABLE t ALTER COLUMN v bigint NULL", errors=[DEPENDENT] * 7 + [FAILED]),
            batch("ALTER TABLE t ALTER COLUMN v int NOT NULL", errors=[DEPENDENT] * 4 + [FAILED]),
            batch("ALTER TABLE t DROP COLUMN v", errors=[DEPENDENT] * 7 + [FAILED]),
        ],
    ),
    Fact(
        "A DEFAULT forbids another type and (max), but not another length or nullability",
        "mirek/bitsql harness/corpus/orm/alter-column-default",
        [
            batch("CREATE TABLE t (v varchar(10) NULL CONSTRAINT df DEFAULT 'x')"),
            batch("ALTER TABLE t ALTER COLUMN v varchar(20) NULL"),
            batch("ALTER TABLE t ALTER COLUMN v varchar(5) NOT NULL"),
            batch("ALTER TABLE t ALTER COLUMN v nvarchar(20) NULL", errors=[DEPENDENT, FAILED]),
            batch("ALTER TABLE t ALTER COLUMN v varchar(max)", errors=[DEPENDENT, FAILED]),
        ],
    ),
    Fact(
        "A DEFAULT allows another precision and scale",
        "mirek/bitsql harness/corpus/orm/alter-column-default",
        [
            batch("CREATE TABLE t (d decimal(5, 2) CONSTRAINT df DEFAULT 2.5)"),
            batch("ALTER TABLE t ALTER COLUMN d decimal(9, 3)"),
            batch("INSERT t DEFAULT VALUES; SELECT d FROM t", rows=[[2.5]]),
        ],
    ),
    Fact(
        "A view does not stand in the way of what it reads, and goes on",
        "Microsoft, CREATE VIEW, SCHEMABINDING",
        [
            batch("CREATE TABLE t (id int, s nvarchar(5)); INSERT t VALUES (1, N'short')"),
            batch("CREATE VIEW v AS SELECT id, s FROM t"),
            batch("CREATE VIEW w AS SELECT s FROM v"),
            batch("ALTER TABLE t ALTER COLUMN s nvarchar(20)"),
            batch("ALTER TABLE t ALTER COLUMN id bigint NOT NULL"),
            batch("SELECT w.s, v.id FROM w JOIN v ON v.s = w.s", rows=[["short", 1]]),
        ],
    ),
    Fact(
        "A view WITH SCHEMABINDING forbids to alter, to drop a column, and to drop the table",
        "Microsoft, CREATE VIEW, SCHEMABINDING; errors 3729, 5074",
        [
            batch("CREATE TABLE t (id int, s nvarchar(5), other int)"),
            batch("CREATE VIEW v WITH SCHEMABINDING AS SELECT id, s FROM dbo.t"),
            batch(
                "ALTER TABLE t ALTER COLUMN s nvarchar(20)",
                errors=[DEPENDENT, FAILED],
                messages=["The object 'v' is dependent on column 's'."],
            ),
            batch("ALTER TABLE t DROP COLUMN s", errors=[DEPENDENT, FAILED]),
            batch("DROP TABLE t", errors=[3729]),
            batch("ALTER TABLE t ALTER COLUMN other bigint; ALTER TABLE t DROP COLUMN other"),
        ],
    ),
    Fact(
        "An untrusted CHECK and the bytes of a key are looked at after ALTER COLUMN, too",
        "mirek/bitsql harness/corpus/constraints/update-touched; Microsoft, error 1946",
        [
            batch(
                "CREATE TABLE t (a nvarchar(9), b int, n nvarchar(800)); INSERT t (b) VALUES (-5)"
            ),
            batch("ALTER TABLE t WITH NOCHECK ADD CONSTRAINT ck CHECK (b > 0 AND a <> N'q')"),
            batch("CREATE INDEX ix ON t (n)"),
            batch("ALTER TABLE t ALTER COLUMN a nvarchar(20)"),
            batch("ALTER TABLE t ALTER COLUMN n nvarchar(1000)"),
            batch("UPDATE t SET n = REPLICATE(N'z', 900)", errors=[1946]),
            batch("UPDATE t SET n = N'z'"),
            batch("UPDATE t SET a = N'q'", errors=[547]),
        ],
    ),
]
