"""The registry of procedures: the system's by their names, then the users'."""

from __future__ import annotations

from tds_embedded.engine.procedures import (
    application_locks,
    catalog,
    datatype_info,
    describe,
    prepared_statements,
    properties,
    user,
)
from tds_embedded.engine.procedures.calls import Call, SystemProcedure
from tds_embedded.errors import error
from tds_embedded.tsql import ast

_SYSTEM: dict[str, SystemProcedure] = {
    **application_locks.PROCEDURES,
    **catalog.PROCEDURES,
    **datatype_info.PROCEDURES,
    **describe.PROCEDURES,
    **properties.PROCEDURES,
    **prepared_statements.PROCEDURES,
}


def invoke(call: Call, name: ast.ObjectName) -> int:
    """Run the procedure with that name. Return its status.

    Raises error 2812 if there is none, 40517 for one that is not emulated.
    """
    key = name.name.lower()
    procedure = _SYSTEM.get(key)
    if procedure is None:
        if key in catalog.UNSUPPORTED:
            raise error(40517, f"procedure {name.name}")
        return user.run(call, name)
    status = procedure(call)
    if key not in prepared_statements.STATEMENT_RUNNERS:
        call.engine.last_error = 0
    return status
