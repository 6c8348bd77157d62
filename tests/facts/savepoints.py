"""Savepoints."""

from __future__ import annotations

from tests.facts.model import Fact, batch, tm

FACTS = [
    Fact(
        "Rolling back to a savepoint keeps the transaction and what was done before",
        "mirek/msduck reference/savepoint.json",
        [
            batch("CREATE TABLE t (id int NOT NULL)"),
            batch("BEGIN TRANSACTION; INSERT t VALUES (1); SAVE TRANSACTION s"),
            batch("INSERT t VALUES (2); ROLLBACK TRANSACTION s; SELECT id FROM t", rows=[[1]]),
            tm("commit"),
            batch("SELECT id FROM t", rows=[[1]]),
        ],
    ),
]
