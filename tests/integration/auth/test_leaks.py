"""No secret reaches logs, debug pages, exceptions, reprs, pickles or spans.

Each kind of sign-in connects, and fails to connect, with every kind of output switched on; then
all output is searched for every secret that took part.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import got_request_exception
from django.db.utils import OperationalError
from django.test import RequestFactory
from django.views.debug import technical_500_response

from mssql.auth import credentials, identities, modes
from mssql.auth.secrecy import HiddenValues
from mssql.auth.tokens import Token
from mssql.client import DatabaseClient
from mssql.config.loading import load
from mssql.config.target import target
from mssql.drivers.tenancy import Tenancy
from tds_embedded.identity import AUDIENCE, TENANT, IdentityEndpoint, Signer, Trouble
from tds_embedded.server import Server
from tests.entra import CLIENT, PASSWORD, SECRET, USER, who
from tests.integration.auth.test_every_mode import (
    FILE_PASSWORD,
    Local,
    certificate_in_pem_with_password,
    on_behalf_of_with_secret,
)
from tests.sdk import Sdk


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
    """A collection of all output while connections were opened."""

    logs: Everything
    sdk: Sdk
    patch: pytest.MonkeyPatch
    told: list[tuple[str, str]] = field(default_factory=list)

    def succeed(self, connection: Any) -> None:
        self._look_at(connection)
        who(connection)

    def fail(self, connection: Any, *kinds: type[Exception]) -> Any:
        self._look_at(connection)
        _, error, trace = _failure(connection)
        assert isinstance(error, kinds or OperationalError)
        told = traceback.TracebackException(type(error), error, trace, capture_locals=True)
        self.told.append(("traceback", "".join(told.format())))
        self.told.append(("pickled exception", str(pickle.dumps(error))))
        self.told += [(f"Sentry: {where}", text) for where, text in reported(error)]
        for kind in ("text/html", "text/plain"):
            request = RequestFactory().get("/", headers={"accept": kind})
            got_request_exception.send(sender=None, request=request)  # as Django's handler does
            page = technical_500_response(request, type(error), error, trace)
            self.told.append((f"debug page in {kind}", page.content.decode("utf-8", "replace")))
        return error

    def _look_at(self, connection: Any) -> None:
        given = connection.settings_dict
        given["OPTIONS"]["telemetry"] = self.sdk.providers()
        given["OPTIONS"]["retry"] = {"deadline": 0}
        self.patch.setitem(django_settings.DATABASES, "entra", given)

    def look_at(self, name: str, thing: Any) -> None:
        """Record an object's repr and, if it can be pickled, its pickle."""
        self.told += [(f"repr of {name}", repr(thing)), (f"str of {name}", str(thing))]
        self.told += [(f"walk of {name}", serialized(thing))]
        if hasattr(thing, "__iter__"):
            self.told.append((f"iteration of {name}", repr(list(thing))))
        try:
            self.told.append((f"pickle of {name}", str(pickle.dumps(thing))))
        except Exception as refusal:  # noqa: BLE001 - its text is searched
            self.told.append((f"refusal to pickle {name}", str(refusal)))

    def assert_nothing_told(self, *secrets: str) -> None:
        everything = [*self.told, *(("log", text) for text in self.logs.told)]
        everything += [(f"span {span.name}", span.to_json()) for span in self.sdk.spans]
        everything += [("event", repr(event)) for event in self.sdk.events]
        everything.append(("metrics", self.sdk.metrics_json()))
        assert self.logs.told
        assert any(where.startswith("debug page") for where, _ in self.told)
        for secret in secrets:
            for form in _forms(secret):
                found = [where for where, text in everything if form in text]
                assert not found, f"{form[:12]}... is in {found}"


