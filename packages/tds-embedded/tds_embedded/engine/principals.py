"""Logins and users, with their permissions."""

from __future__ import annotations

from dataclasses import dataclass, field

from tds_embedded.catalog.tables import DEFAULT_SCHEMA

SERVER_PERMISSIONS = frozenset(("VIEW SERVER STATE", "VIEW SERVER PERFORMANCE STATE"))
DATA_PERMISSIONS = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"))
PLAN_PERMISSIONS = frozenset(("SHOWPLAN", "VIEW DATABASE STATE", "VIEW DATABASE PERFORMANCE STATE"))
DATABASE_PERMISSIONS = DATA_PERMISSIONS | PLAN_PERMISSIONS
SINCE_2022 = frozenset(("VIEW SERVER PERFORMANCE STATE", "VIEW DATABASE PERFORMANCE STATE"))
# A permission with those that include it.
COVERED_BY = {
    "VIEW SERVER PERFORMANCE STATE": ("VIEW SERVER STATE",),
    "VIEW DATABASE PERFORMANCE STATE": ("VIEW DATABASE STATE",),
}
ROLES = {
    "db_datareader": frozenset(("SELECT",)),
    "db_datawriter": frozenset(("INSERT", "UPDATE", "DELETE")),
    "db_owner": DATABASE_PERMISSIONS,
}
GUESTS = ("master", "tempdb", "msdb")  # databases that every login may use


@dataclass
class Grants:
    """The permissions of one login or user; a user's `login`, roles and schema."""

    grants: set[str] = field(default_factory=set)
    denials: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    login: str = ""
    name: str = ""
    default_schema: str = DEFAULT_SCHEMA

    def change(self, verb: str, permission: str) -> None:
        self.grants.discard(permission)
        self.denials.discard(permission)
        if verb != "REVOKE":
            (self.grants if verb == "GRANT" else self.denials).add(permission)

    def have(self, permission: str) -> bool:
        sufficient = {permission, *COVERED_BY.get(permission, ())}
        if sufficient & self.denials:
            return False
        return bool(sufficient & self.grants) or any(
            sufficient & ROLES[role] for role in self.roles
        )


class Principals:
    """The logins of one server that CREATE LOGIN added, and the users of its databases;
    names are in lower case."""

    def __init__(self) -> None:
        self.logins: dict[str, Grants] = {}
        self.users: dict[tuple[str, str], Grants] = {}  # by database and name

    def user_of(self, database: str, login: str) -> Grants | None:
        """Return a login's user in a database, or None."""
        for (where, _), user in list(self.users.items()):
            if where == database.lower() and user.login == login.lower():
                return user
        return Grants(name="guest") if database.lower() in GUESTS else None
