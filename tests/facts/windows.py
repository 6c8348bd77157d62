"""Window functions: frames, ranks, offsets, and their positions."""

from __future__ import annotations

from tests.facts.model import Fact, Step, batch

FRAMES = "mirek/bitsql harness/corpus/analytic/window-frames.sql"
CHECKS = "mirek/bitsql docs/reference/batch-checks.md"
FUNCTIONS = "mirek/bitsql harness/corpus/query/window-functions.sql"
SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md"

TABLE = batch(
    "CREATE TABLE t (id int PRIMARY KEY, g int NOT NULL, n int NULL);"
    "INSERT t VALUES (1, 1, 10), (2, 1, 20), (3, 1, 20), (4, 2, 5), (5, 2, NULL)"
)


def of_table(sentence: str, source: str, *steps: Step, bad_grammar: bool = False) -> Fact:
    """Return a fact about the table t."""
    return Fact(sentence, source, [TABLE, *steps], bad_grammar=bad_grammar)


def refused(
    sentence: str, source: str, *pairs: tuple[str, object], bad_grammar: bool = False
) -> Fact:
    """Return the fact that expressions over the table t end in errors."""
    steps = [batch(f"SELECT {value} FROM t", errors=[number]) for value, number in pairs]
    return of_table(sentence, source, *steps, bad_grammar=bad_grammar)


def column(value: str, *seen: object) -> Step:
    """Return a query of an expression, in the order of the key."""
    return batch(f"SELECT {value} FROM t ORDER BY id", rows=[[each] for each in seen])


