"""Issuers outside of Entra whose tokens stand for an application's secret.

Follows https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

from __future__ import annotations

import time
from typing import Any

import jwt

from mssql.embedded.identity.signing import ALGORITHM, new_key

AUDIENCE_OF_EXCHANGE = "api://AzureADTokenExchange"


class Federation:
    """An issuer, such as a Kubernetes cluster or Azure DevOps, and one subject that is trusted."""

    def __init__(self, issuer: str, subject: str) -> None:
        self.issuer = issuer
        self.subject = subject
        self._key = new_key()

    def token(self, lifetime: float = 600, **claims: Any) -> str:
        """A token of the issuer for its subject. `claims` replace those it would hold."""
        now = int(time.time())
        held = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": AUDIENCE_OF_EXCHANGE,
            "nbf": now,
            "exp": now + int(lifetime),
        }
        return jwt.encode({**held, **claims}, self._key, algorithm=ALGORITHM)

    def check(self, token: str) -> None:
        """Raises jwt.PyJWTError where issuer, subject, audience, signature or time is wrong."""
        jwt.decode(
            token,
            self._key.public_key(),
            algorithms=[ALGORITHM],
            audience=AUDIENCE_OF_EXCHANGE,
            issuer=self.issuer,
            subject=self.subject,
            options={"require": ["exp", "iss", "sub", "aud"]},
        )
