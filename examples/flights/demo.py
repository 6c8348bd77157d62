"""``make demo``: everything that the demo needs, started, filled, visited, served and ended.

No password is involved: Django requests tokens from a local managed-identity endpoint, and the
embedded server trusts the endpoint's signatures.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from tds_embedded.identity import IdentityEndpoint
from tds_embedded.server import Endpoint, join_or_start

DATA = Path(__file__).parents[2] / ".demo"
ADMINISTRATOR = "demo"
STATEMENTS_SHOWN = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo, and return the exit code of the process."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, end)
    with ExitStack() as stack:
        try:
            run(options, stack)
        except KeyboardInterrupt:
            print()
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo ARGS=...", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do everything but serve")
    parser.add_argument("--observe", action="store_true", help="start Prometheus with the alerts")
    parser.add_argument("--port", type=int, default=8000, help="where to serve (default: 8000)")
    parser.add_argument("--data", type=Path, default=DATA, help="folder that keeps the data")
    return parser.parse_args(arguments)


def end(number: int, frame: FrameType | None) -> None:
    """End the demo as Ctrl-C does."""
    raise KeyboardInterrupt


def run(options: argparse.Namespace, stack: ExitStack) -> None:
    identity = stack.enter_context(IdentityEndpoint(options.data / "identity"))
    with step("Starting the embedded SQL Server"):
        endpoint = stack.enter_context(embedded_server(options.data))
    os.environ.update(environment(endpoint, identity.environment))

    # Django and its instrumented modules must be imported after the environment is complete.
    import django

    from examples.flights import telemetry

    prometheus = observe(options, stack) if options.observe else None
    store = telemetry.configure()
    django.setup()

    from mssql.telemetry import plans

    prepare()
    with step("Visiting every page"):
        from examples.flights.traffic import visit

        store.clear()
        visits = visit()
        plans.flush(30)
    summarize(store, visits, len(identity.requests))
    if prometheus:
        print(f"\nThe metrics   {prometheus}/graph\nThe alerts    {prometheus}/alerts")
    if not options.once:
        serve(options.port)


def observe(options: argparse.Namespace, stack: ExitStack) -> str:
    """Start Prometheus, and return its address."""
    from examples.flights import observation

    with step("Starting Prometheus"):
        target = observation.export_metrics()
        return stack.enter_context(observation.prometheus(options.data / "prometheus", target))


@contextmanager
def embedded_server(folder: Path) -> Iterator[Endpoint]:
    """Run the embedded server in a separate process, which ends with the block."""
    command = [sys.executable, "-m", "tds_embedded", "--data", str(folder)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process, which ends that one in its turn
    )
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise SystemExit("The embedded server did not start; its message is above.")
        yield join_or_start(folder)
    finally:
        process.terminate()
        process.wait()


def environment(endpoint: Endpoint, identity: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables for examples.flights.settings and azure-identity."""
    return {
        "DJANGO_SETTINGS_MODULE": "examples.flights.settings",
        "FLIGHTS_HOST": endpoint.host,
        "FLIGHTS_PORT": str(endpoint.port),
        "FLIGHTS_EXTRA_PARAMS": f"Encrypt=strict;ServerCertificate={endpoint.certificate}",
        **identity,
    }


def prepare() -> None:
    """Create the database, its tables, the data and an administrator if they are missing."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from opentelemetry import trace

    from examples.flights.loading import load

    tracer = trace.get_tracer("examples.flights")
    with tracer.start_as_current_span("prepare"):
        with step("Creating the tables"):
            create_database()
            call_command("migrate", verbosity=0)
        print("Loading the flights that left New York in 2013", flush=True)
        begin = time.monotonic()
        rows = load()
        seconds = time.monotonic() - begin
        if rows:
            print(f"  {rows:,} rows in {seconds:.0f} s: {rows / seconds:,.0f} rows a second")
        else:
            print("  already there")
        users = get_user_model()._default_manager
        if not users.filter(username=ADMINISTRATOR).exists():
            users.create(username=ADMINISTRATOR, is_staff=True, is_superuser=True)


def create_database() -> None:
    """Create the database if it does not exist."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT DB_ID(%s)", [name])
        if cursor.fetchone()[0] is None:
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")


def summarize(store: object, visits: int, tokens: int) -> None:
    """Print the slowest statements of the visits."""
    from mssql.telemetry.store import Store

    assert isinstance(store, Store)
    print(f"\n{visits} requests, {tokens} access tokens fetched. The slowest statements:\n")
    print(f"{'total ms':>9} {'count':>6} {'p95 ms':>8} {'rows':>7}  {'plan hash':<18}  statement")
    for statement in store.statements("total", STATEMENTS_SHOWN):
        print(
            f"{statement.total * 1000:>9.1f} {statement.count:>6} {statement.p95 * 1000:>8.1f} "
            f"{statement.rows:>7}  {statement.plan_hash or '-':<18}  {statement.name[:60]}"
        )


def serve(port: int) -> None:
    """Serve the site and the viewer until Ctrl-C."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    password = secrets.token_urlsafe(9)
    user = get_user_model()._default_manager.get(username=ADMINISTRATOR)
    user.set_password(password)
    user.save()
    print(f"\nThe site      http://127.0.0.1:{port}/")
    print(f"Its SQL       http://127.0.0.1:{port}/sql/")
    print(
        f"The admin     http://127.0.0.1:{port}/admin/  user {ADMINISTRATOR}, password {password}"
    )
    print("Ctrl-C ends everything.\n", flush=True)
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name of a step, then its duration."""
    print(f"{name} ...", end=" ", flush=True)
    begin = time.monotonic()
    yield
    print(f"{time.monotonic() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
