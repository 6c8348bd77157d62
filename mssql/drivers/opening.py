"""The one call that gives a driver the connection string and the access token.

A driver's own frames hold both, and an exception that is none of the DB-API may quote them.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from mssql.auth.secrecy import traceless


@traceless
def connected(module: Any, connection_string: str, **options: Any) -> Any:
    """Return a connection of a DB-API module, in autocommit mode.

    Raises the module's own exceptions, ImproperlyConfigured for keywords that it refuses, and
    OperationalError, without the original text, for anything else.
    """
    try:
        return module.connect(connection_string, autocommit=True, **options)
    except module.Error:
        raise
    except Exception as error:  # noqa: BLE001 - a binding may raise anything
        refused = getattr(error, "errors", None)  # of mssql-python's ConnectionStringParseError
        if isinstance(refused, list):  # names, no values
            raise ImproperlyConfigured(
                f"mssql-python refuses OPTIONS['extra_params']: {'; '.join(map(str, refused))}. "
                "Remove that, or connect through pyodbc (leave OPTIONS['python_driver'] out)."
            ) from None
        raise OperationalError(
            f"{module.__name__} could not connect: {type(error).__name__}. Its text may quote a "
            "secret and is left out. Check the settings of the database."
        ) from None