def reported(error: BaseException | None) -> Iterator[tuple[str, str]]:
    """Yield the parts of sentry-sdk's report of an exception and its causes.

    These are the text, and the local variables of each frame.
    """
    while error is not None:
        yield "text", f"{error} {error.args!r}"
        for frame, _ in traceback.walk_tb(error.__traceback__):
            code = frame.f_code
            if not code.co_filename.startswith(os.path.dirname(__file__)):
                for name, value in frame.f_locals.items():
                    yield f"{code.co_qualname} {name}", serialized(value)
        error = error.__cause__ if error.__suppress_context__ else error.__context__


def serialized(value: Any, depth: int = 0) -> str:
    """A value as sentry_sdk.serializer writes it: mappings and sequences are walked, five levels
    deep, and of anything else the repr is taken. Its limits of breadth are left out."""
    if depth < 5 and isinstance(value, Mapping):
        return " ".join(f"{key}={serialized(each, depth + 1)}" for key, each in value.items())
    if depth < 5 and isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes)):
        return " ".join(serialized(each, depth + 1) for each in value)
    return repr(value)


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
    assert "db.client.operation.duration" in witness.sdk.metrics_json()


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


@pytest.mark.parametrize("place", ["USER", "PASSWORD", "NAME", "extra_params"])
@pytest.mark.parametrize("character", ["\0", "\ud83d"], ids=["NUL", "surrogate"])
def test_text_that_cannot_be_sent(
    witness: Witness, connect: Any, place: str, character: str
) -> None:
    settings = {"USER": "sa", "PASSWORD": PASSWORD, "NAME": "master"}
    options = {"extra_params": f"APP=x{character}y"} if place == "extra_params" else {}
    if place in settings:
        settings[place] += character
    error = witness.fail(connect(options, **settings), ImproperlyConfigured)
    expected = "APP in OPTIONS['extra_params']" if place == "extra_params" else place
    kind = "a NUL character" if character == "\0" else "a lone surrogate"
    assert f"{expected} is a str with {kind}" in str(error)
    witness.assert_nothing_told(PASSWORD)


@pytest.mark.parametrize("character", ["\0", "\ud83d"], ids=["NUL", "surrogate"])
def test_tokens_that_cannot_be_sent(witness: Witness, connect: Any, character: str) -> None:
    broken = SECRET + character
    witness.fail(connect(TOKEN=broken), ImproperlyConfigured)
    for options, settings in (
        ({}, {"TOKEN": lambda: broken}),
        ({}, {"TOKEN": lambda: broken.encode("utf-8", "surrogatepass")}),
        ({"credential": lambda: broken}, {}),
    ):
        witness.fail(connect(options, **settings))
    witness.assert_nothing_told(SECRET)


