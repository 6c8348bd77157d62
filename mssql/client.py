"""`manage.py dbshell`: sqlcmd, either go-sqlcmd or that of Microsoft's tools for ODBC.

Follows https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility
"""

from __future__ import annotations

import os
import subprocess
from typing import Any, Iterable, Mapping

from django.db.backends.base.client import BaseDatabaseClient

from mssql.config.connection_config import ConnectionConfig
from mssql.config.connection_string import Keywords
from mssql.config.loading import load
from mssql.drivers.embedded import join_or_start


class DatabaseClient(BaseDatabaseClient):
    """Starts sqlcmd with the settings of a database. No secret is among its arguments."""

    executable_name = "sqlcmd"

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: Mapping[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return the command line and the environment variables that it needs."""
        result = load(settings_dict, "")
        config = join_or_start(result.config or result.require())
        args = [cls.executable_name, "-S", str(config.address), "-d", config.database]
        sign_in, secret = _sign_in(config)
        environment = {"SQLCMDPASSWORD": secret} if secret else None
        return [*args, *sign_in, *_encryption(config.extra), *parameters], environment

    def runshell(self, parameters: Iterable[str]) -> None:
        """Run sqlcmd until it ends; the password is passed in its environment."""
        args, environment = self.settings_to_cmd_args_env(self.connection.settings_dict, parameters)
        subprocess.run(args, env={**os.environ, **(environment or {})}, check=True)  # noqa: S603


def _sign_in(config: ConnectionConfig) -> tuple[list[str], str]:
    """Return the arguments that name the user, and the secret for the environment."""
    sign_in = config.sign_in
    mode, identity = sign_in.mode, sign_in.identity
    if mode is None or identity is None:
        if sign_in.needs_token:
            return ["--authentication-method=ActiveDirectoryDefault"], ""
        user, secret = sign_in.keywords.get("UID"), sign_in.keywords.get("PWD")
        return (["-U", user], secret or "") if user else (["-E"], "")
    if not mode.needs_token:
        method, user, secret = mode.keyword, config.user, config.password
    else:
        method = _GO_SQLCMD.get(mode.credential, "ActiveDirectoryDefault")
        names = ("USER", "client_id", "resource_id")
        arguments = identity.arguments
        user = next((str(arguments[name]) for name in names if arguments.get(name)), "")
        if user and arguments.get("tenant_id") and "USER" not in arguments:
            user = f"{user}@{arguments['tenant_id']}"
        secret = str(arguments.get("PASSWORD") or "")
        if mode.credential == "ClientSecretCredential":
            secret = str(identity.parameters().get("client_secret") or "")
    return [f"--authentication-method={method}", *(["-U", user] if user else [])], secret


# go-sqlcmd signs in without Django; the sqlcmd of the ODBC tools supports -G only, for users.
_GO_SQLCMD = {
    "ManagedIdentityCredential": "ActiveDirectoryManagedIdentity",
    "ClientSecretCredential": "ActiveDirectoryServicePrincipal",
    "InteractiveBrowserCredential": "ActiveDirectoryInteractive",
    "AzureCliCredential": "ActiveDirectoryAzCli",
    "DeviceCodeCredential": "ActiveDirectoryDeviceCode",
    "UsernamePasswordCredential": "ActiveDirectoryPassword",
    "WorkloadIdentityCredential": "ActiveDirectoryWorkloadIdentity",
}


def _encryption(extra: Keywords) -> list[str]:
    args = []
    encrypt = extra.get("Encrypt")
    if encrypt:
        short = {"strict": "s", "no": "o", "optional": "o", "false": "o"}
        args.append(f"-N{short.get(encrypt.lower(), 'm')}")
    if (extra.get("TrustServerCertificate") or "no").lower() in ("yes", "true"):
        args.append("-C")
    return args
