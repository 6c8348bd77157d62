"""A fact: a short script, and the answers of a real SQL Server to each of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Row = Sequence[Any]
ErrorNumber = int | tuple[int, int]  # with its state, if that matters
ParameterValue = tuple[str, Any]  # the declared type and the value


@dataclass(frozen=True)
class Step:
    """A request, and the answer to it.

    `errors` are all ERROR tokens in their order. `sets` are the result sets; in a step that fails
    only those with rows count, because an empty one may precede a run-time error.
    """

    kind: Literal["batch", "rpc", "begin", "commit", "rollback", "save"]
    text: str = ""  # the statements, or the name of a savepoint
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    sets: Sequence[Sequence[Row]] = ()
    unordered: bool = False
    errors: Sequence[ErrorNumber] = ()
    messages: Sequence[str] = ()  # texts that some of the ERROR tokens have
    conn: int = 1
    background: bool = False

    def __str__(self) -> str:
        return self.text if self.kind in ("batch", "rpc") else f"{self.kind} {self.text}".strip()


@dataclass(frozen=True)
class Fact:
    """A behaviour of SQL Server in one sentence, and the steps that prove it.

    Parameters:
        sentence: what SQL Server does.
        source: the recording, or Microsoft's page, that it was read from.
        steps: what is sent, with the answers.
        after: @@TRANCOUNT and XACT_STATE() of the first connection at the end.
        since: the first version of SQL Server that has the feature, "azure" for Azure alone.
        unsupported: the number with which the stand-in refuses one of the steps.
        bad_grammar: sends on purpose what Microsoft's grammar refuses.
    """

    sentence: str
    source: str
    steps: Sequence[Step]
    after: tuple[int, int] = (0, 0)
    since: str = "2016"
    unsupported: int | None = None
    bad_grammar: bool = False

    @property
    def needs_database(self) -> bool:
        """Whether the steps may change their database permanently."""
        return not all(
            step.kind in ("batch", "rpc") and step.text.lstrip().upper().startswith("SELECT")
            for step in self.steps
        )


def _step(
    kind: Literal["batch", "rpc"],
    text: str,
    parameters: Mapping[str, ParameterValue],
    rows: Sequence[Row] | None,
    sets: Sequence[Sequence[Row]],
    **rest: Any,
) -> Step:
    return Step(kind, text, parameters, sets if rows is None else [rows], **rest)


def batch(
    text: str, *, rows: Sequence[Row] | None = None, sets: Sequence[Sequence[Row]] = (), **rest: Any
) -> Step:
    """Return a batch; `rows` are those of its only result set, `sets` those of several.

    Other keywords: errors, messages, unordered, conn, background; see `Step`.
    """
    return _step("batch", text, {}, rows, sets, **rest)


def rpc(
    text: str,
    parameters: Mapping[str, ParameterValue] | None = None,
    *,
    rows: Sequence[Row] | None = None,
    sets: Sequence[Sequence[Row]] = (),
    **rest: Any,
) -> Step:
    """Return a call of sp_executesql; a parameter is its declared type and its value."""
    return _step("rpc", text, parameters or {}, rows, sets, **rest)


def tm(
    kind: Literal["begin", "commit", "rollback", "save"],
    savepoint: str = "",
    *,
    errors: Sequence[ErrorNumber] = (),
    conn: int = 1,
) -> Step:
    """Return a transaction manager request (MS-TDS 2.2.6.9), as ODBC sends them."""
    return Step(kind, savepoint, errors=errors, conn=conn)
