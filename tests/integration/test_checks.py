"""System checks: every setting that cannot work is named with its cure, and no secret is."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections
from django.test import override_settings

from mssql import checks
from mssql.auth import credentials

SECRET = "a-secret-that-must-not-leak"
AZURE = "example.database.windows.net"
FEDERATED = {"client_id": "c", "managed_identity_client_id": "m"}


def settings_of(options: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    return {"ENGINE": "mssql", "NAME": "app", "OPTIONS": options or {}, **settings}


def entra(mode: str, options: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    return settings_of({"authentication": mode, **(options or {})}, HOST=AZURE, **settings)


def ids(settings: dict[str, Any]) -> list[str]:
    return [
        str(message.id).replace("mssql.", "") for message in checks.messages(settings, "default")
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (settings_of(USER="sa", PASSWORD=SECRET), []),
        (settings_of(HOST=r"server\instance", PORT="1433"), []),
        (settings_of({"extra_params": "Encrypt=no;MARS_Connection=yes"}, HOST="db"), []),
        (settings_of({"isolation_level": "snapshot", "datefirst": 1}), []),
        (settings_of({"python_driver": "mssql_python"}), []),
        (entra("msi", {"credential_options": {"logging_enable": False, "retry_total": 1}}), []),
        (entra("ActiveDirectoryMSI"), []),
        (entra("ActiveDirectoryMSI", {"client_id": "c"}), []),
        (entra("ServicePrincipal", USER="c@t", PASSWORD=SECRET), []),
        (settings_of(TOKEN=lambda: SECRET), []),
        (settings_of({"extra_params": "Authentication=ActiveDirectoryMSI"}), []),
        (settings_of({"telemetry": {"caller": False}}), []),
        # Errors
        (settings_of({"drivr": "x"}), ["E001"]),
        (settings_of({"error_values": True}), []),
        (settings_of({"error_values": "yes"}), ["E002"]),
        (settings_of({"connection_timeout": "5"}), ["E002"]),
        (settings_of({"connection_timeout": True}), ["E002"]),
        (settings_of({"connection_timeout": -1}), ["E002"]),
        (settings_of({"isolation_level": "CHAOS"}), ["E002"]),
        (settings_of({"python_driver": "pymssql"}), ["E002"]),
        (settings_of({"datefirst": 8}), ["E002"]),
        (settings_of({"collation": "x; DROP TABLE y"}), ["E003"]),
        (settings_of({"telemetry": {"nope": 1}}), ["E004"]),
        (settings_of({"retry": {"deadline": "long"}}), ["E005"]),
        (settings_of({"retry": {"max_wait": 5}}), ["E005"]),
        (settings_of(NAME=""), ["E006"]),
        (settings_of(PORT="http"), ["E007"]),
        (settings_of(HOST="db,99999"), ["E007"]),
        (settings_of(HOST="db,1433", PORT="1434"), ["E008"]),
        (settings_of({"extra_params": "Encrypt"}), ["E009"]),
        (settings_of({"authentication": "msi", "extra_params": "Authentication=msi"}), ["E010"]),
        (entra("msi", TOKEN="t"), ["E010"]),
        (entra("ActiveDirectoryMsy"), ["E011"]),
        (settings_of({"extra_params": "Authentication=Foo"}), ["E011"]),
        (settings_of(TOKEN=lambda: SECRET, USER="sa", PASSWORD=SECRET), ["E012", "E012"]),
        (entra("ServicePrincipal", {"client_id": "c"}), ["E013", "E013"]),
        (entra("SqlPassword", USER="sa"), ["E013"]),
        (entra("msi", {"client_id": "c", "object_id": "o"}), ["E014"]),
        (entra("ManagedIdentityAsFederatedIdentity", {"tenant_id": "t", **FEDERATED}), []),
        (entra("ManagedIdentityAsFederatedIdentity", FEDERATED), ["E013"]),
        (
            entra("ActiveDirectoryManagedIdentityFederation", {"tenant_id": "t", "client_id": "c"}),
            ["E013"],
        ),
        (
            entra(
                "ActiveDirectoryManagedIdentityFederation",
                {"tenant_id": "t", "object_id": "o", **FEDERATED},
            ),
            ["E014"],
        ),
        (entra("msi", PASSWORD=SECRET), ["E015"]),
        (settings_of({"driver": "No such driver"}), ["E017"]),
        (entra("msi", {"credential_options": {"logging_enable": True}}), ["E019"]),
        (entra("msi", {"credential_options": {"enable_support_logging": True}}), ["E019"]),
        (entra("msi", {"extra_params": "Encrypt=no"}), ["E021"]),
        (entra("msi", {"extra_params": "encrypt=Optional"}), ["E021"]),
        (entra("msi", {"extra_params": "TrustServerCertificate=Yes"}), ["E021"]),
        (entra("msi", {"extra_params": "Encrypt=strict;TrustServerCertificate=yes"}), []),
        (
            settings_of({"extra_params": "Encrypt=no;Authentication=ActiveDirectoryIntegrated"}),
            ["E021"],
        ),
        (settings_of({"extra_params": "Encrypt=no"}, TOKEN=lambda: SECRET), ["E021"]),
        (settings_of({"extra_params": "Encrypt=no", "credential": lambda: SECRET}), ["E021"]),
        (
            settings_of(
                {"extra_params": "Encrypt=no", "authentication": "SqlPassword"},
                USER="sa",
                PASSWORD=SECRET,
            ),
            [],
        ),
        *(
            (
                settings_of(
                    {"extra_params": "TrustServerCertificate=yes", "unverified_server": True},
                    HOST=host,
                    TOKEN=lambda: SECRET,
                ),
                expected,
            )
            for host, expected in (
                ("localhost", []),
                ("tcp:127.0.0.1,1433", []),
                ("db.example.com", ["E022"]),
                ("localhost.example.com", ["E022"]),
            )
        ),
        (settings_of({"extra_params": "Encrypt=no;Authentication=Foo"}), ["E011"]),
        # Warnings
        (settings_of({"driver_charset": "utf-8", "unicode_results": True}), ["W001", "W001"]),
        (settings_of(HOST="db:1433"), ["W002"]),
        (settings_of({"extra_params": "Encypt=yes"}), ["W003"]),
        (settings_of({"extra_params": "Foo=1", "python_driver": "mssql_python"}), ["W003"]),
        (settings_of({"extra_params": f"UID=sa;PWD={SECRET}"}), ["W004"]),
        (settings_of({"extra_params": "Encrypt=no"}, HOST=AZURE), ["W005"]),
        (settings_of({"extra_params": "TrustServerCertificate=yes"}, HOST=AZURE), ["W006"]),
        (settings_of(TOKEN="static"), ["W007"]),
        (entra("ActiveDirectoryPassword", USER="u", PASSWORD=SECRET), ["W008"]),
        (entra("ActiveDirectoryDefault"), ["W009"]),
        (entra("ActiveDirectoryAzCli", PASSWORD=SECRET), ["W010"]),
        (entra("msi", {"client_secret": SECRET}), ["W011"]),
    ],
)
def test_messages(settings: dict[str, Any], expected: list[str]) -> None:
    assert ids(settings) == expected
    text = " ".join(f"{m.msg} {m.hint}" for m in checks.messages(settings, "default"))
    assert SECRET not in text


def test_a_near_miss_is_guessed() -> None:
    (message,) = checks.messages(settings_of({"isolation_levl": "SNAPSHOT"}), "default")
    assert "'isolation_levl'" in message.msg
    assert message.hint == "Did you mean 'isolation_level'?"
    assert message.obj == "DATABASES['default']"


def test_the_default_chain_is_fine_for_development() -> None:
    with override_settings(DEBUG=True):
        assert ids(entra("ActiveDirectoryDefault")) == []


def test_the_tenant_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = entra("ServicePrincipal", {"client_id": "c", "client_secret": SECRET})
    assert ids(settings) == ["E013"]
    monkeypatch.setenv("AZURE_TENANT_ID", "t")
    assert ids(settings) == []


def test_a_service_principal_as_mssql_django_knows_it_is_left_to_the_driver() -> None:
    extra = {"extra_params": "Authentication=ActiveDirectoryServicePrincipal"}
    assert ids(settings_of(extra, USER="client", PASSWORD=SECRET)) == []


def test_freetds_cannot_take_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyodbc

    monkeypatch.setattr(pyodbc, "drivers", lambda: ["FreeTDS"])
    assert ids(entra("msi", {"driver": "FreeTDS"})) == ["E018"]
    assert ids(settings_of({"driver": "FreeTDS"}, USER="sa", PASSWORD=SECRET)) == []


def test_azure_identity_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "is_installed", lambda package: False)
    assert ids(entra("msi")) == ["E016"]
    (message,) = checks.messages(entra("WAM"), "default")
    assert message.hint == "Run 'pip install azure-identity-broker'."
    assert ids(settings_of(TOKEN=lambda: SECRET)) == []


def test_a_connection_refuses_to_open_on_the_first_error() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DATABASES\['other'\]: NAME is empty. Set it"):
        checks.load(settings_of(NAME=""), "other").require()
    checks.load(settings_of({"extra_params": f"UID=sa;PWD={SECRET}"}), "other").require()


@pytest.mark.django_db
def test_the_output_of_the_command_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message appears once, whichever alias is checked."""
    default = {**connections.settings["default"], "USER": "", "PASSWORD": ""}
    given = {
        **connections.settings,
        "wrong": {**default, **entra("ActiveDirectoryMsy")},
        "doubtful": {**default, **entra("ActiveDirectoryDefault")},
    }
    monkeypatch.setitem(connections.__dict__, "settings", given)
    for asked in ((), ("default",), ("wrong",), ("doubtful", "wrong")):
        with pytest.raises(SystemCheckError) as caught:
            call_command("check", databases=list(asked), stderr=io.StringIO())
        text = str(caught.value)
        assert text.count("mssql.E011") == text.count("mssql.W009") == 1
        assert "DATABASES['wrong']: (mssql.E011) " in text
        assert "HINT: See docs/authentication.md." in text
        assert "2 issues" in text


