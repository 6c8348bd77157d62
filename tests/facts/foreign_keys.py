"""Foreign keys: their definition, their violation, and their effects on other tables."""

from __future__ import annotations

from tests.facts.model import Fact, batch

GAPS = "mirek/msduck reference/gaps-constraints.json"
FOREIGN = "mirek/bitsql harness/corpus/constraints/fk-definition-checks"
SWAP = "mirek/bitsql harness/corpus/constraints/cascade-key-swap"
INLINE = "mirek/bitsql harness/corpus/constraints/inline-fk-columns"

PARENT = batch("CREATE TABLE p (id int NOT NULL CONSTRAINT pk_p PRIMARY KEY, other int NULL)")
NOT_CREATED = (1750, 1)
NOT_COMPILED = (1750, 0)

FACTS = [
    *(
        Fact(
            f"A foreign key of {mine} to {theirs} is {number}",
            FOREIGN,
            [
                batch(f"CREATE TABLE p (k {theirs} NOT NULL CONSTRAINT uq_p UNIQUE)"),
                batch(
                    f"CREATE TABLE c (k {mine} CONSTRAINT fk REFERENCES p (k))",
                    errors=[(number, 0), NOT_CREATED],
                ),
                batch("SELECT OBJECT_ID('c')", rows=[[None]]),
            ],
        )
        for mine, theirs, number in (
            ("numeric(9, 2)", "decimal(9, 2)", 1778),
            ("decimal(11, 2)", "decimal(9, 2)", 1753),
            ("varchar(7)", "char(7)", 1778),
            ("varchar(9)", "varchar(7)", 1753),
            ("nvarchar(7)", "varchar(7)", 1778),
            ("smallint", "int", 1778),
        )
    ),
    Fact(
        "A foreign key refers to a table, its columns, and a key of them",
        GAPS + ", definition errors",
        [
            PARENT,
            batch(
                "CREATE TABLE c (x int CONSTRAINT fk REFERENCES nothing (id))",
                errors=[(1767, 0), NOT_CREATED],
            ),
            batch(
                "CREATE TABLE c (x int CONSTRAINT fk REFERENCES p (nothing))",
                errors=[(1770, 0), NOT_CREATED],
            ),
            batch(
                "CREATE TABLE c (x int CONSTRAINT fk REFERENCES p (other))",
                errors=[(1776, 0), NOT_CREATED],
            ),
        ],
    ),
    Fact(
        "A foreign key to a table without a primary key names its columns: 1773",
        GAPS + ", definition errors",
        [
            batch("CREATE TABLE p (id int)"),
            batch(
                "CREATE TABLE c (x int CONSTRAINT fk REFERENCES p)", errors=[(1773, 0), NOT_CREATED]
            ),
        ],
    ),
    Fact(
        "A foreign key of a column that is none is 1769, of too many 8139",
        GAPS + ", definition errors",
        [
            PARENT,
            batch(
                "CREATE TABLE c (x int, CONSTRAINT fk FOREIGN KEY (y) REFERENCES p (id))",
                errors=[(1769, 1), NOT_COMPILED],
            ),
            batch(
                "CREATE TABLE c (x int, y int, CONSTRAINT fk FOREIGN KEY (x, y) REFERENCES p (id))",
                errors=[(8139, 0)],
            ),
        ],
    ),
    Fact(
        "SET NULL needs columns that can be NULL: 1761",
        FOREIGN,
        [
            PARENT,
            batch(
                "CREATE TABLE c (x int NOT NULL CONSTRAINT fk REFERENCES p (id)"
                " ON DELETE SET NULL)",
                errors=[(1761, 0), NOT_CREATED],
            ),
            batch(
                "CREATE TABLE c (x int NOT NULL CONSTRAINT fk REFERENCES p (id)"
                " ON UPDATE SET NULL)",
                errors=[(1761, 0), NOT_CREATED],
            ),
        ],
    ),
    Fact(
        "SET DEFAULT needs a default if a column is NOT NULL: 1762",
        FOREIGN + "; msduck gaps-constraints, definition errors",
        [
            PARENT,
            batch(
                "CREATE TABLE c (x int NOT NULL CONSTRAINT fk REFERENCES p (id)"
                " ON DELETE SET DEFAULT)",
                errors=[(1762, 0), NOT_CREATED],
            ),
            batch(
                "CREATE TABLE c (x int NOT NULL CONSTRAINT df DEFAULT 1"
                " CONSTRAINT fk REFERENCES p (id) ON UPDATE SET DEFAULT)"
            ),
            batch(
                "SELECT update_referential_action_desc FROM sys.foreign_keys",
                rows=[["SET_DEFAULT"]],
            ),
        ],
    ),
    Fact(
        "Two cascading paths to a table are 1785",
        GAPS + ", referential actions",
        [
            PARENT,
            batch(
                "CREATE TABLE c (x int CONSTRAINT fk1 REFERENCES p (id) ON DELETE CASCADE,"
                " y int CONSTRAINT fk2 REFERENCES p (id) ON DELETE SET NULL)",
                errors=[(1785, 0), NOT_CREATED],
            ),
        ],
    ),
    Fact(
        "A cascade to the table itself is 1785",
        GAPS + ", referential actions",
        [
            batch(
                "CREATE TABLE e (id int PRIMARY KEY, boss int CONSTRAINT fk REFERENCES e (id)"
                " ON DELETE CASCADE)",
                errors=[(1785, 0), NOT_CREATED],
            ),
        ],
    ),
    Fact(
        "Cascading deletes and cascading updates are paths of their own",
        FOREIGN,
        [
            PARENT,
            batch(
                "CREATE TABLE a (id int NOT NULL PRIMARY KEY,"
                " x int NULL REFERENCES p (id) ON DELETE CASCADE)"
            ),
            batch("CREATE TABLE b (y int NULL, z int NULL)"),
            batch("ALTER TABLE b ADD FOREIGN KEY (y) REFERENCES a (id) ON DELETE CASCADE"),
            batch("ALTER TABLE b ADD FOREIGN KEY (z) REFERENCES p (id) ON UPDATE CASCADE"),
            batch(
                "ALTER TABLE b ADD FOREIGN KEY (z) REFERENCES p (id) ON DELETE SET NULL",
                errors=[(1785, 0), NOT_CREATED],
            ),
        ],
    ),
    Fact(
        "A foreign key in a column may name another column, even a later one",
        INLINE,
        [
            PARENT,
            batch("CREATE TABLE c (a int CONSTRAINT fk FOREIGN KEY (b) REFERENCES p (id), b int)"),
            batch(
                "SELECT COL_NAME(parent_object_id, parent_column_id) FROM sys.foreign_key_columns",
                rows=[["b"]],
            ),
        ],
    ),
    Fact(
        "A foreign key in a column names one column: 8140",
        INLINE,
        [
            batch("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))"),
            batch(
                "CREATE TABLE c (a int, b int CONSTRAINT fk FOREIGN KEY (a, b)"
                " REFERENCES p (a, b))",
                errors=[(8140, 0)],
            ),
        ],
    ),
    Fact(
        "A violated foreign key is 547 and names the key that is missing",
        GAPS + ", alter lifecycle",
        [
            PARENT,
            batch("CREATE TABLE c (x int CONSTRAINT fk REFERENCES p (id))"),
            batch("INSERT c VALUES (9); SELECT 1", errors=[(547, 0)], rows=[[1]]),
            batch("INSERT p (id) VALUES (1); INSERT c VALUES (1)"),
            batch("DELETE p", errors=[(547, 0)]),
            batch("UPDATE p SET id = 5", errors=[(547, 0)]),
            batch("UPDATE c SET x = 5", errors=[(547, 0)]),
        ],
    ),
    Fact(
        "An untrusted foreign key looks at every update that sets its column",
        "mirek/bitsql harness/corpus/constraints/update-touched",
        [
            PARENT,
            batch("CREATE TABLE c (id int, x int NULL, b int); INSERT c VALUES (1, 99, 1)"),
            batch("INSERT p (id) VALUES (1); INSERT c VALUES (2, 1, 1), (3, NULL, 1)"),
            batch("ALTER TABLE c WITH NOCHECK ADD CONSTRAINT fk FOREIGN KEY (x) REFERENCES p (id)"),
            batch("UPDATE c SET b = 7; SELECT COUNT(*) FROM c WHERE b = 7", rows=[[3]]),
            batch(
                "UPDATE c SET x = x WHERE id = 1",
                errors=[(547, 0)],
            ),
            batch("UPDATE c SET x = x WHERE id > 1; UPDATE c SET b = 8, x = 1 WHERE id = 1"),
            batch("ALTER TABLE c NOCHECK CONSTRAINT fk; INSERT c VALUES (4, 50, 1)"),
            batch("ALTER TABLE c CHECK CONSTRAINT fk"),
            batch("UPDATE c SET x = x", errors=[547]),
            batch("DELETE c WHERE id = 4; ALTER TABLE c WITH CHECK CHECK CONSTRAINT fk"),
            batch("UPDATE c SET x = x; ALTER TABLE c DROP CONSTRAINT fk; UPDATE c SET x = 9"),
        ],
    ),
    Fact(
        "A table that refers to itself: SAME TABLE",
        GAPS + ", definition errors",
        [
            batch(
                "CREATE TABLE tree (id int PRIMARY KEY, up int CONSTRAINT fk REFERENCES tree (id))"
            ),
            batch("INSERT tree VALUES (1, NULL), (2, 1)"),
            batch("INSERT tree VALUES (3, 4)", errors=[(547, 0)]),
            batch("DELETE tree WHERE id = 1", errors=[(547, 0)]),
            batch("DELETE tree; SELECT COUNT(*) FROM tree", rows=[[0]]),
        ],
    ),
    Fact(
        "ON DELETE CASCADE, SET NULL and SET DEFAULT do what they say",
        GAPS + ", referential actions",
        [
            batch("CREATE TABLE p (id int PRIMARY KEY); INSERT p VALUES (0), (1)"),
            batch(
                "CREATE TABLE a (x int REFERENCES p (id) ON DELETE CASCADE);"
                " CREATE TABLE b (x int REFERENCES p (id) ON DELETE SET NULL);"
                " CREATE TABLE c (x int DEFAULT 0 REFERENCES p (id) ON DELETE SET DEFAULT)"
            ),
            batch("INSERT a VALUES (1); INSERT b VALUES (1); INSERT c VALUES (1)"),
            batch("DELETE p WHERE id = 1"),
            batch("SELECT COUNT(*) FROM a", rows=[[0]]),
            batch("SELECT x FROM b UNION ALL SELECT x FROM c", rows=[[None], [0]]),
        ],
    ),
    Fact(
        "Keys that change places, and a foreign key to them, are looked at when the UPDATE ends",
        SWAP,
        [
            PARENT,
            batch("CREATE TABLE c (id int PRIMARY KEY, x int CONSTRAINT fk REFERENCES p (id))"),
            batch("INSERT p (id) VALUES (4), (5), (6); INSERT c VALUES (1, 4), (2, 5)"),
            batch(
                "UPDATE p SET id = 9 - id, other = id WHERE id < 6;"
                " SELECT id, other FROM p ORDER BY id",
                rows=[[4, 5], [5, 4], [6, None]],
            ),
            batch("UPDATE p SET id = id + 40 WHERE id = 4", errors=[(547, 0)]),
            batch("SELECT id FROM p ORDER BY id", rows=[[4], [5], [6]]),
        ],
    ),
    Fact(
        "ON UPDATE SET NULL takes a key that was moved for one that is gone",
        SWAP,
        [
            PARENT,
            batch(
                "CREATE TABLE c (id int PRIMARY KEY,"
                " x int NULL CONSTRAINT fk REFERENCES p (id) ON UPDATE SET NULL)"
            ),
            batch("INSERT p (id) VALUES (4), (5), (6); INSERT c VALUES (1, 4), (2, 5), (3, 6)"),
            batch("UPDATE p SET id = CASE id WHEN 4 THEN 5 WHEN 5 THEN 4 END WHERE id IN (4, 5)"),
            batch("SELECT id, x FROM c ORDER BY id", rows=[[1, None], [2, None], [3, 6]]),
        ],
    ),
    Fact(
        "ON UPDATE CASCADE gives each row the new value of its own key, also in a swap",
        SWAP,
        [
            PARENT,
            batch(
                "CREATE TABLE c (id int PRIMARY KEY,"
                " x int NULL CONSTRAINT fk REFERENCES p (id) ON UPDATE CASCADE)"
            ),
            batch("INSERT p (id) VALUES (4), (5), (6); INSERT c VALUES (1, 4), (2, 5), (3, 6)"),
            batch("UPDATE p SET id = CASE id WHEN 4 THEN 5 WHEN 5 THEN 4 END WHERE id IN (4, 5)"),
            batch("SELECT id, x FROM c ORDER BY id", rows=[[1, 5], [2, 4], [3, 6]]),
        ],
        unsupported=40517,
    ),
]
