"""A local stand-in of Microsoft Entra: managed-identity endpoints, an OAuth authority, their keys.

It issues signed access tokens on this machine, for the same proofs as the real one: for tests and
the demo only.

with IdentityEndpoint(clients={"client id": "secret"}) as endpoint:
    os.environ.update(endpoint.environment)  # as on App Service
"""

from __future__ import annotations

from tds_embedded.identity.directory import SYSTEM_IDENTITY
from tds_embedded.identity.endpoint import IdentityEndpoint
from tds_embedded.identity.federation import (
    AUDIENCE_OF_EXCHANGE,
    Federation,
    ManagedIdentityTrust,
)
from tds_embedded.identity.requests import TokenRequest, Trouble
from tds_embedded.identity.signing import (
    AUDIENCE,
    KEY_FILE,
    TENANT,
    FolderVerifier,
    Signer,
    TokenVerifier,
)

__all__ = [
    "AUDIENCE",
    "AUDIENCE_OF_EXCHANGE",
    "KEY_FILE",
    "SYSTEM_IDENTITY",
    "TENANT",
    "Federation",
    "FolderVerifier",
    "IdentityEndpoint",
    "ManagedIdentityTrust",
    "Signer",
    "TokenRequest",
    "TokenVerifier",
    "Trouble",
]
