"""A client's requests to the engine, independent of their encoding.

Follows MS-TDS 2.2.6 "Packet Data Stream Tokens: client messages",
https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from tds_embedded.types import SqlType
from tds_embedded.wire.responses import Sink


class TokenVerifier(Protocol):
    """The check of the access token of a federated sign-in (FEDAUTH library 1)."""

    def verify(self, token: str) -> Mapping[str, Any]:
        """Return the claims of `token`, and the name of its login under "login".

        Raises SqlServerError 18456 for a wrong signature, audience, issuer, `exp` or `nbf`; the
        error never contains the token.
        """


@dataclass(frozen=True)
class Login:
    """An authenticated client: by a SQL password, or by an access token (`claims`)."""

    user: str
    database: str = ""  # "" for the login's default database, master
    app_name: str = ""
    host_name: str = ""
    client: str = ""  # the client library's name for itself, such as "ODBC"
    client_address: str = ""
    client_process: int = 0
    language: str = "us_english"
    read_only_intent: bool = False
    odbc: bool = True  # fODBC: the ANSI_DEFAULTS that ODBC clients get
    claims: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a remote procedure call. `value` is a Python value of `type`, or None."""

    name: str  # with its "@"; "" for one passed by position
    type: SqlType
    value: Any = field(repr=False)
    output: bool = False
    default: bool = False  # the parameter's default value is used


@dataclass(frozen=True)
class RpcCall:
    """A remote procedure call. A procedure called by its number has its name here, too."""

    name: str
    parameters: list[Parameter]
    recompile: bool = False
    no_metadata: bool = False


class TransactionKind(Enum):
    """The supported transaction manager requests of MS-TDS 2.2.6.9."""

    BEGIN = 5
    COMMIT = 7
    ROLLBACK = 8
    SAVE = 9


class Isolation(Enum):
    """The isolation levels of MS-TDS 2.2.6.9. UNCHANGED keeps the session's."""

    UNCHANGED = 0
    READ_UNCOMMITTED = 1
    READ_COMMITTED = 2
    REPEATABLE_READ = 3
    SERIALIZABLE = 4
    SNAPSHOT = 5


@dataclass(frozen=True)
class TransactionRequest:
    """A transaction manager request. `name` names the transaction or savepoint, or is ""."""

    kind: TransactionKind
    name: str = ""
    isolation: Isolation = Isolation.UNCHANGED  # of BEGIN, or of the one begun after
    begin_after: bool = False  # COMMIT and ROLLBACK: begin the next transaction at once
    begin_name: str = ""


class EngineSession(Protocol):
    """The engine's side of one connection: session.Session, or a test's own.

    Its constructor raises SqlServerError (4060: no such database).
    The methods raise nothing: errors go through the sink. Each request ends without a final
    DONE: the wire closes the answer. ENVCHANGE 8 takes the new transaction's descriptor
    (8 bytes) as `new`; 9 and 10 take it as `old`.
    """

    spid: int
    database: str
    login_name: str

    def batch(self, sql: str, sink: Sink) -> None:
        """Run a batch."""

    def rpc(self, call: RpcCall, sink: Sink) -> None:
        """Run a procedure."""

    def transaction(self, request: TransactionRequest, sink: Sink) -> None:
        """Begins, ends or marks a transaction."""

    def reset(self, keep_transaction: bool = False) -> None:
        """Reset settings, temporary tables and handles, as sp_reset_connection does."""

    def cancel(self) -> None:
        """End the running statement. Called from another thread."""

    def close(self) -> None:
        """Roll back and lets everything go."""
