"""The system procedures that define things: sp_rename and those of extended properties.

Follows "Database Engine stored procedures",
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/database-engine-stored-procedures-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tds_embedded.engine.ddl import commands
from tds_embedded.engine.ddl import properties as ddl_properties
from tds_embedded.engine.ddl.rename import rename
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.procedures.calls import Call, SystemProcedure
from tds_embedded.errors import SqlServerError, error

_LEVELS = (
    "@level0type",
    "@level0name",
    "@level1type",
    "@level1name",
    "@level2type",
    "@level2name",
)


def _define(call: Call, run: Callable[[], None]) -> int:
    call.engine.transactions.before_statement(writes=True)
    run()
    call.engine.backend.tables_changed()
    return 0


def _sp_rename(call: Call) -> int:
    old, new, kind = call.bind("@objname", "@newname", "@objtype", minimum=2)
    if new is None:
        raise error(15223, "newname", state=11)
    if old is None:
        raise error(15223, "objname")
    try:
        status = _define(call, lambda: rename(call.engine, old, new, kind))
    except SqlServerError as raised:
        raised.procedure = call.name.rpartition(".")[2]
        raise
    call.sink.error(error(15477))
    return status


def _levels(values: list[Any]) -> list[ddl_properties.Level]:
    return [(values[n], values[n + 1]) for n in range(0, len(values), 2)]


def _sp_addextendedproperty(call: Call) -> int:
    name, value, *levels = call.bind("@name", "@value", *_LEVELS, minimum=1)
    engine = call.engine
    if name is None:
        call.sink.error(replace(error(15600, call.name), severity=15))
        return 1
    return _define(call, lambda: ddl_properties.add(engine, name, value, *_levels(levels)))


def _sp_updateextendedproperty(call: Call) -> int:
    name, value, *levels = call.bind("@name", "@value", *_LEVELS, minimum=1)
    engine = call.engine
    return _define(call, lambda: ddl_properties.update(engine, name, value, *_levels(levels)))


def _sp_dropextendedproperty(call: Call) -> int:
    name, *levels = call.bind("@name", *_LEVELS, minimum=1)
    engine = call.engine
    return _define(call, lambda: ddl_properties.drop(engine, name, *_levels(levels)))


def _sp_msforeachtable(call: Call) -> int:
    """Run a command for every table, its name in the place of the question mark."""
    command, mark = call.bind("@command1", "@replacechar", minimum=1)
    tables = commands.run(
        call.engine,
        "SELECT s.name::text, o.name::text FROM sys.tables o"
        " JOIN sys.schemas s ON s.schema_id = o.schema_id ORDER BY o.object_id",
    )
    for schema, table in tables:
        bracketed_name = f"[{schema}].[{table.replace(']', ']]')}]"
        text = command.replace(mark or "?", bracketed_name)
        call.engine.run_text(Frame(text, level=call.level + 1), call.sink)
    return 0


PROCEDURES: dict[str, SystemProcedure] = {
    "sp_rename": _sp_rename,
    "sp_addextendedproperty": _sp_addextendedproperty,
    "sp_dropextendedproperty": _sp_dropextendedproperty,
    "sp_msforeachtable": _sp_msforeachtable,
    "sp_updateextendedproperty": _sp_updateextendedproperty,
}
