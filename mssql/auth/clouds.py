"""Azure clouds: their sign-in endpoints, by the name of the server.

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
    """An Azure cloud.

    Parameters:
        suffixes: the ends of the names of its servers.
        scope: the scope of access tokens for a server.
        authority: the host that issues the tokens.
        exchange: the scope of a managed identity's token that stands for an application's secret.
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


# In names of servers of Azure SQL, Synapse and Fabric; the rest of the name is the cloud's.
_OF_SOME_CLOUD = re.compile(r"\.(?:database|datawarehouse|azuresynapse|fabric)\.")
_PRIVATE = (".local", ".internal", ".localdomain")  # such as Kubernetes' .svc.cluster.local
UNKNOWN = (
    "HOST is the name of a server in an unknown Azure cloud: set OPTIONS['token_scope'] to the "
    "scope of its access tokens."
)


def of(host: str) -> Cloud | None:
    """Return the cloud of a server, or None for a server of an unknown Azure cloud.

    If the name is an alias in DNS, the authority in AZURE_AUTHORITY_HOST decides; without it the
    cloud is the public one.
    """
    by_name = _by_name(host)
    if by_name:
        return by_name
    authority = authority_of_environment() or ""
    by_authority = next((cloud for cloud in CLOUDS if cloud.authority in authority), None)
    return by_authority or (None if _is_of_unknown_cloud(host) else PUBLIC)


def scope_of(host: str) -> str:
    """Return the scope of tokens for a server, or "" if its cloud is unknown."""
    cloud = of(host)
    return cloud.scope if cloud else ""


def _is_of_unknown_cloud(host: str) -> bool:
    name = host.lower().rstrip(".")
    return bool(_OF_SOME_CLOUD.search(name)) and not name.endswith(_PRIVATE)


def is_azure(host: str) -> bool:
    """Whether the name of the server is one of Azure's."""
    return _by_name(host) is not None


def authority_of_environment() -> str | None:
    """Return AZURE_AUTHORITY_HOST, which azure-identity reads and the webhook of AKS sets."""
    return os.environ.get("AZURE_AUTHORITY_HOST")


def _by_name(host: str) -> Cloud | None:
    name = host.lower().rstrip(".")
    return next((cloud for cloud in CLOUDS if name.endswith(cloud.suffixes)), None)
