"""Changes of rows: the rows that UPDATE and DELETE with FROM change, the meaning of their
columns."""

from __future__ import annotations

from tests.facts.model import Fact, Step, batch

JOINS = "mirek/msduck reference/gaps-outer_dml.json"
COMPOUND = "mirek/bitsql harness/corpus/dml/compound-assignment"
TABLES = batch(
    "CREATE TABLE stock (id int PRIMARY KEY, n int NULL); CREATE TABLE delta (id int, n int);"
    "INSERT stock VALUES (1, 10), (2, 20), (3, 30); INSERT delta VALUES (1, 5), (3, 7), (9, 1)"
)
STOCK = "SELECT id, n FROM stock ORDER BY id"


def of_stock(sentence: str, source: str, *steps: Step) -> Fact:
    """Return a fact about the tables stock and delta."""
    return Fact(sentence, source, [TABLES, *steps])


FACTS = [
    of_stock(
        "What is written before the names of INSERT's columns means nothing",
        "mirek/bitsql harness/corpus/orm/insert-qualified-columns",
        batch("INSERT INTO [dbo].[stock] ([dbo].[stock].[id], stock.n) VALUES (4, 40)"),
        batch("INSERT stock (delta.id, other.dbo.stock.n) SELECT 5, 50"),
        batch(f"DELETE stock WHERE id < 4; {STOCK}", rows=[[4, 40], [5, 50]]),
    ),
    of_stock(
        "UPDATE ... FROM a LEFT JOIN changes each row of the target once",
        JOINS,
        batch(
            "INSERT delta VALUES (3, 7); UPDATE s SET n = ISNULL(d.n, 0)"
            " FROM stock s LEFT JOIN delta d ON d.id = s.id; SELECT @@ROWCOUNT",
            rows=[[3]],
        ),
        batch(STOCK, rows=[[1, 5], [2, 0], [3, 7]]),
    ),
    of_stock(
        "An outer join that has no row of the target changes nothing for it",
        JOINS,
        batch(
            "UPDATE s SET n = d.n FROM delta d LEFT JOIN stock s ON s.id = d.id;"
            " SELECT @@ROWCOUNT; DELETE s FROM stock s RIGHT JOIN delta d ON d.id = s.id"
            " WHERE d.n <> 7; SELECT @@ROWCOUNT",
            sets=[[[2]], [[1]]],
        ),
        batch(STOCK, rows=[[2, 20], [3, 7]]),
    ),
    of_stock(
        "The target may be named as a table whose only occurrence in FROM has an alias",
        JOINS,
        batch("UPDATE stock SET n = 0 FROM stock s JOIN delta d ON d.id = s.id AND d.n = 5"),
        batch("UPDATE stock SET n = 1 FROM stock a JOIN stock b ON b.id = a.id", errors=[8154]),
        batch(STOCK, rows=[[1, 0], [2, 20], [3, 30]]),
    ),
    of_stock(
        "A column without its table is ambiguous if the target and a source have it",
        JOINS,
        batch("UPDATE s SET n = n FROM stock s JOIN delta d ON d.id = s.id", errors=[209]),
    ),
    of_stock(
        "+= reads the target's column, also if a source has one of that name",
        COMPOUND,
        batch("UPDATE s SET n += d.n FROM stock s JOIN delta d ON d.id = s.id"),
        batch(STOCK, rows=[[1, 15], [2, 20], [3, 37]]),
        batch(
            "MERGE stock AS s USING delta AS d ON d.id = s.id"
            " WHEN MATCHED THEN UPDATE SET n -= d.n;"
        ),
        batch(STOCK, rows=[[1, 10], [2, 20], [3, 30]]),
        batch("UPDATE stock SET n *= 2, n += 1", errors=[264]),
    ),
]
