"""A database router for read replicas: a readable secondary for reads, the primary for writes.

A replica is an alias whose connection string contains ApplicationIntent=ReadOnly, with which SQL
Server routes a connection to a readable secondary. TEST["MIRROR"] is the alias of its primary, as
for any replica in Django's tests.
https://learn.microsoft.com/sql/database-engine/availability-groups/windows/configure-read-only-routing-for-an-availability-group-sql-server
"""

from __future__ import annotations

import random
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router

from mssql.config.connection_string import parse

READ_ONLY = "readonly"


class ReadReplicaRouter:
    """The router for DATABASE_ROUTERS: ["mssql.routers.ReadReplicaRouter"].

    Within atomic() of the primary, reads use the primary as well: a replica lags a little, and
    lacks the rows that the transaction has written. Raises ImproperlyConfigured for a replica
    without TEST["MIRROR"].
    """

    def __init__(self) -> None:
        self._primary_of = {
            alias: _primary(alias, settings)
            for alias, settings in connections.settings.items()
            if _is_replica(settings)
        }

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """Return one of the replicas of the database that the model is written to."""
        primary = router.db_for_write(model, **hints)
        replicas = [alias for alias, its in self._primary_of.items() if its == primary]
        if not replicas:
            return None
        if connections[primary].in_atomic_block:
            return primary
        return random.choice(replicas)  # noqa: S311 - it only spreads the load

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        """Return the primary of an object that was read from a replica."""
        instance = hints.get("instance")
        return self._primary_of.get(instance._state.db) if instance is not None else None

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        """Return True for objects of a primary and of its replicas, which may be related."""
        one, other = (self._primary_of.get(o._state.db, o._state.db) for o in (obj1, obj2))
        return True if one == other else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Return False for replicas, whose tables are those of the primary."""
        return False if db in self._primary_of else None


def _is_replica(settings: Any) -> bool:
    if settings.get("ENGINE") != "mssql":
        return False
    extra_params = (settings.get("OPTIONS") or {}).get("extra_params") or ""
    intent = parse(extra_params, "OPTIONS['extra_params']").get("ApplicationIntent")
    return (intent or "").lower() == READ_ONLY


def _primary(alias: str, settings: Any) -> str:
    primary = (settings.get("TEST") or {}).get("MIRROR")
    if not primary:
        raise ImproperlyConfigured(
            f"DATABASES[{alias!r}] is a read replica (ApplicationIntent=ReadOnly): set its "
            "TEST['MIRROR'] to the alias of its primary, such as 'default'."
        )
    return str(primary)
