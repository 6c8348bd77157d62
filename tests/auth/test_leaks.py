"""Nothing secret gets out: not by logs, debug pages, exceptions, reprs, pickles or spans.

Each way to sign in connects, and fails to, with everything switched on that could tell of it; then
all that was told is searched for every secret that took part.
"""

from __future__ import annotations

import logging
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError
from django.test import RequestFactory
from django.views.debug import technical_500_response

from mssql.auth import credentials, modes
from mssql.auth.tokens import Token
from mssql.drivers.sign_in import sign_in, target
from mssql.embedded.identity import AUDIENCE, TENANT, IdentityEndpoint, Signer, Trouble
from mssql.embedded.server import Server
from mssql.settings import read
from tests.auth.conftest import CLIENT, PASSWORD, SECRET, USER, who
from tests.auth.test_every_mode import (
    FILE_PASSWORD,
    Local,
    certificate_in_pem_with_password,
    on_behalf_of_with_secret,
)
from tests.telemetry.conftest import Sdk


class Everything(logging.Handler):
    """Every record of every logger, as text with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.told: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record) + repr(record.args))


@pytest.fixture
def logged() -> Iterator[Everything]:
    handler = Everything()
    names = list(logging.root.manager.loggerDict)
    loggers = [logging.root, *map(logging.getLogger, names)]
    before = [(logger, logger.level, logger.propagate, logger.disabled) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate, logger.disabled = True, False
    logging.root.addHandler(handler)
    yield handler
    logging.root.removeHandler(handler)
    for logger, level, propagate, disabled in before:
        logger.setLevel(level)
        logger.propagate, logger.disabled = propagate, disabled


@dataclass
class Witness:
    """Who keeps all that was told while connections were opened."""

    logs: Everything
    sdk: Sdk
    patch: pytest.MonkeyPatch
    told: list[tuple[str, str]] = field(default_factory=list)

    def succeed(self, connection: Any) -> None:
        self._look_at(connection)
        who(connection)

    def fail(self, connection: Any, *kinds: type[Exception]) -> None:
        self._look_at(connection)
        _, error, trace = _failure(connection)
        assert isinstance(error, kinds or OperationalError)
        told = traceback.TracebackException(type(error), error, trace, capture_locals=True)
        self.told.append(("traceback", "".join(told.format())))
        self.told.append(("pickled exception", str(pickle.dumps(error))))
        for kind in ("text/html", "text/plain"):
            request = RequestFactory().get("/", headers={"accept": kind})
            page = technical_500_response(request, type(error), error, trace)
            self.told.append((f"debug page in {kind}", page.content.decode()))

    def _look_at(self, connection: Any) -> None:
        given = connection.settings_dict
        given["OPTIONS"]["telemetry"] = self.sdk.providers()
        given["OPTIONS"]["retry"] = {"deadline": 0}
        self.patch.setitem(django_settings.DATABASES, "entra", given)

    def look_at(self, name: str, thing: Any) -> None:
        """An object's repr and, where it can be pickled, its pickle."""
        self.told += [(f"repr of {name}", repr(thing)), (f"str of {name}", str(thing))]
        try:
            self.told.append((f"pickle of {name}", str(pickle.dumps(thing))))
        except Exception as refusal:  # noqa: BLE001 - whatever it says
            self.told.append((f"refusal to pickle {name}", str(refusal)))

    def assert_nothing_told(self, *secrets: str) -> None:
        everything = [*self.told, *(("log", text) for text in self.logs.told)]
        everything += [(f"span {span.name}", span.to_json()) for span in self.sdk.spans]
        everything += [("event", repr(event)) for event in self.sdk.events]
        assert self.logs.told
        assert any(where.startswith("debug page") for where, _ in self.told)
        for secret in secrets:
            for form in _forms(secret):
                found = [where for where, text in everything if form in text]
                assert not found, f"{form[:12]}... is in {found}"


