"""The stand-in's HTTP requests, its answers, and the faults of an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request: `path` without its query, header names in lower case."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def tenant(self) -> str:
        """The first part of the path of an authority's address."""
        return self.path.split("/")[1]


@dataclass(frozen=True)
class Answer:
    """A response. `body` is sent as JSON unless it is text already."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Refusal(Exception):
    """A request that the stand-in does not grant; `answer` has the reason, in Entra's form."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.answer = Answer({"error": error, "error_description": description}, status)


@dataclass(frozen=True)
class TokenRequest:
    """A request for a token that the stand-in has answered.

    `kind` is the endpoint, the program or the grant: "app_service", "imds", "azure_ml",
    "azure_arc", "cloud_shell", "service_fabric", "az", "azd", "pwsh", or an OAuth grant such as
    "client_credentials". `client` is "" for the system's identity. `proof` is the kind of an
    application's proof: "secret", "certificate" or "federated".
    """

    kind: str
    client: str
    audience: str
    status: int
    proof: str = ""


@dataclass(frozen=True)
class Trouble:
    """The faults of an answer.

    `claims` are put into the token; with `keeps_expiry` the answer does not repeat their `exp`.
    `body` replaces the whole answer.
    """

    status: int = 200
    delay: float = 0  # seconds
    claims: Mapping[str, Any] = field(default_factory=dict)
    keeps_expiry: bool = False
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grant:
    """A token that may be issued: to the application `client` or, if `user` is set, for a user."""

    kind: str
    client: str
    audience: str
    asked_for: str = ""  # the name of a managed identity in the request
    user: str = ""
    nonce: str | None = None
    proof: str = ""
    with_id_token: bool = False
