"""A local stand-in of Microsoft Entra: a managed-identity endpoint, an OAuth authority, its keys.

It issues signed access tokens to anybody on this machine who asks: for tests and the demo only.
Follows https://learn.microsoft.com/azure/app-service/overview-managed-identity (REST endpoint
reference), https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
and https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mssql.embedded.errors import SqlServerError

TENANT = "11111111-2222-3333-4444-555555555555"
SYSTEM_IDENTITY = "aaaaaaaa-0000-0000-0000-000000000001"  # the client id of the system's identity
AUDIENCE = "https://database.windows.net/"
KEY_FILE = "identity.pem"
_ALGORITHM = "RS256"
_IDENTITY_PARAMETERS = ("client_id", "object_id", "principal_id", "mi_res_id", "msi_res_id")


@dataclass(frozen=True)
class TokenRequest:
    """A request that the stand-in has answered. `client` is "" for the system's identity."""

    kind: str  # "app_service", "imds" or "client_credentials"
    client: str
    audience: str
    status: int


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with an answer.

    `claims` are put into the token; with `keeps_expiry` the answer beside it does not tell of their
    `exp`. `body` replaces the whole answer.
    """

    status: int = 200
    delay: float = 0  # seconds
    claims: Mapping[str, Any] = field(default_factory=dict)
    keeps_expiry: bool = False
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Signer:
    """Signs access tokens, with a key kept in a folder where one is given."""

    def __init__(self, folder: Path | None = None, tenant: str = TENANT) -> None:
        self.tenant = tenant
        self._key = _kept_key(folder) if folder else _new_key()

    @property
    def issuer(self) -> str:
        """The claim `iss` of Entra's access tokens for databases."""
        return f"https://sts.windows.net/{self.tenant}/"

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        """The key that checks the signatures."""
        return self._key.public_key()

    def sign(self, client: str, audience: str, lifetime: float, **claims: Any) -> str:
        """An access token for an application. `claims` replace those it would hold."""
        now = int(time.time())
        return jwt.encode(
            {
                "aud": audience,
                "iss": self.issuer,
                "iat": now,
                "nbf": now,
                "exp": now + int(lifetime),
                "tid": self.tenant,
                "appid": client,
                "oid": str(uuid.uuid5(uuid.NAMESPACE_URL, client)),
                "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, client)),
                "idtyp": "app",
                **claims,
            },
            self._key,
            algorithm=_ALGORITHM,
            headers={"kid": "local"},
        )

    def verifier(self, audience: str = AUDIENCE) -> TokenVerifier:
        """Checks this signer's tokens."""
        return TokenVerifier(self.public_key, self.issuer, audience)


class TokenVerifier:
    """Judges access tokens as the server does at a login with FEDAUTH."""

    def __init__(self, key: rsa.RSAPublicKey, issuer: str, audience: str = AUDIENCE) -> None:
        self._key = key
        self._issuer = issuer
        self._audiences = [audience, audience.rstrip("/")]

    def verify(self, token: str) -> Mapping[str, Any]:
        """The claims of `token`, and its SQL Server login name under "login".

        Raises SqlServerError 18456 where its signature, audience, issuer, `exp` or `nbf` is wrong;
        the error never holds the token.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=self._audiences,
                issuer=self._issuer,
                options={"require": ["exp", "nbf", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise _refused("Token is expired.") from None
        except jwt.ImmatureSignatureError:
            raise _refused("Token is not valid yet.") from None
        except jwt.InvalidAudienceError:
            raise _refused("The audience of the token is not this server.") from None
        except jwt.PyJWTError:
            raise _refused("The token is not one of this server's issuer.") from None
        login = claims.get("upn") or f"{claims.get('appid', '')}@{claims.get('tid', '')}"
        return {**claims, "login": login}


class FolderVerifier:
    """Judges tokens by the key that an IdentityEndpoint with the same folder has left there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def verify(self, token: str) -> Mapping[str, Any]:
        """See TokenVerifier.verify. Without a key in the folder every token is refused."""
        if not (self._folder / KEY_FILE).is_file():
            raise _refused("This server knows no issuer of tokens.")
        return Signer(self._folder).verifier().verify(token)


def _refused(reason: str) -> SqlServerError:
    text = f"Login failed for user '<token-identified principal>'. {reason}"
    return SqlServerError(18456, text, severity=14)


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _kept_key(folder: Path) -> rsa.RSAPrivateKey:
    path = folder / KEY_FILE
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        pem = _new_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        # Written beside and linked: two processes that start together agree on one key.
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