def test_a_failure_of_the_drivers_own_quotes_nothing(
    witness: Witness, connect: Any, python_driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its binding does, which quotes the arguments of a call that it does not take."""
    module = __import__(python_driver)

    def refuse(text: str, **attributes: Any) -> None:
        raise TypeError(f"incompatible arguments: {text}, {attributes}")

    monkeypatch.setattr(module, "connect", refuse)
    witness.fail(connect(USER="sa", PASSWORD=PASSWORD))
    monkeypatch.undo()
    witness.assert_nothing_told(PASSWORD)


def test_an_azure_identity_without_the_credential(
    witness: Witness, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("azure.identity.ClientSecretCredential")
    options = {"authentication": "ServicePrincipal", "tenant_id": TENANT, "client_id": CLIENT}
    witness.fail(connect({**options, "client_secret": SECRET}), ImproperlyConfigured)
    witness.assert_nothing_told(SECRET)


def test_settings_that_are_read_unchecked() -> None:
    """By database routers and dbshell."""
    options = {"extra_params": f"PWD={{{FILE_PASSWORD}"}
    with pytest.raises(ImproperlyConfigured) as caught:
        load({"NAME": "x", "PASSWORD": PASSWORD, "OPTIONS": options}, "default").require()
    for secret in (FILE_PASSWORD, PASSWORD):
        assert not [where for where, text in reported(caught.value) if secret in text]


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
    loaded = load(given, "default")
    config = loaded.config
    assert config is not None
    source = config.sign_in.token_source()
    arguments = HiddenValues(config.options, {"USER": "a", "PASSWORD": PASSWORD})
    known = identities.identity_of(
        modes.find("ServicePrincipal"), "a.database.windows.net", arguments
    )
    held = Token.of(token)
    things = {
        "the loaded settings": loaded,
        "the configuration": config,
        "its keywords": config.extra,
        "the views of its keywords": [config.extra.keys(), config.extra],
        "its options": config.options,
        "the settings that decide who signs in": config.sign_in_settings,
        "what a mode reads": arguments,
        "the sign-in": config.sign_in,
        "its source": source,
        "the target": target(config, held),
        "the token": held,
        "the identity": known,
        "its arguments": known.arguments,
        "its parameters": known.parameters(),
        "the tenancy": Tenancy.of(config.sign_in_settings, source, held),
        "the identity's source": credentials.source_of(known),
        "the retry policy": config.retry_policy,
    }
    for name, thing in things.items():
        witness.look_at(name, thing)
    witness.fail(connect(USER="sa", PASSWORD=PASSWORD))
    witness.assert_nothing_told(token, PASSWORD, SECRET, FILE_PASSWORD)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_children(witness: Witness, judging: Server, signer: Signer, connect: Any) -> None:
    """No secret is in the arguments and the environment of a process and its children."""
    end, token = judging.endpoint, signer.sign(CLIENT, AUDIENCE, 3600)
    witness.succeed(connect(USER=end.user, PASSWORD=end.password))
    witness.succeed(connect({"credential": lambda: token}))
    with_secret = {"authentication": "ServicePrincipal", "client_secret": SECRET}
    with_secret.update(tenant_id=TENANT, client_id=CLIENT)
    shells = (connect(USER="sa", PASSWORD=PASSWORD), connect(with_secret), connect(TOKEN=token))
    for connection in shells:
        args, _ = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, ["-b"])
        witness.told.append(("dbshell", " ".join(args)))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        for process in (os.getpid(), *descendants(os.getpid())):
            for file in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    text = Path(f"/proc/{process}/{file}").read_text(errors="replace")
                    witness.told.append((f"{file} of {process}", text))
        child.communicate(b"\n")
    witness.fail(connect(USER="sa", PASSWORD=PASSWORD))
    witness.assert_nothing_told(end.password, token, SECRET, PASSWORD)


def descendants(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            with contextlib.suppress(OSError):
                yield from descendants(int(child))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_files(signer: Signer, tmp_path: Path) -> None:
    """The stand-in's files with secrets or statements are readable by their owner alone."""
    previous = os.umask(0o022)
    try:
        folder, record = tmp_path / "server", tmp_path / "requests.jsonl"
        with Server(folder, identity=signer.verifier(), record=record) as server:
            assert record.stat().st_mode & 0o777 == 0o600
            assert folder.stat().st_mode & 0o777 == 0o700
            secrets = (server.endpoint.password.encode(), b"PRIVATE KEY")
            for file in filter(Path.is_file, folder.rglob("*")):
                content = file.read_bytes()
                if any(secret in content for secret in secrets):
                    assert file.stat().st_mode & 0o077 == 0, file.name
    finally:
        os.umask(previous)


def test_the_search_finds_what_leaks(witness: Witness, connect: Any) -> None:
    """The test of the tests: they find a secret that is written on purpose."""
    witness.fail(connect(USER="sa", PASSWORD=PASSWORD))
    count = witness.sdk.meter_provider.get_meter("somebody").create_counter("db.client.x").add
    ways: list[Callable[[], None]] = [
        lambda: logging.getLogger("somebody").debug("it is %s", SECRET),
        lambda: witness.look_at("a dict", {"secret": SECRET.encode("utf-16-le")}),
        lambda: count(1, {"password": SECRET}),  # the last: it cannot be taken back
    ]
    for tell in ways:
        witness.told = [one for one in witness.told if "a dict" not in one[0]]
        witness.logs.told = ["nothing"]
        tell()
        with pytest.raises(AssertionError, match="is in"):
            witness.assert_nothing_told(SECRET)
