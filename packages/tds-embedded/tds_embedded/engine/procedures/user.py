"""The users' stored procedures: kept as text in meta.modules, run by the interpreter.

Follows "CREATE PROCEDURE",
https://learn.microsoft.com/sql/t-sql/statements/create-procedure-transact-sql
"""

from __future__ import annotations

from tds_embedded.engine import permissions
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.procedures.calls import Call, bind_parameters
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast

PROCEDURE = "P"  # the type in sys.objects

_FIND = """
    SELECT id, schema, name, definition FROM meta.modules
    WHERE lower(schema) = lower($1) AND lower(name) = lower($2) AND kind = $3
"""
_CREATE = "INSERT INTO meta.modules (schema, name, kind, definition) VALUES ($1, $2, $3, $4)"
_ALTER = "UPDATE meta.modules SET definition = $2, modified = localtimestamp WHERE id = $1"
_DROP = "DELETE FROM meta.modules WHERE id = $1"

Module = tuple[int, str, str, str]  # id, schema, name, definition


def find(engine: Engine, name: ast.ObjectName) -> Module | None:
    """Return the procedure of that name."""
    for schema in engine.catalog.searched(name.schema):
        rows = engine.backend.run(_FIND, [schema, name.name, PROCEDURE]).all()
        if rows:
            return rows[0]
    return None


def create(node: ast.CreateProcedure, engine: Engine) -> None:
    """CREATE, ALTER or CREATE OR ALTER. Raises 208, 2714 or 2760, and the error of the body."""
    _compile(node, engine)
    schema = node.name.schema or engine.catalog.default_schema
    rows = engine.backend.run(_FIND, [schema, node.name.name, PROCEDURE]).all()
    if not rows:
        if node.mode != "CREATE" and engine.catalog.table(schema, node.name.name) is not None:
            raise error(2010, "alter", node.name)
        if node.mode == "ALTER":
            raise error(208, node.name, state=6)
        if engine.catalog.table(schema, node.name.name) is not None:
            raise error(2714, node.name.name, state=3)
        engine.backend.run(_CREATE, [schema, node.name.name, PROCEDURE, node.text])
    elif node.mode == "CREATE":
        raise error(2714, node.name.name, state=3)
    else:
        engine.backend.run(_ALTER, [rows[0][0], node.text])


def _compile(node: ast.CreateProcedure, engine: Engine) -> None:
    """Check the body. Raises the errors of the body as a batch."""
    frame = Frame(node.text, node.name.name, level=1, is_module=True)
    for parameter in node.parameters:
        frame.declare(parameter.name, engine.system_type(parameter.type))
    try:
        engine.declare_variables(frame, node.body)
        engine.compile_module(node.body, frame)
    except SqlServerError as raised:
        raised.compiling = True
        raise
    finally:
        engine.release_variables(frame)


def drop(node: ast.DropObjects, engine: Engine) -> None:
    """DROP PROCEDURE. Raises 3701 or 3705 for invalid names, after the others are dropped."""
    problems = []
    for name in node.names:
        module = find(engine, name)
        if module is not None:
            engine.backend.run(_DROP, [module[0]])
        elif engine.catalog.table(name.schema, name.name) is not None:
            problems.append(error(3705, "PROCEDURE", name, name, "table", "DROP TABLE"))
        elif not node.if_exists:
            problems.append(error(3701, "procedure", name))
    if problems:
        raise problems[-1].after(*problems[:-1])


def run(call: Call, name: ast.ObjectName) -> int:
    """Run the procedure with that name. Return its status.

    Raises 201, 229, 266, 2812 and its errors.
    """
    engine = call.engine
    module = find(engine, name)
    if module is None:
        raise error(2812, name)
    permissions.check_execute(name, engine)
    module_id, _, own_name, definition = module
    (node,) = engine.parse(definition, True)
    assert isinstance(node, ast.CreateProcedure)
    frame = Frame(
        definition, own_name, level=max(call.level, 1), is_module=True, object_id=module_id
    )

    def missing(parameter: str) -> SqlServerError:
        return error(201, own_name, parameter)

    try:
        outputs = bind_parameters(node.parameters, call.arguments, frame, call, missing)
    except SqlServerError as raised:
        raised.of_call, raised.procedure, raised.line = True, own_name, 0
        raise
    before = engine.transactions.count
    engine.run_frame(frame, lambda: node.body, call.sink)
    call.outputs += [(argument, frame.types[key], frame.values[key]) for argument, key in outputs]
    call.ended = frame.ended
    after = engine.transactions.count
    if before != after:
        unequal = error(266, before, after)
        unequal.procedure = own_name
        raise unequal
    return frame.return_status
