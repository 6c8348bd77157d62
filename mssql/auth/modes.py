"""The modes of authentication, one row each.

The keywords are those of the ODBC driver; the aliases those of SqlClient, JDBC, go-mssqldb, tedious
and mssql-python. Follows https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory
and https://learn.microsoft.com/python/api/azure-identity/azure.identity.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Mapping

from django.core.exceptions import ImproperlyConfigured

# A black-holed metadata endpoint would hold ManagedIdentityCredential for 12.8 s by default.
_OF_REQUESTS = {"connection_timeout": 3, "read_timeout": 10, "retry_total": 2}
_OF_PROGRAMS = {"process_timeout": 10}


@dataclass(frozen=True)
class Mode:
    """One way to prove who a connection is.

    `credential` is a class of azure-identity; where it is "" the ODBC driver signs in by itself
    and gets the keyword. `arguments` maps each setting to the class's parameter (with a dot: a key
    of a mapping). `user` and `password` tell which of those settings USER and PASSWORD stand for.
    `limits` are the class's time limits, in seconds.
    """

    keyword: str
    credential: str = ""
    aliases: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    user: str = ""
    password: str = ""
    takes_authority: bool = True
    limits: Mapping[str, int] = field(default_factory=lambda: _OF_REQUESTS)
    deprecated: str = ""

    @property
    def needs_token(self) -> bool:
        """Whether azure-identity fetches a token, rather than the driver signing in by itself."""
        return bool(self.credential)


def _same(*names: str) -> Mapping[str, str]:
    return {name: name for name in names}


_APPLICATION = ("tenant_id", "client_id")

MODES = (
    Mode("SqlPassword", required=("USER", "PASSWORD"), user="USER", password="PASSWORD"),  # noqa: S106
    Mode(
        "ActiveDirectoryIntegrated",
        aliases=("ActiveDirectoryKerberos",),
        user="USER",
    ),
    Mode(
        "ActiveDirectoryPassword",
        aliases=("azure-active-directory-password",),
        required=("USER", "PASSWORD"),
        user="USER",
        password="PASSWORD",  # noqa: S106
        deprecated="Microsoft ends it and it cannot pass multifactor authentication",
    ),
    Mode(
        "ActiveDirectoryMSI",
        "ManagedIdentityCredential",
        aliases=(
            "ActiveDirectoryManagedIdentity",
            "ManagedIdentity",
            "MSI",
            "azure-active-directory-msi-vm",
            "azure-active-directory-msi-app-service",
        ),
        arguments={
            "client_id": "client_id",
            "object_id": "identity_config.object_id",
            "resource_id": "identity_config.resource_id",
        },
        user="client_id",
        takes_authority=False,
    ),
    Mode(
        "ActiveDirectoryServicePrincipal",
        "ClientSecretCredential",
        aliases=(
            "ActiveDirectoryApplication",
            "ServicePrincipal",
            "azure-active-directory-service-principal-secret",
        ),
        arguments=_same(*_APPLICATION, "client_secret"),
        required=(*_APPLICATION, "client_secret"),
        user="client_id",
        password="client_secret",  # noqa: S106
    ),
    Mode(
        "ActiveDirectoryServicePrincipalCertificate",
        "CertificateCredential",
        arguments={
            **_same(*_APPLICATION, "certificate_path"),
            "certificate_password": "password",
        },
        required=(*_APPLICATION, "certificate_path"),
        user="client_id",
        password="certificate_password",  # noqa: S106
    ),
    Mode(
        "ActiveDirectoryWorkloadIdentity",
        "WorkloadIdentityCredential",
        aliases=("WorkloadIdentity",),
        arguments=_same(*_APPLICATION, "token_file_path"),
        user="client_id",
    ),
    Mode(
        "ActiveDirectoryDefault",
        "DefaultAzureCredential",
        aliases=("Default", "azure-active-directory-default"),
        arguments={
            "client_id": "managed_identity_client_id",
            "tenant_id": "workload_identity_tenant_id",
        },
        user="client_id",
    ),
    Mode("ActiveDirectoryEnvironment", "EnvironmentCredential"),
    Mode(
        "ActiveDirectoryAzCli",
        "AzureCliCredential",
        aliases=("ActiveDirectoryAzureCli",),
        arguments=_same("tenant_id"),
        takes_authority=False,
        limits=_OF_PROGRAMS,
    ),
    Mode(
        "ActiveDirectoryAzureDeveloperCli",
        "AzureDeveloperCliCredential",
        aliases=("ActiveDirectoryAzd",),
        arguments=_same("tenant_id"),
        takes_authority=False,
        limits=_OF_PROGRAMS,
    ),
    Mode(
        "ActiveDirectoryAzurePowerShell",
        "AzurePowerShellCredential",
        arguments=_same("tenant_id"),
        takes_authority=False,
        limits=_OF_PROGRAMS,
    ),
    Mode(
        "ActiveDirectoryAzurePipelines",
        "AzurePipelinesCredential",
        arguments=_same(*_APPLICATION, "service_connection_id", "system_access_token"),
        required=(*_APPLICATION, "service_connection_id", "system_access_token"),
    ),
    Mode(
        "ActiveDirectoryOnBehalfOf",
        "OnBehalfOfCredential",
        arguments=_same(*_APPLICATION, "client_secret", "user_assertion"),
        required=(*_APPLICATION, "client_secret", "user_assertion"),
        user="client_id",
        password="client_secret",  # noqa: S106
    ),
    Mode(
        "ActiveDirectoryClientAssertion",
        "ClientAssertionCredential",
        arguments={**_same(*_APPLICATION), "client_assertion": "func"},
        required=(*_APPLICATION, "client_assertion"),
        user="client_id",
    ),
    Mode(
        "ActiveDirectoryInteractive",
        "InteractiveBrowserCredential",
        arguments={**_same(*_APPLICATION), "login_hint": "login_hint"},
        user="login_hint",
    ),
    Mode(
        "ActiveDirectoryDeviceCode",
        "DeviceCodeCredential",
        aliases=("ActiveDirectoryDeviceCodeFlow", "ActiveDirectoryDeviceFlow"),
        arguments=_same(*_APPLICATION),
        user="client_id",
    ),
)

# Every setting that some mode reads. A callable is allowed where a value may change over time.
SETTINGS = tuple(sorted({setting for mode in MODES for setting in mode.arguments}))


def _folded(keyword: str) -> str:
    return "".join(keyword.split()).lower()


_BY_KEYWORD = {_folded(name): mode for mode in MODES for name in (mode.keyword, *mode.aliases)}


def find(keyword: str) -> Mode:
    """The mode of this keyword or alias, read without regard to case and spaces.

    Raises ImproperlyConfigured, with the nearest known keywords, where there is none.
    """
    try:
        return _BY_KEYWORD[_folded(keyword)]
    except KeyError:
        near = difflib.get_close_matches(_folded(keyword), _BY_KEYWORD, n=1)
        guess = f"Did you mean {_BY_KEYWORD[near[0]].keyword}? " if near else ""
        raise ImproperlyConfigured(
            f"Unknown authentication mode {keyword!r}. {guess}Known modes: "
            f"{', '.join(mode.keyword for mode in MODES)}."
        ) from None
