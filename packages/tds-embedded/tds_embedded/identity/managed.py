"""The endpoints of a machine's managed identity, and the proof that each requires.

Follows https://learn.microsoft.com/azure/app-service/overview-managed-identity (REST endpoint
reference), https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token,
https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication,
https://learn.microsoft.com/azure/cloud-shell/msi-authorization and
https://learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from tds_embedded.identity.directory import DEVELOPER_APPLICATION, SYSTEM_IDENTITY, Directory
from tds_embedded.identity.requests import Answer, Grant, Refusal, Request

APP_SERVICE = "/msi/token"
IMDS = "/metadata/identity/oauth2/token"
AZURE_ML = "/azure-ml/token"
CLOUD_SHELL = "/cloud-shell/token"
AZURE_ARC = "/azure-arc/token"
SERVICE_FABRIC = "/service-fabric/token"
PROGRAM = "/program/token"
PIPELINES = "/pipelines/oidctoken"
_BY_OBJECT_ID = ("object_id", "principal_id")
_NAMES_OF_IDENTITY = ("client_id", "clientid", *_BY_OBJECT_ID, "mi_res_id", "msi_res_id")


def app_service(directory: Directory, request: Request) -> Grant:
    """Answer as Azure App Service, Functions, Container Apps: requires a secret header."""
    _require_header(request, "x-identity-header", directory.header)
    return _grant(directory, "app_service", request.query)


def imds(directory: Directory, request: Request) -> Grant:
    """Answer as IMDS on a virtual machine or AKS: requires a header that no redirect can forge."""
    _require_header(request, "metadata", "true")
    return _grant(directory, "imds", request.query)


def azure_ml(directory: Directory, request: Request) -> Grant:
    """Answer as Azure Machine Learning: requires the secret header of App Service's older
    endpoint.
    """
    _require_header(request, "secret", directory.header)
    return _grant(directory, "azure_ml", request.query)


def cloud_shell(directory: Directory, request: Request) -> Grant:
    """Answer as Azure Cloud Shell: requires a form, for the system's identity only."""
    _require_header(request, "metadata", "true")
    return _grant(directory, "cloud_shell", {"resource": request.form.get("resource", "")})


def service_fabric(directory: Directory, request: Request) -> Grant:
    """Answer as a Service Fabric cluster: requires a secret header, for the application's identity
    only.
    """
    _require_header(request, "secret", directory.header)
    return _grant(directory, "service_fabric", {"resource": request.query.get("resource", "")})


def azure_arc(directory: Directory, request: Request) -> Grant | Answer:
    """Answer as Azure Arc: by a challenge that requires reading the agent's folder."""
    _require_header(request, "metadata", "true")
    folder = directory.arc_folder
    if folder is None:
        raise Refusal("invalid_request", "This is no machine of Azure Arc.", 404)
    authorization = request.headers.get("authorization", "")
    if not authorization:
        challenge = {"WWW-Authenticate": f"Basic realm={_new_secret(folder)}"}
        return Answer({"error": "unauthorized"}, 401, challenge)
    secrets_in_folder = [f"Basic {file.read_text()}" for file in folder.glob("*.key")]
    if authorization not in secrets_in_folder:
        raise Refusal("unauthorized_client", "The challenge was not met.", 401)
    return _grant(directory, "azure_arc", request.query)


def _new_secret(folder: Path) -> Path:
    file = folder / f"{secrets.token_hex(8)}.key"
    file.touch(mode=0o600)
    file.write_text(secrets.token_hex(16))
    return file


def program(directory: Directory, request: Request) -> Grant:
    """Return a token for the user who has signed in to az, azd or pwsh."""
    _require_header(request, "x-identity-header", directory.header)
    if not directory.developer:
        raise Refusal("invalid_grant", "Please run 'az login' to set up an account.")
    return Grant(
        request.query.get("program", ""),
        client=DEVELOPER_APPLICATION,
        audience=request.query.get("resource", ""),
        user=directory.developer,
    )


def pipeline(directory: Directory, request: Request) -> Answer:
    """Answer as Azure Pipelines: a service connection's token for the job's access token."""
    expected = f"Bearer {directory.header}"
    connection = directory.service_connections.get(request.query.get("serviceConnectionId", ""))
    if not secrets.compare_digest(request.headers.get("authorization", ""), expected):
        raise Refusal("unauthorized", "The job's access token is wrong.", 401)
    if connection is None:
        raise Refusal("not_found", "There is no such service connection.", 404)
    return Answer({"oidcToken": connection.token()})


def _require_header(request: Request, name: str, value: str) -> None:
    if not secrets.compare_digest(request.headers.get(name, "").lower(), value.lower()):
        raise Refusal("unauthorized_client", f"The header {name} is missing or wrong.", 401)


def _grant(directory: Directory, kind: str, parameters: Mapping[str, str]) -> Grant:
    audience = parameters.get("resource", "")
    by = next((name for name in _NAMES_OF_IDENTITY if name in parameters), None)
    if by is None:
        return Grant(kind, SYSTEM_IDENTITY, audience)
    client_ids = directory.object_ids if by in _BY_OBJECT_ID else directory.managed
    client = client_ids.get(parameters[by])
    if client is None:
        raise Refusal("invalid_request", "Identity not found")
    return Grant(kind, client, audience, asked_for=parameters[by])
