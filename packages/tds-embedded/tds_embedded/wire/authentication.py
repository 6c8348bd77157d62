"""Who may log in: names with passwords, and bearers of access tokens.

Follows "MSSQLSERVER_18456", whose states are causes,
https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-18456-database-engine-error
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from tds_embedded.errors import error
from tds_embedded.wire.login import LoginRequest
from tds_embedded.wire.requests import Login, TokenVerifier

UNKNOWN_LOGIN = 5
WRONG_PASSWORD = 8
NO_FEDERATED_LOGINS = 1
TOKEN_USER = "<token-identified principal>"  # noqa: S105  SQL Server's wording


class Logins:
    """The SQL logins with their passwords, and the judge of access tokens, if there is one.

    `passwords` may change meanwhile (CREATE LOGIN).
    """

    def __init__(self, passwords: Mapping[str, str], identity: TokenVerifier | None = None) -> None:
        self._passwords = passwords
        self._identity = identity

    def authenticate(self, request: LoginRequest, address: str) -> Login:
        """Return the login of a client that has proved who it is.

        Raises SqlServerError: 18456 (with the cause as its state, which a real server shows only in
        its log), 18452 for integrated security, 40514 for other methods.
        """
        token = request.access_token()
        claims = None
        if token is not None:
            user, claims = self._bearer(token)
        elif request.integrated_security:
            raise error(18452)
        elif request.change_password:
            raise error(40514, "Changing the password at login")
        else:
            user = self._by_password(request.user, request.password)
        return Login(
            user=user,
            database=request.database,
            app_name=request.app_name,
            host_name=request.host_name,
            client=request.client,
            client_address=address,
            client_process=request.client_process,
            language=request.language or "us_english",
            read_only_intent=request.read_only_intent,
            odbc=request.odbc,
            claims=claims,
        )

    def _by_password(self, user: str, password: str) -> str:
        name = next((name for name in list(self._passwords) if name.lower() == user.lower()), "")
        expected = self._passwords.get(name)
        if expected is None:
            raise error(18456, user, state=UNKNOWN_LOGIN)
        if not hmac.compare_digest(expected.encode(), password.encode()):
            raise error(18456, user, state=WRONG_PASSWORD)
        return name

    def _bearer(self, token: str) -> tuple[str, Mapping[str, Any]]:
        if self._identity is None:
            raise error(18456, TOKEN_USER, state=NO_FEDERATED_LOGINS)
        claims = self._identity.verify(token)
        return str(claims["login"]), claims
