"""The modes of authentication, one row each.

The keywords are those of the ODBC driver, the aliases those of SqlClient, JDBC, go-mssqldb, tedious
and mssql-python. Follows https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory
and https://learn.microsoft.com/python/api/azure-identity/azure.identity.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Mapping

from django.core.exceptions import ImproperlyConfigured

# By default a metadata endpoint that does not answer costs ManagedIdentityCredential 12.8 s.
_OF_REQUESTS = {"connection_timeout": 3, "read_timeout": 10, "retry_total": 2}
_OF_PROGRAMS = {"process_timeout": 10}


@dataclass(frozen=True)
class Mode:
    """An authentication mode.

    Parameters:
        keyword: the value of the ODBC driver's keyword Authentication.
        credential: the class of azure-identity; "" if the ODBC driver signs in, with `keyword`.
        aliases: the keywords of other clients.
        arguments: the parameter of the class for each setting (with a dot: a key of a mapping).
        requirements: the settings that the class requires; "a|b" is one of them.
        one_of: settings of which at most one may be set.
        environment: the environment variables that replace settings.
        user, password: the settings that USER and PASSWORD stand for.
        user_otherwise: the setting that USER stands for if the identity service refuses `user`.
        native_without: the setting without which the ODBC driver signs in, and needs no class.
        takes_authority: whether the class has the parameter `authority`.
        limits: the time limits of the class, in seconds.
        deprecation: the reason why the mode is deprecated, if it is.
        package, module: the package that the class needs, and the module that contains it.
    """

    keyword: str
    credential: str = ""
    aliases: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    user_otherwise: str = ""
    password: str = ""
    native_without: str = ""
    takes_authority: bool = True
    limits: Mapping[str, int] = field(default_factory=lambda: _OF_REQUESTS)
    deprecation: str = ""
    package: str = "azure-identity"
    module: str = "azure.identity"

    @property
    def is_of_entra(self) -> bool:
        """Whether a token of Microsoft Entra is sent to the server."""
        return self.keyword != "SqlPassword"

    @property
    def needs_token(self) -> bool:
        """Whether azure-identity fetches a token; otherwise the ODBC driver signs in."""
        return bool(self.credential)


def _same(*names: str) -> Mapping[str, str]:
    return {name: name for name in names}


_APPLICATION = _same("tenant_id", "client_id")
_TENANT = {"tenant_id": "AZURE_TENANT_ID"}
_BROKER = "azure-identity-broker"

MODES = (
    # Left to the driver
    Mode("SqlPassword", requirements=("USER", "PASSWORD"), user="USER", password="PASSWORD"),  # noqa: S106
    Mode("ActiveDirectoryIntegrated", user="USER"),
    # On Azure
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
        one_of=("client_id", "object_id", "resource_id"),
        user="client_id",
        user_otherwise="object_id",  # as the ODBC driver reads UID
        takes_authority=False,
    ),
    Mode(
        "ActiveDirectoryWorkloadIdentity",
        "WorkloadIdentityCredential",
        aliases=("WorkloadIdentity",),
        arguments={**_APPLICATION, "token_file_path": "token_file_path"},
        user="client_id",
    ),
    Mode(
        "ActiveDirectoryAzurePipelines",
        "AzurePipelinesCredential",
        arguments={**_APPLICATION, **_same("service_connection_id", "system_access_token")},
        requirements=(*_APPLICATION, "service_connection_id", "system_access_token"),
        environment={
            "tenant_id": "AZURESUBSCRIPTION_TENANT_ID",
            "client_id": "AZURESUBSCRIPTION_CLIENT_ID",
            "service_connection_id": "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
            "system_access_token": "SYSTEM_ACCESSTOKEN",
        },
        user="client_id",
    ),
    Mode(
        "ActiveDirectoryManagedIdentityFederation",
        "ClientAssertionCredential",
        aliases=("ManagedIdentityAsFederatedIdentity",),
        arguments={
            **_APPLICATION,
            # Of the managed identity whose token is the assertion.
            "managed_identity_client_id": "func.client_id",
            "object_id": "func.object_id",
            "resource_id": "func.resource_id",
        },
        requirements=(*_APPLICATION, "managed_identity_client_id|object_id|resource_id"),
        one_of=("managed_identity_client_id", "object_id", "resource_id"),
        environment=_TENANT,
        user="client_id",
    ),
    # An application with a secret, a certificate or an assertion
    Mode(
        "ActiveDirectoryServicePrincipal",
        "ClientSecretCredential",
        aliases=(
            "ActiveDirectoryApplication",
            "ServicePrincipal",
            "azure-active-directory-service-principal-secret",
        ),
        arguments={**_APPLICATION, "client_secret": "client_secret"},
        requirements=(*_APPLICATION, "client_secret"),
        environment=_TENANT,
        user="client_id",
        password="client_secret",  # noqa: S106
        native_without="tenant_id",
    ),
    Mode(
        "ActiveDirectoryServicePrincipalCertificate",
        "CertificateCredential",
        arguments={
            **_APPLICATION,
            "certificate_path": "certificate_data",
            "certificate_password": "password",
        },
        requirements=(*_APPLICATION, "certificate_path"),
        environment=_TENANT,
        user="client_id",
        password="certificate_password",  # noqa: S106
    ),
    Mode(
        "ActiveDirectoryClientAssertion",
        "ClientAssertionCredential",
        arguments={**_APPLICATION, "client_assertion": "func"},
        requirements=(*_APPLICATION, "client_assertion"),
        environment=_TENANT,
        user="client_id",
    ),
    Mode(
        "ActiveDirectoryOnBehalfOf",
        "OnBehalfOfCredential",
        arguments={
            **_APPLICATION,
            "client_secret": "client_secret",
            "certificate_path": "client_certificate",
            "certificate_password": "password",
            "client_assertion": "client_assertion_func",
            "user_assertion": "user_assertion",
        },
        requirements=(
            *_APPLICATION,
            "client_secret|certificate_path|client_assertion",
            "user_assertion",
        ),
        environment=_TENANT,
        user="client_id",
        password="client_secret",  # noqa: S106
    ),
    # The first credential that works
    Mode(
        "ActiveDirectoryDefault",
        "DefaultAzureCredential",
        aliases=("azure-active-directory-default",),
        arguments={
            "client_id": "managed_identity_client_id",
            "tenant_id": "workload_identity_tenant_id",
        },
        user="client_id",
        limits={**_OF_REQUESTS, **_OF_PROGRAMS},
    ),
    Mode("ActiveDirectoryEnvironment", "EnvironmentCredential"),
    # A developer who has signed in to a program
    Mode(
        "ActiveDirectoryAzCli",
        "AzureCliCredential",
        arguments=_same("tenant_id"),
        takes_authority=False,
        limits=_OF_PROGRAMS,
    ),
    Mode(
        "ActiveDirectoryAzureDeveloperCli",
        "AzureDeveloperCliCredential",
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
        "ActiveDirectoryVisualStudioCode",
        "VisualStudioCodeCredential",
        aliases=("VisualStudioCode",),
        arguments=_same("tenant_id"),
        takes_authority=False,  # that of the account which has signed in
        package=_BROKER,
    ),
    # A person at the keyboard
    Mode(
        "ActiveDirectoryBroker",
        "InteractiveBrowserBrokerCredential",
        aliases=("WAM",),
        arguments={**_APPLICATION, "login_hint": "login_hint"},
        user="login_hint",
        package=_BROKER,
        module="azure.identity.broker",
    ),
    Mode(
        "ActiveDirectoryInteractive",
        "InteractiveBrowserCredential",
        arguments={**_APPLICATION, "login_hint": "login_hint"},
        user="login_hint",
    ),
    Mode(
        "ActiveDirectoryDeviceCode",
        "DeviceCodeCredential",
        aliases=("ActiveDirectoryDeviceCodeFlow",),
        arguments=_APPLICATION,
        user="client_id",
    ),
    Mode(
        "ActiveDirectoryPassword",
        "UsernamePasswordCredential",
        aliases=("azure-active-directory-password",),
        arguments={**_APPLICATION, "USER": "username", "PASSWORD": "password"},
        requirements=("USER", "PASSWORD"),
        user="USER",
        password="PASSWORD",  # noqa: S106
        native_without="client_id",
        deprecation="Microsoft ends it and it cannot pass multifactor authentication",
    ),
)

# Keywords of other clients that stand for a setting here.
_SETTINGS_OF_KEYWORDS = {
    "notspecified": "Leave it out: USER and PASSWORD, or else Kerberos, sign in.",
    "default": "Name ActiveDirectoryDefault, or leave it out for a SQL login.",
    "ntlm": "Leave it out: without USER, Kerberos or Windows signs in.",
    "activedirectoryserviceprincipalaccesstoken": "Leave it out and set TOKEN.",
    "azure-active-directory-access-token": "Leave it out and set TOKEN.",
    "token-credential": "Leave it out and set OPTIONS['credential'].",
}

# Every setting that some mode reads. A callable is allowed if the value may change over time.
SETTINGS = tuple(sorted({setting for mode in MODES for setting in mode.arguments}))


def _key(keyword: str) -> str:
    return "".join(keyword.split()).lower()


_BY_KEYWORD = {_key(name): mode for mode in MODES for name in (mode.keyword, *mode.aliases)}


def find(keyword: str) -> Mode:
    """Return the mode of a keyword or alias, whose case and spaces do not matter.

    Raises ImproperlyConfigured, with the nearest keyword, if there is no such mode.
    """
    key = _key(keyword)
    if key in _BY_KEYWORD:
        return _BY_KEYWORD[key]
    if key in _SETTINGS_OF_KEYWORDS:
        raise ImproperlyConfigured(f"{keyword!r} is no mode here. {_SETTINGS_OF_KEYWORDS[key]}")
    near = difflib.get_close_matches(key, _BY_KEYWORD, n=1)
    guess = f"Did you mean {_BY_KEYWORD[near[0]].keyword}? " if near else ""
    raise ImproperlyConfigured(
        f"Unknown authentication mode {keyword!r}. {guess}Known modes: "
        f"{', '.join(mode.keyword for mode in MODES)}."
    )
