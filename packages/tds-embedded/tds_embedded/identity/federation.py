"""Issuers whose tokens stand for an application's secret.

Follows https://learn.microsoft.com/entra/workload-id/workload-identity-federation and
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
"""

from __future__ import annotations

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tds_embedded.identity.signing import ALGORITHM, Signer, new_key, object_id

AUDIENCE_OF_EXCHANGE = "api://AzureADTokenExchange"


class Trust:
    """One subject of an issuer that an application trusts."""

    def __init__(self, issuer: str, subject: str, key: rsa.RSAPublicKey) -> None:
        self.issuer = issuer
        self.subject = subject
        self._public_key = key

    def check(self, token: str) -> None:
        """Raise jwt.PyJWTError for a wrong issuer, subject, audience, signature or time."""
        jwt.decode(
            token,
            self._public_key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE_OF_EXCHANGE,
            issuer=self.issuer,
            subject=self.subject,
            options={"require": ["exp", "iss", "sub", "aud"]},
        )


class ManagedIdentityTrust(Trust):
    """A managed identity, whose issuer is Entra itself; `client` is its client id."""

    def __init__(self, signer: Signer, client: str) -> None:
        super().__init__(signer.issuer_of_exchange, object_id(client), signer.public_key)


class Federation(Trust):
    """An issuer, such as a Kubernetes cluster or Azure DevOps, and one subject that is trusted."""

    def __init__(self, issuer: str, subject: str) -> None:
        self._key = new_key()
        super().__init__(issuer, subject, self._key.public_key())

    def token(self, lifetime: float = 600, **claims: Any) -> str:
        """Return a token of the issuer for its subject. `claims` replace the default ones."""
        now = int(time.time())
        defaults = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": AUDIENCE_OF_EXCHANGE,
            "nbf": now,
            "exp": now + int(lifetime),
        }
        return jwt.encode({**defaults, **claims}, self._key, algorithm=ALGORITHM)
