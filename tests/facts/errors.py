"""Errors: their effects, TRY and CATCH, and the functions that report them afterwards."""

from __future__ import annotations

from tests.facts.model import Fact, batch

CONTINUATION = "mirek/bitsql harness/corpus/errors/continuation"
PROCEDURES = "mirek/msduck reference/gaps-procedures.json"
SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
CHECKS = "mirek/bitsql docs/reference/batch-checks.md"
KEYED = batch("CREATE TABLE k (id int NOT NULL CONSTRAINT pk_k PRIMARY KEY, v tinyint NOT NULL)")


def goes_on(text: str, number: int | tuple[int, int], what: str, source: str = SKILL) -> Fact:
    """Return the fact that the batch and the transaction go on after an error."""
    return Fact(
        f"{what} ends its statement only",
        source,
        [
            KEYED,
            batch(
                f"BEGIN TRAN; INSERT k VALUES (1, 1); {text}; SELECT @@TRANCOUNT, XACT_STATE()",
                rows=[[1, 1]],
                errors=[number],
            ),
            batch("COMMIT; SELECT id FROM k", rows=[[1]]),
        ],
    )


def rolls_back(text: str, number: int | tuple[int, int], what: str, source: str = SKILL) -> Fact:
    """Return the fact that an error ends the batch and rolls the transaction back."""
    return Fact(
        f"{what} ends the batch and rolls the transaction back",
        source,
        [
            KEYED,
            batch(
                f"BEGIN TRAN; INSERT k VALUES (1, 1); {text}; SELECT 'not reached'",
                errors=[number],
            ),
            batch("SELECT @@TRANCOUNT, XACT_STATE()", rows=[[0, 0]]),
            batch("SELECT id FROM k", rows=[]),
        ],
    )


def ends_batch(text: str, number: int | tuple[int, int], what: str, source: str = SKILL) -> Fact:
    """Return the fact that an error ends the batch and leaves the transaction open."""
    return Fact(
        f"{what} ends the batch and leaves the transaction open",
        source,
        [
            KEYED,
            batch(f"BEGIN TRAN; INSERT k VALUES (1, 1); {text}; SELECT 'no'", errors=[number]),
            batch("SELECT @@TRANCOUNT, XACT_STATE(); COMMIT", rows=[[1, 1]]),
            batch("SELECT id FROM k", rows=[[1]]),
        ],
    )


