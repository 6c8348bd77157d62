"""Identities through the real azure-identity, against the local identity service."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from azure.core.credentials import AccessToken
from django.core.exceptions import ImproperlyConfigured

from mssql.auth import clouds, credentials, identities, modes, project_sources
from mssql.auth.tokens import TokenError, TokenSource
from tds_embedded.identity import SYSTEM_IDENTITY, IdentityEndpoint, Trouble
from tests.entra import CLIENT, SECRET, TENANT, LoopbackTransport

HOST = "example.database.windows.net"


def source(keyword: str, **settings: Any) -> TokenSource:
    known = identities.identity_of(modes.find(keyword), HOST, settings)
    return credentials.source_of(known)


def client_of(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["appid"])


def test_system_assigned_managed_identity(app_service: IdentityEndpoint) -> None:
    token = source("ActiveDirectoryMSI", credential_options={"retry_total": 0}).token()
    assert client_of(token.text) == SYSTEM_IDENTITY
    assert app_service.signer.verifier().verify(token.text)["login"].startswith(SYSTEM_IDENTITY)
    assert [request.kind for request in app_service.requests] == ["app_service"]


@pytest.mark.parametrize("setting", ["client_id", "object_id", "resource_id", "USER"])
def test_user_assigned_managed_identity(app_service: IdentityEndpoint, setting: str) -> None:
    app_service.object_ids[CLIENT] = CLIENT
    chosen = {setting: CLIENT, "credential_options": {"retry_total": 0}}
    token = source("Active Directory Managed Identity", **chosen).token()
    assert client_of(token.text) == CLIENT
    assert [request.client for request in app_service.requests] == [CLIENT]


def test_managed_identity_of_a_virtual_machine(
    endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in endpoint.imds_environment.items():
        monkeypatch.setenv(name, value)
    token = source("msi", client_id=CLIENT).token()
    assert client_of(token.text) == CLIENT
    assert {request.kind for request in endpoint.requests} == {"imds"}


@pytest.mark.parametrize(
    "settings",
    [
        {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET},
        {"tenant_id": TENANT, "USER": CLIENT, "PASSWORD": SECRET},
        {"USER": f"{CLIENT}@{TENANT}", "PASSWORD": SECRET},
    ],
)
def test_service_principal_with_a_secret(
    endpoint: IdentityEndpoint, transport: LoopbackTransport, settings: dict[str, str]
) -> None:
    options = {"transport": transport, "disable_instance_discovery": True}
    token = source(
        "ActiveDirectoryServicePrincipal", credential_options=options, **settings
    ).token()
    assert client_of(token.text) == CLIENT
    assert [request.kind for request in endpoint.requests] == ["client_credentials"]


def test_a_wrong_secret_is_said_in_plain_words_and_not_repeated(
    endpoint: IdentityEndpoint, transport: LoopbackTransport
) -> None:
    wrong = source(
        "ActiveDirectoryServicePrincipal",
        tenant_id=TENANT,
        client_id=CLIENT,
        client_secret="wrong-" + SECRET,
        credential_options={"transport": transport, "disable_instance_discovery": True},
    )
    with pytest.raises(TokenError, match=r"AADSTS7000215.*client_id, tenant_id") as caught:
        wrong.token()
    assert SECRET not in str(caught.value)
    assert len(endpoint.requests) == 1


def test_a_refused_token_is_not_served_from_the_credentials_cache(
    app_service: IdentityEndpoint,
) -> None:
    tokens = source("ActiveDirectoryMSI", credential_options={"retry_total": 1})
    first = tokens.token()
    assert tokens.token() is first
    tokens.discard(first)
    tokens.token()
    assert len(app_service.requests) == 2


def test_an_expired_token_of_the_endpoint_is_not_passed_on(app_service: IdentityEndpoint) -> None:
    app_service.trouble(Trouble(claims={"exp": 1_000_000}))
    with pytest.raises(TokenError, match="expired"):
        source("ActiveDirectoryMSI", credential_options={"retry_status": 0}).token()


@pytest.mark.parametrize(
    "trouble", [Trouble(status=500), Trouble(body="not JSON"), Trouble(status=404)]
)
def test_an_endpoint_out_of_order_is_said_in_plain_words(
    app_service: IdentityEndpoint, trouble: Trouble
) -> None:
    app_service.trouble(trouble, times=10)
    broken = source("ActiveDirectoryMSI", credential_options={"retry_total": 0})
    with pytest.raises(TokenError, match="no token for ActiveDirectoryMSI") as caught:
        broken.token()
    assert app_service.header not in str(caught.value)


def test_equal_identities_share_one_source() -> None:
    assert source("ActiveDirectoryMSI", client_id="1") is source("msi", client_id="1")
    assert source("ActiveDirectoryMSI", client_id="1") is not source("msi", client_id="2")


def test_credential_given_as_object_callable_and_dotted_path() -> None:
    class Own:
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            assert scopes == (clouds.PUBLIC.scope,)
            return AccessToken("from an object", 4_000_000_000)

    scope = clouds.PUBLIC.scope
    assert project_sources.source_of_credential(Own(), scope).token().text == "from an object"
    assert project_sources.source_of_credential(Own, scope).token().text == "from an object"
    path = "tests.unit.auth.test_credentials.own_token"
    assert project_sources.source_of_credential(path, scope).token().text == "from a function"


def own_token() -> str:
    return "from a function"


def test_what_an_own_callable_raises_is_named_but_not_quoted() -> None:
    def broken() -> str:
        raise RuntimeError(SECRET)

    with pytest.raises(TokenError, match="RuntimeError") as caught:
        project_sources.source_of_token(broken, clouds.PUBLIC.scope).token()
    assert SECRET not in str(caught.value)


def test_token_setting_as_a_str_is_read_anew_each_time() -> None:
    assert project_sources.source_of_token("abc", clouds.PUBLIC.scope).token().text == "abc"


@pytest.mark.parametrize(
    ("host", "scope", "authority"),
    [
        ("a.database.windows.net", "https://database.windows.net/.default", "online.com"),
        ("a.database.fabric.microsoft.com", "https://database.windows.net/.default", "online.com"),
        (
            "a.database.usgovcloudapi.net",
            "https://database.usgovcloudapi.net/.default",
            "online.us",
        ),
        ("a.DATABASE.chinacloudapi.cn", "https://database.chinacloudapi.cn/.default", "api.cn"),
        ("127.0.0.1", "https://database.windows.net/.default", "online.com"),
    ],
)
def test_the_cloud_is_told_by_the_host(host: str, scope: str, authority: str) -> None:
    known = identities.identity_of(modes.find("ActiveDirectoryDefault"), host, {})
    assert (known.scope, known.authority.endswith(authority)) == (scope, True)


@pytest.mark.parametrize(
    ("host", "variable", "scope", "authority"),
    [
        # A private name hides the cloud; AKS sets the variable.
        (
            "sql.intern.example",
            "https://login.microsoftonline.us/",
            "https://database.usgovcloudapi.net/.default",
            "https://login.microsoftonline.us/",
        ),
        # A local authority does not change the scope.
        (
            "a.database.chinacloudapi.cn",
            "https://localhost:8443",
            "https://database.chinacloudapi.cn/.default",
            "https://localhost:8443",
        ),
        (
            "a-ondemand.sql.azuresynapse.azure.cn",
            "",
            "https://database.chinacloudapi.cn/.default",
            "login.chinacloudapi.cn",
        ),
    ],
)
def test_the_cloud_is_told_by_the_environment(
    host: str, variable: str, scope: str, authority: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", variable)
    known = identities.identity_of(modes.find("ActiveDirectoryDefault"), host, {})
    assert (known.scope, known.authority) == (scope, authority)


def test_scope_and_authority_of_the_settings_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")
    own = {"token_scope": "api://own/.default", "authority": "login.own.example"}
    known = identities.identity_of(modes.find("ActiveDirectoryDefault"), HOST, own)
    assert (known.scope, known.authority) == ("api://own/.default", "login.own.example")


@pytest.mark.parametrize(
    ("keyword", "credential"),
    [
        # Microsoft's ODBC driver
        ("SqlPassword", ""),
        ("ActiveDirectoryPassword", "UsernamePasswordCredential"),
        ("ActiveDirectoryIntegrated", ""),
        ("ActiveDirectoryInteractive", "InteractiveBrowserCredential"),
        ("ActiveDirectoryMsi", "ManagedIdentityCredential"),
        ("ActiveDirectoryServicePrincipal", "ClientSecretCredential"),
        # Microsoft.Data.SqlClient
        ("Sql Password", ""),
        ("Active Directory Password", "UsernamePasswordCredential"),
        ("Active Directory Integrated", ""),
        ("Active Directory Interactive", "InteractiveBrowserCredential"),
        ("Active Directory Service Principal", "ClientSecretCredential"),
        ("Active Directory Device Code Flow", "DeviceCodeCredential"),
        ("Active Directory Managed Identity", "ManagedIdentityCredential"),
        ("Active Directory MSI", "ManagedIdentityCredential"),
        ("Active Directory Default", "DefaultAzureCredential"),
        ("Active Directory Workload Identity", "WorkloadIdentityCredential"),
        # JDBC
        ("activedirectorymanagedidentity", "ManagedIdentityCredential"),
        ("ActiveDirectoryServicePrincipalCertificate", "CertificateCredential"),
        # go-mssqldb
        ("ActiveDirectoryApplication", "ClientSecretCredential"),
        ("ActiveDirectoryAzCli", "AzureCliCredential"),
        ("ActiveDirectoryAzureDeveloperCli", "AzureDeveloperCliCredential"),
        ("ActiveDirectoryDeviceCode", "DeviceCodeCredential"),
        ("ActiveDirectoryWorkloadIdentity", "WorkloadIdentityCredential"),
        ("ActiveDirectoryAzurePipelines", "AzurePipelinesCredential"),
        ("ActiveDirectoryClientAssertion", "ClientAssertionCredential"),
        ("ActiveDirectoryOnBehalfOf", "OnBehalfOfCredential"),
        ("ActiveDirectoryEnvironment", "EnvironmentCredential"),
        # tedious
        ("azure-active-directory-password", "UsernamePasswordCredential"),
        ("azure-active-directory-msi-vm", "ManagedIdentityCredential"),
        ("azure-active-directory-msi-app-service", "ManagedIdentityCredential"),
        ("azure-active-directory-service-principal-secret", "ClientSecretCredential"),
        ("azure-active-directory-default", "DefaultAzureCredential"),
    ],
)
def test_the_keywords_of_other_clients(keyword: str, credential: str) -> None:
    assert modes.find(keyword).credential == credential


@pytest.mark.parametrize(
    ("keyword", "cure"),
    [
        ("ActiveDirectoryServicePrincipalAccessToken", "set TOKEN"),
        ("azure-active-directory-access-token", "set TOKEN"),
        ("token-credential", "OPTIONS\\['credential'\\]"),
        ("NotSpecified", "Leave it out"),
        ("default", "ActiveDirectoryDefault, or leave it out"),
        ("NTLM", "Leave it out"),
    ],
)
def test_other_clients_words_for_what_is_no_mode(keyword: str, cure: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=cure):
        modes.find(keyword)


def test_keywords_are_read_without_case_and_spaces_and_guessed_at() -> None:
    assert modes.find(" active directory MSI ") is modes.find("ActiveDirectoryManagedIdentity")
    with pytest.raises(ImproperlyConfigured, match="Did you mean ActiveDirectoryMSI"):
        modes.find("ActiveDirectoryMsy")


def test_no_repr_shows_a_secret() -> None:
    known = identities.identity_of(
        modes.find("ServicePrincipal"), HOST, {"client_secret": SECRET, "PASSWORD": SECRET}
    )
    assert SECRET not in repr(known)
    assert SECRET not in repr(credentials.source_of(known))
