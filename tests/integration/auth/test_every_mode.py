"""Every mode, end to end: settings, azure-identity, a local Entra, the driver, the server.

One function per mode sets up its environment; all run with both drivers.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import json
import os
import sys
import threading
import types
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msal.managed_identity
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.db.utils import OperationalError

from mssql.auth import identities, modes
from tds_embedded.identity import (
    AUDIENCE,
    SYSTEM_IDENTITY,
    TENANT,
    Federation,
    IdentityEndpoint,
    ManagedIdentityTrust,
    Signer,
    programs,
)
from tds_embedded.server import Server
from tds_embedded.wire.certificates import certificate
from tests.entra import CLIENT, PASSWORD, SECRET, USER, LoopbackTransport, who

FILE_PASSWORD = "a-file-password-that-must-not-leak"
APPLICATION = {"tenant_id": TENANT, "client_id": CLIENT}
OF_SYSTEM = f"{SYSTEM_IDENTITY}@{TENANT}"
OF_CLIENT = f"{CLIENT}@{TENANT}"


@dataclass
class Local:
    """The parts of a mode's environment."""

    endpoint: IdentityEndpoint
    to_authority: dict[str, Any]
    folder: Path
    patch: pytest.MonkeyPatch

    def environment(self, variables: dict[str, str]) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def program(self, name: str) -> None:
        """A developer who has signed in to az, azd or pwsh, which is the first on PATH."""
        self.endpoint.developer = USER
        programs.install(self.folder, self.endpoint, name)
        self.patch.setenv("PATH", f"{self.folder}:/usr/bin:/bin")

    def certificate(self) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
        """Return a certificate of the application, registered with the authority."""
        key, made = self_signed()
        self.endpoint.certificates[CLIENT] = made
        return key, made

    def federation(self) -> Federation:
        """An issuer outside that the authority trusts for the application."""
        made = Federation("https://cluster.example", "system:serviceaccount:shop:web")
        self.endpoint.federations[CLIENT] = made
        return made


def self_signed() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, made


def pem(key: rsa.RSAPrivateKey, made: x509.Certificate, password: str = "") -> bytes:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        protection = serialization.BestAvailableEncryption(password.encode())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )
    return private + made.public_bytes(serialization.Encoding.PEM)


@dataclass
class Ready:
    """A mode's settings, the login that the server should see, and the request for the token."""

    login: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    proof: str = ""


Setup = Callable[[Local], Ready]
SETUPS: list[tuple[str, Setup]] = []


def mode(keyword: str) -> Callable[[Setup], Setup]:
    def register(setup: Setup) -> Setup:
        SETUPS.append((keyword, setup))
        return setup

    return register


# Managed identity


