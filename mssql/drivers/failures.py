"""Failures of a driver outside the DB-API's exceptions.

mssql-python's binding raises RuntimeError for a connection that breaks while rows are read, and a
driver's C code may raise SystemError. An exception of the application's code inside a driver's
call, such as a converter of columns, is not the driver's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.utils import Error

from mssql.errors.fault import Cause, Fault
from mssql.errors.numbers import ErrorNumber

if TYPE_CHECKING:
    from mssql.drivers.base import Driver

# About a value that cannot be sent or read: the connection still works.
_ABOUT_VALUES = (TypeError, ValueError, ArithmeticError)
DATA_EXCEPTION = "22000"
CONNECTION_FAILURE = "08S01"
_OURS = __name__.partition(".")[0]
# Words of the drivers' own messages about a connection that could not be opened.
_CAUSES = {
    "certificate": Cause.UNTRUSTED_CERTIFICATE,
    "sspi": Cause.NO_WINDOWS_SIGN_IN,
    "pool size limit": Cause.POOL_IN_USE,
}


def cause_of(message: str) -> Cause | None:
    """Return the cause that a driver's own message names, if it names one."""
    message = message.lower()
    return next((cause for words, cause in _CAUSES.items() if words in message), None)


def is_of_driver(error: BaseException, driver: Driver) -> bool:
    """Whether the driver, rather than code of the application, has raised an exception."""
    if isinstance(error, driver.module.Error):
        return True
    # The exception of a text that cannot be encoded stays: it contains the invalid character.
    if not isinstance(error, Exception) or isinstance(error, (Error, UnicodeEncodeError)):
        return False
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return True
    raised_in = traceback.tb_frame.f_globals.get("__name__", "").partition(".")[0]
    return raised_in in (_OURS, driver.module.__name__)


def fault_of(error: BaseException, driver: Driver) -> Fault:
    """Return the fault of a driver's failure of any class."""
    fault = driver.fault(error)
    if isinstance(error, driver.module.Error):
        return fault
    name = type(error).__name__
    if isinstance(error, _ABOUT_VALUES):  # whose text may quote the value
        message = f"{driver.module.__name__} could not convert a value: {name}"
        return replace(fault, sqlstate=DATA_EXCEPTION, message=message, numbers=())
    message = f"{driver.module.__name__} raised {name}: {error}"
    return replace(fault, sqlstate=CONNECTION_FAILURE, message=message, numbers=())


def silent(seconds: float, allowance: float) -> Fault:
    """Return the fault of a server that has stopped answering."""
    message = (
        f"The server has been silent: it did not answer a statement within OPTIONS"
        f"['query_timeout'], {seconds:g} seconds, or its cancellation within {allowance:g} more"
    )
    return Fault(CONNECTION_FAILURE, message, (ErrorNumber.WAIT_TIMEOUT.value,), from_server=False)
