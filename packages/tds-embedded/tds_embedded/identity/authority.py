"""An OAuth authority: who may have a token, by which grant, on which proof.

Follows https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and
its neighbours: auth-code, device-code, on-behalf-of and username-password flows; certificates as in
https://learn.microsoft.com/entra/identity-platform/certificate-credentials.
"""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tds_embedded.identity.directory import AuthorizationCode, DeviceCode, Directory
from tds_embedded.identity.requests import Answer, Grant, Refusal, Request

HOST = "https://login.microsoftonline.com"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TENANTS_OF_ALL = ("common", "organizations")


def metadata(directory: Directory, request: Request) -> Answer:
    """Return the real authority's endpoints, which azure-identity's transport replaces by this
    one.
    """
    base = f"{HOST}/{request.tenant}"
    return Answer(
        {
            "issuer": f"{base}/v2.0",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
        }
    )


def keys(directory: Directory, request: Request) -> Answer:
    """Return the public keys of the tokens' signatures."""
    return Answer({"keys": [directory.signer.jwk()]})


def user_realm(directory: Directory, request: Request) -> Answer:
    """Return the realm of a user, who always has a password in Entra."""
    return Answer({"account_type": "Managed", "ver": "1.0"})


def device_code(directory: Directory, request: Request) -> Answer:
    """Begin the device code flow."""
    _check_tenant(directory, request)
    device, code = secrets.token_urlsafe(24), secrets.token_hex(4).upper()
    client, audience = request.form.get("client_id", ""), _audience(request.form)
    directory.device_codes[device] = directory.user_codes[code] = DeviceCode(client, audience)
    address = "https://microsoft.com/devicelogin"
    return Answer(
        {
            "device_code": device,
            "user_code": code,
            "verification_uri": address,
            "expires_in": 900,
            "interval": 1,
            "message": f"Open {address} and enter the code {code} to sign in.",
        }
    )


def authorize(directory: Directory, request: Request) -> Answer:
    """Return a browser's page after a user has signed in: a form for the application."""
    _check_tenant(directory, request)
    query = request.query
    user = query.get("login_hint") or next(iter(directory.users), "")
    redirect = query.get("redirect_uri", "")
    if user not in directory.users:
        raise Refusal("invalid_grant", "AADSTS50034: The user account does not exist.")
    if urlsplit(redirect).hostname != "localhost" or query.get("response_mode") != "form_post":
        raise Refusal("invalid_request", "AADSTS50011: The redirect URI is not registered.")
    code = secrets.token_urlsafe(24)
    directory.authorization_codes[code] = AuthorizationCode(
        query.get("client_id", ""),
        _audience(query),
        redirect,
        query.get("code_challenge", ""),
        query.get("nonce", ""),
        user,
    )
    fields = {"code": code, "state": query.get("state", "")}
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    form = f'<form method="POST" action="{html.escape(redirect)}">{inputs}</form>'
    return Answer(form, kind="text/html")


