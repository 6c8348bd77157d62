"""Whether the driver verifies the server before it sends an access token.

Follows https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute (Encrypt,
TrustServerCertificate).
"""

from __future__ import annotations

import ipaddress

from mssql.auth import modes
from mssql.config.connection_string import Keywords
from mssql.config.settings import ConnectionSettings

NOT_ENCRYPTED = ("no", "optional", "false")
_YES = ("yes", "true")
_STRICT = "strict"  # always verifies the certificate


def signs_in_by_entra(settings: ConnectionSettings) -> bool:
    """Whether a token is sent, or the driver gets one by itself."""
    if settings.token or settings.options.get("credential"):
        return True
    keyword = settings.authentication
    return bool(keyword) and modes.find(keyword).is_of_entra


def unverified(settings: ConnectionSettings) -> str:
    """Return the keyword and value by which the server is not verified, or ""."""
    encrypt = (settings.extra.get("Encrypt") or "yes").lower()
    if encrypt in NOT_ENCRYPTED:
        return f"Encrypt={encrypt}"
    trusts = (settings.extra.get("TrustServerCertificate") or "no").lower() in _YES
    return "TrustServerCertificate=yes" if trusts and encrypt != _STRICT else ""


def is_local(settings: ConnectionSettings) -> bool:
    """Whether HOST is this machine by its name or address alone."""
    if settings.is_embedded or settings.address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(settings.address).is_loopback
    except ValueError:
        return False


def require_verification(keywords: Keywords) -> None:
    """Add what makes the driver verify the server, unless the settings name it.

    Version 17 of the ODBC driver does not encrypt by itself, and a data source or a driver's
    configuration may turn verification off.
    """
    for name, value in (("Encrypt", "yes"), ("TrustServerCertificate", "no")):
        if name not in keywords:
            keywords[name] = value
