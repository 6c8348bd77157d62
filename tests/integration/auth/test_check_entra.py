"""manage.py check_entra: its output in success and failure, which contains no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from mssql.auth import credentials
from tds_embedded.identity import SYSTEM_IDENTITY, TENANT, IdentityEndpoint, Signer, Trouble
from tds_embedded.server import Server
from tests.entra import (
    CLIENT,
    SECRET,
)

__all__ = [
    *("app_service", "endpoint", "judging", "new_process"),
    *("python_driver", "signer", "to_authority", "transport"),
]

AUDIENCE = "https://database.windows.net/"
MSI = {"authentication": "ActiveDirectoryMSI"}


class Told(Exception):
    """A failure, with everything that was written before."""


@pytest.fixture
def check(judging: Server, python_driver: str, django_db_blocker: Any) -> Iterator[Any]:
    """Return a function that runs the command for some settings and returns its output."""

    def run(options: dict[str, Any] | None = None, *, connect: bool = True, **settings: Any) -> str:
        trust = f"Encrypt=strict;ServerCertificate={judging.certificate}"
        connections.settings["entra"] = {
            **connections.settings["default"],
            "HOST": "127.0.0.1",
            "PORT": str(judging.port),
            "NAME": "master",
            "USER": "",
            "PASSWORD": "",
            "OPTIONS": {"python_driver": python_driver, "extra_params": trust, **(options or {})},
            **settings,
        }
        written = StringIO()
        try:
            call_command("check_entra", database="entra", connect=connect, stdout=written)
        except CommandError as failure:
            raise Told(f"{written.getvalue()}CommandError: {failure}") from None
        return written.getvalue()

    with django_db_blocker.unblock():
        yield run
    connections.settings.pop("entra", None)


Check = Callable[..., str]


def lines(text: str) -> dict[str, str]:
    return {line[:14].strip(): line[14:] for line in text.splitlines()}


def test_a_managed_identity(
    app_service: IdentityEndpoint, check: Check, judging: Server, python_driver: str
) -> None:
    told = lines(check(MSI))
    assert told.pop("token").startswith("fetched in ")
    assert told.pop("expires").endswith(" UTC, in 60 minutes")
    assert told == {
        "database": f"entra: master on 127.0.0.1,{judging.port}",
        "driver": python_driver,
        "mode": "ActiveDirectoryMSI",
        "credential": "azure.identity.ManagedIdentityCredential",
        "authority": "none: asks this machine",
        "scope": "https://database.windows.net/.default",
        "token of": SYSTEM_IDENTITY,
        "token tenant": TENANT,
        "token for": AUDIENCE.rstrip("/"),
        "server": f"sees {SYSTEM_IDENTITY}@{TENANT} (SUSER_SNAME)",
    }


def test_without_connect_nothing_is_sent_to_the_server(
    app_service: IdentityEndpoint, check: Check, judging: Server
) -> None:
    with judging.recorder.capture() as seen:
        assert lines(check(MSI, connect=False))["server"] == "not asked; add --connect"
    assert seen.requests == []


def test_a_service_principal(check: Check, to_authority: dict[str, Any]) -> None:
    options = {
        "authentication": "ActiveDirectoryServicePrincipal",
        "tenant_id": TENANT,
        "credential_options": to_authority,
    }
    told = check(options, USER=CLIENT, PASSWORD=SECRET)
    assert lines(told)["client"] == CLIENT
    assert lines(told)["tenant"] == TENANT
    assert lines(told)["authority"] == "login.microsoftonline.com"
    assert SECRET not in told


def test_a_callable(check: Check, signer: Signer) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    told = check(TOKEN=lambda: token)
    assert lines(told)["mode"] == "TOKEN"
    assert lines(told)["credential"] == "builtins.function"
    assert lines(told)["server"] == f"sees {CLIENT}@{TENANT} (SUSER_SNAME)"
    assert token not in told


def test_a_sql_login(check: Check, judging: Server) -> None:
    endpoint = judging.endpoint
    told = check(USER=endpoint.user, PASSWORD=endpoint.password)
    assert lines(told)["mode"] == "SqlPassword"
    assert lines(told)["token"] == "none: the ODBC driver signs in without one"
    assert lines(told)["server"] == f"sees {endpoint.user} (SUSER_SNAME)"
    assert endpoint.password not in told


def test_a_mode_of_the_drivers_own(check: Check, judging: Server) -> None:
    endpoint = judging.endpoint
    options = {"authentication": "SqlPassword"}
    told = lines(check(options, USER=endpoint.user, PASSWORD=endpoint.password))
    assert told["credential"] == "the ODBC driver's"


# Failures, in plain words


def test_settings_that_cannot_work(check: Check) -> None:
    with pytest.raises(
        Told, match=r"(?s)error .*needs OPTIONS\['client_id'\].*no token was requested"
    ):
        check({"authentication": "ActiveDirectoryServicePrincipal", "tenant_id": "t"})


def test_a_warning_comes_along(check: Check, signer: Signer) -> None:
    told = check(TOKEN=signer.sign(CLIENT, AUDIENCE, 3600))
    assert "fixed access token" in lines(told)["warning"]
    assert "sees" in lines(told)["server"]


def test_azure_identity_is_missing(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "is_installed", lambda package: False)
    with pytest.raises(Told, match="pip install azure-identity"):
        check(MSI)


@pytest.mark.parametrize(
    "trouble", [Trouble(status=400), Trouble(body="<html>not JSON"), Trouble(status=404)]
)
def test_no_token(app_service: IdentityEndpoint, check: Check, trouble: Trouble) -> None:
    app_service.trouble(trouble, times=20)
    with pytest.raises(Told, match=r"(?s)token +none.*issued no token for ActiveDirectoryMSI"):
        check(MSI)


def test_a_wrong_secret(check: Check, to_authority: dict[str, Any]) -> None:
    options = {
        "authentication": "ActiveDirectoryServicePrincipal",
        "tenant_id": TENANT,
        "credential_options": to_authority,
    }
    with pytest.raises(Told, match="Check client_id, tenant_id and the secret") as caught:
        check(options, USER=CLIENT, PASSWORD="another-secret")
    assert "another-secret" not in str(caught.value)


def test_a_token_that_the_server_refuses(refused_token: tuple[str, str], check: Check) -> None:
    token, reason = refused_token
    with pytest.raises(
        Told, match=f"(?s)server +refused.*{reason}.*SQL Server error 18456"
    ) as told:
        check(TOKEN=token)
    assert token not in str(told.value)


def test_a_server_that_is_not_there(app_service: IdentityEndpoint, check: Check) -> None:
    options = {**MSI, "connection_timeout": 1, "retry": {"deadline": 0}}
    with pytest.raises(Told, match=r"No SQL Server answered at 127.0.0.1,1: nothing listens"):
        check(options, PORT="1")


def test_a_callable_that_fails(check: Check) -> None:
    def fail() -> str:
        raise ValueError(SECRET)

    with pytest.raises(Told, match="ValueError") as caught:
        check(TOKEN=fail)
    assert SECRET not in str(caught.value)


def test_an_alias_that_is_none() -> None:
    with pytest.raises(CommandError, match=r"DATABASES has no 'nowhere'. It has: default"):
        call_command("check_entra", database="nowhere")


def test_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    monkeypatch.setitem(connections.settings, "other", other)
    with pytest.raises(CommandError, match="is not a SQL Server"):
        call_command("check_entra", database="other")


def test_no_secret_is_in_the_output(app_service: IdentityEndpoint, check: Check) -> None:
    told = check(MSI)
    (source,) = credentials._sources.values()
    token = source.token().text
    for secret in (token, *token.split("."), app_service.header):
        assert secret not in told
