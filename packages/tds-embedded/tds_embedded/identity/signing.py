"""Access tokens: signed as Microsoft Entra signs them, and judged as SQL Server judges them.

Follows https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

from __future__ import annotations

import os
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tds_embedded.errors import SqlServerError

TENANT = "11111111-2222-3333-4444-555555555555"
AUDIENCE = "https://database.windows.net/"
KEY_FILE = "identity.pem"
ALGORITHM = "RS256"
Clock = Callable[[], float]


class Signer:
    """A signer of tokens, with a key that is stored in `folder`, if there is one. `clock` is
    Entra's.
    """

    def __init__(
        self, folder: Path | None = None, tenant: str = TENANT, clock: Clock = time.time
    ) -> None:
        self.tenant = tenant
        self.clock = clock
        self._key = _kept_key(folder) if folder else new_key()

    @property
    def issuer(self) -> str:
        """The claim `iss` of Entra's access tokens for databases."""
        return f"https://sts.windows.net/{self.tenant}/"

    @property
    def issuer_of_exchange(self) -> str:
        """The claim `iss` of a managed identity's tokens for api://AzureADTokenExchange."""
        return f"https://login.microsoftonline.com/{self.tenant}/v2.0"

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        """The key that checks the signatures."""
        return self._key.public_key()

    def sign(self, client: str, audience: str, lifetime: float, **claims: Any) -> str:
        """Return an access token for an application. `claims` replace the default ones."""
        return self.encode(
            {
                "aud": audience,
                "iss": self.issuer,
                **self._period(lifetime),
                "tid": self.tenant,
                "appid": client,
                "oid": object_id(client),
                "sub": object_id(client),
                "idtyp": "app",
                "uti": secrets.token_urlsafe(16),  # no two tokens are the same
                **claims,
            }
        )

    def sign_for_user(
        self, user: str, client: str, audience: str, lifetime: float, **claims: Any
    ) -> str:
        """Return an access token for a user of an application."""
        of_user = {"upn": user, "oid": object_id(user), "sub": object_id(user), "idtyp": "user"}
        return self.sign(client, audience, lifetime, **{**of_user, **claims})

    def id_token(self, user: str, client: str, nonce: str | None) -> str:
        """Return the OpenID Connect token of a user's sign-in to an application."""
        return self.encode(
            {
                "aud": client,
                "iss": f"https://login.microsoftonline.com/{self.tenant}/v2.0",
                **self._period(3600),
                "tid": self.tenant,
                "oid": object_id(user),
                "sub": object_id(user),
                "preferred_username": user,
                **({"nonce": nonce} if nonce else {}),
            }
        )

    def encode(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT of these claims."""
        return jwt.encode(dict(claims), self._key, algorithm=ALGORITHM, headers={"kid": "local"})

    def jwk(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.public_key, as_dict=True)
        return {**key, "kid": "local", "use": "sig"}

    def verifier(self, audience: str = AUDIENCE) -> TokenVerifier:
        """Check this signer's tokens."""
        return TokenVerifier(self.public_key, self.issuer, audience, lambda: self.clock())

    def _period(self, lifetime: float) -> dict[str, int]:
        now = int(self.clock())
        return {"iat": now, "nbf": now, "exp": now + int(lifetime)}


class TokenVerifier:
    """The check of access tokens at a login with FEDAUTH, by the server's clock."""

    def __init__(
        self,
        key: rsa.RSAPublicKey,
        issuer: str,
        audience: str = AUDIENCE,
        clock: Clock = time.time,
    ) -> None:
        self._key = key
        self._issuer = issuer
        self._audiences = [audience, audience.rstrip("/")]
        self._clock = clock

    def verify(self, token: str) -> Mapping[str, Any]:
        """Return the claims of `token`, and its SQL Server login name under "login".

        Raises SqlServerError 18456 for a wrong signature, audience, issuer, `exp` or `nbf`; the
        error never contains the token.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=self._audiences,
                issuer=self._issuer,
                options={
                    "require": ["exp", "nbf", "aud", "iss"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidAudienceError:
            raise _refused("The audience of the token is not this server.") from None
        except jwt.PyJWTError:
            raise _refused("The token is not one of this server's issuer.") from None
        now = self._clock()
        if claims["exp"] <= now:
            raise _refused("Token is expired.")
        if claims["nbf"] > now:
            raise _refused("Token is not valid yet.")
        login = claims.get("upn") or f"{claims.get('appid', '')}@{claims.get('tid', '')}"
        return {**claims, "login": login}


class FolderVerifier:
    """The check of tokens by the key of an IdentityEndpoint with the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def verify(self, token: str) -> Mapping[str, Any]:
        """See TokenVerifier.verify. Without a key in the folder every token is refused."""
        if not (self._folder / KEY_FILE).is_file():
            raise _refused("This server knows no issuer of tokens.")
        return Signer(self._folder).verifier().verify(token)


def object_id(name: str) -> str:
    """Return the object id of an application or user, computed from its name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def new_key() -> rsa.RSAPrivateKey:
    """Return an RSA key as Entra uses them."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _refused(reason: str) -> SqlServerError:
    text = f"Login failed for user '<token-identified principal>'. {reason}"
    return SqlServerError(18456, text, severity=14)


def _kept_key(folder: Path) -> rsa.RSAPrivateKey:
    path = folder / KEY_FILE
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        pem = new_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        # Written to another file and linked: two processes that start together agree on one key.
        own = path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}")
        own.touch(mode=0o600)
        own.write_bytes(pem)
        try:
            os.link(own, path)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