def token(directory: Directory, request: Request) -> Grant:
    """Return the grant that a request for a token proves a right to. Raises Refusal."""
    _check_tenant(directory, request)
    kind = request.form.get("grant_type", "")
    if kind not in _GRANTS:
        raise Refusal("unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
    return _GRANTS[kind](directory, request)


def _client_credentials(directory: Directory, request: Request) -> Grant:
    client, proof = _proved_client(directory, request)
    return Grant("client_credentials", client, _audience(request.form), proof=proof)


def _on_behalf_of(directory: Directory, request: Request) -> Grant:
    client, proof = _proved_client(directory, request)
    if request.form.get("requested_token_use") != "on_behalf_of":
        raise Refusal("invalid_request", "AADSTS90014: requested_token_use is missing.")
    try:
        claims = jwt.decode(
            request.form.get("assertion", ""),
            directory.signer.public_key,
            algorithms=["RS256"],
            audience=[client, f"api://{client}"],
            issuer=directory.signer.issuer,
        )
    except jwt.PyJWTError:
        raise Refusal("invalid_grant", "AADSTS50013: The assertion failed validation.") from None
    user = claims.get("upn", "")
    if not user:
        raise Refusal("invalid_grant", "AADSTS50013: The assertion is not a user's.")
    return Grant("on_behalf_of", client, _audience(request.form), user=user, proof=proof)


def _password(directory: Directory, request: Request) -> Grant:
    user, password = request.form.get("username", ""), request.form.get("password", "")
    if not _equal(directory.users.get(user), password):
        raise Refusal("invalid_grant", "AADSTS50126: Invalid username or password.")
    return _of_user("password", request, user)


def _device_code(directory: Directory, request: Request) -> Grant:
    code = directory.device_codes.get(request.form.get("device_code", ""))
    if code is None or code.client != request.form.get("client_id"):
        raise Refusal("bad_verification_code", "AADSTS70019: The device code is wrong.")
    if not code.user:
        raise Refusal("authorization_pending", "AADSTS70016: Authorization is pending.")
    return Grant("device_code", code.client, code.audience, user=code.user, with_id_token=True)


def _authorization_code(directory: Directory, request: Request) -> Grant:
    code = directory.authorization_codes.pop(request.form.get("code", ""), None)
    verifier = request.form.get("code_verifier", "")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    if (
        code is None
        or code.client != request.form.get("client_id")
        or code.redirect != request.form.get("redirect_uri")
        or code.challenge != digest.decode().rstrip("=")
    ):
        raise Refusal("invalid_grant", "AADSTS70008: The authorization code is wrong or used.")
    return Grant(
        "authorization_code",
        code.client,
        code.audience,
        user=code.user,
        nonce=code.nonce,
        with_id_token=True,
    )


def _refresh_token(directory: Directory, request: Request) -> Grant:
    refresh_token = directory.refresh_tokens.get(request.form.get("refresh_token", ""))
    if refresh_token is None or refresh_token.client != request.form.get("client_id"):
        raise Refusal("invalid_grant", "AADSTS70000: The refresh token is wrong.")
    return _of_user("refresh_token", request, refresh_token.user)


def _of_user(kind: str, request: Request, user: str) -> Grant:
    client = request.form.get("client_id", "")
    return Grant(kind, client, _audience(request.form), user=user, with_id_token=True)


_GRANTS: Mapping[str, Callable[[Directory, Request], Grant]] = {
    "client_credentials": _client_credentials,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _on_behalf_of,
    "password": _password,
    "urn:ietf:params:oauth:grant-type:device_code": _device_code,
    "device_code": _device_code,
    "authorization_code": _authorization_code,
    "refresh_token": _refresh_token,
}


def _proved_client(directory: Directory, request: Request) -> tuple[str, str]:
    """Return the requesting application, and the kind of its proof. Raises Refusal."""
    client = request.form.get("client_id", "")
    assertion = request.form.get("client_assertion")
    if assertion is None:
        if not _equal(directory.clients.get(client), request.form.get("client_secret", "")):
            text = "AADSTS7000215: Invalid client secret provided."
            raise Refusal("invalid_client", text, 401)
        return client, "secret"
    if request.form.get("client_assertion_type") != _ASSERTION:
        raise Refusal("invalid_client", "AADSTS50027: The assertion's type is wrong.", 401)
    try:
        if {"x5t", "x5t#S256"} & set(jwt.get_unverified_header(assertion)):
            _check_certificate(directory, client, assertion, f"{HOST}{request.path}")
            return client, "certificate"
        _check_federation(directory, client, assertion)
        return client, "federated"
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        text = "AADSTS700024: Client assertion is not within its valid time range."
        raise Refusal("invalid_client", text, 401) from None
    except jwt.PyJWTError as problem:
        text = f"AADSTS700027: The client assertion failed validation ({problem})."
        raise Refusal("invalid_client", text, 401) from None


def _check_certificate(directory: Directory, client: str, assertion: str, audience: str) -> None:
    certificate = directory.certificates.get(client)
    if certificate is None:
        raise jwt.InvalidTokenError("no certificate is registered")
    header = jwt.get_unverified_header(assertion)
    for name, algorithm in (("x5t", hashes.SHA1()), ("x5t#S256", hashes.SHA256())):  # noqa: S303
        if name in header and header[name].rstrip("=") != _thumbprint(certificate, algorithm):
            raise jwt.InvalidTokenError("another certificate is registered")
    jwt.decode(
        assertion,
        certificate.public_key(),  # type: ignore[arg-type]
        algorithms=["RS256", "PS256"],
        audience=audience,
        issuer=client,
        subject=client,
        options={"require": ["exp", "jti", "sub", "iss", "aud"]},
    )


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).decode().rstrip("=")


def _check_federation(directory: Directory, client: str, assertion: str) -> None:
    federation = directory.federations.get(client)
    if federation is None:
        raise jwt.InvalidTokenError("no federated credential is registered")
    federation.check(assertion)


def _check_tenant(directory: Directory, request: Request) -> None:
    if request.tenant not in (directory.signer.tenant, *_TENANTS_OF_ALL):
        raise Refusal("invalid_request", f"AADSTS90002: Tenant '{request.tenant}' not found.")


def _audience(form: Mapping[str, str]) -> str:
    scopes = form.get("scope", "").split()
    return next((s for s in scopes if s.endswith(".default")), "").removesuffix(".default")


def _equal(expected: str | None, actual: str) -> bool:
    return expected is not None and secrets.compare_digest(expected.encode(), actual.encode())
