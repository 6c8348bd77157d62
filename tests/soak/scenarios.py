"""Every scenario by its name: the functions, their settings, and their amounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.soak import crowds, cuts, hostile, memory, sign_ins, telemetry_texts, writers
from tests.soak.model import Context, Row


@dataclass(frozen=True)
class Scenario:
    """A scenario. `amount` is that of the full soak, of all drivers and pools together.

    `short` is that of the short form, `seconds` bounds each run of the full one. `has_driver`: it
    runs with both drivers, with their pools on and off.
    """

    run: Callable[[Context], Row]
    amount: int
    short: int
    seconds: float
    unit: str
    has_driver: bool = True


SCENARIOS: dict[str, Scenario] = {
    "sign-ins": Scenario(sign_ins.run, 10_000, 160, 60, "connections"),
    "statements": Scenario(memory.statements, 80_000, 1_600, 30, "statements"),
    "reconnects": Scenario(memory.reconnects, 10_000, 160, 30, "reconnects"),
    "cut logins": Scenario(cuts.logins, 40_000, 40, 40, "cuts"),
    "cut results": Scenario(cuts.results, 8_000, 60, 10, "cuts"),
    "cut commits": Scenario(cuts.commits, 8_000, 60, 8, "cuts"),
    "cut inserts": Scenario(cuts.inserts, 8_000, 60, 8, "cuts"),
    "killed writers": Scenario(writers.killed, 160, 8, 12, "kills"),
    "threads": Scenario(crowds.threads, 800, 80, 15, "threads"),
    "forks": Scenario(crowds.forks, 64, 16, 10, "children"),
    "texts": Scenario(telemetry_texts.texts, 1_000_000, 20_000, 110, "texts", False),
    "plans": Scenario(telemetry_texts.plans, 200_000, 1_000, 110, "plans", False),
    "traced statements": Scenario(memory.traced, 920_000, 10_000, 80, "statements", False),
    "malformed sessions": Scenario(hostile.sessions, 20_000, 400, 60, "sessions", False),
}
