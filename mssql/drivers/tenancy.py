"""The principal of an open connection, and the time at which the connection has to end for it.

SQL Server accepts a token at the login only ([MS-TDS] 2.2.7.9, FEDAUTH), so a connection ends with
its token.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Mapping

from mssql.auth.tokens import Source, Token
from mssql.config.connection_config import SignInSettings
from mssql.drivers.access_token import attributes

# Connections of one process share a token; they should not all sign in again at once.
_SPREAD = 0.1
_LONGEST_SPREAD = 300
ANOTHER_PRINCIPAL = (
    "The connection was opened for another principal than TOKEN or OPTIONS['credential'] serves "
    "now, and autocommit is off: close() it first."
)


@dataclass(frozen=True)
class Tenancy:
    """The principal that a connection was opened for: by which settings and token, and the source
    of that token."""

    settings: SignInSettings
    source: Source | None = None
    token: Token | None = None
    # The driver may read these bytes again for as long as the connection is open.
    attributes: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, settings: SignInSettings, source: Source | None, token: Token | None) -> Tenancy:
        """Return the tenancy of a connection that `token` has signed in, if any."""
        return cls(settings, source, token, attributes(token.text) if token else {})

    def retire_at(self, close_at: float | None) -> float | None:
        """Return the time of time.monotonic() at which to close the connection between requests.

        That is `close_at` (None: never), or some time before the token expires if that is earlier.
        A request that outlives the token is safe: the server checks a token again hours later.
        """
        if self.token is None or self.token.expires_on is None:
            return close_at
        seconds = self.token.seconds_left(time.time())
        spread = min(seconds * _SPREAD, _LONGEST_SPREAD)
        end = time.monotonic() + seconds - random.uniform(0, spread)  # noqa: S311
        return end if close_at is None else min(close_at, end)

    @property
    def varies(self) -> bool:
        """Whether the next unit of work may be another principal's, with the same settings."""
        return self.source is not None and self.source.varies

    def request_confirmation(self, settings: SignInSettings) -> bool:
        """Return whether a connection opened now, with `settings`, would be the same principal's.

        This may call the project's callable and request a token.
        """
        if settings != self.settings:
            return False
        if self.source is None or self.token is None:
            return True
        return self.source.confirm(self.token)

    def discard_token(self) -> None:
        """Let the next connection sign in with another token."""
        if self.source is not None and self.token is not None:
            self.source.discard(self.token)