def _failure(connection: Any) -> Any:
    try:
        connection.ensure_connection()
    except Exception:  # noqa: BLE001 - all kinds are looked at
        return sys.exc_info()
    raise AssertionError("it connected")


def _forms(secret: str) -> list[str]:
    wide = secret.encode("utf-16-le")
    return [secret, repr(wide)[2:-1], wide.decode("latin-1")]


@pytest.fixture
def witness(logged: Everything, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Witness:
    settings.DEBUG = True
    return Witness(logged, Sdk(), monkeypatch)


@pytest.fixture
def local(
    endpoint: IdentityEndpoint, to_authority: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Local:
    return Local(endpoint, to_authority, tmp_path, monkeypatch)


@pytest.fixture
def issued(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token that is signed."""
    tokens: list[str] = []
    sign = signer.encode

    def remember(claims: Any) -> str:
        tokens.append(sign(claims))
        return tokens[-1]

    monkeypatch.setattr(signer, "encode", remember)
    return tokens


def test_sql_login(witness: Witness, judging: Server, connect: Any) -> None:
    end = judging.endpoint
    witness.succeed(connect(USER=end.user, PASSWORD=end.password))
    witness.fail(connect(USER=end.user, PASSWORD=PASSWORD))
    witness.fail(connect({"extra_params": f"UID=sa;PWD={SECRET}"}))
    witness.fail(connect({"authentication": "SqlPassword"}, USER="sa", PASSWORD=PASSWORD))
    witness.assert_nothing_told(end.password, PASSWORD, SECRET)


def test_settings_that_cannot_work(witness: Witness, connect: Any) -> None:
    both = {"authentication": "ActiveDirectoryMSI", "client_secret": SECRET}
    witness.fail(connect(both, USER="a", PASSWORD=PASSWORD), ImproperlyConfigured)
    witness.fail(connect({"nonsense": 1}, TOKEN=PASSWORD), ImproperlyConfigured)
    broken = {"extra_params": f"PWD={{{FILE_PASSWORD}"}
    witness.fail(connect(broken), ImproperlyConfigured)
    witness.fail(connect({"authentication": "MSI"}, TOKEN=PASSWORD), ImproperlyConfigured)
    witness.assert_nothing_told(SECRET, PASSWORD, FILE_PASSWORD)


def test_tokens(witness: Witness, signer: Signer, issued: list[str], connect: Any) -> None:
    witness.succeed(connect(TOKEN=signer.sign(CLIENT, AUDIENCE, 3600)))
    witness.fail(connect(TOKEN=signer.sign(CLIENT, "https://storage.azure.com/", 3600)))
    witness.fail(connect(TOKEN=lambda: signer.sign(CLIENT, AUDIENCE, -5)))
    witness.fail(connect({"credential": lambda: signer.sign(CLIENT, "x", 3600)}))
    assert len(issued) == 4
    witness.assert_nothing_told(*issued)


def test_managed_identity(
    witness: Witness, app_service: IdentityEndpoint, issued: list[str], connect: Any
) -> None:
    def options() -> dict[str, Any]:
        return {"authentication": "ActiveDirectoryMSI", "credential_options": {"retry_total": 0}}

    witness.succeed(connect(options()))
    for trouble in (
        Trouble(claims={"aud": "https://storage.azure.com/"}),
        Trouble(status=500),
        Trouble(body='{"access_token": "eyJhbGciOiJub25lIn0.e30."}'),
        Trouble(status=400, body=f'{{"error": "x", "error_description": "{app_service.header}"}}'),
    ):
        credentials._sources.clear()
        app_service.trouble(trouble)
        witness.fail(connect(options()))
    witness.assert_nothing_told(*issued, app_service.header)


@pytest.mark.parametrize("setup", [certificate_in_pem_with_password, on_behalf_of_with_secret])
def test_applications(
    setup: Callable[[Local], Any],
    witness: Witness,
    local: Local,
    issued: list[str],
    connect: Any,
) -> None:
    ready = setup(local)
    keyword = {
        certificate_in_pem_with_password: "ActiveDirectoryServicePrincipalCertificate",
        on_behalf_of_with_secret: "ActiveDirectoryOnBehalfOf",
    }[setup]
    witness.succeed(connect({"authentication": keyword, **ready.options}))
    credentials._sources.clear()
    local.endpoint.clients[CLIENT] = "another"
    local.endpoint.certificates.clear()
    witness.fail(connect({"authentication": keyword, **ready.options}))
    if "certificate_password" in ready.options:
        wrong = {**ready.options, "certificate_password": PASSWORD}
        witness.fail(connect({"authentication": keyword, **wrong}))
    witness.assert_nothing_told(*issued, SECRET, FILE_PASSWORD, PASSWORD)


def test_a_secret(witness: Witness, local: Local, issued: list[str], connect: Any) -> None:
    options = {
        "authentication": "ActiveDirectoryServicePrincipal",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "credential_options": local.to_authority,
    }
    witness.succeed(connect({**options, "client_secret": SECRET}))
    witness.succeed(connect({**options, "client_secret": lambda: SECRET}))
    witness.fail(connect({**options, "client_secret": FILE_PASSWORD}))
    witness.fail(connect({**options}, PASSWORD=PASSWORD))
    witness.assert_nothing_told(*issued, SECRET, FILE_PASSWORD, PASSWORD)


@pytest.mark.filterwarnings("ignore:UsernamePasswordCredential is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")
def test_a_users_password(witness: Witness, local: Local, issued: list[str], connect: Any) -> None:
    options = {
        "authentication": "ActiveDirectoryPassword",
        "client_id": CLIENT,
        "credential_options": local.to_authority,
    }
    witness.succeed(connect(options, USER=USER, PASSWORD=PASSWORD))
    witness.fail(connect(options, USER=USER, PASSWORD=SECRET))
    witness.fail(connect({"authentication": "ActiveDirectoryPassword"}, USER=USER, PASSWORD=SECRET))
    witness.assert_nothing_told(*issued, PASSWORD, SECRET)


@pytest.mark.parametrize("python_driver", ["pyodbc"], indirect=True)
def test_objects(witness: Witness, signer: Signer, connect: Any) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    given = {
        "NAME": "x",
        "USER": "a",
        "PASSWORD": PASSWORD,
        "TOKEN": token,
        "OPTIONS": {"client_secret": SECRET, "extra_params": f"PWD={FILE_PASSWORD}"},
    }
    settings = read(given, "default")
    way = sign_in(settings)
    known = credentials.identity(
        modes.find("ServicePrincipal"), "a.database.windows.net", settings.sign_in
    )
    held = Token.of(token)
    things = {
        "the settings": settings,
        "their keywords": settings.extra,
        "the way to sign in": way,
        "its source": way.source,
        "the target": target(settings, way, held),
        "the token": held,
        "the identity": known,
        "the identity's source": credentials.source_of(known),
        "the retry policy": settings.retry_policy,
    }
    for name, thing in things.items():
        witness.look_at(name, thing)
    witness.fail(connect(USER="sa", PASSWORD=PASSWORD))
    witness.assert_nothing_told(token, PASSWORD, SECRET, FILE_PASSWORD)


def test_the_search_finds_what_leaks(witness: Witness, connect: Any) -> None:
    """The test of the tests: what is told on purpose is found."""
    witness.fail(connect(USER="sa", PASSWORD=PASSWORD))
    ways: list[Callable[[], None]] = [
        lambda: logging.getLogger("somebody").debug("it is %s", SECRET),
        lambda: witness.look_at("a dict", {"secret": SECRET.encode("utf-16-le")}),
    ]
    for tell in ways:
        witness.told = [one for one in witness.told if "a dict" not in one[0]]
        witness.logs.told = ["nothing"]
        tell()
        with pytest.raises(AssertionError, match="is in"):
            witness.assert_nothing_told(SECRET)
