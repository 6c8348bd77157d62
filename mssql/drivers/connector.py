"""Opening of driver connections: sign-in, and repetition of logins after transient faults."""

from __future__ import annotations

from typing import Any, Callable, Protocol, Sequence

from django.db import utils

from mssql.auth import clouds
from mssql.auth.tokens import Source, Token, TokenError
from mssql.config.connection_config import ConnectionConfig
from mssql.config.target import target
from mssql.drivers import reachability
from mssql.drivers.base import Driver
from mssql.drivers.tenancy import Tenancy
from mssql.errors import ClaimsRequired, ErrorNumber, retry

# In succession from a driver's pool, which is cleared each time: other threads return theirs.
_DEAD_CONNECTIONS = 3


class Observer(Protocol):
    """The observer of a connection that is being opened."""

    def retrying(self, number: int, wait: float) -> None:
        """Note that a login failed with SQL Server's error `number` and is repeated after `wait`
        seconds."""

    def token_refused(self) -> None:
        """Note that the server reports an expired token, and that a new one is requested."""


class Connector:
    """Opens driver connections with one configuration.

    `observer` is notified of repeated logins and of refused tokens.
    """

    def __init__(
        self, config: ConnectionConfig, driver: Driver, observer: Observer | None = None
    ) -> None:
        self._config = config
        self._driver = driver
        self._observer = observer

    def open(self) -> tuple[Any, Tenancy]:
        """Open a connection in autocommit mode; repeat the login if the fault passes.

        Return the driver's connection, and whom it was opened for.

        Raises the driver's exceptions, OperationalError if there is no token, ClaimsRequired if
        the user has to sign in again, and ImproperlyConfigured for settings that cannot work.
        """
        source = self._config.sign_in.token_source()
        seconds_left = self._config.retry_policy.countdown()
        connection, token = retry.connect(
            lambda: self._log_in(source, seconds_left),
            self._retryable_numbers,
            self._config.retry_policy,
            retrying=self._observer.retrying if self._observer else None,
        )
        return connection, Tenancy.of(self._config.sign_in_settings, source, token)

    def open_connection(self) -> Any:
        """Return a new driver connection: see `open`."""
        return self.open()[0]

    def _log_in(
        self, source: Source | None, seconds_left: Callable[[], float]
    ) -> tuple[Any, Token | None]:
        """Log in once, or twice if the server reports that the first token has expired."""
        if source is None:
            return self._connect(None), None
        token = self._request_token(source, seconds_left())
        try:
            return self._connect(token), token
        except self._driver.module.Error as error:
            if not self._driver.fault(error).is_token_expired:
                raise
            source.discard(token)
        if self._observer is not None:
            self._observer.token_refused()
        token = self._request_token(source, seconds_left())
        return self._connect(token), token

    def _connect(self, token: Token | None) -> Any:
        return self._driver.connect(target(self._config, token))

    def _request_token(self, source: Source, wait: float) -> Token:
        try:
            return source.token(wait)
        except TokenError as error:
            text = f"Database {self._config.alias!r}: {error}"
            if error.claims:
                raise ClaimsRequired(text, error.claims) from None
            raise utils.OperationalError(text) from None

    def _retryable_numbers(self, error: Exception) -> Sequence[int]:
        """Return the error numbers that decide whether the fault passes.

        A login timeout means a busy gateway on Azure, but a wrong HOST or PORT elsewhere. A
        database that cannot be opened means a wrong NAME if the server is this machine.
        """
        fault = self._driver.fault(error)
        if fault.is_timeout:
            return (retry.LOGIN_TIMEOUT,) if self._probe_gateway() else ()
        if fault.number == ErrorNumber.CANNOT_OPEN_DATABASE and self._config.address.is_local:
            return ()
        return fault.numbers

    def _probe_gateway(self) -> bool:
        """Return whether the server is Azure's and its name exists."""
        if not clouds.is_azure(self._config.address.name):
            return False
        return reachability.probe(self._config) is not reachability.Reach.NO_HOST


def connect_past_dead_connections(
    connect: Callable[[], None], opened_dead_connection: Callable[[], bool]
) -> None:
    """Call `connect`, again if it met a dead connection from a driver's pool.

    After an OperationalError `opened_dead_connection` reports whether a connection was opened and
    was lost with its first use.
    """
    for _ in range(_DEAD_CONNECTIONS):
        try:
            return connect()
        except utils.OperationalError:
            if not opened_dead_connection():
                raise
    return connect()
