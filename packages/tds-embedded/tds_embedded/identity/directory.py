"""The directory: the applications, identities and users of a tenant, and their open sign-ins."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from tds_embedded.identity.federation import Federation, Trust
from tds_embedded.identity.signing import Signer

SYSTEM_IDENTITY = "aaaaaaaa-0000-0000-0000-000000000001"  # the client id of the system's own
DEVELOPER_APPLICATION = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"  # the Azure CLI's


@dataclass
class DeviceCode:
    """A code that a user enters on another device; `user` is that user, or ""."""

    client: str
    audience: str
    user: str = ""


@dataclass(frozen=True)
class AuthorizationCode:
    """A code that a browser returned, for the application that began the flow."""

    client: str
    audience: str
    redirect: str
    challenge: str
    nonce: str
    user: str


@dataclass(frozen=True)
class RefreshToken:
    """The later use of a sign-in: an application, and its user."""

    client: str
    user: str


class Directory:
    """One tenant's directory. See IdentityEndpoint for the parameters and attributes."""

    def __init__(
        self,
        folder: Path | None,
        clients: Mapping[str, str],
        user_assigned: Mapping[str, str],
        users: Mapping[str, str],
    ) -> None:
        self.signer = Signer(folder)
        self.header = secrets.token_hex(16)
        self.clients = dict(clients)
        self.managed = dict(user_assigned)
        self.object_ids: dict[str, str] = {}
        self.users = dict(users)
        self.certificates: dict[str, x509.Certificate] = {}
        self.federations: dict[str, Trust] = {}
        self.service_connections: dict[str, Federation] = {}
        self.developer = ""
        self.arc_folder: Path | None = None
        self.device_codes: dict[str, DeviceCode] = {}
        self.user_codes: dict[str, DeviceCode] = {}
        self.authorization_codes: dict[str, AuthorizationCode] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