FACTS = [
    of_table(
        "Ranks count ties once or each, and NULL comes first",
        FUNCTIONS,
        column("RANK() OVER (ORDER BY n)", 3, 4, 4, 2, 1),
        column("DENSE_RANK() OVER (ORDER BY n DESC)", 2, 1, 1, 3, 4),
        column("RANK() OVER (ORDER BY n DESC)", 3, 1, 1, 4, 5),
        column("ROW_NUMBER() OVER (PARTITION BY g ORDER BY id DESC)", 3, 2, 1, 2, 1),
        column("NTILE(2) OVER (ORDER BY id)", 1, 1, 1, 2, 2),
    ),
    of_table(
        "LAG and LEAD look at other rows, and give a default where there is none",
        FUNCTIONS,
        column("LAG(n) OVER (ORDER BY id)", None, 10, 20, 20, 5),
        column("LEAD(n, 2, -1) OVER (ORDER BY id)", 20, 5, None, -1, -1),
        column("LAG(n, NULL) OVER (ORDER BY id)", None, None, None, None, None),
    ),
    of_table(
        "With an order a window ends with the peers of its row",
        FUNCTIONS,
        column("SUM(n) OVER (PARTITION BY g ORDER BY n)", 10, 50, 50, 5, None),
        column("LAST_VALUE(id) OVER (ORDER BY g)", 3, 3, 3, 5, 5),
        column("COUNT(*) OVER (PARTITION BY g)", 3, 3, 3, 2, 2),
    ),
    of_table(
        "ROWS counts rows and RANGE peers",
        FRAMES,
        column("SUM(n) OVER (ORDER BY id ROWS 1 PRECEDING)", 10, 30, 40, 25, 5),
        column("COUNT(*) OVER (ORDER BY g RANGE UNBOUNDED PRECEDING)", 3, 3, 3, 5, 5),
        column("COUNT(*) OVER (ORDER BY g RANGE CURRENT ROW)", 3, 3, 3, 2, 2),
        column(
            "SUM(n) OVER (ORDER BY id ROWS BETWEEN 0 PRECEDING AND 0 FOLLOWING)",
            10,
            20,
            20,
            5,
            None,
        ),
    ),
    of_table(
        "A frame that ends before it begins on one side is empty",
        FRAMES,
        column(
            "SUM(n) OVER (ORDER BY id ROWS BETWEEN 2 FOLLOWING AND 1 FOLLOWING)",
            None,
            None,
            None,
            None,
            None,
        ),
        column(
            "COUNT(*) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 2 PRECEDING)", 0, 0, 0, 0, 0
        ),
    ),
    refused(
        "A frame does not begin after its end",
        FRAMES,
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING)", (4193, 1)),
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW)", (4193, 4)),
        ("SUM(n) OVER (ORDER BY id ROWS 1 FOLLOWING)", (4193, 4)),
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)", (4193, 5)),
        bad_grammar=True,
    ),
    refused(
        "RANGE has no numbers",
        FRAMES,
        ("SUM(n) OVER (ORDER BY id RANGE 1 PRECEDING)", (4194, 1)),
        ("SUM(n) OVER (ORDER BY id RANGE BETWEEN CURRENT ROW AND 1 FOLLOWING)", (4194, 1)),
        bad_grammar=True,
    ),
    refused(
        "A frame begins at the unbounded start or ends at the unbounded end",
        FRAMES,
        ("SUM(n) OVER (ORDER BY id ROWS UNBOUNDED FOLLOWING)", 102),
        ("SUM(n) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW)", 102),
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING)", 102),
        bad_grammar=True,
    ),
    refused(
        "A frame's numbers are unsigned integers that are written out",
        FRAMES,
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN -1 PRECEDING AND CURRENT ROW)", 102),
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN (1) PRECEDING AND CURRENT ROW)", 102),
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN 1.5 PRECEDING AND CURRENT ROW)", 102),
        ("SUM(n) OVER (ORDER BY id ROWS BETWEEN @x PRECEDING AND CURRENT ROW)", 102),
        bad_grammar=True,
    ),
    refused(
        "A frame needs an order",
        FRAMES,
        ("SUM(n) OVER (PARTITION BY g ROWS UNBOUNDED PRECEDING)", (10756, 1)),
        ("SUM(n) OVER (ROWS UNBOUNDED PRECEDING)", 102),
        bad_grammar=True,
    ),
    refused(
        "Ranks and offsets have no frame",
        FRAMES,
        ("RANK() OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)", (10752, 3)),
        ("ROW_NUMBER() OVER (ORDER BY id RANGE UNBOUNDED PRECEDING)", (10752, 3)),
        ("NTILE(2) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)", (10752, 3)),
        ("LAG(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)", (10752, 1)),
    ),
    refused(
        "Ranks and offsets need OVER and an order",
        CHECKS,
        ("ROW_NUMBER()", (10753, 3)),
        ("LAG(n)", (10753, 1)),
        ("ROW_NUMBER() OVER ()", 4112),
        ("FIRST_VALUE(n) OVER (PARTITION BY g)", 4112),
    ),
    refused(
        "Window functions count their arguments",
        CHECKS,
        ("ROW_NUMBER(1) OVER (ORDER BY id)", 4114),
        ("NTILE() OVER (ORDER BY id)", 4114),
        ("LAG(n, 1, 2, 3) OVER (ORDER BY id)", 10755),
    ),
    refused(
        "A window is not ordered by a constant",
        SKILL,
        ("RANK() OVER (ORDER BY 1)", 5308),
        ("RANK() OVER (ORDER BY N'x')", 5309),
    ),
    of_table(
        "A window may be ordered by a subquery of a constant",
        SKILL,
        batch(
            "SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) AS r"
            " FROM t) AS x",
            rows=[[5]],
        ),
    ),
    refused(
        "An offset is not negative, a tile not zero",
        SKILL,
        ("LAG(n, -1) OVER (ORDER BY id)", 8730),
        ("NTILE(0) OVER (ORDER BY id)", 4116),
    ),
    of_table(
        "Window functions stand in the select list and in ORDER BY alone",
        FUNCTIONS,
        batch("SELECT id FROM t WHERE RANK() OVER (ORDER BY id) = 1", errors=[4108]),
        batch("SELECT g FROM t GROUP BY g HAVING COUNT(*) OVER () > 1", errors=[4108]),
        batch("SELECT SUM(RANK() OVER (ORDER BY id)) FROM t", errors=[4109]),
        batch("SELECT SUM(n) OVER (ORDER BY RANK() OVER (ORDER BY id)) FROM t", errors=[4109]),
        batch("SELECT TOP (1) id FROM t ORDER BY RANK() OVER (ORDER BY id DESC)", rows=[[5]]),
    ),
    of_table(
        "A window over groups sees the aggregates",
        FUNCTIONS,
        batch(
            "SELECT g, SUM(n), RANK() OVER (ORDER BY SUM(n) DESC), SUM(SUM(n)) OVER ()"
            " FROM t GROUP BY g ORDER BY g",
            rows=[[1, 50, 1, 55], [2, 5, 2, 55]],
        ),
    ),
    refused(
        "A windowed aggregate has no DISTINCT",
        CHECKS,
        ("COUNT(DISTINCT n) OVER ()", 10759),
        ("SUM(DISTINCT n) OVER (PARTITION BY g)", 10759),
        bad_grammar=True,
    ),
    *(
        Fact(
            sentence,
            "mirek/bitsql docs/reference/tail5-b1.md",
            [
                batch(
                    f"SELECT q, {over} AS s FROM (VALUES (1, 7), (2, 7)) AS v (q, p) {clause}",
                    errors=[number],
                )
            ],
            since="2022",
            bad_grammar=number == 102,
        )
        for sentence, over, clause, number in [
            (
                "A window is defined once",
                "SUM(q) OVER w",
                "WINDOW w AS (PARTITION BY p), w AS (ORDER BY q)",
                16211,
            ),
            (
                "OVER repeats no element of its window",
                "SUM(q) OVER (w ORDER BY q)",
                "WINDOW w AS (ORDER BY p)",
                4123,
            ),
            (
                "Nor does a window of the one that it builds on",
                "SUM(q) OVER w",
                "WINDOW w AS (ORDER BY q), z AS (w ORDER BY p)",
                5367,
            ),
            (
                "Windows do not build on one another in a circle",
                "SUM(q) OVER w",
                "WINDOW w AS (z), z AS (w)",
                5365,
            ),
            (
                "A window that no one reads must exist, too",
                "SUM(q) OVER w",
                "WINDOW w AS (ORDER BY q), z AS (missing)",
                5362,
            ),
            (
                "A frame of a window needs an order",
                "SUM(q) OVER w",
                "WINDOW w AS (PARTITION BY p ROWS UNBOUNDED PRECEDING)",
                5364,
            ),
            (
                "A function that needs an order says so of a window",
                "LAG(q) OVER w",
                "WINDOW w AS (PARTITION BY p)",
                5366,
            ),
            (
                "A name alone takes no parentheses after OVER",
                "SUM(q) OVER (w)",
                "WINDOW w AS (ORDER BY q)",
                102,
            ),
        ]
    ),
]
