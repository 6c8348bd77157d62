"""The effect of an error on its statement, procedure, batch and transaction.

Follows "SET XACT_ABORT", "TRY...CATCH" and "THROW",
https://learn.microsoft.com/sql/t-sql/language-elements/try-catch-transact-sql
"""

from __future__ import annotations

import re
from enum import IntEnum

from tds_embedded.engine.frames import Frame
from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast

LOWEST_ERROR = 11  # severities below are messages
DEADLOCK_VICTIM = 1205
TOO_DEEP = 217  # levels of procedures
SNAPSHOT_CONFLICT = 3960
TRANSACTION_ENDED = 3609  # in a trigger
IDENTITY_OVERFLOW = (8115, 1)  # the other states of 8115 are of arithmetic
# Failed conversions end the batch and roll back, with XACT_ABORT OFF, too. 242 does not.
CONVERSIONS = frozenset({241, 244, 245, 248, 295, 8114, 8169})
PROPERTIES = frozenset({15135, 15217, 15233, 15600})  # of sp_addextendedproperty and its like
ROLLS_BACK = CONVERSIONS | PROPERTIES | {650, DEADLOCK_VICTIM, SNAPSHOT_CONFLICT, 8672}
# These end the batch, and leave the transaction open.
ENDS_BATCH = frozenset(
    {127, 289, 628, 911, 1014, 1031, 1060, 3906, 3952, 4116, TRANSACTION_ENDED, 3748, 8144, 11728}
)
JSON = range(13600, 13700)
NULL_PATH = (8116, 8)  # of a JSON function; the other states of 8116 are found by the compiler


def verb_of(node: ast.Statement) -> str:
    """Return the words that errors name a statement by: INSERT, ALTER TABLE."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).upper()


class Reach(IntEnum):
    """The extent of an error that no TRY catches."""

    STATEMENT = 1
    SCOPE = 2  # the procedure, EXEC string or batch whose statement could not be compiled
    BATCH = 3
    TRANSACTION = 4  # the batch, and the transaction is rolled back


class Failure(Exception):
    """An error that is passed to its CATCH block.

    `compiled_in` is the frame whose statement could not be compiled: no TRY of the same frame
    catches that.
    """

    def __init__(
        self, error: SqlServerError, reach: Reach, compiled_in: Frame | None = None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.reach = reach
        self.compiled_in = compiled_in


class CompileError(Exception):
    """The error of a statement that could not be compiled: its frame cannot catch it."""

    def __init__(self, error: SqlServerError) -> None:
        super().__init__(str(error))
        self.error = error


class ScopeEnded(Exception):
    """The end of a frame because of an error that has been sent."""


class BatchEnded(Exception):
    """The end of a batch because of an error that has been sent, or a cancellation."""


def reach_of(error: SqlServerError, *, compiling: bool, xact_abort: bool) -> Reach:
    """Return the reach of an error that no TRY catches."""
    if error.number == TOO_DEEP:
        return Reach.BATCH
    if compiling:
        return Reach.SCOPE
    if error.number == TRANSACTION_ENDED:
        return Reach.BATCH
    if error.of_call and error.number in CONVERSIONS and not xact_abort:
        return Reach.STATEMENT
    if error.number in ROLLS_BACK or (error.number, error.state) == IDENTITY_OVERFLOW:
        return Reach.TRANSACTION
    if xact_abort:
        return Reach.TRANSACTION
    if error.number in ENDS_BATCH or error.number in JSON:
        return Reach.BATCH
    if (error.number, error.state) == NULL_PATH:
        return Reach.BATCH
    return Reach.STATEMENT
