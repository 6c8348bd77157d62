"""The first steps of a project on an installed package: check, migrate, a query, its span.

    python -I first_steps.py [--server-python PYTHON]

runs in the environment that is to be tried. The embedded server needs Python 3.10: for an older
one, --server-python names an interpreter of an environment in which it is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator

import django
from django.conf import settings
from django.core.management import call_command
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import mssql

NAME = "first_steps"
FIND_DRIVER = "from mssql.drivers.discovery import wheel_driver; print(wheel_driver())"


def main() -> None:
    """Raise SystemExit with the reason if a step fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server-python", default=sys.executable)
    options = parser.parse_args()
    if Path(sys.prefix).resolve() not in Path(mssql.__file__).resolve().parents:
        raise SystemExit(f"mssql was imported from {mssql.__file__}, not from this environment")
    spans = recorded_spans()
    with server(options.server_python) as endpoint:
        configure(endpoint, driver=odbc_driver(options.server_python))
        take_steps()
    names = [span.name for span in spans.get_finished_spans()]
    if not any(name.startswith("SELECT") and "auth_user" in name for name in names):
        raise SystemExit(f"the query has no span; spans: {names[-10:]}")
    print(
        f"django-mssql-otel {mssql.__version__}, Django {django.get_version()}, "
        f"Python {sys.version_info[0]}.{sys.version_info[1]}: all steps taken"
    )


def recorded_spans() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@contextlib.contextmanager
def server(python: str) -> Iterator[dict[str, Any]]:
    """Run an embedded server; yield its endpoint."""
    with tempfile.TemporaryDirectory(prefix="first-steps-") as folder:
        command = [python, "-I", "-m", "tds_embedded", "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise SystemExit("the embedded server did not start")
            endpoint = json.loads(Path(folder, "server.json").read_text())
            yield {**endpoint, "password": Path(folder, "sa-password").read_text().strip()}
        finally:
            django.db.connections.close_all()
            process.terminate()
            process.communicate()


def odbc_driver(python: str) -> str:
    """Return the path of the ODBC driver that the embedded server installs."""
    command = [python, "-I", "-c", FIND_DRIVER]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def configure(endpoint: dict[str, Any], driver: str) -> None:
    encryption = f"Encrypt=strict;ServerCertificate={endpoint['certificate']}"
    common = {
        "ENGINE": "mssql",
        "HOST": endpoint["host"],
        "PORT": str(endpoint["port"]),
        "USER": endpoint["user"],
        "PASSWORD": endpoint["password"],
        "OPTIONS": {"driver": driver, "extra_params": encryption},
    }
    settings.configure(
        SECRET_KEY="for the first steps only",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "mssql"],
        DATABASES={
            "default": {**common, "NAME": NAME},
            "server": {**common, "NAME": "master"},
        },
    )
    django.setup()


def take_steps() -> None:
    connection = django.db.connections["server"]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(NAME)}")
    call_command("check", databases=["default"])
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    User.objects.create_user("ann")
    if list(User.objects.values_list("username", flat=True)) != ["ann"]:
        raise SystemExit("the row that was written was not read")


if __name__ == "__main__":
    main()
