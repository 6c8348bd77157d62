"""Logins and users that may not do everything: CREATE LOGIN, CREATE USER, GRANT, DENY, REVOKE.

The logins that the server was started with may do everything. Those of CREATE LOGIN need
permissions: permissions on a whole database or the server, and the fixed roles db_datareader,
db_datawriter and db_owner. Permissions on single objects, user-defined roles and owners are not
emulated (40517). All of it lasts as long as the server runs.

Follows "Permissions (Database Engine)",
https://learn.microsoft.com/sql/relational-databases/security/permissions-database-engine
"""

from __future__ import annotations

from collections.abc import Iterator

from tds_embedded.catalog.tables import DEFAULT_SCHEMA
from tds_embedded.engine.principals import (
    DATABASE_PERMISSIONS,
    ROLES,
    SERVER_PERMISSIONS,
    SINCE_2022,
    Grants,
)
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.walk import descendants

SERVER_DEFINITIONS = frozenset(("CREATE DATABASE", "RESTORE DATABASE"))
_WRITES: dict[type, tuple[str, ...]] = {
    ast.Select: (),
    ast.Insert: ("INSERT",),
    ast.Update: ("UPDATE",),
    ast.Delete: ("DELETE",),
    ast.Merge: ("INSERT", "UPDATE", "DELETE"),
}


# --- Definitions -------------------------------------------------------------------------------


def execute(node: ast.Statement, engine: Engine) -> bool:
    """Run CREATE or DROP of a LOGIN or USER, ALTER USER ... DEFAULT_SCHEMA, ALTER ROLE ... MEMBER,
    GRANT, DENY or REVOKE. Return False for any other statement.

    Raises 102, 4621, 15007, 15023, 15025, 15151, 15247, and 40517 for an option that is not
    emulated.
    """
    if isinstance(node, ast.Permission):
        _change(node, engine)
        return True
    if not isinstance(node, ast.Principal):
        return False
    run = _DEFINITIONS.get(f"{node.verb} {node.kind}")
    known_options = ("DEFAULT_SCHEMA",) if node.kind == "USER" else ()
    if run is None or node.source is not None or {o.name for o in node.options} - {*known_options}:
        raise error(40517, f"{node.verb} {node.kind}")
    run(node, engine)
    return True


def _create_login(node: ast.Principal, engine: Engine) -> None:
    _check_server(engine)
    logins = engine.instance.logins
    if node.name.lower() in (name.lower() for name in logins):
        raise error(15025, node.name)
    if node.password is None:
        raise error(40517, "CREATE LOGIN without a password")
    engine.principals.logins[node.name.lower()] = Grants()
    logins[node.name] = node.password


def _drop_login(node: ast.Principal, engine: Engine) -> None:
    _check_server(engine)
    if engine.principals.logins.pop(node.name.lower(), None) is None:
        raise error(15151, "drop", "login", node.name)
    logins = engine.instance.logins
    for name in [name for name in logins if name.lower() == node.name.lower()]:
        del logins[name]


def _check_server(engine: Engine) -> None:
    """Raise error 15247: logins are the server's, not a db_owner's."""
    if _is_limited(engine):
        raise error(15247)


def _create_user(node: ast.Principal, engine: Engine) -> None:
    principals = engine.principals
    login = (node.for_login or node.name).lower()
    if login not in principals.logins:
        raise error(15007, node.for_login or node.name)
    key = (engine.database.lower(), node.name.lower())
    if key in principals.users:
        raise error(15023, node.name)
    user = principals.users[key] = Grants(login=login, name=node.name)
    user.default_schema = _default_schema(node) or DEFAULT_SCHEMA


def _default_schema(node: ast.Principal) -> str | None:
    """Return the value of DEFAULT_SCHEMA, which may be a schema that does not exist yet."""
    return next((str(option.value) for option in node.options), None)


def _alter_user(node: ast.Principal, engine: Engine) -> None:
    """Sessions that are open already go on with the schema that they began with."""
    user, schema = _user(node.name, engine), _default_schema(node)
    if schema is None:
        raise error(40517, "ALTER USER without DEFAULT_SCHEMA")
    user.default_schema = schema


def _drop_user(node: ast.Principal, engine: Engine) -> None:
    key = (engine.database.lower(), node.name.lower())
    if engine.principals.users.pop(key, None) is None and not node.if_exists:
        raise error(15151, "drop", "user", node.name)


def _alter_role(node: ast.Principal, engine: Engine) -> None:
    role = node.name.lower()
    if role not in ROLES or node.member is None:
        raise error(40517, f"ALTER ROLE {node.name}")
    action, name = node.member
    user = _user(name, engine)
    (user.roles.add if action == "ADD" else user.roles.discard)(role)


def _user(name: str, engine: Engine) -> Grants:
    user = engine.principals.users.get((engine.database.lower(), name.lower()))
    if user is None:
        raise error(15151, "find", "user", name)
    return user


def _change(node: ast.Permission, engine: Engine) -> None:
    if node.on is not None:
        raise error(40517, f"{node.verb} ... ON")
    for permission in node.permissions:
        for name in node.principals:
            _grants(permission, name, engine).change(node.verb, permission)


