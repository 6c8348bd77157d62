"""The HTTP transport of azure-identity's credentials, imported with the first of them.

Follows https://learn.microsoft.com/python/api/azure-core/azure.core.pipeline.transport
"""

from __future__ import annotations

from azure.core.pipeline.transport import RequestsTransport

from mssql.auth.tokens import TokenError

# A busy identity service may send a Retry-After of minutes, which azure-core would obey.
LONGEST_WAIT = 10.0


class PatientTransport(RequestsTransport):
    """A transport that waits at most LONGEST_WAIT seconds between attempts."""

    def sleep(self, duration: float) -> None:
        """Wait before the next attempt. Raises TokenError if that would take too long."""
        if duration > LONGEST_WAIT:
            raise TokenError(
                f"The identity service is busy and requires a wait of {duration:.0f} seconds. The "
                "next connection requests a token again."
            )
        super().sleep(duration)