FACTS = [
    goes_on("INSERT k VALUES (1, 2)", (2627, 1), "A duplicate key"),
    goes_on("INSERT k VALUES (2, NULL)", (515, 2), "NULL in a NOT NULL column"),
    goes_on("SELECT 1 / 0", (8134, 1), "A division by zero", CONTINUATION),
    goes_on("INSERT k VALUES (2, 256)", 220, "An integer too large for its column"),
    goes_on("SELECT 2147483647 + 1", (8115, 2), "An arithmetic overflow", CONTINUATION),
    goes_on(
        "SELECT CAST(123.45 AS decimal(4, 2))",
        (8115, 8),
        "A decimal that does not fit",
        "mirek/msduck math/decimal-overflow",
    ),
    goes_on("RAISERROR('no', 16, 1)", (50000, 1), "RAISERROR", PROCEDURES),
    goes_on("SELECT (SELECT v FROM (VALUES (1), (2)) AS x (v))", 512, "A subquery of two rows"),
    goes_on("EXEC no_such_procedure", (2812, 62), "A missing procedure", PROCEDURES),
    goes_on("DROP TABLE no_such_table", (3701, 5), "DROP TABLE of a missing table"),
    goes_on("EXEC('SELECT * FROM missing')", (208, 1), "A missing table in an EXEC string"),
    goes_on("EXEC('SELECT nosuch FROM k')", 207, "A missing column in an EXEC string"),
    goes_on("ROLLBACK TRAN nosuch", (6401, 1), "A savepoint that is not there"),
    rolls_back("SELECT CAST('x' AS int)", (245, 1), "Text that is no integer"),
    rolls_back("SELECT CAST('x' AS date)", (241, 1), "Text that is no date"),
    rolls_back("SELECT CAST('x' AS bigint)", (8114, 5), "Text that is no bigint"),
    rolls_back("SELECT CAST('x' AS decimal(5, 2))", (8114, 5), "Text that is no decimal"),
    rolls_back("SELECT CAST('x' AS float)", (8114, 5), "Text that is no float"),
    rolls_back("SELECT CAST('x' AS uniqueidentifier)", (8169, 2), "Text that is no GUID"),
    rolls_back("INSERT k VALUES ('x', 1)", (245, 1), "Text that is no integer in an INSERT"),
    rolls_back("UPDATE k SET v = 'x'", (245, 1), "Text that is no integer in an UPDATE"),
    rolls_back(
        "SELECT COUNT(*) FROM k WITH (NOLOCK, READPAST)",
        (650, 1),
        "READPAST at another isolation level",
        "mirek/bitsql docs/reference/tail5-b2.md",
    ),
    rolls_back(
        "MERGE k USING (VALUES (1, 2), (1, 3)) AS s (id, v) ON k.id = s.id"
        " WHEN MATCHED THEN UPDATE SET v = s.v;",
        8672,
        "A MERGE that meets a row twice",
        "mirek/msduck reference/gaps-merge.json",
    ),
    ends_batch("THROW 50001, 'no', 1", (50001, 1), "THROW", PROCEDURES),
    ends_batch("SELECT * FROM missing", (208, 1), "A missing table"),
    ends_batch(
        "SELECT JSON_VALUE(N'bad', '$.a') FROM k",
        13609,
        "Text that is no JSON",
        "mirek/bitsql docs/reference/json.md",
    ),
    ends_batch(
        "DECLARE @n int; SELECT TOP (@n) id FROM k",
        (1014, 1),
        "TOP of a NULL variable",
        CHECKS,
    ),
    ends_batch(
        "DECLARE @n int = -1; SELECT TOP (@n) id FROM k",
        (127, 1),
        "TOP of a negative variable",
        CHECKS,
    ),
    ends_batch(
        "CREATE TABLE k (id int)",
        (2714, 6),
        "CREATE TABLE of a table that is there",
        "mirek/bitsql harness/corpus/catalog/ddl-continuation",
    ),
    Fact(
        "An exhausted identity ends the batch and rolls the transaction back",
        "mirek/msduck gaps-rowversion_identity; mirek/bitsql stmts/rowversion-identity-rules",
        [
            batch("CREATE TABLE i (id smallint IDENTITY(32767, 1), v int)"),
            batch("BEGIN TRAN; INSERT i (v) VALUES (1)"),
            batch("INSERT i (v) VALUES (2); SELECT 1", errors=[(8115, 1)]),
            batch("SELECT @@TRANCOUNT; SELECT v FROM i", sets=[[[0]], []]),
        ],
    ),
    Fact(
        "SAVE TRANSACTION outside of a transaction ends the batch",
        SKILL,
        [batch("SAVE TRAN s; SELECT 1", errors=[(628, 0)])],
    ),
    Fact(
        "A text that datetime cannot hold ends its statement only",
        SKILL,
        [batch("SELECT CAST('2024-02-30' AS datetime); SELECT 1", rows=[[1]], errors=[(242, 3)])],
    ),
    Fact(
        "With XACT_ABORT a duplicate key ends the batch and rolls back",
        "Microsoft: SET XACT_ABORT (Transact-SQL)",
        [
            KEYED,
            batch("SET XACT_ABORT ON"),
            batch(
                "BEGIN TRAN; INSERT k VALUES (1, 1); INSERT k VALUES (1, 1); SELECT 1",
                errors=[2627],
            ),
            batch("SET XACT_ABORT OFF; SELECT @@TRANCOUNT; SELECT id FROM k", sets=[[[0]], []]),
        ],
    ),
    Fact(
        "With XACT_ABORT an error outside of a transaction ends the batch, too",
        "Microsoft: SET XACT_ABORT (Transact-SQL)",
        [
            batch("SET XACT_ABORT ON; SELECT 1 / 0; SELECT 'no'", errors=[8134]),
            batch("SET XACT_ABORT OFF"),
        ],
    ),
    Fact(
        "RAISERROR ignores XACT_ABORT",
        PROCEDURES,
        [
            batch(
                "SET XACT_ABORT ON; BEGIN TRAN; RAISERROR('no', 16, 1);"
                " SELECT @@TRANCOUNT, XACT_STATE(); ROLLBACK; SET XACT_ABORT OFF",
                rows=[[1, 1]],
                errors=[50000],
            )
        ],
    ),
    Fact(
        "With XACT_ABORT a THROW rolls the transaction back",
        "Microsoft: THROW (Transact-SQL)",
        [
            batch("SET XACT_ABORT ON; BEGIN TRAN; THROW 50001, 'no', 1", errors=[50001]),
            batch("SET XACT_ABORT OFF; SELECT @@TRANCOUNT", rows=[[0]]),
        ],
    ),
    # --- TRY and CATCH ---
    Fact(
        "A failed SELECT in TRY sends its empty result before CATCH runs",
        PROCEDURES,
        [
            batch(
                "BEGIN TRY SELECT 1 / 0 AS x END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                sets=[[], [[8134]]],
            )
        ],
    ),
    Fact(
        "A failed INSERT in TRY sends nothing",
        PROCEDURES,
        [
            KEYED,
            batch(
                "BEGIN TRY INSERT k VALUES (1, 1), (1, 1) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_SEVERITY(), ERROR_STATE() END CATCH",
                rows=[[2627, 14, 1]],
            ),
        ],
    ),
    Fact(
        "CATCH leaves a transaction usable after an error of one statement",
        "Microsoft: XACT_STATE (Transact-SQL)",
        [
            KEYED,
            batch(
                "BEGIN TRAN; INSERT k VALUES (1, 1);"
                " BEGIN TRY INSERT k VALUES (1, 1) END TRY BEGIN CATCH SELECT XACT_STATE() END"
                " CATCH;"
                " COMMIT; SELECT id FROM k",
                sets=[[[1]], [[1]]],
            ),
        ],
    ),
    Fact(
        "A conversion error in TRY dooms the transaction",
        SKILL,
        [
            batch(
                "BEGIN TRAN; BEGIN TRY DECLARE @i int = CAST('x' AS int) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE(), @@TRANCOUNT END CATCH; ROLLBACK",
                rows=[[245, -1, 1]],
            )
        ],
    ),
    Fact(
        "With XACT_ABORT every error in TRY dooms the transaction",
        SKILL,
        [
            KEYED,
            batch(
                "SET XACT_ABORT ON; BEGIN TRAN; BEGIN TRY INSERT k VALUES (1, 1), (1, 1) END TRY"
                " BEGIN CATCH SELECT XACT_STATE() END CATCH; ROLLBACK; SET XACT_ABORT OFF",
                rows=[[-1]],
            ),
        ],
    ),
    Fact(
        "A doomed transaction takes no changes",
        SKILL,
        [
            KEYED,
            batch(
                "BEGIN TRAN; BEGIN TRY DECLARE @i int = CAST('x' AS int) END TRY BEGIN CATCH"
                " BEGIN TRY INSERT k VALUES (1, 1) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH END CATCH; ROLLBACK",
                rows=[[3930]],
            ),
        ],
    ),
    Fact(
        "A doomed transaction cannot be committed",
        SKILL,
        [
            batch(
                "BEGIN TRAN; BEGIN TRY DECLARE @i int = CAST('x' AS int) END TRY BEGIN CATCH"
                " BEGIN TRY COMMIT END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH END CATCH;"
                " ROLLBACK",
                rows=[[3930]],
            )
        ],
    ),
    Fact(
        "A doomed transaction can be read",
        "Microsoft: XACT_STATE (Transact-SQL)",
        [
            KEYED,
            batch(
                "BEGIN TRAN; INSERT k VALUES (1, 1); BEGIN TRY DECLARE @i int = CAST('x' AS int)"
                " END TRY BEGIN CATCH SELECT id FROM k END CATCH; ROLLBACK; SELECT id FROM k",
                sets=[[[1]], []],
            ),
        ],
    ),
    Fact(
        "A doomed transaction cannot be rolled back to a savepoint",
        SKILL,
        [
            batch(
                "BEGIN TRAN; SAVE TRAN s; BEGIN TRY DECLARE @i int = CAST('x' AS int) END TRY"
                " BEGIN CATCH BEGIN TRY ROLLBACK TRAN s END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH END CATCH; ROLLBACK",
                rows=[[3931]],
            )
        ],
    ),
    Fact(
        "A doomed transaction is rolled back at the end of its batch",
        SKILL,
        [
            batch(
                "BEGIN TRAN; BEGIN TRY DECLARE @i int = CAST('x' AS int) END TRY"
                " BEGIN CATCH SELECT XACT_STATE() END CATCH",
                rows=[[-1]],
                errors=[(3998, 1)],
            ),
            batch("SELECT @@TRANCOUNT, XACT_STATE()", rows=[[0, 0]]),
        ],
    ),
    Fact(
        "Outside of a transaction a caught conversion error dooms nothing",
        SKILL,
        [
            batch(
                "BEGIN TRY DECLARE @i int = CAST('x' AS int) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE(), @@TRANCOUNT END CATCH",
                rows=[[245, 0, 0]],
            )
        ],
    ),
    Fact(
        "THROW without arguments raises the caught error again and ends the batch",
        "Microsoft: THROW (Transact-SQL)",
        [
            KEYED,
            batch(
                "BEGIN TRY INSERT k VALUES (1, 1), (1, 1) END TRY BEGIN CATCH THROW END CATCH;"
                " SELECT 'not reached'",
                errors=[(2627, 1)],
            ),
        ],
    ),
    Fact(
        "An error of a CATCH block goes to the TRY around it",
        "Microsoft: TRY...CATCH (Transact-SQL)",
        [
            batch(
                "BEGIN TRY BEGIN TRY RAISERROR('a', 16, 1) END TRY"
                " BEGIN CATCH RAISERROR('b', 16, 2) END CATCH END TRY"
                " BEGIN CATCH SELECT ERROR_MESSAGE(), ERROR_STATE() END CATCH",
                rows=[["b", 2]],
            )
        ],
    ),
    Fact(
        "ERROR_NUMBER() is NULL outside of a CATCH block",
        "Microsoft: ERROR_NUMBER (Transact-SQL)",
        [
            batch(
                "BEGIN TRY RAISERROR('a', 16, 1) END TRY BEGIN CATCH SELECT ERROR_NUMBER() END"
                " CATCH;"
                " SELECT ERROR_NUMBER()",
                sets=[[[50000]], [[None]]],
            )
        ],
    ),
    Fact(
        "A severity below 11 is a message that no TRY catches",
        "Microsoft: TRY...CATCH (Transact-SQL)",
        [
            batch(
                "BEGIN TRY RAISERROR('a', 10, 1); SELECT 1 END TRY BEGIN CATCH SELECT 2 END CATCH",
                rows=[[1]],
            )
        ],
    ),
    Fact(
        "A caught THROW leaves the transaction open",
        "Microsoft: THROW (Transact-SQL)",
        [
            batch(
                "BEGIN TRAN; BEGIN TRY THROW 50001, 'a', 1 END TRY"
                " BEGIN CATCH SELECT XACT_STATE(), @@TRANCOUNT END CATCH; ROLLBACK",
                rows=[[1, 1]],
            )
        ],
    ),
    Fact(
        "@@ROWCOUNT is 0 after END CATCH, whether CATCH has run or not",
        "mirek/bitsql harness/corpus/tail/try-catch-rowcount",
        [
            batch(
                "BEGIN TRY SELECT 1 UNION ALL SELECT 2 END TRY BEGIN CATCH SELECT 7 END CATCH"
                " SELECT @@ROWCOUNT",
                sets=[[[1], [2]], [[0]]],
            ),
            batch(
                "BEGIN TRY RAISERROR('a', 16, 1) END TRY BEGIN CATCH SELECT 7 END CATCH"
                " SELECT @@ROWCOUNT",
                sets=[[[7]], [[0]]],
            ),
            batch(
                "BEGIN TRY RAISERROR('a', 16, 1) END TRY BEGIN CATCH SELECT @@ROWCOUNT END CATCH",
                rows=[[0]],
            ),
        ],
    ),
    # --- The state after an error ---
    Fact(
        "@@ERROR is the number of the statement before, 0 if that went well",
        CONTINUATION,
        [
            batch(
                "RAISERROR('a', 16, 1); SELECT @@ERROR; SELECT @@ERROR",
                sets=[[[50000]], [[0]]],
                errors=[50000],
            )
        ],
    ),
    Fact(
        "@@ROWCOUNT is 0 after a failed statement",
        CONTINUATION,
        [
            batch(
                "SELECT 1 / 0; SELECT @@ERROR, @@ROWCOUNT",
                rows=[[8134, 0]],
                errors=[8134],
            )
        ],
    ),
    Fact(
        "Each failed statement of a batch sends its own error",
        CONTINUATION,
        [
            batch(
                "SELECT 1 / 0; SELECT 2 / 0; SELECT 3",
                rows=[[3]],
                errors=[8134, 8134],
            )
        ],
    ),
    Fact(
        "A statement that fails in the middle changes nothing",
        SKILL,
        [
            KEYED,
            batch("INSERT k VALUES (1, 1), (2, 2), (1, 3)", errors=[2627]),
            batch("SELECT COUNT(*) FROM k", rows=[[0]]),
        ],
    ),
    Fact(
        "RAISERROR puts its arguments into its message",
        "Microsoft: RAISERROR (Transact-SQL)",
        [
            batch(
                "RAISERROR('%d of %s', 16, 3, 5, 'six')",
                errors=[(50000, 3)],
                messages=["5 of six"],
            )
        ],
    ),
    Fact(
        "THROW's state and message are those it is called with",
        "Microsoft: THROW (Transact-SQL)",
        [batch("THROW 51000, 'gone', 7", errors=[(51000, 7)], messages=["gone"])],
    ),
]
