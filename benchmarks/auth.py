"""Cost of an access token for a new connection, and the number of requests for tokens.

The costs are those of this backend, of a credential built for each connection, as the forks of
mssql-django do, and of mssql-python's own Authentication=ActiveDirectoryMSI, compared with a whole
login with TLS. All of them use the same local identity endpoint in one run; a real one is farther
away. The requests are counted exactly, on a clock that runs fast: three lifetimes of a token of an
hour take half a minute.

    python -m benchmarks.auth
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from timeit import timeit
from typing import Any

import django
from django.conf import settings

from tds_embedded.identity import IdentityEndpoint, Signer
from tds_embedded.server import Server

ROUNDS = 5
CONNECTIONS, THREADS, LIFETIMES, LIFETIME = 10_000, 32, 3, 3600
SPEED = 360  # seconds of the fast clock in a second
SCOPE = "https://database.windows.net/.default"

Run = Callable[[], object]


class Clock:
    """time.time() for everybody, which can be let run faster."""

    def __init__(self) -> None:
        self._real = time.time
        self._since, self._from, self._speed = self._real(), self._real(), 1

    def __call__(self) -> float:
        return self._from + (self._real() - self._since) * self._speed

    def run(self, speed: int) -> None:
        self._from, self._since, self._speed = self(), self._real(), speed


clock = Clock()


def database(server: Server, **options: Any) -> Any:
    """A connection of Django's to the server, which signs in with a managed identity."""
    from mssql.base import DatabaseWrapper

    settings_dict = {
        "ENGINE": "mssql",
        "NAME": "master",
        "HOST": f"127.0.0.1,{server.port}",
        "USER": "",
        "PASSWORD": "",
        "TIME_ZONE": None,
        "AUTOCOMMIT": True,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "TOKEN": None,
        "OPTIONS": {
            "authentication": "ActiveDirectoryMSI",
            "extra_params": f"Encrypt=strict;ServerCertificate={server.certificate}",
            **options,
        },
    }
    return DatabaseWrapper(settings_dict, "default")


def backend_token(server: Server) -> Run:
    """Return a function that gets a token as the backend does when it connects."""
    from mssql.config.loading import load

    sign_in = load(database(server).settings_dict, "default").require().sign_in

    def run() -> object:
        source = sign_in.token_source()
        return source.token() if source else None

    return run


def credential_each_time() -> object:
    from azure.identity import ManagedIdentityCredential

    return ManagedIdentityCredential().get_token(SCOPE)


def mssql_python_token() -> object:
    from mssql_python import auth

    return auth.get_auth_token_info("msi", None)


def login(server: Server) -> Run:
    """A login with TLS and a token through pyodbc, and nothing after it."""
    from mssql.config.loading import load
    from mssql.config.target import target

    connection = database(server)
    config = load(connection.settings_dict, "default").require()
    source = config.sign_in.token_source()
    assert source is not None
    token = source.token()

    def run() -> None:
        connection.driver.connect(target(config, token)).close()

    return run


def costs(server: Server) -> None:
    runs: dict[str, tuple[Run, int]] = {
        "this backend": (backend_token(server), 300),
        "mssql-python's own": (mssql_python_token, 100),
        "a credential for each connection": (credential_each_time, 5),
        "TLS and login, without the token": (login(server), 10),
    }
    best = dict.fromkeys(runs, float("inf"))
    for run, _ in runs.values():
        run()
    for _ in range(ROUNDS):
        for name, (run, times) in runs.items():
            best[name] = min(best[name], timeit(run, number=times) / times * 1e6)
    ours, whole = best["this backend"], best["TLS and login, without the token"]
    print(f"{'token for a new connection':<36}{'microseconds':>14}{'ratio':>10}{'of a login':>12}")
    for name, time_taken in best.items():
        print(f"{name:<36}{time_taken:14.1f}{time_taken / ours:10.1f}{time_taken / whole:12.2%}")


def in_threads(ask: Run, connections: int, seconds: float) -> Counter[str]:
    """Asks from all threads, evenly over the time; the failures by their texts."""
    failures: Counter[str] = Counter()
    end = time.monotonic() + seconds
    share = connections // THREADS
    gate = threading.Barrier(THREADS)

    def work(count: int) -> None:
        gate.wait()
        for number in range(count):
            time.sleep(max(0.0, end - seconds + seconds * number / count - time.monotonic()))
            try:
                ask()
            except Exception as error:  # noqa: BLE001 - counted
                failures[str(error)] += 1

    counts = [share + (number < connections % THREADS) for number in range(THREADS)]
    threads = [threading.Thread(target=work, args=(count,)) for count in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def requests(server: Server, endpoint: IdentityEndpoint) -> None:
    """The endpoint's own count."""

    from mssql_python import auth

    from mssql.auth import credentials

    auth._credential_cache.clear()
    clock.run(SPEED)
    print(f"\n{THREADS} threads, {LIFETIMES} lifetimes of a token")
    print(f"{'':<36}{'connections':>12}{'requests':>10}{'failures':>10}")
    sources: dict[str, tuple[Callable[[], Run], int]] = {
        "this backend": (lambda: backend_token(server), CONNECTIONS),
        "mssql-python's own": (lambda: mssql_python_token, CONNECTIONS),
        # Fewer: each builds its credential, which would keep the processor busy for minutes.
        "a credential for each connection": (lambda: credential_each_time, CONNECTIONS // 20),
    }
    for name, (make, connections) in sources.items():
        credentials._sources.clear()
        ask = make()
        endpoint.requests.clear()
        failures = in_threads(ask, connections, LIFETIMES * LIFETIME / SPEED)
        time.sleep(0.5)  # for a renewal in progress
        print(f"{name:<36}{connections:12,}{len(endpoint.requests):10,}{sum(failures.values()):10}")
        for text, count in failures.most_common(3):
            print(f"    {count} times: {text}")


def main() -> None:
    time.time = clock  # before any module imports it
    settings.configure(USE_TZ=True)
    django.setup()
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder as path, IdentityEndpoint(lifetime=LIFETIME) as endpoint:
        endpoint.signer = Signer(clock=clock)
        os.environ.update(endpoint.environment)
        with Server(Path(path), identity=endpoint.signer.verifier()) as server:
            costs(server)
            requests(server, endpoint)


if __name__ == "__main__":
    main()
