"""Number of round trips to the server, here and with mssql-django: exact counts.

    python -m benchmarks.round_trips

Both backends provide the package `mssql`, so each runs in a separate process: mssql-django in a
virtual environment that exists during the run only. Both talk to one embedded
server, whose recorder counts every message that waited for an answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import django
import pyodbc

from mssql.drivers.discovery import DRIVER_18, wheel_driver
from tds_embedded.recorder import Capture
from tds_embedded.server import Server

PEER = "mssql-django==2.0.0"
TASKS = {
    "connect and the first query": """
        list(Thing.objects.filter(name="a"))
    """,
    "a further query": """
        list(Thing.objects.filter(name="b"))
    """,
    "atomic block with a savepoint, two inserts": """
        with transaction.atomic():
            Thing.objects.create(name="c")
            with transaction.atomic():
                Thing.objects.create(name="d")
    """,
    "bulk_create of 1,000 rows with their keys": """
        Thing.objects.bulk_create([Thing(name=str(n)) for n in range(1000)])
    """,
    "a connection's end": """
        connection.close()
    """,
}
PROGRAM = """
import json, sys
import django
from django.conf import settings
settings.configure(DATABASES={"default": json.loads(sys.argv[1])}, INSTALLED_APPS=[],
                   DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()
from django.db import connection, models, transaction
class Thing(models.Model):
    name = models.CharField(max_length=40)
    class Meta:
        app_label = "benchmark"
def create():
    with connection.schema_editor() as editor:
        editor.create_model(Thing)
    connection.close()
tasks = json.loads(sys.argv[2])
create()
print("ready", flush=True)
for code in tasks:
    sys.stdin.readline()
    exec(code)
    print("done", flush=True)
"""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder, "data")) as server:
        register_driver(Path(folder))
        ours = measure(server, Path(sys.executable), "ours")
        theirs = measure(server, peer(Path(folder, "peer")), "theirs")
    print(f"Round trips, Django {django.get_version()}, counted by the embedded server\n")
    print(f"{'':<45} {'here':>6} {PEER:>21}")
    for name in TASKS:
        print(f"{name:<45} {ours[name]:>6} {theirs[name]:>21}")


def register_driver(folder: Path) -> None:
    """Register the driver in mssql-python-odbc by name: mssql-django does not support paths.

    The processes that are measured inherit the environment.
    """
    Path(folder, "odbcinst.ini").write_text(f"[{DRIVER_18}]\nDriver={wheel_driver()}\n")
    os.environ["ODBCSYSINI"] = str(folder)


def peer(folder: Path) -> Path:
    """The Python of a new virtual environment that has mssql-django."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    packages = [PEER, f"Django=={django.get_version()}"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def measure(server: Server, python: Path, database: str) -> dict[str, int]:
    """The round trips of each task, in a new database."""
    endpoint = server.endpoint
    extra = f"Encrypt=strict;ServerCertificate={endpoint.certificate}"
    settings = {
        "ENGINE": "mssql",
        "NAME": database,
        "HOST": endpoint.host,
        "PORT": str(endpoint.port),
        "USER": endpoint.user,
        "PASSWORD": endpoint.password,
        "OPTIONS": {"driver": DRIVER_18, "extra_params": extra},
    }
    create_database(settings, extra)
    counts = {}
    with running(python, settings) as process:
        for name in TASKS:
            with server.recorder.capture() as capture:
                step(process)
            counts[name] = count(capture)
    return counts


def create_database(settings: Mapping[str, object], extra: str) -> None:
    connection = pyodbc.connect(
        f"Driver={wheel_driver()};Server=tcp:{settings['HOST']},{settings['PORT']};"
        f"UID={settings['USER']};PWD={settings['PASSWORD']};{extra}",
        autocommit=True,
    )
    connection.execute(f"CREATE DATABASE [{settings['NAME']}]")
    connection.close()


def count(capture: Capture) -> int:
    """The messages that were answered, and a login as one."""
    return capture.round_trips + capture.count("login")


@contextmanager
def running(python: Path, settings: Mapping[str, object]) -> Iterator[subprocess.Popen[str]]:
    """A process that does one task for each line it is sent."""
    tasks = [textwrap.dedent(code) for code in TASKS.values()]
    command = [str(python), "-I", "-c", PROGRAM, json.dumps(settings), json.dumps(tasks)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        expect(process, "ready")
        yield process
        assert process.stdin is not None
        process.stdin.close()


def step(process: subprocess.Popen[str]) -> None:
    """Have one task done."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    expect(process, "done")


def expect(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if line != word:
        raise SystemExit(f"The backend failed: expected {word!r}, got {line!r}")


if __name__ == "__main__":
    main()
