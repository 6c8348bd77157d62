"""Every fact is shown on the stand-in, or on the real server that MSSQL_TEST_HOST names."""

from __future__ import annotations

import importlib
import itertools
import os
import pkgutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import tests.facts
from tds_embedded.server import Server
from tests.facts.client import Answer, Client
from tests.facts.model import Fact, Step

NEWEST = "2025"  # the version that the recordings are of
MOST_UNSUPPORTED = 0.05
DOCUMENT = Path(__file__).parents[2] / "docs" / "embedded-server.md"
STATE = Step("batch", "SELECT @@TRANCOUNT, XACT_STATE()")
# Until a step in the background waits for a lock. PostgreSQL looks for deadlocks after a second, so
# the next step must come before.
WAIT_SECONDS = 0.3
numbers = itertools.count()


def facts_by_area() -> dict[str, list[Fact]]:
    """Return the facts of each module of this package that has some."""
    modules = {
        found.name: importlib.import_module(f"tests.facts.{found.name}")
        for found in pkgutil.iter_modules(tests.facts.__path__)
        if not found.name.startswith("test_")
    }
    return {name: list(m.FACTS) for name, m in sorted(modules.items()) if hasattr(m, "FACTS")}


FACTS = [
    pytest.param(
        fact,
        id=f"{area}: {fact.sentence}",
        marks=[pytest.mark.bad_grammar] if fact.bad_grammar else [],
    )
    for area, facts in facts_by_area().items()
    for fact in facts
]


@dataclass
class Target:
    """The server of the facts."""

    host: str
    port: int
    user: str
    password: str
    is_real: bool

    def client(self, database: str) -> Client:
        """Return a new connection."""
        return Client(self.host, self.port, self.user, self.password, database)


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest) -> Target:
    """The real server of MSSQL_TEST_HOST, otherwise the stand-in as the newest version."""
    if host := os.environ.get("MSSQL_TEST_HOST"):
        port = int(os.environ.get("MSSQL_TEST_PORT") or 1433)
        user, password = os.environ["MSSQL_TEST_USER"], os.environ["MSSQL_TEST_PASSWORD"]
        return Target(host, port, user, password, is_real=True)
    server_as: Callable[[str], Server] = request.getfixturevalue("server_as")
    endpoint = server_as(NEWEST).endpoint
    return Target(endpoint.host, endpoint.port, endpoint.user, endpoint.password, is_real=False)


@pytest.fixture(scope="module")
def master(target: Target) -> Iterator[Client]:
    """A connection that creates and drops the databases of the facts."""
    with closing(target.client("master")) as client:
        yield client


@pytest.fixture(scope="module")
def real_version(target: Target, master: Client) -> str:
    """The year of the real server; of the stand-in, the newest."""
    if not target.is_real:
        return NEWEST
    answer = master.batch("SELECT CAST(SERVERPROPERTY('ProductMajorVersion') AS int)")
    return {13: "2016", 14: "2017", 15: "2019", 16: "2022"}.get(answer.sets[0][0][0], NEWEST)


@pytest.fixture
def database(request: pytest.FixtureRequest, master: Client) -> Iterator[str]:
    """A new database for a fact that may change it permanently, otherwise tempdb."""
    fact: Fact = request.getfixturevalue("fact")
    if not fact.needs_database:
        yield "tempdb"
        return
    name = f"fact_{os.getpid()}_{next(numbers)}"
    assert not master.batch(f"CREATE DATABASE [{name}]").errors
    yield name
    master.batch(f"DROP DATABASE [{name}]")


class Conversation:
    """The connections of a fact, and the steps that still run on them."""

    def __init__(self, target: Target, database: str, stack: ExitStack) -> None:
        self._target, self._database, self._stack = target, database, stack
        self._clients: dict[int, Client] = {}
        self._waiting: dict[int, Callable[[], None]] = {}

    def send(self, step: Step) -> Answer:
        """Return the answer to a step; that of one in the background is filled in later."""
        client = self._client(step.conn)
        if not step.background:
            return client.send(step)
        answer = Answer()

        def run() -> None:
            answer.__dict__.update(client.send(step).__dict__)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(WAIT_SECONDS)
        self._waiting[step.conn] = thread.join
        return answer

    def settle(self) -> None:
        """Wait for the steps that still run."""
        for number in list(self._waiting):
            self._waiting.pop(number)()

    def _client(self, number: int) -> Client:
        if wait := self._waiting.pop(number, None):
            wait()
        if number not in self._clients:
            client = self._target.client(self._database)
            self._clients[number] = self._stack.enter_context(closing(client))
        return self._clients[number]


@pytest.mark.parametrize("fact", FACTS)
def test_the_server_answers_as_recorded(
    fact: Fact, target: Target, database: str, real_version: str
) -> None:
    if target.is_real and fact.since > real_version:
        pytest.skip(f"since SQL Server {fact.since}")
    with ExitStack() as stack:
        conversation = Conversation(target, database, stack)
        answers = [(step, conversation.send(step)) for step in fact.steps]
        conversation.settle()
        state = conversation.send(STATE)
    if fact.unsupported and not target.is_real:
        refusals = {number for _, answer in answers for number, *_ in answer.errors}
        assert fact.unsupported in refusals, "the stand-in supports it now"
        return
    differences = [
        f"{step}: {line}" for step, answer in answers for line in answer.differences(step)
    ]
    assert not differences, "\n".join([fact.source, *differences])
    assert state.sets == [[list(fact.after)]], "@@TRANCOUNT and XACT_STATE() at the end"


def test_the_stand_in_refuses_few_of_them() -> None:
    facts = list(itertools.chain(*facts_by_area().values()))
    refused = [fact.sentence for fact in facts if fact.unsupported]
    assert len(refused) <= MOST_UNSUPPORTED * len(facts), refused


def test_the_documentation_counts_them() -> None:
    rows = [
        f"| {area} | {len(facts)} | {sum(1 for fact in facts if not fact.unsupported)} "
        f"| {sum(1 for fact in facts if fact.unsupported)} |"
        for area, facts in facts_by_area().items()
    ]
    documented = DOCUMENT.read_text(encoding="utf-8")
    assert [row for row in rows if row not in documented] == []


def test_no_fact_is_told_twice() -> None:
    sentences = Counter(fact.sentence for facts in facts_by_area().values() for fact in facts)
    assert [sentence for sentence, count in sentences.items() if count > 1] == []