EMBEDDED = """
INSTALLED_APPS = ["mssql"]
SECRET_KEY = "x"
DEBUG = False
USE_TZ = True
ROOT_URLCONF = "embedded_settings"
urlpatterns = []
SILENCED_SYSTEM_CHECKS = {silenced}
DATABASES = {{
    "default": {{"ENGINE": "mssql", "NAME": "app", "HOST": "{host}", "OPTIONS": {options}}},
}}
"""


@pytest.mark.parametrize(
    ("host", "arguments", "expected"),
    [
        ("(embedded)", ["--deploy"], 1),
        ("(embedded)", ["--deploy", "--tag", "security"], 1),
        ("(embedded)", ["--deploy", "--tag", "database"], 1),
        ("(embedded)", [], 0),
        ("db.example.com", ["--deploy"], 0),
    ],
)
def test_the_embedded_server_is_not_for_production(
    host: str, arguments: list[str], expected: int, tmp_path: Path
) -> None:
    for silenced in ([], ["mssql.E024"]):
        text = EMBEDDED.format(host=host, silenced=silenced, options={})
        (tmp_path / "embedded_settings.py").write_text(text)
        done = run_django(tmp_path, "check", "--settings=embedded_settings", *arguments)
        found = expected if not silenced else 0
        assert done.stderr.count("(mssql.E024)") == found
        assert done.returncode == found


