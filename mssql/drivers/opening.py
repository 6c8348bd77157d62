"""The one call that passes the connection string and the access token to a driver.

The frames of a driver contain both, and an exception outside the DB-API may quote them.
"""

from __future__ import annotations

from typing import Any, Callable

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from mssql.auth.secrecy import traceless
from mssql.drivers.guard import Guard

LOGIN_SECONDS = 15  # the default of Microsoft's driver


_SILENT = (
    "Login timeout expired: the server accepted the connection and was silent for {:g} seconds "
    "(OPTIONS['connection_timeout'])"
)


@traceless
def connected(
    module: Any,
    connection_string: str,
    *,
    timeout: int,
    timed_out: Callable[[str], Exception],
    **options: Any,
) -> Any:
    """Return a connection of a DB-API module, in autocommit mode.

    A login may take `timeout` seconds; 0 selects the driver's limit. The driver does not count the
    seconds in which a server that has accepted the connection is silent: then the exception is
    raised that `timed_out` returns for a text.

    Raises the module's exceptions, ImproperlyConfigured for keywords that it refuses, and otherwise
    OperationalError without the original text.
    """
    seconds = timeout or LOGIN_SECONDS
    guard = Guard(seconds)
    try:
        with guard:
            return module.connect(connection_string, autocommit=True, timeout=timeout, **options)
    except module.Error:
        if guard.is_silent:
            raise timed_out(_SILENT.format(seconds)) from None
        raise
    except Exception as error:  # noqa: BLE001 - a binding may raise anything
        keywords = getattr(error, "errors", None)  # of mssql-python's ConnectionStringParseError
        if isinstance(keywords, list):  # names, no values
            raise ImproperlyConfigured(
                f"mssql-python refuses OPTIONS['extra_params']: {'; '.join(map(str, keywords))}. "
                "Remove that, or connect through pyodbc (leave OPTIONS['python_driver'] out)."
            ) from None
        raise OperationalError(
            f"{module.__name__} could not connect: {type(error).__name__}. Its text may quote a "
            "secret and is left out. Check the settings of the database."
        ) from None
