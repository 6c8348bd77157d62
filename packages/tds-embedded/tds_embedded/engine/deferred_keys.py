"""Changes that move unique keys over each other: `SET n = n + 1`, or a swap.

SQL Server looks at unique keys when a statement ends; PostgreSQL looks at each row, and which row
it meets first decides. So a change that PostgreSQL refused is undone and run again with the keys of
its table unchecked; they are checked after it, before anything else happens. That run is the
statement as it was, so triggers, foreign keys and OUTPUT are right. A change stays refused if
another transaction could break it (isolation levels with a snapshot), if it would use numbers of a
sequence twice, and if a foreign key ON UPDATE CASCADE refers to the keys, whose rows PostgreSQL
changes one key at a time.
"""

from __future__ import annotations

import psycopg
from psycopg.pq import TransactionStatus

from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.postgres.backend import Result
from tds_embedded.tsql.translate import Translated

_UNCHECKED = "SELECT meta.leave_keys_unchecked($1::int8::oid, $2)"
_CHECK = "SELECT meta.check_keys($1::int8::oid, $2)"


def start(translation: Translated, frame: Frame, engine: Engine) -> Result:
    """Run a statement, a second time if only a passing state may have violated a key."""
    try:
        return engine.executor.start(translation, frame)
    except psycopg.errors.UniqueViolation as violation:
        if not translation.moves_keys:
            raise
        return _again(translation, frame, engine, violation)


def _again(
    translation: Translated, frame: Frame, engine: Engine, violation: psycopg.errors.UniqueViolation
) -> Result:
    """Run the statement with its keys checked at its end. Raises `raised` if they cannot be."""
    results: list[Result] = []

    def run() -> None:
        try:
            results.append(_unchecked(translation, frame, engine, violation))
        except psycopg.errors.ForeignKeyViolation:
            _check_first(translation, frame, engine, violation)
            raise

    in_error = engine.backend.status == TransactionStatus.INERROR
    if in_error or engine.transactions.count:  # the client's, or one for its locks
        _restart(engine)
        run()
    else:
        engine.executor.atomically(run)
    return results[0]


def _restart(engine: Engine) -> None:
    """Undo the statement."""
    if engine.transactions.count:
        engine.transactions.restart_statement()
        engine.executor.restore_captures()
    else:
        engine.backend.command("ROLLBACK; BEGIN")


def _unchecked(
    translation: Translated, frame: Frame, engine: Engine, violation: psycopg.errors.UniqueViolation
) -> Result:
    assert translation.target is not None
    backend, target = engine.backend, translation.target.oid
    key = violation.diag.constraint_name
    engine.executor.apply_switches(translation)
    ((can_be,),) = backend.run(_UNCHECKED, [target, key], lasts=True).all()
    if not can_be:
        raise violation
    result = engine.executor.start(translation, frame)
    rows = result.all()
    backend.run(_CHECK, [target, key], lasts=True).all()
    read = Result(iter([rows] if rows else []))
    read.count = 0 if rows else result.count
    return read


def _check_first(
    translation: Translated, frame: Frame, engine: Engine, violation: psycopg.errors.UniqueViolation
) -> None:
    """Raise the error of a duplicate key, which comes before that of a foreign key.

    The statement runs without PostgreSQL's foreign keys, for its keys alone: it has failed.
    """
    _restart(engine)
    engine.backend.command("SET LOCAL session_replication_role = replica")
    _unchecked(translation, frame, engine, violation)
