"""The functions and @@ variables whose value only the session knows (tsql.session_values)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tds_embedded.engine import permissions
from tds_embedded.engine.frames import Firing, Frame
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql.session_values import (
    TRANSACTION_COUNT_OF_CHANGE,
    TRANSACTION_STATE_OF_READ,
    UPDATED,
)

if TYPE_CHECKING:
    from tds_embedded.engine.session import Session

SYSTEM_DATABASE_IDS = {"master": 1, "tempdb": 2, "model": 3, "msdb": 4}
CONTEXT_INFO_LENGTH = 128
_COLUMN_NUMBERS = """
    SELECT attnum::int4 FROM pg_attribute
    WHERE attrelid = $1::int8::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""

Value = Callable[["Session", Frame], Any]


def value(name: str, session: Session, frame: Frame) -> Any:
    """The value of a session value, by its name in lower case."""
    if name.startswith(UPDATED):
        return name[len(UPDATED) : -1] in _firing(frame).changed
    return _VALUES[name](session, frame)


def _caught(attribute: Callable[[SqlServerError], Any]) -> Value:
    """Of the error that the innermost running CATCH block has caught; NULL outside of one."""

    def read(session: Session, frame: Frame) -> Any:
        return attribute(session.caught[-1]) if session.caught else None

    return read


def _firing(frame: Frame) -> Firing:
    if frame.firing is None:
        raise error(40517, "UPDATE() and COLUMNS_UPDATED() of a change through a view")
    return frame.firing


def _columns_updated(session: Session, frame: Frame) -> bytes:
    """A bit for each column of the trigger's table, the first one in the lowest bit."""
    firing = _firing(frame)
    numbers = [
        number for (number,) in session.backend.run(_COLUMN_NUMBERS, [firing.relation]).all()
    ]
    bits: int = sum(
        1 << number - 1
        for number, column in zip(numbers, firing.columns, strict=True)
        if column in firing.changed
    )
    length = (int(numbers[-1]) + 7) // 8 if bits else 0
    return bits.to_bytes(length, "little")


def _trigger_depth(session: Session, frame: Frame) -> int:
    return session.interpreter.executor.triggers.depth


def _context_info(session: Session, frame: Frame) -> bytes | None:
    return session.context_info.ljust(CONTEXT_INFO_LENGTH, b"\0") or None


def _database_id(session: Session, frame: Frame) -> int:
    name = session.database.lower()
    known = SYSTEM_DATABASE_IDS.get(name)
    if known is not None:
        return known
    rows = session.backend.run(
        "SELECT database_id::int4 FROM meta.databases WHERE name = current_database()"
    ).all()
    return int(rows[0][0])


def _microsoft_version(session: Session, frame: Frame) -> int:
    major, _, build = session.server.product.version
    return int(major) << 24 | int(build)


def _login(session: Session, frame: Frame) -> str:
    return session.login_name


def _user(session: Session, frame: Frame) -> str:
    return permissions.user_name(session)


def _schema(session: Session, frame: Frame) -> str:
    return session.catalog.default_schema


_VALUES: dict[str, Value] = {
    "@@datefirst": lambda session, frame: session.settings.datefirst,
    "@@error": lambda session, frame: session.last_error,
    "@@fetch_status": lambda session, frame: 0,
    "@@identity": lambda session, frame: session.identity,
    "@@langid": lambda session, frame: 0,
    "@@language": lambda session, frame: session.settings.language,
    "@@lock_timeout": lambda session, frame: session.settings.lock_timeout,
    "@@max_precision": lambda session, frame: 38,
    "@@microsoftversion": _microsoft_version,
    "@@nestlevel": lambda session, frame: frame.level,
    "@@options": lambda session, frame: session.settings.options,
    "@@procid": lambda session, frame: frame.object_id,
    "@@rowcount": lambda session, frame: session.row_count,
    "@@servername": lambda session, frame: session.server.name,
    "@@servicename": lambda session, frame: "MSSQLSERVER",
    "@@spid": lambda session, frame: session.spid,
    "@@textsize": lambda session, frame: session.settings.textsize,
    "@@trancount": lambda session, frame: session.transactions.count,
    "@@version": lambda session, frame: session.server.product.version_text,
    "app_name()": lambda session, frame: session.login.app_name,
    "columns_updated()": _columns_updated,
    "context_info()": _context_info,
    "current_transaction_id()": lambda session, frame: session.transactions.id,
    "current_user": _user,
    "db_id()": _database_id,
    "db_name()": lambda session, frame: session.database,
    "error_line()": _caught(lambda error: error.line),
    "error_message()": _caught(lambda error: error.message),
    "error_number()": _caught(lambda error: error.number),
    "error_procedure()": _caught(lambda error: error.procedure or None),
    "error_severity()": _caught(lambda error: error.severity),
    "error_state()": _caught(lambda error: error.state),
    "host_id()": lambda session, frame: str(session.login.client_process),
    "host_name()": lambda session, frame: session.login.host_name,
    "original_db_name()": lambda session, frame: session.login.database or "master",
    "original_login()": _login,
    "rowcount_big()": lambda session, frame: session.row_count,
    "schema_name()": _schema,
    "scope_identity()": lambda session, frame: frame.identity,
    "session_user": _user,
    "suser_name()": _login,
    "suser_sname()": _login,
    "system_user": _login,
    "trigger_nestlevel()": _trigger_depth,
    "user": _user,
    "user_name()": _user,
    "xact_state()": lambda session, frame: session.transactions.state,
    TRANSACTION_COUNT_OF_CHANGE: lambda session, frame: max(session.transactions.count, 1) + 1,
    TRANSACTION_STATE_OF_READ: lambda session, frame: session.transactions.state or 1,
}
