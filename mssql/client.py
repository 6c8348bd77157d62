"""`manage.py dbshell`: sqlcmd, the new one (go-sqlcmd) or the one of Microsoft's ODBC tools.

Follows https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility
"""

from __future__ import annotations

import os
import subprocess
from typing import Any, Iterable, Mapping

from django.db.backends.base.client import BaseDatabaseClient

from mssql.auth import credentials, modes
from mssql.config.settings import ConnectionSettings, read
from mssql.drivers.embedded import resolve


class DatabaseClient(BaseDatabaseClient):
    """Starts sqlcmd with the settings of a database. No secret is among its arguments."""

    executable_name = "sqlcmd"

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: Mapping[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """The command line and the environment variables that it needs besides."""
        settings = resolve(read(settings_dict, ""))
        args = [cls.executable_name, "-S", settings.server, "-d", settings.database]
        environment: dict[str, str] = {}
        sign_in, secret = _sign_in(settings)
        if secret:
            environment["SQLCMDPASSWORD"] = secret
        return [*args, *sign_in, *_encryption(settings), *parameters], environment or None

    def runshell(self, parameters: Iterable[str]) -> None:
        """Run sqlcmd until it ends; the password goes by its environment."""
        args, environment = self.settings_to_cmd_args_env(self.connection.settings_dict, parameters)
        subprocess.run(args, env={**os.environ, **(environment or {})}, check=True)  # noqa: S603


def _sign_in(settings: ConnectionSettings) -> tuple[list[str], str]:
    """The arguments that say who signs in, and the secret for the environment."""
    if settings.authentication:
        mode = modes.find(settings.authentication)
        if not mode.needs_token:
            method = mode.keyword
            user, secret = settings.user, settings.password
        else:
            known = credentials.identity(mode, settings.address, settings.sign_in)
            named = known.arguments
            method = _GO_SQLCMD.get(mode.credential, "ActiveDirectoryDefault")
            user = str(
                named.get("USER") or named.get("client_id") or named.get("resource_id") or ""
            )
            if user and named.get("tenant_id") and "USER" not in named:
                user = f"{user}@{named['tenant_id']}"
            secret = str(named.get("PASSWORD") or "")
            if mode.credential == "ClientSecretCredential":
                secret = str(known.parameters().get("client_secret") or "")
        return [f"--authentication-method={method}", *(["-U", user] if user else [])], secret
    if settings.token or settings.options.get("credential"):
        return ["--authentication-method=ActiveDirectoryDefault"], ""
    if settings.user:
        return ["-U", settings.user], settings.password
    return ["-E"], ""


# go-sqlcmd signs in by itself; the sqlcmd of the ODBC tools knows -G only, for a user's own login.
_GO_SQLCMD = {
    "ManagedIdentityCredential": "ActiveDirectoryManagedIdentity",
    "ClientSecretCredential": "ActiveDirectoryServicePrincipal",
    "InteractiveBrowserCredential": "ActiveDirectoryInteractive",
    "AzureCliCredential": "ActiveDirectoryAzCli",
    "DeviceCodeCredential": "ActiveDirectoryDeviceCode",
    "UsernamePasswordCredential": "ActiveDirectoryPassword",
    "WorkloadIdentityCredential": "ActiveDirectoryWorkloadIdentity",
}


def _encryption(settings: ConnectionSettings) -> list[str]:
    args = []
    encrypt = settings.extra.get("Encrypt")
    if encrypt:
        short = {"strict": "s", "no": "o", "optional": "o", "false": "o"}
        args.append(f"-N{short.get(encrypt.lower(), 'm')}")
    if (settings.extra.get("TrustServerCertificate") or "no").lower() in ("yes", "true"):
        args.append("-C")
    return args
