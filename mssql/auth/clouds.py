"""Where each Azure cloud signs in, told by the name of the server.

Follows https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure,
https://learn.microsoft.com/azure/china/resources-developer-guide,
https://learn.microsoft.com/azure/private-link/private-endpoint-dns (Synapse) and
https://learn.microsoft.com/fabric/data-warehouse/connectivity.
"""

from __future__ import annotations

import os
from typing import NamedTuple


class Cloud(NamedTuple):
    """`authority` issues the tokens; `scope` is what they are asked for."""

    suffixes: tuple[str, ...]
    scope: str
    authority: str


PUBLIC = Cloud(
    (".windows.net", ".fabric.microsoft.com", ".azuresynapse.net"),
    "https://database.windows.net/.default",
    "login.microsoftonline.com",
)
CLOUDS = (
    PUBLIC,
    Cloud(
        (".usgovcloudapi.net",),
        "https://database.usgovcloudapi.net/.default",
        "login.microsoftonline.us",
    ),
    Cloud(
        (".chinacloudapi.cn", ".azuresynapse.azure.cn"),
        "https://database.chinacloudapi.cn/.default",
        "login.chinacloudapi.cn",
    ),
)


def of(host: str) -> Cloud:
    """The cloud that `host` belongs to.

    Where an alias in DNS hides it, the authority that AZURE_AUTHORITY_HOST names tells, else it is
    the public one.
    """
    by_name = _by_name(host)
    if by_name:
        return by_name
    named = authority_of_environment() or ""
    return next((cloud for cloud in CLOUDS if cloud.authority in named), PUBLIC)


def is_azure(host: str) -> bool:
    """Whether the name of the server is one of Azure's."""
    return _by_name(host) is not None


def authority_of_environment() -> str | None:
    """AZURE_AUTHORITY_HOST, which azure-identity reads and the webhook of AKS sets."""
    return os.environ.get("AZURE_AUTHORITY_HOST")


def _by_name(host: str) -> Cloud | None:
    name = host.lower().rstrip(".")
    return next((cloud for cloud in CLOUDS if name.endswith(cloud.suffixes)), None)