def _grants(permission: str, name: str, engine: Engine) -> Grants:
    """Whom a permission is granted to."""
    if permission in SINCE_2022 and engine.product.compatibility_year < 2022:
        raise error(102, permission.split()[0])
    if permission in DATABASE_PERMISSIONS:
        return _user(name, engine)
    if permission not in SERVER_PERMISSIONS:
        raise error(40517, f"GRANT {permission}")
    if engine.database.lower() != "master":
        raise error(4621)
    login = engine.principals.logins.get(name.lower())
    if login is None or _is_limited(engine):
        raise error(15151, "find", "login", name)
    return login


_DEFINITIONS = {
    "CREATE LOGIN": _create_login,
    "DROP LOGIN": _drop_login,
    "CREATE USER": _create_user,
    "ALTER USER": _alter_user,
    "DROP USER": _drop_user,
    "ALTER ROLE": _alter_role,
}


# --- Checks ------------------------------------------------------------------------------------


def check_database(engine: Engine, database: str, number: int) -> None:
    """Raise the error `number` if the login has no user in the database."""
    if _is_limited(engine) and (engine.principals.user_of(database, engine.login_name) is None):
        raise error(number, database)


def check_statement(node: ast.Statement, engine: Engine) -> None:
    """Raise error 229 if a query lacks permission to read or write a table."""
    if not _is_limited(engine):
        return
    target = getattr(node, "target", None)
    names = list(_tables(node))
    for permission in _WRITES[type(node)]:
        if isinstance(target, ast.NamedTable) and target.name in names:
            _check_object(permission, target.name, engine)
    for name in names:
        if target is None or name != target.name:
            _check_object("SELECT", name, engine)


def _tables(node: ast.Statement) -> Iterator[ast.ObjectName]:
    """Yield the user tables that a statement names."""
    nodes = list(descendants(node))
    expressions = {
        each.name.lower() for each in nodes if isinstance(each, ast.CommonTableExpression)
    }
    for each in nodes:
        if isinstance(each, ast.NamedTable):
            name = each.name
            is_system = (name.schema or "").lower() in ("sys", "information_schema")
            is_expression = len(name.parts) == 1 and name.name.lower() in expressions
            if not (is_system or is_expression or name.name.startswith("#")):
                yield name


def _check_object(permission: str, name: ast.ObjectName, engine: Engine) -> None:
    if not _may(permission, engine):
        schema = name.schema or engine.catalog.default_schema
        raise error(229, permission, name.name, engine.database, schema)


def check_execute(name: ast.ObjectName, engine: Engine) -> None:
    """Raise error 229 if the user may not execute a procedure."""
    _check_object("EXECUTE", name, engine)


def check_definition(what: str, engine: Engine) -> None:
    """Raise error 262 for a statement that defines or alters something, but for a db_owner's."""
    if not _is_limited(engine):
        return
    user = engine.principals.user_of(engine.database, engine.login_name)
    is_owner = user is not None and "db_owner" in user.roles
    if not is_owner or what in SERVER_DEFINITIONS:
        raise error(262, what, engine.database)


def check_kill(engine: Engine) -> None:
    """Raise error 6102."""
    if _is_limited(engine):
        raise error(6102)


def check_showplan(engine: Engine) -> None:
    """Raise error 262 without SHOWPLAN."""
    if not _may("SHOWPLAN", engine):
        raise error(262, "SHOWPLAN", engine.database)


def check_server_state(engine: Engine) -> None:
    """Raise error 300, or 262 in Azure SQL Database, if the user may not see the server's state."""
    product = engine.product
    since_2022 = product.compatibility_year >= 2022
    middle = " PERFORMANCE" if since_2022 else ""
    if product.name == "azure":
        check_database_state(engine)
    elif _is_limited(engine):
        login = engine.principals.logins[engine.login_name.lower()]
        if not login.have(f"VIEW SERVER{middle} STATE"):
            raise error(300, f"VIEW SERVER{middle} STATE")


def check_database_state(engine: Engine) -> None:
    """Raise error 262 if the user may not see the database's state."""
    since_2022 = engine.product.compatibility_year >= 2022
    permission = f"VIEW DATABASE{' PERFORMANCE' if since_2022 else ''} STATE"
    if not _may(permission, engine):
        raise error(262, permission, engine.database)


def user_name(engine: Engine) -> str:
    """Return the database's user that the session is: dbo for a login that may do everything."""
    return _user_of(engine).name


def default_schema(engine: Engine) -> str:
    """Return the first schema for a name without one: always dbo for the user dbo.

    "CREATE USER", https://learn.microsoft.com/sql/t-sql/statements/create-user-transact-sql
    """
    return _user_of(engine).default_schema


def _user_of(engine: Engine) -> Grants:
    user = None
    if _is_limited(engine):
        user = engine.principals.user_of(engine.database, engine.login_name)
    return user or Grants(name="dbo")


def _is_limited(engine: Engine) -> bool:
    return engine.login_name.lower() in engine.principals.logins


def _may(permission: str, engine: Engine) -> bool:
    if not _is_limited(engine):
        return True
    user = engine.principals.user_of(engine.database, engine.login_name)
    return user is not None and user.have(permission)