class IdentityEndpoint:
    """An HTTP server on 127.0.0.1 that hands out access tokens. A context manager.

    `folder` keeps the signing key, so that a server with the same folder trusts the tokens.
    `clients` maps the client ids of service principals to their secrets; `managed` are the ids by
    which user-assigned identities may be asked for, each with its client id.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int = 0,
        clients: Mapping[str, str] | None = None,
        managed: Mapping[str, str] | None = None,
        lifetime: float = 3600,
    ) -> None:
        self.signer = Signer(folder)
        self.header = secrets.token_hex(16)
        self.clients = dict(clients or {})
        self.managed = dict(managed or {})
        self.lifetime = lifetime
        self.requests: list[TokenRequest] = []
        self._trouble: deque[Trouble] = deque()
        self._lock = threading.Lock()
        self._http = _HttpServer(self, port)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> IdentityEndpoint:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, and free the port."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> IdentityEndpoint:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which azure-identity finds it, as on App Service."""
        return {"IDENTITY_ENDPOINT": f"{self.url}/msi/token", "IDENTITY_HEADER": self.header}

    @property
    def imds_environment(self) -> dict[str, str]:
        """The variable by which azure-identity finds it, as on a virtual machine."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.url}

    def trouble(self, trouble: Trouble, times: int = 1) -> None:
        """Let the next `times` answers go wrong."""
        self._trouble.extend([trouble] * times)

    def next_trouble(self) -> Trouble:
        """What is to go wrong with the answer to come."""
        with self._lock:
            return self._trouble.popleft() if self._trouble else Trouble()

    def record(self, request: TokenRequest) -> None:
        """Remember an answered request."""
        with self._lock:
            self.requests.append(request)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: IdentityEndpoint, port: int) -> None:
        self.endpoint = endpoint
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests hold secrets: nothing is logged."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/msi/token":
            trusted = secrets.compare_digest(
                self.headers.get("X-IDENTITY-HEADER", ""), self.server.endpoint.header
            )
            self._managed_identity("app_service", address.query, trusted)
        elif address.path == "/metadata/identity/oauth2/token":
            trusted = self.headers.get("Metadata", "").lower() == "true"
            self._managed_identity("imds", address.query, trusted)
        elif address.path.endswith("/.well-known/openid-configuration"):
            self._answer(200, self._metadata(address.path.split("/")[1]))
        elif address.path.endswith("/discovery/v2.0/keys"):
            self._answer(200, {"keys": [self._jwk()]})
        else:
            self._answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        form = {
            name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()
        }
        if not urlsplit(self.path).path.endswith("/oauth2/v2.0/token"):
            self._answer(404, {"error": "not_found"})
        elif form.get("grant_type") != "client_credentials":
            self._answer(
                400, {"error": "unsupported_grant_type", "error_description": "AADSTS70003"}
            )
        else:
            self._client_credentials(form)

    def _managed_identity(self, kind: str, query: str, trusted: bool) -> None:
        endpoint = self.server.endpoint
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        client = next((asked[name] for name in _IDENTITY_PARAMETERS if name in asked), "")
        known = endpoint.managed.get(client) if client else SYSTEM_IDENTITY
        audience = asked.get("resource", "")
        if not trusted or known is None:
            self._refuse(kind, client, audience, 400 if trusted else 401, "invalid_request")
            return
        self._token(kind, client, known, audience)

    def _client_credentials(self, form: Mapping[str, str]) -> None:
        client, audience = form.get("client_id", ""), form.get("scope", "").removesuffix(".default")
        secret = self.server.endpoint.clients.get(client)
        given = form.get("client_secret", "")
        if secret is None or not secrets.compare_digest(secret.encode(), given.encode()):
            text = "AADSTS7000215: Invalid client secret provided."
            self._refuse("client_credentials", client, audience, 401, "invalid_client", text)
            return
        self._token("client_credentials", client, client, audience)

    def _token(self, kind: str, asked: str, client: str, audience: str) -> None:
        endpoint = self.server.endpoint
        trouble = endpoint.next_trouble()
        time.sleep(trouble.delay)
        endpoint.record(TokenRequest(kind, asked, audience, trouble.status))
        token = endpoint.signer.sign(client, audience, endpoint.lifetime, **trouble.claims)
        expires_on = int(time.time() + endpoint.lifetime)
        if not trouble.keeps_expiry:
            expires_on = trouble.claims.get("exp", expires_on)
        body: Any = {
            "access_token": token,
            "expires_in": str(int(expires_on - time.time())),
            "expires_on": str(int(expires_on)),
            "resource": audience,
            "token_type": "Bearer",
            "client_id": client,
        }
        if trouble.status != 200:
            body = {"error": "temporarily_unavailable", "error_description": "out of order"}
        self._answer(trouble.status, trouble.body if trouble.body is not None else body, trouble)

    def _refuse(
        self, kind: str, client: str, audience: str, status: int, error: str, text: str = ""
    ) -> None:
        self.server.endpoint.record(TokenRequest(kind, client, audience, status))
        self._answer(status, {"error": error, "error_description": text or "Identity not found"})

    def _metadata(self, tenant: str) -> dict[str, Any]:
        # azure-identity accepts no authority but an https one: its transport is led here instead.
        base = f"https://login.microsoftonline.com/{tenant}"
        return {
            "issuer": f"{base}/v2.0",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
        }

    def _jwk(self) -> dict[str, Any]:
        key = self.server.endpoint.signer.public_key
        return {
            **jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True),
            "kid": "local",
            "use": "sig",
        }

    def _answer(self, status: int, body: Any, trouble: Trouble | None = None) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (trouble.headers if trouble else {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
