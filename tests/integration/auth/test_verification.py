"""Tokens are sent to verified servers only, by both drivers."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from mssql.config.loading import load
from mssql.config.target import target
from tds_embedded.identity import AUDIENCE, TENANT, Signer
from tds_embedded.server import Server
from tests.entra import CLIENT, PASSWORD, who

UNVERIFIED = ("Encrypt=no", "Encrypt=optional", "Encrypt=yes;TrustServerCertificate=yes")


@pytest.fixture
def unverified(connect: Any, judging: Server) -> Any:
    """Return a function that creates a connection with encryption, but without the certificate."""

    def make(extra: str, options: dict[str, Any] | None = None, **settings: Any) -> Any:
        made = connect({"retry": {"deadline": 0}, **(options or {})}, **settings)
        made.settings_dict["OPTIONS"]["extra_params"] = extra
        return made

    return make


@pytest.mark.parametrize("extra", UNVERIFIED)
def test_no_token_leaves_for_an_unverified_server(
    signer: Signer, unverified: Any, judging: Server, extra: str
) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    given: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"TOKEN": token}),
        ({"credential": lambda: token}, {}),
        ({"authentication": "ActiveDirectoryMSI"}, {}),
        # The driver's own
        ({"authentication": "ActiveDirectoryPassword"}, {"USER": "a", "PASSWORD": PASSWORD}),
    ]
    with judging.recorder.capture() as seen:
        for options, settings in given:
            with pytest.raises(ImproperlyConfigured, match="nobody has verified"):
                unverified(extra, options, **settings).ensure_connection()
    assert seen.requests == []


def test_a_certificate_that_nobody_trusts(signer: Signer, unverified: Any, judging: Server) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    with judging.recorder.capture() as seen, pytest.raises(OperationalError, match="certificate"):
        unverified("", TOKEN=token).ensure_connection()
    assert seen.requests == []


@pytest.mark.parametrize("extra", UNVERIFIED)
def test_development_on_one_machine(signer: Signer, unverified: Any, extra: str) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    connection = unverified(extra, {"unverified_server": True}, TOKEN=token)
    assert who(connection) == f"{CLIENT}@{TENANT}"


def test_a_password_is_no_token(unverified: Any, judging: Server) -> None:
    end = judging.endpoint
    connection = unverified("Encrypt=no", USER=end.user, PASSWORD=end.password)
    assert who(connection) == end.user


def test_the_driver_is_asked_to_verify(signer: Signer) -> None:
    """By default a data source or version 17 of the ODBC driver might not verify."""
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    for given, expected in (
        ({"TOKEN": token, "OPTIONS": {"dsn": "a"}}, ("yes", "no")),
        ({"OPTIONS": {"authentication": "ActiveDirectoryIntegrated"}}, ("yes", "no")),
        ({"TOKEN": token, "OPTIONS": {"extra_params": "encrypt=strict"}}, ("strict", "no")),
        ({"USER": "sa"}, (None, None)),
    ):
        config = load({"NAME": "x", **given}, "default").require()
        source = config.sign_in.token_source()
        keywords = target(config, source.token() if source else None).keywords
        found = keywords.get("Encrypt"), keywords.get("TrustServerCertificate")
        assert found == expected
