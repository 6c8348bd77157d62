"""The HTTP server of the stand-in: which address is answered by which rule."""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tds_embedded.identity import authority, managed
from tds_embedded.identity.directory import SYSTEM_IDENTITY, Directory, RefreshToken
from tds_embedded.identity.federation import AUDIENCE_OF_EXCHANGE
from tds_embedded.identity.requests import (
    Answer,
    Grant,
    Refusal,
    Request,
    TokenRequest,
    Trouble,
)
from tds_embedded.identity.signing import object_id

Rule = Callable[[Directory, Request], "Grant | Answer"]

_BY_PATH: Mapping[str, Rule] = {
    managed.APP_SERVICE: managed.app_service,
    managed.IMDS: managed.imds,
    managed.AZURE_ML: managed.azure_ml,
    managed.CLOUD_SHELL: managed.cloud_shell,
    managed.AZURE_ARC: managed.azure_arc,
    managed.SERVICE_FABRIC: managed.service_fabric,
    managed.PROGRAM: managed.program,
    managed.PIPELINES: managed.pipeline,
}
_BY_ENDING: Mapping[str, Rule] = {
    "/.well-known/openid-configuration": authority.metadata,
    "/discovery/v2.0/keys": authority.keys,
    "/oauth2/v2.0/token": authority.token,
    "/oauth2/v2.0/devicecode": authority.device_code,
    "/oauth2/v2.0/authorize": authority.authorize,
}


