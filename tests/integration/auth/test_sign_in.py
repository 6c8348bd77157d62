"""Signing in end to end: identity service, azure-identity, the driver, the server that judges."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.utils import OperationalError

from mssql.config.loading import load
from mssql.config.target import target
from tds_embedded.identity import (
    AUDIENCE,
    SYSTEM_IDENTITY,
    TENANT,
    IdentityEndpoint,
    Signer,
    Trouble,
)
from tds_embedded.server import Server
from tests.entra import CLIENT, who


def test_managed_identity(app_service: IdentityEndpoint, connect: Any) -> None:
    assert who(connect({"authentication": "ActiveDirectoryMSI"})) == f"{SYSTEM_IDENTITY}@{TENANT}"
    named = connect({"authentication": "ActiveDirectoryMSI", "client_id": CLIENT})
    assert who(named) == f"{CLIENT}@{TENANT}"


def test_managed_identity_as_mssql_django_has_it(
    app_service: IdentityEndpoint, connect: Any
) -> None:
    extra = {"extra_params": "Authentication=ActiveDirectoryMsi"}
    assert who(connect(extra, USER=CLIENT)) == f"{CLIENT}@{TENANT}"


def test_token_as_str_and_callable(signer: Signer, connect: Any) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    assert who(connect(TOKEN=token)) == f"{CLIENT}@{TENANT}"
    assert who(connect(TOKEN=lambda: token)) == f"{CLIENT}@{TENANT}"


def test_a_token_that_the_server_refuses(refused_token: tuple[str, str], connect: Any) -> None:
    token, reason = refused_token
    with pytest.raises(OperationalError, match=reason) as caught:
        who(connect(TOKEN=token))
    assert token not in str(caught.value)


def test_a_token_of_another_key_is_refused(connect: Any) -> None:
    with pytest.raises(OperationalError, match="not one of this server's issuer"):
        who(connect(TOKEN=Signer().sign(CLIENT, AUDIENCE, 3600)))


def test_an_expired_token_never_reaches_the_server(
    signer: Signer, connect: Any, judging: Server
) -> None:
    expired = signer.sign(CLIENT, AUDIENCE, -10)
    with judging.recorder.capture() as seen, pytest.raises(OperationalError, match="has expired"):
        who(connect(TOKEN=expired))
    assert seen.requests == []


def test_one_request_serves_many_connections(app_service: IdentityEndpoint, connect: Any) -> None:
    for _ in range(5):
        who(connect({"authentication": "ActiveDirectoryMSI"}))
    assert len(app_service.requests) == 1


def test_a_token_that_the_server_calls_expired_is_minted_anew_once(
    app_service: IdentityEndpoint, connect: Any
) -> None:
    # The endpoint and this machine believe in a life that the server does not.
    app_service.trouble(Trouble(claims={"exp": 1_700_000_000}, keeps_expiry=True))
    connection = connect({"authentication": "ActiveDirectoryMSI"})
    assert who(connection) == f"{SYSTEM_IDENTITY}@{TENANT}"
    assert len(app_service.requests) == 2


def test_no_loop_on_a_token_that_stays_expired(
    app_service: IdentityEndpoint, connect: Any, judging: Server
) -> None:
    app_service.trouble(Trouble(claims={"exp": 1_700_000_000}, keeps_expiry=True), times=9)
    with judging.recorder.capture() as seen, pytest.raises(OperationalError, match="expired"):
        who(connect({"authentication": "ActiveDirectoryMSI"}))
    assert seen.count("login") == 2


def test_each_identity_has_a_connection_string_of_its_own(signer: Signer) -> None:
    names = set()
    for client in ("a", "b"):
        token = signer.sign(client, AUDIENCE, 3600)
        options = {"extra_params": "APP=shop;UID=me;Authentication=ActiveDirectoryMsi"}
        settings = {"NAME": "x", "TOKEN": lambda token=token: token, "OPTIONS": options}
        config = load(settings, "default").config
        assert config is not None
        source = config.sign_in.token_source()
        assert source is not None
        keywords = target(config, source.token()).keywords
        names.add(keywords["APP"])
        assert token not in repr(target(config, source.token()))
        # The driver refuses these alongside a token (FA005).
        for refused in ("UID", "PWD", "Trusted_Connection", "Authentication"):
            assert refused not in keywords
    assert len(names) == 2
    assert all(name.startswith("shop ") for name in names)
