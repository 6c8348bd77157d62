"""Where each Azure cloud signs in, told by the name of the server.

Follows https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure and
https://learn.microsoft.com/azure/china/resources-developer-guide.
"""

from __future__ import annotations

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
        (".usgovcloudapi.net", ".azuresynapse.usgovcloudapi.net"),
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
    """The cloud that `host` belongs to; the public one where the name does not tell."""
    name = host.lower().rstrip(".")
    return next((cloud for cloud in CLOUDS if name.endswith(cloud.suffixes)), PUBLIC)


def is_azure(host: str) -> bool:
    """Whether the name of the server is one of Azure's."""
    name = host.lower().rstrip(".")
    return any(name.endswith(cloud.suffixes) for cloud in CLOUDS)
