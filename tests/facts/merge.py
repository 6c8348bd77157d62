"""MERGE."""

from __future__ import annotations

from tests.facts.model import Fact, batch

GAPS = "mirek/msduck reference/gaps-merge.json"

STOCK = batch(
    "CREATE TABLE stock (id int NOT NULL CONSTRAINT pk_stock PRIMARY KEY,"
    " n int NOT NULL CONSTRAINT ck_stock CHECK (n > 0), note varchar(5) NULL);"
    " INSERT stock (id, n) VALUES (1, 10), (2, 20), (3, 30)"
)
READ = "SELECT id, n FROM stock ORDER BY id"

FACTS = [
    Fact(
        "OUTPUT of MERGE tells the action, the new and old rows and those of the source",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, 11), (2, 22), (4, 44)) AS s (id, n)"
                " ON t.id = s.id WHEN MATCHED AND s.id = 1 THEN UPDATE SET n = s.n"
                " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)"
                " WHEN NOT MATCHED BY SOURCE THEN UPDATE SET n = t.n + 1"
                " OUTPUT $action, inserted.id, inserted.n, deleted.id, s.n;",
                sets=[
                    [
                        ["UPDATE", 1, 11, 1, 11],
                        ["DELETE", None, None, 2, 22],
                        ["UPDATE", 3, 31, 3, None],
                        ["INSERT", 4, 44, None, 44],
                    ]
                ],
                unordered=True,
            ),
            batch(READ, rows=[[1, 11], [3, 31], [4, 44]]),
        ],
    ),
    Fact(
        "A row that two source rows match may be deleted",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1), (1), (2)) AS s (id) ON t.id = s.id"
                " WHEN MATCHED THEN DELETE OUTPUT $action, deleted.id; SELECT @@ROWCOUNT",
                sets=[[["DELETE", 1], ["DELETE", 2]], [[2]]],
            ),
            batch(READ, rows=[[3, 30]]),
        ],
    ),
    Fact(
        "A row that two source rows match cannot be updated twice",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, 15), (1, 16)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED THEN UPDATE SET n = s.n; SELECT 1",
                errors=[(8672, 1)],
            ),
            batch(READ, rows=[[1, 10], [2, 20], [3, 30]]),
        ],
    ),
    Fact(
        "A row that two source rows match cannot be updated and deleted",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, 17), (1, 18)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED AND s.n = 17 THEN UPDATE SET n = s.n WHEN MATCHED THEN DELETE;",
                errors=[(8672, 1)],
            ),
        ],
    ),
    Fact(
        "A row that two source rows match may be updated by one of them",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, 11), (1, 12)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED AND s.n = 12 THEN UPDATE SET n = s.n;"
                " SELECT @@ROWCOUNT",
                rows=[[1]],
            ),
            batch(
                "MERGE stock AS t USING (VALUES (1, 13), (1, 14)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED AND s.n > 100 THEN UPDATE SET n = s.n; SELECT @@ROWCOUNT",
                rows=[[0]],
            ),
        ],
    ),
    Fact(
        "A row updated twice by MERGE ends the transaction",
        GAPS,
        [
            STOCK,
            batch(
                "BEGIN TRANSACTION; INSERT stock (id, n) VALUES (50, 1);"
                " MERGE stock AS t USING (VALUES (1, 1), (1, 2)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED THEN UPDATE SET n = s.n; SELECT 1",
                errors=[(8672, 1)],
            ),
            batch("SELECT @@TRANCOUNT, COUNT(*) FROM stock WHERE id = 50", rows=[[0, 0]]),
        ],
    ),
    Fact(
        "A failed CHECK of MERGE undoes all of it and the batch goes on",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, -1), (9, 9)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED THEN UPDATE SET n = s.n"
                " WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n);"
                " SELECT @@ROWCOUNT, @@ERROR, (SELECT COUNT(*) FROM stock)",
                errors=[(547, 0)],
                rows=[[0, 547, 3]],
            ),
        ],
    ),
    Fact(
        "A failed CHECK of MERGE leaves the transaction",
        GAPS,
        [
            STOCK,
            batch(
                "BEGIN TRANSACTION; INSERT stock (id, n) VALUES (51, 1);"
                " MERGE stock AS t USING (VALUES (1, -1)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED THEN UPDATE SET n = s.n; SELECT @@TRANCOUNT",
                errors=[(547, 0)],
                rows=[[1]],
            ),
            batch("ROLLBACK"),
        ],
    ),
    Fact(
        "The error of a NULL in MERGE speaks of UPDATE, for an INSERT, too",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, CAST(NULL AS int))) AS s (id, n)"
                " ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = s.n;",
                errors=[(515, 2)],
            ),
            batch(
                "MERGE stock AS t USING (VALUES (9, CAST(NULL AS int))) AS s (id, n)"
                " ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n);",
                errors=[(515, 2)],
            ),
        ],
    ),
    Fact(
        "MERGE keeps keys unique",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (8, 1), (8, 2)) AS s (id, n) ON t.id = s.id"
                " WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n);",
                errors=[(2627, 1)],
            ),
            batch(
                "MERGE stock AS t USING (VALUES (1, 2)) AS s (id, k) ON t.id = s.id"
                " WHEN MATCHED THEN UPDATE SET id = s.k;",
                errors=[(2627, 1)],
            ),
        ],
    ),
    Fact(
        "A text too long for its column fails in MERGE",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, 'too long')) AS s (id, note) ON t.id = s.id"
                " WHEN MATCHED THEN UPDATE SET note = s.note;",
                errors=[(2628, 1)],
            ),
        ],
    ),
    Fact(
        "MERGE cannot set the value of an identity column",
        GAPS,
        [
            batch("CREATE TABLE blog (id int IDENTITY(1, 1) PRIMARY KEY, name nvarchar(9))"),
            batch(
                "MERGE blog AS b USING (VALUES (5, N'x')) AS s (id, name) ON b.id = s.id"
                " WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name);",
                errors=[(544, 1)],
            ),
            batch(
                "MERGE blog AS b USING (VALUES (1)) AS s (id) ON 1 = 1"
                " WHEN MATCHED THEN UPDATE SET id = s.id;",
                errors=[(8102, 1)],
            ),
        ],
    ),
    Fact(
        "MERGE cannot set a computed column, but gives it back",
        GAPS,
        [
            batch("CREATE TABLE pair (id int NOT NULL PRIMARY KEY, n int NOT NULL, two AS n * 2)"),
            batch(
                "MERGE pair AS p USING (VALUES (1, 2)) AS s (id, n) ON p.id = s.id"
                " WHEN MATCHED THEN UPDATE SET two = s.n;",
                errors=[(271, 1)],
            ),
            batch(
                "MERGE pair AS p USING (VALUES (1, 2)) AS s (id, n) ON p.id = s.id"
                " WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n) OUTPUT inserted.*;",
                rows=[[1, 2, 4]],
            ),
        ],
    ),
    Fact(
        "A value too few in the INSERT of MERGE is found",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (9, 9)) AS s (id, n) ON t.id = s.id"
                " WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id);",
                errors=[(109, 1)],
            ),
        ],
    ),
    Fact(
        "Keys of rows inserted by MERGE come with columns of the source",
        GAPS,
        [
            batch("CREATE TABLE blog (id int IDENTITY(1, 1) PRIMARY KEY, name nvarchar(9))"),
            batch(
                "MERGE blog USING (VALUES (N'first', 0), (N'second', 1)) AS i (name, place)"
                " ON 1 = 0 WHEN NOT MATCHED THEN INSERT (name) VALUES (i.name)"
                " OUTPUT inserted.id, i.place;",
                rows=[[1, 0], [2, 1]],
            ),
        ],
    ),
    Fact(
        "MERGE inserts default values, and OUTPUT computes with the action",
        GAPS,
        [
            batch("CREATE TABLE d (id int IDENTITY(1, 1) PRIMARY KEY, n int NOT NULL DEFAULT 7)"),
            batch(
                "MERGE d USING (VALUES (1), (2)) AS s (k) ON 1 = 0"
                " WHEN NOT MATCHED THEN INSERT DEFAULT VALUES"
                " OUTPUT $action, inserted.id, inserted.n, s.k;",
                rows=[["INSERT", 1, 7, 1], ["INSERT", 2, 7, 2]],
            ),
            batch(
                "MERGE d USING (VALUES (1)) AS s (id) ON d.id = s.id"
                " WHEN MATCHED THEN UPDATE SET n = 8 OUTPUT LEFT($action, 1), inserted.n;",
                rows=[["U", 8]],
            ),
        ],
    ),
    Fact(
        "NOLOCK and unknown hints are refused for the target of MERGE",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock WITH (NOLOCK) AS t USING (VALUES (1)) AS s (id) ON t.id = s.id"
                " WHEN MATCHED THEN DELETE;",
                errors=[(1065, 1)],
            ),
        ],
    ),
    Fact(
        "HOLDLOCK, UPDLOCK and ROWLOCK may stand together on the target of MERGE",
        GAPS,
        [
            STOCK,
            batch(
                "MERGE stock WITH (HOLDLOCK, UPDLOCK, ROWLOCK) AS t"
                " USING (VALUES (9, 9)) AS s (id, n) ON t.id = s.id"
                " WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n);"
                " SELECT @@ROWCOUNT",
                rows=[[1]],
            ),
        ],
    ),
    Fact(
        "MERGE ends with a semicolon",
        "https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql",
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1)) AS s (id) ON t.id = s.id"
                " WHEN MATCHED THEN DELETE",
                errors=[10713],
            ),
        ],
        bad_grammar=True,
    ),
    Fact(
        "Two WHEN MATCHED clauses of MERGE are an UPDATE and a DELETE",
        "https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql",
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, 1)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED AND s.n = 1 THEN UPDATE SET n = 1"
                " WHEN MATCHED THEN UPDATE SET n = 2;",
                errors=[10714],
            ),
        ],
        bad_grammar=True,
    ),
    Fact(
        "The first of two WHEN MATCHED clauses has a condition",
        "https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql",
        [
            STOCK,
            batch(
                "MERGE stock AS t USING (VALUES (1, 1)) AS s (id, n) ON t.id = s.id"
                " WHEN MATCHED THEN DELETE WHEN MATCHED AND s.n = 1 THEN UPDATE SET n = 1;",
                errors=[5324],
            ),
        ],
        bad_grammar=True,
    ),
]
