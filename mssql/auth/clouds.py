"""Where each Azure cloud signs in, told by the name of the server.

Follows https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure,
https://learn.microsoft.com/azure/china/resources-developer-guide,
https://learn.microsoft.com/azure/private-link/private-endpoint-dns (Synapse),
https://learn.microsoft.com/fabric/data-warehouse/connectivity and
https://learn.microsoft.com/fabric/database/sql/connect; `exchange`
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple


class Cloud(NamedTuple):
    """`authority` issues the tokens; `scope` is what they are asked for.

    `exchange` is what a managed identity's token is asked for that stands for an application's
    secret.
    """

    suffixes: tuple[str, ...]
    scope: str
    authority: str
    exchange: str


PUBLIC = Cloud(
    (".windows.net", ".fabric.microsoft.com", ".azuresynapse.net"),
    "https://database.windows.net/.default",
    "login.microsoftonline.com",
    "api://AzureADTokenExchange/.default",
)
CLOUDS = (
    PUBLIC,
    Cloud(
        (".usgovcloudapi.net",),
        "https://database.usgovcloudapi.net/.default",
        "login.microsoftonline.us",
        "api://AzureADTokenExchangeUSGov/.default",
    ),
    Cloud(
        (".chinacloudapi.cn", ".azuresynapse.azure.cn"),
        "https://database.chinacloudapi.cn/.default",
        "login.chinacloudapi.cn",
        "api://AzureADTokenExchangeChina/.default",
    ),
)


# Of a server of Azure SQL, Synapse or Fabric, whose cloud the rest of the name tells.
_OF_SOME_CLOUD = re.compile(r"\.(?:database|datawarehouse|azuresynapse|fabric)\.")
_PRIVATE = (".local", ".internal", ".localdomain")  # such as Kubernetes' .svc.cluster.local
UNKNOWN = (
    "HOST is the name of a server in an Azure cloud that is not known here, nor is what its access "
    "tokens are asked for: set OPTIONS['token_scope']."
)


def of(host: str) -> Cloud | None:
    """Return the cloud that `host` belongs to, or None if it is one that is not known here.

    If an alias in DNS hides it, the authority that AZURE_AUTHORITY_HOST names decides; otherwise
    it is the public one.
    """
    by_name = _by_name(host)
    if by_name:
        return by_name
    named = authority_of_environment() or ""
    by_authority = next((cloud for cloud in CLOUDS if cloud.authority in named), None)
    return by_authority or (None if _is_of_unknown_cloud(host) else PUBLIC)


def scope_of(host: str) -> str:
    """Return what tokens for a server are asked for, or "" if its cloud is not known here."""
    cloud = of(host)
    return cloud.scope if cloud else ""


def _is_of_unknown_cloud(host: str) -> bool:
    name = host.lower().rstrip(".")
    return bool(_OF_SOME_CLOUD.search(name)) and not name.endswith(_PRIVATE)


def is_azure(host: str) -> bool:
    """Whether the name of the server is one of Azure's."""
    return _by_name(host) is not None


def authority_of_environment() -> str | None:
    """AZURE_AUTHORITY_HOST, which azure-identity reads and the webhook of AKS sets."""
    return os.environ.get("AZURE_AUTHORITY_HOST")


def _by_name(host: str) -> Cloud | None:
    name = host.lower().rstrip(".")
    return next((cloud for cloud in CLOUDS if name.endswith(cloud.suffixes)), None)
