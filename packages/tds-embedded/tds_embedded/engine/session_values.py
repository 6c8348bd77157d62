"""The values of functions and @@ variables of a session (tsql.translate.session_values)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tds_embedded.engine import permissions
from tds_embedded.engine.frames import Firing, Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql.translate.session_values import (
    TRANSACTION_COUNT_OF_CHANGE,
    TRANSACTION_STATE_OF_READ,
    UPDATED,
)

SYSTEM_DATABASE_IDS = {"master": 1, "tempdb": 2, "model": 3, "msdb": 4}
CONTEXT_INFO_LENGTH = 128
_COLUMN_NUMBERS = """
    SELECT attnum::int4 FROM pg_attribute
    WHERE attrelid = $1::int8::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""

Value = Callable[[Engine, Frame], Any]


def value(name: str, engine: Engine, frame: Frame) -> Any:
    """Return the value of a session value, by its name in lower case."""
    if name.startswith(UPDATED):
        return name[len(UPDATED) : -1] in _firing(frame).changed_columns
    return _VALUES[name](engine, frame)


def _caught(attribute: Callable[[SqlServerError], Any]) -> Value:
    """Of the error that the innermost running CATCH block has caught; NULL outside of one."""

    def read(engine: Engine, frame: Frame) -> Any:
        return attribute(engine.caught_errors[-1]) if engine.caught_errors else None

    return read


def _firing(frame: Frame) -> Firing:
    if frame.firing is None:
        raise error(40517, "UPDATE() and COLUMNS_UPDATED() of a change through a view")
    return frame.firing


def _columns_updated(engine: Engine, frame: Frame) -> bytes:
    """Return one bit per column of the trigger's table, the first column in the lowest bit."""
    firing = _firing(frame)
    numbers = [number for (number,) in engine.backend.run(_COLUMN_NUMBERS, [firing.relation]).all()]
    bits: int = sum(
        1 << number - 1
        for number, column in zip(numbers, firing.columns, strict=True)
        if column in firing.changed_columns
    )
    length = (int(numbers[-1]) + 7) // 8 if bits else 0
    return bits.to_bytes(length, "little")


def _trigger_depth(engine: Engine, frame: Frame) -> int:
    return engine.executor.trigger_depth


def _context_info(engine: Engine, frame: Frame) -> bytes | None:
    return engine.context_info.ljust(CONTEXT_INFO_LENGTH, b"\0") or None


def _database_id(engine: Engine, frame: Frame) -> int:
    name = engine.database.lower()
    system_id = SYSTEM_DATABASE_IDS.get(name)
    if system_id is not None:
        return system_id
    rows = engine.backend.run(
        "SELECT database_id::int4 FROM meta.databases WHERE name = current_database()"
    ).all()
    return int(rows[0][0])


def _microsoft_version(engine: Engine, frame: Frame) -> int:
    major, _, build = engine.product.version
    return int(major) << 24 | int(build)


def _login(engine: Engine, frame: Frame) -> str:
    return engine.login_name


def _user(engine: Engine, frame: Frame) -> str:
    return permissions.user_name(engine)


def _schema(engine: Engine, frame: Frame) -> str:
    return engine.catalog.default_schema


_VALUES: dict[str, Value] = {
    "@@datefirst": lambda engine, frame: engine.settings.datefirst,
    "@@error": lambda engine, frame: engine.last_error,
    "@@fetch_status": lambda engine, frame: 0,
    "@@identity": lambda engine, frame: engine.identity,
    "@@langid": lambda engine, frame: 0,
    "@@language": lambda engine, frame: engine.settings.language,
    "@@lock_timeout": lambda engine, frame: engine.settings.lock_timeout,
    "@@max_precision": lambda engine, frame: 38,
    "@@microsoftversion": _microsoft_version,
    "@@nestlevel": lambda engine, frame: frame.level,
    "@@options": lambda engine, frame: engine.settings.options,
    "@@procid": lambda engine, frame: frame.object_id,
    "@@rowcount": lambda engine, frame: engine.row_count,
    "@@servername": lambda engine, frame: engine.instance.name,
    "@@servicename": lambda engine, frame: "MSSQLSERVER",
    "@@spid": lambda engine, frame: engine.spid,
    "@@textsize": lambda engine, frame: engine.settings.textsize,
    "@@trancount": lambda engine, frame: engine.transactions.count,
    "@@version": lambda engine, frame: engine.product.version_text,
    "app_name()": lambda engine, frame: engine.login.app_name,
    "columns_updated()": _columns_updated,
    "context_info()": _context_info,
    "current_transaction_id()": lambda engine, frame: engine.transactions.id,
    "current_user": _user,
    "db_id()": _database_id,
    "db_name()": lambda engine, frame: engine.database,
    "error_line()": _caught(lambda error: error.line),
    "error_message()": _caught(lambda error: error.message),
    "error_number()": _caught(lambda error: error.number),
    "error_procedure()": _caught(lambda error: error.procedure or None),
    "error_severity()": _caught(lambda error: error.severity),
    "error_state()": _caught(lambda error: error.state),
    "host_id()": lambda engine, frame: str(engine.login.client_process),
    "host_name()": lambda engine, frame: engine.login.host_name,
    "original_db_name()": lambda engine, frame: engine.login.database or "master",
    "original_login()": _login,
    "rowcount_big()": lambda engine, frame: engine.row_count,
    "schema_name()": _schema,
    "scope_identity()": lambda engine, frame: frame.identity,
    "session_user": _user,
    "suser_name()": _login,
    "suser_sname()": _login,
    "system_user": _login,
    "trigger_nestlevel()": _trigger_depth,
    "user": _user,
    "user_name()": _user,
    "xact_state()": lambda engine, frame: engine.transactions.state,
    TRANSACTION_COUNT_OF_CHANGE: lambda engine, frame: max(engine.transactions.count, 1) + 1,
    TRANSACTION_STATE_OF_READ: lambda engine, frame: engine.transactions.state or 1,
}
