"""SQL Server's transactions over PostgreSQL's.

SQL Server undoes a failed statement and goes on with the transaction, PostgreSQL ends it: so a
savepoint stands before each statement that may change something. It is set in one trip with the
release of the one before, and BEGIN waits for the first statement.
Follows "Transactions (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/language-elements/transactions-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count

import psycopg
from psycopg.pq import TransactionStatus

from tds_embedded.errors import error
from tds_embedded.postgres.backend import Backend
from tds_embedded.wire.responses import Sink

BEGAN, COMMITTED, ROLLED_BACK = 8, 9, 10  # ENVCHANGE types of MS-TDS 2.2.7.9

# READ UNCOMMITTED reads committed rows in PostgreSQL. Its REPEATABLE READ is a snapshot, which
# shows no phantoms and fails when SQL Server would wait.
POSTGRES_LEVELS = {
    "READ UNCOMMITTED": "READ COMMITTED",
    "READ COMMITTED": "READ COMMITTED",
    "REPEATABLE READ": "REPEATABLE READ",
    "SNAPSHOT": "REPEATABLE READ",
    "SERIALIZABLE": "SERIALIZABLE",
}
STATEMENT = "mssql statement"  # no T-SQL savepoint can have this name: theirs have a prefix
_USER = "t "  # before the number of a T-SQL savepoint
APPLY_SWITCHES = "SELECT meta.apply_switches(NULL, false); "
LONGEST_NAME = 32  # of a transaction or savepoint, in characters
_SNAPSHOTS = """
    SELECT name::text, coalesce((data ->> 'allow_snapshot_isolation')::bool,
        name IN ('master', 'msdb'))
    FROM meta.databases WHERE oid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_descriptors = count(1)


def check_name(name: object) -> None:
    """Raise error 103 for a name that is written with more than 32 characters."""
    if isinstance(name, str) and len(name) > LONGEST_NAME:
        raise error(103, name[:LONGEST_NAME])


def _savepoint(number: int) -> str:
    return f'"{_USER}{number}"'


def _is_savepoint(savepoint: str, name: str) -> bool:
    """Savepoints are found as the collation compares: without regard to case, blanks at the end."""
    return savepoint.rstrip(" ").lower() == name.rstrip(" ").lower()