@mode("ActiveDirectoryMSI")
def app_service(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    return Ready(OF_SYSTEM, "app_service")


@mode("Active Directory Managed Identity")
def app_service_by_client_id(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    return Ready(OF_CLIENT, "app_service", {"client_id": CLIENT})


@mode("ActiveDirectoryMSI")
def app_service_by_object_id(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    local.endpoint.object_ids["an-object-id"] = CLIENT
    return Ready(OF_CLIENT, "app_service", {"object_id": "an-object-id"})


@mode("ActiveDirectoryMSI")
def app_service_by_resource_id(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    local.endpoint.managed["/subscriptions/1/identities/web"] = CLIENT
    return Ready(OF_CLIENT, "app_service", {"resource_id": "/subscriptions/1/identities/web"})


@mode("ActiveDirectoryMSI")
def app_service_by_user_as_object_id(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    local.endpoint.object_ids["an-object-id"] = CLIENT
    return Ready(OF_CLIENT, "app_service", settings={"USER": "an-object-id"})


@mode("ActiveDirectoryMSI")
def virtual_machine(local: Local) -> Ready:
    local.environment(local.endpoint.imds_environment)
    return Ready(OF_SYSTEM, "imds")


@mode("ActiveDirectoryMSI")
def virtual_machine_by_user(local: Local) -> Ready:
    local.environment(local.endpoint.imds_environment)
    return Ready(OF_CLIENT, "imds", settings={"USER": CLIENT})


@mode("ActiveDirectoryMSI")
def virtual_machine_by_user_as_object_id(local: Local) -> Ready:
    """USER is an object id, as UID was in ODBC 17, and the endpoint has no such client id."""
    local.environment(local.endpoint.imds_environment)
    local.endpoint.object_ids["an-object-id"] = CLIENT
    return Ready(OF_CLIENT, "imds", settings={"USER": "an-object-id"})


@mode("ActiveDirectoryMSI")
def azure_machine_learning(local: Local) -> Ready:
    local.environment(local.endpoint.azure_ml_environment)
    return Ready(OF_CLIENT, "azure_ml", {"client_id": CLIENT})


@mode("ActiveDirectoryMSI")
def azure_arc(local: Local) -> Ready:
    local.environment(local.endpoint.arc_environment)
    local.endpoint.arc_folder = local.folder
    # The agent's folder belongs to root, so the test names another.
    local.patch.setitem(
        msal.managed_identity._supported_arc_platforms_and_their_prefixes,
        "linux",
        str(local.folder),
    )
    return Ready(OF_SYSTEM, "azure_arc")


@mode("ActiveDirectoryMSI")
def cloud_shell(local: Local) -> Ready:
    local.environment(local.endpoint.cloud_shell_environment)
    return Ready(OF_SYSTEM, "cloud_shell")


# An application


@mode("ActiveDirectoryServicePrincipal")
def secret(local: Local) -> Ready:
    options = {**APPLICATION, "client_secret": SECRET, "credential_options": local.to_authority}
    return Ready(OF_CLIENT, "client_credentials", options, proof="secret")


@mode("ActiveDirectoryApplication")
def secret_by_user_and_password(local: Local) -> Ready:
    return Ready(
        OF_CLIENT,
        "client_credentials",
        {"credential_options": local.to_authority},
        {"USER": f"{CLIENT}@{TENANT}", "PASSWORD": SECRET},
        proof="secret",
    )


def _certificate(local: Local, content: bytes, **options: Any) -> Ready:
    file = local.folder / "certificate"
    file.write_bytes(content)
    given = {**APPLICATION, "certificate_path": str(file), **options}
    given["credential_options"] = local.to_authority
    return Ready(OF_CLIENT, "client_credentials", given, proof="certificate")


@mode("ActiveDirectoryServicePrincipalCertificate")
def certificate_in_pem(local: Local) -> Ready:
    return _certificate(local, pem(*local.certificate()))


@mode("ActiveDirectoryServicePrincipalCertificate")
def certificate_in_pem_with_password(local: Local) -> Ready:
    content = pem(*local.certificate(), password=FILE_PASSWORD)
    return _certificate(local, content, certificate_password=FILE_PASSWORD)


@mode("ActiveDirectoryServicePrincipalCertificate")
def certificate_in_pkcs12_with_password(local: Local) -> Ready:
    key, made = local.certificate()
    protection = serialization.BestAvailableEncryption(FILE_PASSWORD.encode())
    content = pkcs12.serialize_key_and_certificates(b"shop", key, made, None, protection)
    return _certificate(local, content, certificate_password=FILE_PASSWORD)


@mode("ActiveDirectoryClientAssertion")
def client_assertion(local: Local) -> Ready:
    options: dict[str, Any] = {**APPLICATION, "client_assertion": local.federation().token}
    options["credential_options"] = local.to_authority
    return Ready(OF_CLIENT, "client_credentials", options, proof="federated")


MANAGED = "dddddddd-0000-0000-0000-000000000004"


def _managed_federation(local: Local, **named: str) -> Ready:
    """The application trusts a user-assigned identity of the machine."""
    endpoint = local.endpoint
    endpoint.managed[MANAGED] = endpoint.managed["/identities/web"] = MANAGED
    endpoint.object_ids["an-object-id"] = MANAGED
    endpoint.federations[CLIENT] = ManagedIdentityTrust(endpoint.signer, MANAGED)
    options: dict[str, Any] = {**APPLICATION, **named, "credential_options": local.to_authority}
    return Ready(OF_CLIENT, "client_credentials", options, proof="federated")


@mode("ActiveDirectoryManagedIdentityFederation")
def managed_federation_on_app_service(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    return _managed_federation(local, managed_identity_client_id=MANAGED)


@mode("ManagedIdentityAsFederatedIdentity")
def managed_federation_by_object_id(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    return _managed_federation(local, object_id="an-object-id")


@mode("ActiveDirectoryManagedIdentityFederation")
def managed_federation_on_a_virtual_machine(local: Local) -> Ready:
    local.environment(local.endpoint.imds_environment)
    return _managed_federation(local, resource_id="/identities/web")


@mode("ActiveDirectoryWorkloadIdentity")
def workload_identity(local: Local) -> Ready:
    file = local.folder / "token"
    file.write_text(local.federation().token())
    options: dict[str, Any] = {**APPLICATION, "token_file_path": str(file)}
    options["credential_options"] = local.to_authority
    return Ready(OF_CLIENT, "client_credentials", options, proof="federated")


@mode("Active Directory Workload Identity")
def workload_identity_by_environment(local: Local) -> Ready:
    file = local.folder / "token"
    file.write_text(local.federation().token())
    local.environment(
        {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_FEDERATED_TOKEN_FILE": str(file),
            "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/",
        }
    )
    options = {"credential_options": local.to_authority}
    return Ready(OF_CLIENT, "client_credentials", options, proof="federated")


@mode("ActiveDirectoryAzurePipelines")
def azure_pipelines(local: Local) -> Ready:
    local.environment(local.endpoint.pipelines_environment)
    local.endpoint.service_connections["a-connection"] = local.federation()
    options: dict[str, Any] = {**APPLICATION, "service_connection_id": "a-connection"}
    options["credential_options"] = local.to_authority
    return Ready(OF_CLIENT, "client_credentials", options, proof="federated")


def _on_behalf_of(local: Local, **proof: Any) -> dict[str, Any]:
    audience = f"api://{CLIENT}"
    assertion = local.endpoint.signer.sign_for_user(USER, "browser", audience, 3600)
    return {
        **APPLICATION,
        "user_assertion": assertion,
        "credential_options": local.to_authority,
        **proof,
    }


@mode("ActiveDirectoryOnBehalfOf")
def on_behalf_of_with_secret(local: Local) -> Ready:
    options = _on_behalf_of(local, client_secret=SECRET)
    return Ready(USER, "on_behalf_of", options, proof="secret")


@mode("ActiveDirectoryOnBehalfOf")
def on_behalf_of_with_certificate(local: Local) -> Ready:
    file = local.folder / "certificate.pem"
    file.write_bytes(pem(*local.certificate()))
    options = _on_behalf_of(local, certificate_path=str(file))
    return Ready(USER, "on_behalf_of", options, proof="certificate")


# The first credential that works


@mode("ActiveDirectoryEnvironment")
def environment_with_secret(local: Local) -> Ready:
    local.environment(
        {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
        }
    )
    options = {"credential_options": local.to_authority}
    return Ready(OF_CLIENT, "client_credentials", options, proof="secret")


@mode("ActiveDirectoryDefault")
def default_on_app_service(local: Local) -> Ready:
    local.environment(local.endpoint.environment)
    return Ready(OF_SYSTEM, "app_service")


@mode("ActiveDirectoryDefault")
def default_at_a_desk(local: Local) -> Ready:
    local.program("az")
    local.environment({"AZURE_TOKEN_CREDENTIALS": "dev"})
    return Ready(USER, "az")


# A developer's programs


@mode("ActiveDirectoryAzCli")
def azure_cli(local: Local) -> Ready:
    local.program("az")
    return Ready(USER, "az")


@mode("ActiveDirectoryAzureDeveloperCli")
def azure_developer_cli(local: Local) -> Ready:
    local.program("azd")
    return Ready(USER, "azd")


@mode("ActiveDirectoryAzurePowerShell")
def azure_powershell(local: Local) -> Ready:
    local.program("pwsh")
    return Ready(USER, "pwsh")


# A person


def local_browser(endpoint: IdentityEndpoint) -> Callable[[str], bool]:
    """Return a replacement of webbrowser.open in which the user signs in at once."""

    def browse(address: str) -> bool:
        threading.Thread(target=endpoint.browse, args=(address,), daemon=True).start()
        return True

    return browse


@mode("ActiveDirectoryInteractive")
def interactive(local: Local) -> Ready:
    local.patch.setattr(webbrowser, "open", local_browser(local.endpoint))
    options = {"tenant_id": TENANT, "credential_options": local.to_authority}
    return Ready(USER, "authorization_code", options, {"USER": USER})


def broker(local: Local) -> type:
    """Return a stand-in for the credential of azure-identity-broker, with the same parameters.

    It signs in through the browser, as that package does without a broker.
    """
    from azure.identity import InteractiveBrowserCredential

    class InteractiveBrowserBrokerCredential(InteractiveBrowserCredential):
        given: dict[str, Any] = {}

        def __init__(
            self,
            *,
            parent_window_handle: int,
            use_default_broker_account: bool = False,
            disable_interactive_fallback: bool = False,
            **others: Any,
        ) -> None:
            type(self).given = {**others, "silent": use_default_broker_account}
            super().__init__(**others)

    package = types.ModuleType("azure.identity.broker")
    package.InteractiveBrowserBrokerCredential = InteractiveBrowserBrokerCredential
    package.__spec__ = importlib.machinery.ModuleSpec(package.__name__, None)
    local.patch.setitem(sys.modules, "azure.identity.broker", package)
    local.patch.setattr(webbrowser, "open", local_browser(local.endpoint))
    return InteractiveBrowserBrokerCredential


@mode("ActiveDirectoryBroker")
def a_broker(local: Local) -> Ready:
    broker(local)
    options = {"tenant_id": TENANT, "credential_options": local.to_authority}
    return Ready(USER, "authorization_code", options, {"USER": USER})


@mode("VisualStudioCode")
def visual_studio_code(local: Local) -> Ready:
    """Somebody has signed in to its extension Azure Resources."""
    broker(local)
    record = local.folder / ".azure" / "ms-azuretools.vscode-azureresourcegroups"
    record.mkdir(parents=True)
    account = {
        "authority": "login.microsoftonline.com",
        "clientId": "aebc6443-996d-45c2-90f0-388ff96faa56",
        "homeAccountId": f"{USER}.{TENANT}",
        "tenantId": TENANT,
        "username": USER,
    }
    (record / "authRecord.json").write_text(json.dumps(account))
    local.patch.setenv("HOME", str(local.folder))
    options = {"tenant_id": TENANT, "credential_options": local.to_authority}
    return Ready(USER, "authorization_code", options)


@mode("Active Directory Device Code Flow")
def device_code(local: Local) -> Ready:
    def prompt(address: str, code: str, expires_on: datetime) -> None:
        local.endpoint.approve(code, USER)

    options = {
        "tenant_id": TENANT,
        "credential_options": {**local.to_authority, "prompt_callback": prompt},
    }
    return Ready(USER, "device_code", options)


@mode("ActiveDirectoryPassword")
def user_password(local: Local) -> Ready:
    options = {**APPLICATION, "credential_options": local.to_authority}
    return Ready(USER, "password", options, {"USER": USER, "PASSWORD": PASSWORD})


@pytest.fixture
def local(
    endpoint: IdentityEndpoint,
    to_authority: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Local:
    return Local(endpoint, to_authority, tmp_path, monkeypatch)


@pytest.mark.filterwarnings("ignore:UsernamePasswordCredential is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")
@pytest.mark.parametrize(("keyword", "setup"), SETUPS, ids=[setup.__name__ for _, setup in SETUPS])
def test_mode(keyword: str, setup: Setup, local: Local, connect: Any) -> None:
    ready = setup(local)
    connection = connect({"authentication": keyword, **ready.options}, **ready.settings)
    assert who(connection) == ready.login
    granted = local.endpoint.requests[-1]
    assert granted.kind == ready.kind
    assert granted.proof == ready.proof
    assert granted.audience.rstrip("/") == AUDIENCE.rstrip("/")


def test_every_mode_that_takes_tokens_is_tried() -> None:
    tried = {modes.find(keyword).keyword for keyword, _ in SETUPS}
    assert tried == {mode.keyword for mode in modes.MODES if mode.needs_token}


def test_service_fabric(
    signer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connect: Any
) -> None:
    """Its endpoint speaks TLS only, and is known by its certificate's thumbprint."""
    file, key = certificate(tmp_path)
    made = x509.load_pem_x509_certificate(file.read_bytes())
    thumbprint = hashlib.sha1(made.public_bytes(serialization.Encoding.DER)).hexdigest()
    with IdentityEndpoint(tls=(file, key)) as endpoint:
        endpoint.signer = signer
        for name, value in endpoint.service_fabric_environment(thumbprint).items():
            monkeypatch.setenv(name, value)
        assert who(connect({"authentication": "ActiveDirectoryMSI"})) == OF_SYSTEM
        assert [request.kind for request in endpoint.requests] == ["service_fabric"]


def test_a_sql_login(judging: Server, connect: Any) -> None:
    end = judging.endpoint
    options = {"authentication": "Sql Password"}
    assert who(connect(options, USER=end.user, PASSWORD=end.password)) == end.user


def own_credential() -> str:
    """Return a token: the callable that OPTIONS["credential"] names by its dotted path."""
    return _tokens[0]


_tokens: list[str] = []


@pytest.mark.parametrize("way", ["dotted path", "callable", "object", "TOKEN of an object"])
def test_a_credential_of_the_project(
    way: str, endpoint: IdentityEndpoint, transport: LoopbackTransport, connect: Any
) -> None:
    from azure.identity import ClientSecretCredential

    known = ClientSecretCredential(
        TENANT, CLIENT, SECRET, transport=transport, disable_instance_discovery=True
    )
    _tokens[:] = [known.get_token(f"{AUDIENCE}.default").token]
    settings: dict[str, Any] = {}
    options: dict[str, Any] = {}
    if way == "TOKEN of an object":
        settings["TOKEN"] = known
    else:
        options["credential"] = {
            "dotted path": "tests.integration.auth.test_every_mode.own_credential",
            "callable": lambda: known,
            "object": known,
        }[way]
    assert who(connect(options, **settings)) == OF_CLIENT


def test_a_token_that_renews_itself_when_it_is_encoded(signer: Any, connect: Any) -> None:
    """A common replacement of fixed tokens: a str whose encode() returns the current token."""

    class Renewing(str):
        def encode(self, *arguments: Any) -> bytes:
            return signer.sign(CLIENT, AUDIENCE, 3600).encode()

    assert who(connect(TOKEN=Renewing("stale"))) == OF_CLIENT


# Functions that invalidate a secret or assertion after the mode has been set up.


def another_secret(local: Local, ready: Ready) -> None:
    local.endpoint.clients[CLIENT] = "another"


def another_certificate(local: Local, ready: Ready) -> None:
    local.endpoint.certificates[CLIENT] = self_signed()[1]


def another_cluster(local: Local, ready: Ready) -> None:
    local.endpoint.federations[CLIENT] = Federation("https://cluster.example", "another")


def another_managed_identity(local: Local, ready: Ready) -> None:
    another = ManagedIdentityTrust(local.endpoint.signer, SYSTEM_IDENTITY)
    local.endpoint.federations[CLIENT] = another


def an_unknown_managed_identity(local: Local, ready: Ready) -> None:
    ready.options["managed_identity_client_id"] = "another"


def another_password(local: Local, ready: Ready) -> None:
    local.endpoint.users[USER] = "another"


def a_federated_token_for_somebody_else(local: Local, ready: Ready) -> None:
    token = local.endpoint.federations[CLIENT].token(aud="api://another")
    Path(ready.options["token_file_path"]).write_text(token)


def a_federated_token_of_yesterday(local: Local, ready: Ready) -> None:
    token = local.endpoint.federations[CLIENT].token(-86400)
    Path(ready.options["token_file_path"]).write_text(token)


def an_assertion_for_another_application(local: Local, ready: Ready) -> None:
    signer = local.endpoint.signer
    ready.options["user_assertion"] = signer.sign_for_user(USER, "browser", "api://another", 3600)


def an_assertion_of_another_issuer(local: Local, ready: Ready) -> None:
    audience = f"api://{CLIENT}"
    ready.options["user_assertion"] = Signer().sign_for_user(USER, "browser", audience, 3600)


def another_job(local: Local, ready: Ready) -> None:
    ready.options["system_access_token"] = "another"


def another_tenant(local: Local, ready: Ready) -> None:
    ready.options["tenant_id"] = "99999999-0000-0000-0000-000000000003"


SERVICE_PRINCIPAL = "ActiveDirectoryServicePrincipal"


@pytest.mark.parametrize("python_driver", ["pyodbc"], indirect=True)  # no connection is opened
@pytest.mark.parametrize(
    ("keyword", "setup", "spoil", "reason"),
    [
        (SERVICE_PRINCIPAL, secret, another_secret, "AADSTS7000215"),
        (SERVICE_PRINCIPAL, secret, another_tenant, "AADSTS90002.*99999999-"),
        (
            "ActiveDirectoryServicePrincipalCertificate",
            certificate_in_pem,
            another_certificate,
            "AADSTS700027.*another certificate is registered",
        ),
        ("WorkloadIdentity", workload_identity, another_cluster, "AADSTS700027"),
        (
            "WorkloadIdentity",
            workload_identity,
            a_federated_token_for_somebody_else,
            "AADSTS700027.*[Aa]udience",
        ),
        (
            "WorkloadIdentity",
            workload_identity,
            a_federated_token_of_yesterday,
            "AADSTS700024.*clock reads",
        ),
        (
            "ActiveDirectoryOnBehalfOf",
            on_behalf_of_with_secret,
            an_assertion_for_another_application,
            "AADSTS50013",
        ),
        (
            "ActiveDirectoryOnBehalfOf",
            on_behalf_of_with_secret,
            an_assertion_of_another_issuer,
            "AADSTS50013",
        ),
        (
            "ActiveDirectoryAzurePipelines",
            azure_pipelines,
            another_job,
            "Unexpected response from OIDC token endpoint",
        ),
        ("ActiveDirectoryPassword", user_password, another_password, "AADSTS50126"),
    ],
)
@pytest.mark.filterwarnings("ignore:UsernamePasswordCredential is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")
def test_a_wrong_proof_gets_no_token(
    keyword: str,
    setup: Setup,
    spoil: Callable[[Local, Ready], None],
    reason: str,
    local: Local,
    connect: Any,
) -> None:
    ready = setup(local)
    spoil(local, ready)
    with pytest.raises(OperationalError, match=reason):
        who(connect({"authentication": keyword, **ready.options}, **ready.settings))
    assert all(request.status != 200 for request in local.endpoint.requests)


@pytest.mark.parametrize("python_driver", ["pyodbc"], indirect=True)
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (another_managed_identity, "AADSTS700027.*[Ss]ubject"),
        (an_unknown_managed_identity, "CredentialUnavailableError.*its identity"),
    ],
)
def test_an_application_trusts_one_managed_identity(
    spoil: Callable[[Local, Ready], None], reason: str, local: Local, connect: Any
) -> None:
    ready = managed_federation_on_app_service(local)
    spoil(local, ready)
    with pytest.raises(OperationalError, match=reason):
        who(connect({"authentication": "ManagedIdentityAsFederatedIdentity", **ready.options}))
    assert not [request for request in local.endpoint.requests if request.proof == "federated"]


@pytest.mark.parametrize(
    ("host", "exchange"),
    [
        ("x.database.windows.net", "api://AzureADTokenExchange/.default"),
        ("x.database.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov/.default"),
        ("x.database.chinacloudapi.cn", "api://AzureADTokenExchangeChina/.default"),
        ("db.example.com", "api://AzureADTokenExchange/.default"),
    ],
)
def test_each_cloud_has_an_exchange_of_its_own(host: str, exchange: str) -> None:
    mode = modes.find("ManagedIdentityAsFederatedIdentity")
    assert identities.identity_of(mode, host, {}).exchange == exchange


assert os.name == "posix", "the stand-ins of az, azd and pwsh are scripts"
