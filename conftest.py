"""The server of the tests, and the judge of the statements that they send.

The embedded server runs in this process, on a free port, unless MSSQL_TEST_HOST names another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings

from tds_embedded.server import Endpoint, Server, join_or_start
from tests import truth
from tests.grammar import Judge

# A busy machine is not a failure.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy")

# Fixtures of several rooms of the tests.
pytest_plugins = ["tests.entra", "tests.sdk"]

# A test needs the server if it stands in one of these folders or requests one of these fixtures.
SERVED = tuple(
    Path(__file__).parent / "tests" / room for room in ("integration", "facts", "conformance")
)
SERVERS = {"server", "server_as", "server_apart", "db", "transactional_db"}

judge = Judge()
server_key = pytest.StashKey[Server]()
refusals_key = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "bad_grammar: sends T-SQL on purpose that SQL Server's grammar refuses"
    )
    config.addinivalue_line(
        "markers", "server: needs a SQL Server or the embedded one; set on collection"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a server, before `-m` selects by the mark."""
    for item in items:
        names = SERVERS & set(getattr(item, "fixturenames", ()))
        if names or any(folder in item.path.parents for folder in SERVED):
            item.add_marker(pytest.mark.server)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the server before Django's connections are used for the first time."""
    if session.config.option.collectonly or os.environ.get("MSSQL_TEST_HOST"):
        return
    if not any(item.get_closest_marker("server") for item in session.items):
        return
    stack = ExitStack()
    session.config.add_cleanup(stack.close)
    server = session.config.stash[server_key] = start("2022", stack)
    endpoint = server.endpoint
    database = settings.DATABASES["default"]
    database.update(
        HOST=endpoint.host,
        PORT=str(endpoint.port),
        USER=endpoint.user,
        PASSWORD=endpoint.password,
    )
    trusted = f"Encrypt=strict;ServerCertificate={endpoint.certificate}"
    database["OPTIONS"]["extra_params"] = trusted


def start(product: str, stack: ExitStack) -> Server:
    """Start a server with a separate folder, whose statements are judged; `stack` ends it."""
    folder = tempfile.TemporaryDirectory(prefix="mssql-tests-", ignore_cleanup_errors=True)
    stack.enter_context(folder)
    server = stack.enter_context(Server(Path(folder.name), product=product))
    stack.enter_context(judge.watch(server))
    return server


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """The embedded server; a test with this fixture is skipped on a real server."""
    server = request.config.stash.get(server_key, None)
    if server is None:
        pytest.skip("needs the embedded server")
    return server


@pytest.fixture(scope="session")
def server_as() -> Iterator[Callable[[str], Server]]:
    """Gives the embedded server of another product: ``server_as("2016")``."""
    servers: dict[str, Server] = {}
    with ExitStack() as stack:

        def find(product: str) -> Server:
            if product not in servers:
                servers[product] = start(product, stack)
            return servers[product]

        yield find


@pytest.fixture(scope="session")
def server_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An embedded server in a separate process.

    pyodbc's fast_executemany requests the parameters' types from the server while it owns the
    interpreter's lock, so a server in the same process could never answer.
    """
    folder = tmp_path_factory.mktemp("apart")
    command = [sys.executable, "-m", "tds_embedded", "--data", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), "the server did not start"
        try:
            yield join_or_start(folder)
        finally:
            process.terminate()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Collect the statements of each test, its fixtures included."""
    result = yield
    judge.collect(item.nodeid, bad_on_purpose=item.get_closest_marker("bad_grammar") is not None)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if Microsoft's grammar refuses a statement, or docs/truth.md proves it not."""
    unproven = [
        f"{name}: docs/truth.md names no page that proves it; sent by {test}"
        for name, test in truth.unproven(judge.of_the_backend()).items()
    ]
    refused = session.config.stash[refusals_key] = judge.refusals() + unproven
    if refused:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    refused = terminalreporter.config.stash.get(refusals_key, [])
    terminalreporter.write_line(
        f"{len(judge.statements)} distinct statements judged by Microsoft's grammar, "
        f"{len(refused)} refused"
    )
    for line in refused:
        terminalreporter.write_line(line, red=True)