class Transactions:
    """The transaction of one session. `isolation` applies from the next BEGIN on.

    `snapshots`: whether databases allow SNAPSHOT by default, as Azure's do. `undone` is called
    after each rollback, which resets PostgreSQL's settings, too; `preserve` is the context of a
    rollback of several statements, and preserves table variables.
    """

    def __init__(
        self,
        backend: Backend,
        undone: Callable[[], None],
        preserve: Callable[[], AbstractContextManager[None]],
        *,
        snapshots: bool = False,
    ) -> None:
        self.backend = backend
        self._undone = undone
        self._preserved = preserve
        self.snapshots = snapshots
        self.isolation = "READ COMMITTED"
        self.count = 0  # @@TRANCOUNT
        self.rollbacks = 0  # how often something was undone, which undoes temporary tables too
        self.doomed = False  # XACT_STATE() is -1: only a ROLLBACK helps
        self.name = ""
        self.changed: set[int] = set()  # the oids of tables; other sessions' readers look here
        self.update_locked: set[int] = set()  # the same of rows read with UPDLOCK
        self.switched = False  # foreign keys are put down as off, see ddl/switches.py
        self._savepoints: list[str] = []  # a stack; names may come again
        self._descriptor = bytes(8)
        self._begun = False  # PostgreSQL has begun
        self._clean = False  # the statement's savepoint stands, and nothing has changed since

    @property
    def id(self) -> int:
        """CURRENT_TRANSACTION_ID()."""
        return int.from_bytes(self._descriptor, "little")

    @property
    def state(self) -> int:
        """XACT_STATE()."""
        if not self.count:
            return 0
        return -1 if self.doomed else 1

    # --- BEGIN, COMMIT, ROLLBACK, SAVE ---

    def begin(self, name: str, sink: Sink) -> None:
        """One level more; raises 3930 in a doomed transaction."""
        if self.count:
            self._refuse_doomed()
        else:
            self.name = name
            self._descriptor = next(_descriptors).to_bytes(8, "little")
            sink.environment(BEGAN, self._descriptor, b"")
        self.count += 1

    def commit(self, sink: Sink) -> None:
        """One level less, the outermost for good. Raises 3902, 3930, psycopg.Error."""
        if not self.count:
            raise error(3902)
        self._refuse_doomed()
        if self.count > 1:
            self.count -= 1
            return
        has_begun, switches = self._begun, APPLY_SWITCHES if self.switched else ""
        self._end()
        try:
            if has_begun:
                self.backend.command(f"{switches}COMMIT")
        except psycopg.Error:  # a conflict that PostgreSQL finds last; it has rolled back
            if self.backend.status == TransactionStatus.INERROR:
                self.backend.command("ROLLBACK")
            sink.environment(ROLLED_BACK, b"", self._descriptor)
            raise
        sink.environment(COMMITTED, b"", self._descriptor)

    def rollback(self, name: str | None, sink: Sink) -> None:
        """To the savepoint `name`, or the whole transaction. Raises 3903, 3931, 6401."""
        if not self.count:
            raise error(3903)
        position = self._position(name)
        if name is not None and position is not None:
            self._rollback_to(position)
        elif name is not None and (name != self.name or not name):
            raise error(6401, name, state=1 if name else 2)
        else:
            self.rollback_all(sink)

    def _position(self, name: str | None) -> int | None:
        """Return the position of the innermost savepoint with that name on the stack."""
        positions = range(len(self._savepoints) - 1, -1, -1)
        matches = (each for each in positions if _is_savepoint(self._savepoints[each], name or ""))
        return next(matches, None) if name else None

    def rollback_all(self, sink: Sink | None) -> None:
        """Roll back the whole transaction, if there is one. `sink` is None if no client is to learn
        of it.
        """
        if not self.count:
            return
        has_begun = self._begun
        self._end()
        if sink is not None:
            sink.environment(ROLLED_BACK, b"", self._descriptor)
        if has_begun and not self.backend.broken:
            with self._preserved():
                self.rollbacks += 1
                self.backend.command("ROLLBACK")
                self._undone()

    def save(self, name: str) -> None:
        """Set a savepoint. Several can have the same name. Raises 628, 3930."""
        if not self.count:
            raise error(628)
        self._refuse_doomed()
        lead = self._lead_in()
        self._savepoints.append(name)
        savepoint = _savepoint(len(self._savepoints))
        self.backend.command(f'{lead}SAVEPOINT {savepoint}; SAVEPOINT "{STATEMENT}"')
        self._clean = True

    def _rollback_to(self, position: int) -> None:
        """Roll back to a savepoint, which removes it and those after it."""
        if self.doomed:
            raise error(3931)
        savepoint = _savepoint(position + 1)
        del self._savepoints[position:]
        with self._preserved():
            self.rollbacks += 1
            self.backend.command(
                f"ROLLBACK TO SAVEPOINT {savepoint}; RELEASE SAVEPOINT {savepoint};"
                f' SAVEPOINT "{STATEMENT}"'
            )
            self._undone()
        self._clean = False  # the restored rows are part of no statement

    def _end(self) -> None:
        self.count = 0
        self.doomed = self._begun = self._clean = self.switched = False
        self._savepoints.clear()
        self.changed.clear()
        self.update_locked.clear()

    def _refuse_doomed(self) -> None:
        if self.doomed:
            raise error(3930)

    # --- Around statements ---

    def before_statement(self, *, writes: bool) -> None:
        """Create sure that this statement alone can be undone. Raises 3930."""
        if not self.count:
            return
        if writes:
            self._refuse_doomed()
        if not self._clean:
            self.backend.command(f'{self._lead_in()}SAVEPOINT "{STATEMENT}"')
        self._clean = not writes

    def _lead_in(self) -> str:
        """Return the commands before a new statement's savepoint, for the same round trip."""
        if self._begun:
            return f'RELEASE SAVEPOINT "{STATEMENT}"; '
        if self.isolation == "SNAPSHOT":
            self._require_snapshots()
        self._begun = True
        return f"BEGIN ISOLATION LEVEL {POSTGRES_LEVELS[self.isolation]}; "

    def _require_snapshots(self) -> None:
        """Raise error 3952 if ALLOW_SNAPSHOT_ISOLATION is off, as in a new database."""
        ((database, is_allowed),) = self.backend.run(_SNAPSHOTS).all()
        if not is_allowed and not self.snapshots:
            raise error(3952, database)

    def undo_statement(self) -> None:
        """After a statement that failed."""
        if self._begun and not self.backend.broken:
            self.rollbacks += 1
            self.backend.command(f'ROLLBACK TO SAVEPOINT "{STATEMENT}"')
            self._clean = True
            self._undone()

    def restart_statement(self) -> None:
        """Undo the running statement, to run it again."""
        self.backend.command(f'ROLLBACK TO SAVEPOINT "{STATEMENT}"')

    def doom(self) -> None:
        """Doom the transaction after a caught error: it can only be rolled back."""
        if self.count:
            self.doomed = True