class IdentityEndpoint(Directory):
    """An HTTP server on 127.0.0.1 that issues access tokens. A context manager.

    `folder` keeps the signing key, so that a server with the same folder trusts the tokens.
    `clients` maps the client ids of service principals to their secrets; `managed` are the client
    and resource ids in requests for user-assigned identities, each with its client id; `users` are
    names with passwords. The rest are attributes: `object_ids` of user-assigned identities,
    `certificates` and `federations` by client id, `service_connections` of Azure Pipelines,
    `developer` for az, azd and pwsh, `arc_folder`. `tls` is a certificate file and its key, to be
    reached by https.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int = 0,
        clients: Mapping[str, str] | None = None,
        managed: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        lifetime: float = 3600,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        super().__init__(folder, clients or {}, managed or {}, users or {})
        self.lifetime = lifetime
        self.requests: list[TokenRequest] = []
        self._trouble: deque[Trouble] = deque()
        self._lock = threading.Lock()
        self._scheme = "https" if tls else "http"
        self._http = _HttpServer(self, port, tls)
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
        """Its address."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which azure-identity finds it, as on App Service."""
        return {"IDENTITY_ENDPOINT": self.url + managed.APP_SERVICE, "IDENTITY_HEADER": self.header}

    @property
    def imds_environment(self) -> dict[str, str]:
        """The variable by which azure-identity finds it, as on a virtual machine."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.url}

    @property
    def azure_ml_environment(self) -> dict[str, str]:
        """The variables by which azure-identity finds it, as in Azure Machine Learning."""
        return {"MSI_ENDPOINT": self.url + managed.AZURE_ML, "MSI_SECRET": self.header}

    @property
    def cloud_shell_environment(self) -> dict[str, str]:
        """The variable by which azure-identity finds it, as in Cloud Shell."""
        return {"MSI_ENDPOINT": self.url + managed.CLOUD_SHELL}

    @property
    def arc_environment(self) -> dict[str, str]:
        """The variables by which azure-identity finds it, as on a machine of Azure Arc."""
        return {
            "IDENTITY_ENDPOINT": self.url + managed.AZURE_ARC,
            "IMDS_ENDPOINT": self.url,
        }

    def service_fabric_environment(self, thumbprint: str) -> dict[str, str]:
        """Return the variables by which azure-identity finds it, as in a Service Fabric cluster."""
        return {
            "IDENTITY_ENDPOINT": self.url + managed.SERVICE_FABRIC,
            "IDENTITY_HEADER": self.header,
            "IDENTITY_SERVER_THUMBPRINT": thumbprint,
        }

    @property
    def pipelines_environment(self) -> dict[str, str]:
        """The variables that Azure Pipelines sets, the job's access token among them."""
        return {
            "SYSTEM_OIDCREQUESTURI": self.url + managed.PIPELINES,
            "SYSTEM_ACCESSTOKEN": self.header,
        }

    def trouble(self, trouble: Trouble, times: int = 1) -> None:
        """Let the next `times` answers go wrong."""
        self._trouble.extend([trouble] * times)

    def approve(self, user_code: str, user: str) -> None:
        """Enter a device code and sign in, as a user does."""
        self.user_codes[user_code].user = user

    def browse(self, address: str) -> None:
        """Act as a browser at the address of a sign-in: load the page, then send its form."""
        target = urlsplit(address)
        with urllib.request.urlopen(f"{self.url}{target.path}?{target.query}") as page:  # noqa: S310
            form = _Form(page.read().decode())
        with urllib.request.urlopen(form.action, urlencode(form.fields).encode()):  # noqa: S310
            pass

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request, whatever it may be."""
        rule = _BY_PATH.get(request.path) or next(
            (rule for ending, rule in _BY_ENDING.items() if request.path.endswith(ending)), None
        )
        if rule is None and "/userrealm/" in request.path.lower():
            rule = authority.user_realm
        if rule is None:
            return Answer({"error": "not_found"}, 404)
        try:
            result = rule(self, request)
        except Refusal as refusal:
            self._note(Grant(request.form.get("grant_type", ""), "", ""), refusal.answer.status)
            return refusal.answer
        return result if isinstance(result, Answer) else self._issue(result)

    def _issue(self, grant: Grant) -> Answer:
        with self._lock:
            trouble = self._trouble.popleft() if self._trouble else Trouble()
        self._note(grant, trouble.status)
        time.sleep(trouble.delay)
        if trouble.body is not None:
            return Answer(trouble.body, trouble.status, trouble.headers)
        if trouble.status != 200:
            body = {"error": "temporarily_unavailable", "error_description": "out of order"}
            return Answer(body, trouble.status, trouble.headers)
        return Answer(self._token(grant, trouble), headers=trouble.headers)

    def _note(self, grant: Grant, status: int) -> None:
        of_system = grant.client == SYSTEM_IDENTITY
        named = grant.asked_for or ("" if of_system else grant.client)
        with self._lock:
            self.requests.append(
                TokenRequest(grant.kind, named, grant.audience, status, grant.proof)
            )

    def _token(self, grant: Grant, trouble: Trouble) -> dict[str, Any]:
        now = self.signer.clock()
        claims = dict(trouble.claims)
        if grant.audience == AUDIENCE_OF_EXCHANGE:
            claims.setdefault("iss", self.signer.issuer_of_exchange)
        if grant.user:
            token = self.signer.sign_for_user(
                grant.user, grant.client, grant.audience, self.lifetime, **claims
            )
        else:
            token = self.signer.sign(grant.client, grant.audience, self.lifetime, **claims)
        expires_on = now + self.lifetime
        if not trouble.keeps_expiry:
            expires_on = trouble.claims.get("exp", expires_on)
        return {
            "access_token": token,
            "expires_in": str(int(expires_on - now)),
            "expires_on": str(int(expires_on)),
            "resource": grant.audience,
            "token_type": "Bearer",
            "client_id": grant.client,
            **(self._of_user(grant) if grant.with_id_token else {}),
        }

    def _of_user(self, grant: Grant) -> dict[str, Any]:
        refresh = secrets.token_urlsafe(24)
        self.refresh_tokens[refresh] = RefreshToken(grant.client, grant.user)
        account = json.dumps({"uid": object_id(grant.user), "utid": self.signer.tenant})
        return {
            "id_token": self.signer.id_token(grant.user, grant.client, grant.nonce),
            "refresh_token": refresh,
            "client_info": base64.urlsafe_b64encode(account.encode()).decode().rstrip("="),
        }


class _Form(HTMLParser):
    """The one form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input":
            self.fields[attributes["name"]] = attributes["value"]


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that no longer waits."""

    def __init__(
        self, endpoint: IdentityEndpoint, port: int, tls: tuple[Path, Path] | None
    ) -> None:
        self.endpoint = endpoint
        super().__init__(("127.0.0.1", port), _Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests contain secrets: nothing is logged."""

    def do_GET(self) -> None:
        self._respond({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._respond(_single(self.rfile.read(length).decode()))

    def _respond(self, form: Mapping[str, str]) -> None:
        address = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(address.path, _single(address.query), headers, form)
        answer = self.server.endpoint.answer(request)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
