"""Faults of the identity service, as Django sees them: an exception in plain words, or nothing.

If the mode does not matter, the endpoint of App Service stands for all.
"""

from __future__ import annotations

import datetime
import functools
import json
import pickle
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from mssql.auth import credentials, modes
from mssql.auth.transport import LONGEST_WAIT
from mssql.errors.mapping import ClaimsRequired
from tds_embedded.errors import SqlServerError
from tds_embedded.identity import (
    SYSTEM_IDENTITY,
    TENANT,
    Federation,
    IdentityEndpoint,
    Signer,
    Trouble,
)
from tds_embedded.server import Server
from tests.entra import CLIENT, SECRET, who
from tests.integration.auth.test_every_mode import APPLICATION, pem, self_signed

OF_SYSTEM = f"{SYSTEM_IDENTITY}@{TENANT}"
OF_CLIENT = f"{CLIENT}@{TENANT}"
MSI: dict[str, Any] = {"authentication": "ActiveDirectoryMSI"}


def impatient(**options: Any) -> dict[str, Any]:
    return {**MSI, "credential_options": {"retry_total": 0, **options}}


def test_the_endpoint_is_down(app_service: IdentityEndpoint, connect: Any) -> None:
    app_service.stop()
    with pytest.raises(OperationalError, match="was not reached; check network and proxy"):
        who(connect(impatient()))


def test_the_endpoint_is_slow_once(app_service: IdentityEndpoint, connect: Any) -> None:
    app_service.trouble(Trouble(delay=2))
    options = impatient(read_timeout=0.5, retry_total=1)
    assert who(connect(options)) == OF_SYSTEM
    assert len(app_service.requests) == 2


def test_the_endpoint_stays_slow(app_service: IdentityEndpoint, connect: Any) -> None:
    app_service.trouble(Trouble(delay=2), times=5)
    with pytest.raises(OperationalError, match="did not answer in time"):
        who(connect(impatient(read_timeout=0.5)))


def test_every_credential_has_time_limits() -> None:
    """None of azure-identity's requests may last for minutes, which is its default."""
    for mode in modes.MODES:
        if not mode.needs_token:
            continue
        of_program = "process_timeout" in mode.limits
        of_requests = {"connection_timeout", "read_timeout", "retry_total"} <= set(mode.limits)
        assert of_program or of_requests, mode.keyword
        assert max(mode.limits.values()) <= 10


def test_busy_for_a_moment(app_service: IdentityEndpoint, connect: Any) -> None:
    app_service.trouble(Trouble(status=429, headers={"Retry-After": "1"}))
    began = time.monotonic()
    assert who(connect(MSI)) == OF_SYSTEM
    assert time.monotonic() - began >= 1
    assert [request.status for request in app_service.requests] == [429, 200]


def test_busy_for_too_long(
    endpoint: IdentityEndpoint, to_authority: dict[str, Any], connect: Any
) -> None:
    """A request does not wait as long as the authority requires."""
    wait = int(LONGEST_WAIT) + 590
    endpoint.trouble(Trouble(status=429, headers={"Retry-After": str(wait)}))
    options = {
        **APPLICATION,
        "authentication": "ActiveDirectoryServicePrincipal",
        "client_secret": SECRET,
        "credential_options": to_authority,
    }
    with pytest.raises(OperationalError, match=f"busy and requires a wait of {wait} sec"):
        who(connect(options))
    assert who(connect(options)) == OF_CLIENT


