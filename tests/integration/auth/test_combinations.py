"""No combination of settings leads to keywords that the ODBC driver refuses together.

FA001 is "Cannot use Authentication option with Integrated Security option", FA005 "Cannot use
Access Token with any of the following options"; both would come out of the driver, untold by
`manage.py check`.
"""

from __future__ import annotations

import itertools
import re
import webbrowser
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import Error

from tds_embedded.identity import AUDIENCE, TENANT, IdentityEndpoint, Signer
from tds_embedded.server import Server
from tests.entra import CLIENT, SECRET, who
from tests.integration.auth.test_every_mode import local_browser

MODES = (
    *("", "SqlPassword", "ActiveDirectoryIntegrated", "ActiveDirectoryPassword"),
    *("ActiveDirectoryMsi", "ActiveDirectoryServicePrincipal", "ActiveDirectoryInteractive"),
)
CONNECTING = ("", *MODES[4:])  # the others have no such login, or need a real cloud
USERS = (("", ""), ("", SECRET), (CLIENT, ""), (CLIENT, SECRET))
EXTRAS = ("", "Trusted_Connection=yes", f"UID={CLIENT};PWD={SECRET}", "UID=;PWD=")
CLASH = re.compile(r"FA00\d|Cannot use (Authentication|Access Token)")


@pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")
@pytest.mark.parametrize("mode", MODES)
def test_settings_never_clash_in_the_driver(
    mode: str,
    app_service: IdentityEndpoint,
    signer: Signer,
    judging: Server,
    to_authority: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    connect: Any,
) -> None:
    app_service.users[CLIENT] = SECRET
    monkeypatch.setattr(webbrowser, "open", local_browser(app_service))
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    tenants = ("", TENANT) if mode == "ActiveDirectoryServicePrincipal" else ("",)
    connected, clashes = 0, []
    for (user, password), extra, given, by_option, tenant in itertools.product(
        USERS, EXTRAS, (None, token), (True, False), tenants
    ):
        if not mode and not by_option:
            continue  # the same once more
        options: dict[str, Any] = {"retry": {"deadline": 0}, "credential_options": to_authority}
        options["extra_params"] = extra
        if tenant:
            options["tenant_id"] = tenant
        if mode and by_option:
            options["authentication"] = mode
        elif mode:
            options["extra_params"] += f";Authentication={mode}"
        connection = connect(options, USER=user, PASSWORD=password, TOKEN=given)
        try:
            who(connection)
            connected += 1
        except (Error, ImproperlyConfigured) as refusal:
            if CLASH.search(str(refusal)):
                clashes.append((user, password, extra, given, options))
        connection.close()
    assert not clashes
    assert bool(connected) is (mode in CONNECTING)
