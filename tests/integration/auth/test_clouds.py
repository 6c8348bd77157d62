"""The cloud of a server, by its name; no cloud receives requests for another one's tokens."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.db.utils import OperationalError

from mssql import checks
from mssql.auth import clouds
from mssql.config.loading import load

GERMAN = "shop.database.sovcloud-api.de"
SCOPE = "https://database.sovcloud-api.de/.default"
AUTHORITY = "login.sovcloud-identity.de"
UNKNOWN = (
    GERMAN,
    "shop.database.sovcloud-api.fr.",
    "SHOP.Database.cloudapi.de",
    "shop.sql.azuresynapse.sovcloud-api.fr",
    "x.datawarehouse.fabric.microsoft.us",
    "x.database.fabric.microsoft.us",
    "x.public.a1b2.database.example",
    "shop.database.windows.net.example.com",
)
APPLICATION = {"tenant_id": "t", "client_id": "c", "client_secret": "s"}


@pytest.mark.parametrize(
    ("host", "scope", "authority"),
    [
        *(
            (host, "https://database.windows.net/.default", "login.microsoftonline.com")
            for host in (
                "shop.database.windows.net",
                "tcp:shop.public.a1b2.database.windows.net",
                "shop-ondemand.sql.azuresynapse.net",
                "x.datawarehouse.fabric.microsoft.com",
                "x.database.fabric.microsoft.com",
                "x.datawarehouse.pbidedicated.windows.net",
                "db.example.com",
                "database.example.com",
                "mssql.database.svc.cluster.local",
                "localhost",
                "127.0.0.1",
            )
        ),
        (
            "shop.database.usgovcloudapi.net",
            "https://database.usgovcloudapi.net/.default",
            "login.microsoftonline.us",
        ),
        (
            "shop.database.chinacloudapi.cn.",
            "https://database.chinacloudapi.cn/.default",
            "login.chinacloudapi.cn",
        ),
        (
            "shop.sql.azuresynapse.azure.cn",
            "https://database.chinacloudapi.cn/.default",
            "login.chinacloudapi.cn",
        ),
    ],
)
def test_clouds_that_are_known(host: str, scope: str, authority: str) -> None:
    settings = settings_of(host, {"authentication": "ServicePrincipal", **APPLICATION})
    identity = load(settings, "x").require().sign_in.identity
    assert identity is not None
    assert (identity.scope, identity.authority) == (scope, authority)
    assert ids(host, {"authentication": "ServicePrincipal", **APPLICATION}) == []


def settings_of(host: str, options: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"ENGINE": "mssql", "NAME": "shop", "HOST": host, "OPTIONS": options, **others}


def ids(host: str, options: dict[str, Any], **others: Any) -> list[str]:
    found = checks.messages(settings_of(host, options, **others), "default")
    return [str(message.id) for message in found]


@pytest.mark.parametrize("host", UNKNOWN)
def test_clouds_that_are_not(host: str) -> None:
    assert clouds.of(host) is None
    assert clouds.scope_of(host) == ""
    assert ids(host, {"authentication": "ActiveDirectoryMSI"}) == ["mssql.E023"]


def test_what_is_lacking_is_named() -> None:
    given = {"authentication": "ServicePrincipal", **APPLICATION}
    for more, named in (
        ({}, ("'token_scope'", "'authority'")),
        ({"token_scope": SCOPE}, ("'authority'",)),
        ({"authority": AUTHORITY}, ("'token_scope'",)),
    ):
        (message,) = checks.messages(settings_of(GERMAN, {**given, **more}), "default")
        assert GERMAN in message.msg
        for name in ("'token_scope'", "'authority'"):
            assert (name in (message.hint or "")) == (name in named)
    assert ids(GERMAN, {**given, "token_scope": SCOPE, "authority": AUTHORITY}) == []
    assert ids(GERMAN, {"authentication": "ActiveDirectoryMSI", "token_scope": SCOPE}) == []


def test_an_authority_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", f"https://{AUTHORITY}")
    given = {"authentication": "ServicePrincipal", **APPLICATION}
    assert ids(GERMAN, given) == ["mssql.E023"]
    assert ids(GERMAN, {**given, "token_scope": SCOPE}) == []
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/")
    assert clouds.scope_of(GERMAN) == "https://database.usgovcloudapi.net/.default"


class Credential:
    asked: tuple[str, ...] = ()

    def get_token(self, *scopes: str, **options: Any) -> Any:
        self.asked = scopes
        return SimpleNamespace(token="t", expires_on=None)


@pytest.mark.parametrize("is_token", [True, False])
def test_credentials_and_tokens_of_the_projects_own(is_token: bool) -> None:
    def settings(given: Any, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return (options, {"TOKEN": given}) if is_token else ({"credential": given, **options}, {})

    for given, expected in ((Credential(), ["mssql.E023"]), (lambda: "t", [])):
        options, others = settings(given)
        assert ids(GERMAN, options, **others) == expected
    options, others = settings(Credential(), token_scope=SCOPE)
    assert ids(GERMAN, options, **others) == []
    assert ids(GERMAN, {}, TOKEN="t") == ["mssql.W007"]
    # Whether a function returns a token or a credential is known when it has been called.
    credential = Credential()
    options, others = settings(lambda: credential)
    config = load(settings_of(GERMAN, options, **others), "default").require()
    source = config.sign_in.token_source()
    assert source is not None
    with pytest.raises(Exception, match=r"OPTIONS\['token_scope'\]"):
        source.token()
    assert credential.asked == ()


def test_modes_of_the_drivers_own_learn_their_cloud_from_the_server() -> None:
    assert ids(GERMAN, {"authentication": "ActiveDirectoryIntegrated"}) == []
    extra = {"extra_params": "Authentication=ActiveDirectoryServicePrincipal"}
    assert ids(GERMAN, extra, USER="c", PASSWORD="s") == []
    assert ids(GERMAN, {}, USER="sa", PASSWORD="x") == []


def test_nothing_is_asked_for(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect({"authentication": "ActiveDirectoryMSI"}, HOST=GERMAN)
    with pytest.raises(ImproperlyConfigured, match=r"sovcloud-api\.de.*OPTIONS\['token_scope'\]"):
        connection.ensure_connection()
    credential = Credential()
    connection = connect({"credential": lambda: credential}, HOST=GERMAN)
    with pytest.raises(OperationalError, match=r"OPTIONS\['token_scope'\]"):
        connection.ensure_connection()
    assert credential.asked == ()
    given = {**connections.settings, "german": connection.settings_dict}
    monkeypatch.setitem(connections.__dict__, "settings", given)
    with pytest.raises(CommandError, match="token_scope"):
        call_command("check_entra", database="german", stdout=io.StringIO())