def test_out_of_order_once(app_service: IdentityEndpoint, connect: Any) -> None:
    app_service.trouble(Trouble(status=500))
    assert who(connect(MSI)) == OF_SYSTEM
    assert [request.status for request in app_service.requests] == [500, 200]


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(status=500),
        Trouble(body="not JSON"),
        Trouble(body="[]"),
        Trouble(body='{"access_token": ""}'),
        Trouble(body="<html>a proxy's page</html>", headers={"X-Kind": "html"}),
    ],
)
def test_out_of_order(app_service: IdentityEndpoint, connect: Any, trouble: Trouble) -> None:
    app_service.trouble(trouble, times=9)
    with pytest.raises(OperationalError, match="issued no token for ActiveDirectoryMSI"):
        who(connect(impatient()))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "https://storage.azure.com/"}, "audience of the token"),
        ({"nbf": 4_000_000_000}, "not valid yet"),
        ({"iss": "https://sts.windows.net/another/"}, "not one of this server's issuer"),
    ],
)
def test_a_token_that_does_not_fit(
    app_service: IdentityEndpoint,
    judging: Server,
    connect: Any,
    claims: dict[str, Any],
    reason: str,
) -> None:
    app_service.trouble(Trouble(claims=claims))
    with judging.recorder.capture() as seen, pytest.raises(OperationalError, match=reason):
        who(connect(MSI))
    assert seen.count("login") == 1


@pytest.mark.parametrize("skew", [-300, 300])
def test_this_machines_clock_is_five_minutes_off(
    app_service: IdentityEndpoint,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
    connect: Any,
    skew: int,
) -> None:
    """Entra and the server agree about the time, this machine does not."""
    monkeypatch.setattr(signer, "clock", lambda: time.time() + skew)
    assert who(connect(MSI)) == OF_SYSTEM
    assert len(app_service.requests) == 1


@pytest.mark.parametrize("hours", [2, 24 * 365 * 9000])
def test_this_machines_clock_is_hours_ahead(
    app_service: IdentityEndpoint,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
    connect: Any,
    hours: int,
) -> None:
    """Every new token seems to have ended long ago."""
    monkeypatch.setattr(signer, "clock", lambda: time.time() - 3600 * 2)
    if hours > 2:
        app_service.trouble(Trouble(claims={"exp": -(10**14)}))
    with pytest.raises(OperationalError, match=r"has just been fetched has expired at") as caught:
        who(connect(MSI))
    year = datetime.datetime.now(datetime.timezone.utc).year
    assert f"by this machine's clock, which reads {year}-" in str(caught.value)
    assert "Set the clock (NTP)" in str(caught.value)
    assert "callable" not in str(caught.value)


def test_the_servers_clock_is_hours_ahead(
    judging: Server, app_service: IdentityEndpoint, connect: Any
) -> None:
    expired = SqlServerError(18456, "Login failed for user ''. Token is expired.")
    judging.faults.login_error(expired, times=2)
    with pytest.raises(OperationalError, match=r"set this machine's clock \(NTP\)"):
        who(connect({**MSI, "retry": {"deadline": 0}}))
    assert len(app_service.requests) == 2


def test_an_assertion_that_this_machines_clock_spoils(
    endpoint: IdentityEndpoint, to_authority: dict[str, Any], connect: Any
) -> None:
    federation = Federation("https://cluster.example", "web")
    endpoint.federations[CLIENT] = federation
    for claims in ({"exp": time.time() - 7200}, {"nbf": time.time() + 7200}):
        options = {
            "authentication": "ActiveDirectoryClientAssertion",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "client_assertion": functools.partial(federation.token, **claims),
            "credential_options": to_authority,
        }
        with pytest.raises(OperationalError, match=r"AADSTS700024.*This machine's clock reads"):
            who(connect(options))


def test_a_token_whose_life_this_machine_believes_to_last_longer(
    app_service: IdentityEndpoint, signer: Signer, monkeypatch: pytest.MonkeyPatch, connect: Any
) -> None:
    """It is refused once, and then renewed past the credential's cache."""
    assert who(connect(MSI)) == OF_SYSTEM
    monkeypatch.setattr(signer, "clock", lambda: time.time() + 3700)
    assert who(connect(MSI)) == OF_SYSTEM
    assert len(app_service.requests) == 2


CHALLENGE = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


def test_a_claims_challenge(
    endpoint: IdentityEndpoint, to_authority: dict[str, Any], signer: Signer, connect: Any
) -> None:
    """The user of an application has to show a second factor first."""
    text = "AADSTS50076: Due to a configuration change, you must use multi-factor authentication."
    body = {"error": "interaction_required", "error_description": text, "claims": CHALLENGE}
    endpoint.trouble(Trouble(status=400, body=json.dumps(body)))
    options = {
        "authentication": "ActiveDirectoryOnBehalfOf",
        **APPLICATION,
        "client_secret": SECRET,
        "user_assertion": lambda: signer.sign_for_user("ada", "browser", f"api://{CLIENT}", 3600),
        "credential_options": to_authority,
    }
    with pytest.raises(ClaimsRequired, match="AADSTS50076") as caught:
        who(connect(options))
    assert caught.value.claims == CHALLENGE
    assert CHALLENGE not in str(caught.value)
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.claims) == (str(caught.value), CHALLENGE)


