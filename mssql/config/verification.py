"""Verification of the server before an access token is sent to it.

Follows https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute (Encrypt,
TrustServerCertificate).
"""

from __future__ import annotations

from typing import Iterator

from mssql.auth import clouds
from mssql.config.connection_config import ConnectionConfig
from mssql.config.connection_string import Keywords
from mssql.config.problems import Problem, error, warning

_NOT_ENCRYPTED = ("no", "optional", "false")
_YES = ("yes", "true")
_STRICT = "strict"  # always verifies the certificate
_EXTRA_PARAMS = "OPTIONS['extra_params']"


def require_verification(keywords: Keywords) -> None:
    """Add the keywords for verification of the server, unless the settings contain them.

    Version 17 of the ODBC driver does not encrypt by default, and a data source or a driver's
    configuration may turn verification off.
    """
    keywords.setdefault("Encrypt", "yes")
    keywords.setdefault("TrustServerCertificate", "no")


def problems(config: ConnectionConfig) -> Iterator[Problem]:
    """Yield the problems of encryption and verification."""
    encrypt = (config.extra.get("Encrypt") or "yes").lower()
    trusts = (config.extra.get("TrustServerCertificate") or "no").lower() in _YES
    keyword = ""  # that prevents verification
    if encrypt in _NOT_ENCRYPTED:
        keyword = f"Encrypt={encrypt}"
    elif trusts and encrypt != _STRICT:
        keyword = "TrustServerCertificate=yes"
    if keyword and config.sign_in.is_of_entra:
        yield from _unverified_problems(config, keyword)
    elif clouds.is_azure(config.address.name):
        yield from _azure_problems(encrypt, keyword)


def _unverified_problems(config: ConnectionConfig, keyword: str) -> Iterator[Problem]:
    if not config.options["unverified_server"]:
        yield error(
            "E021",
            _EXTRA_PARAMS,
            f"{keyword} would send an access token to a server that nobody has verified.",
            "Remove it from OPTIONS['extra_params'], or name the certificate to trust: "
            "Encrypt=strict;ServerCertificate=path. For development on this machine set "
            "OPTIONS['unverified_server'] to True.",
        )
    elif not config.address.is_local:
        yield error(
            "E022",
            "OPTIONS['unverified_server']",
            "OPTIONS['unverified_server'] is for a server on this machine only: HOST localhost, "
            "127.0.0.1 or (embedded).",
            f"Remove it, and {keyword} from OPTIONS['extra_params'].",
        )


def _azure_problems(encrypt: str, keyword: str) -> Iterator[Problem]:
    if encrypt in _NOT_ENCRYPTED:
        yield warning(
            "W005",
            _EXTRA_PARAMS,
            f"Encrypt={encrypt} sends everything to an Azure server in clear text after the login.",
            "Remove Encrypt from OPTIONS['extra_params'].",
        )
    if keyword.startswith("Trust"):
        yield warning(
            "W006",
            _EXTRA_PARAMS,
            "TrustServerCertificate=yes accepts any machine as the Azure server.",
            "Remove it: Azure's certificates are trusted as they are.",
        )
