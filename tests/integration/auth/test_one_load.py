"""One connect reads the settings once: no part of it reads or decides them again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mssql.auth import clouds, identities, modes
from mssql.config import connection_string, loading
from tds_embedded.identity import TENANT, IdentityEndpoint
from tests.entra import CLIENT, SECRET, who

ONCE = {
    "load": 1,
    "parse": 1,
    "sign_in": 1,
    "find": 1,
    "identity_of": 1,
    "of": 1,  # the cloud
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the calls of all that reads settings or decides by them."""
    counts: Counter[str] = Counter()

    def count(module: Any, name: str) -> None:
        function = getattr(module, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            counts[name] += 1
            return function(*arguments, **options)

        monkeypatch.setattr(module, name, counted)

    for module, name in (
        (loading, "load"),
        (connection_string, "parse"),
        (loading, "sign_in"),
        (modes, "find"),
        (identities, "identity_of"),
        (clouds, "of"),
    ):
        count(module, name)
    return counts


def test_a_service_principal(
    endpoint: IdentityEndpoint, to_authority: Any, connect: Any, calls: Counter[str]
) -> None:
    connection = connect(
        {
            "authentication": "ActiveDirectoryServicePrincipal",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "credential_options": to_authority,
        }
    )
    assert who(connection) == f"{CLIENT}@{TENANT}"
    assert calls == ONCE
    connection.close()
    assert who(connection) == f"{CLIENT}@{TENANT}"
    assert calls == {name: 2 * count for name, count in ONCE.items()}


def test_a_token(connect: Any, signer: Any, calls: Counter[str]) -> None:
    token = signer.sign(CLIENT, "https://database.windows.net/", 3600)
    assert who(connect(TOKEN=token)) == f"{CLIENT}@{TENANT}"
    assert (calls["load"], calls["parse"], calls["sign_in"], calls["of"]) == (1, 1, 1, 1)