TESTS = """
from django.conf import settings
from django.db import connection
from django.test import TestCase


class Tests(TestCase):
    def test_it(self):
        self.assertFalse(settings.DEBUG)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            self.assertEqual(cursor.fetchone(), (1,))
"""


def test_the_embedded_server_serves_tests(tmp_path: Path) -> None:
    """Of Django's runner, which turns DEBUG off and runs the checks, and of pytest-django."""
    options = {"embedded": {"data_dir": str(tmp_path / "server")}}
    text = EMBEDDED.format(host="(embedded)", silenced=[], options=options)
    (tmp_path / "embedded_settings.py").write_text(text)
    (tmp_path / "test_it.py").write_text(TESTS)
    done = run_django(tmp_path, "test", "--settings=embedded_settings", "test_it")
    assert (done.returncode, "OK" in done.stderr) == (0, True), done.stderr
    ds = ("-p", "no:cacheprovider", "--ds=embedded_settings", "-c", os.devnull, "test_it.py")
    done = run(tmp_path, "pytest", "-q", *ds)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


def run_django(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "django", *arguments)


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(folder), str(Path(checks.__file__).parents[1])))
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": path}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


PROJECT = """
INSTALLED_APPS = [{apps}]
USE_TZ = True
DATABASES = {{
    "default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "far": {{"ENGINE": "mssql", "NAME": "app", "OPTIONS": {{"authentication": "Msy"}}}},
}}
"""


@pytest.mark.parametrize(("apps", "arguments"), [("", ["--database", "far"]), ("'mssql'", [])])
def test_an_alias_beside_another_backends_default(
    apps: str, arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "far_settings.py").write_text(PROJECT.format(apps=apps))
    done = run_django(tmp_path, "check", "--settings=far_settings", *arguments)
    assert done.stderr.count("(mssql.E011)") == 1
    assert done.returncode == 1


def test_the_documentation_lists_every_id() -> None:
    root = Path(checks.__file__).parents[1]
    sources = [*root.glob("mssql/*.py"), *root.glob("mssql/config/*.py")]
    text = "".join(source.read_text() for source in sources)
    used = set(re.findall(r'"(?:mssql\.)?([EW]\d{3})"', text))
    section = (root / "docs" / "settings.md").read_text().partition("## System checks")[2]
    documented: set[str] = set()
    for line in re.findall(r"^\| mssql\.(.*?) \|", section, re.MULTILINE):
        for first, last in re.findall(r"([EW]\d+)(?: to ([EW]\d+))?", line):
            numbers = range(int(first[1:]), int((last or first)[1:]) + 1)
            documented |= {f"{first[0]}{number:03}" for number in numbers}
    assert documented == used