def test_the_server_is_busy_once(
    app_service: IdentityEndpoint, judging: Server, connect: Any
) -> None:
    judging.faults.login_error(40613)
    with judging.recorder.capture() as seen:
        assert who(connect({**MSI, "retry": {"initial": 0.1}})) == OF_SYSTEM
    assert seen.count("login") == 2
    assert len(app_service.requests) == 1


def test_the_secret_is_changed_while_the_process_runs(
    endpoint: IdentityEndpoint, to_authority: dict[str, Any], connect: Any
) -> None:
    secrets = [SECRET]
    options = {
        **APPLICATION,
        "authentication": "ActiveDirectoryServicePrincipal",
        "client_secret": lambda: secrets[-1],
        "credential_options": to_authority,
    }
    assert who(connect(options)) == OF_CLIENT
    endpoint.clients[CLIENT] = "another-secret"
    _forget_tokens()
    with pytest.raises(OperationalError, match="AADSTS7000215"):
        who(connect(options))
    secrets.append("another-secret")
    assert who(connect(options)) == OF_CLIENT


def test_the_certificate_is_changed_while_the_process_runs(
    endpoint: IdentityEndpoint, to_authority: dict[str, Any], tmp_path: Path, connect: Any
) -> None:
    file = tmp_path / "certificate.pem"
    options = {
        **APPLICATION,
        "authentication": "ActiveDirectoryServicePrincipalCertificate",
        "certificate_path": str(file),
        "credential_options": to_authority,
    }
    with pytest.raises(OperationalError, match=r"certificate_path.*No such file"):
        who(connect(options))
    for _ in range(2):
        key, made = self_signed()
        endpoint.certificates[CLIENT] = made
        file.write_bytes(pem(key, made))
        _forget_tokens()
        assert who(connect(options)) == OF_CLIENT
    assert len(endpoint.requests) == 2


def _forget_tokens() -> None:
    """Let the tokens of all identities expire."""
    for source in credentials._sources.values():
        if source._token is not None:
            source.discard(source._token)


def test_logging_that_tells_secrets_is_refused(connect: Any) -> None:
    options = {**MSI, "credential_options": {"logging_enable": True}}
    with pytest.raises(ImproperlyConfigured, match=r"logging_enable.*Remove it"):
        who(connect(options))


def test_keywords_that_mssql_python_does_not_know_are_named(connect: Any) -> None:
    options = {"python_driver": "mssql_python", "extra_params": f"WSID=a;Foo={SECRET}"}
    with pytest.raises(
        ImproperlyConfigured, match=r"OPTIONS\['extra_params'\].*'wsid'.*'foo'"
    ) as e:
        who(connect(options, USER="u", PASSWORD=SECRET))
    assert SECRET not in str(e.value)


def test_the_deadline_of_the_login_covers_the_token(
    app_service: IdentityEndpoint, connect: Any
) -> None:
    app_service.trouble(Trouble(delay=8))
    options = {**MSI, "retry": {"deadline": 1}}
    began = time.monotonic()
    with pytest.raises(OperationalError, match=r"no access token within 1.*OPTIONS\['retry'\]"):
        who(connect(options))
    assert time.monotonic() - began < 8
    # The request goes on, and who comes later has its token.
    assert who(connect({**options, "retry": {"deadline": 60}})) == OF_SYSTEM
    assert len(app_service.requests) == 1


def test_without_a_deadline_a_token_has_its_time(
    app_service: IdentityEndpoint, connect: Any
) -> None:
    app_service.trouble(Trouble(delay=1.5))
    assert who(connect({**MSI, "retry": {"deadline": 0}})) == OF_SYSTEM
