"""The rows of sys.dm_exec_query_stats, its functions, and Query Store's views.

Before a statement that reads them the statistics are written to meta.query_statistics, on a
separate connection, and missing plans are added: those of the latest statements, if PostgreSQL can
still plan them.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import psycopg

from tds_embedded.engine import permissions
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.query_statistics import Entry
from tds_embedded.postgres.backend import Backend
from tds_embedded.showplan import document as showplan

PLANS = 50  # added at most for one reading statement
LOCK_TIMEOUT_MS = 100  # a plan that would wait for a lock is left out
_SERVER_VIEWS = re.compile(r'\bsys"?\."?dm_exec_(?:query_|text_query_plan|sql_text|cached_plans)')
_DATABASE_VIEWS = re.compile(r'\bsys"?\."?query_store_')
_PLAN_HASH = re.compile(r'QueryPlanHash="0x([0-9A-F]+)"')


def prepare(sql: str, engine: Engine) -> None:
    """Publish the rows of the views that a translated statement reads.

    Raises 262 or 300.
    """
    if _SERVER_VIEWS.search(sql) is not None:
        permissions.check_server_state(engine)
    elif _DATABASE_VIEWS.search(sql) is not None:
        permissions.check_database_state(engine)
    else:
        return
    publish(engine)


def publish(engine: Engine) -> None:
    """Write the statistics to the tables of the views."""
    statistics = engine.statistics
    with statistics.publishing:
        connection = engine.instance.connect(engine.database.lower())
        with connection:
            backend = Backend(connection)
            backend.command(
                f"SET search_path = tsql, pg_catalog; SET lock_timeout = {LOCK_TIMEOUT_MS}"
            )
            entries = statistics.entries()
            own = [entry for entry in entries if entry.database == engine.database]
            for entry in own[:PLANS]:
                _make_plans(entry, backend, engine)
            with connection.transaction():
                connection.execute("DELETE FROM meta.query_statistics")
                connection.execute(
                    "INSERT INTO meta.query_statistics SELECT * FROM json_populate_recordset("
                    "NULL::meta.query_statistics, %s)",
                    [json.dumps([_seen(entry) for entry in entries])],
                )


def _make_plans(entry: Entry, backend: Backend, engine: Engine) -> None:
    if not entry.is_compiled:
        entry.is_compiled = True
        if entry.translation.creates is None:
            with contextlib.suppress(psycopg.Error):
                plan = backend.text(showplan.explain(entry.translation.sql, actual=False))
                entry.plan = _document(entry, json.loads(plan), backend, engine)
    if entry.actual is not None and entry.actual_plan is None:
        entry.actual_plan = _document(entry, [entry.actual], backend, engine)


def _document(entry: Entry, plan: Any, backend: Backend, engine: Engine) -> str:
    product = engine.product
    return showplan.show_plan(
        [showplan.Planned(entry.statement, entry.kind, plan, entry.parameters, {})],
        lambda sql: backend.run(sql).all(),
        entry.database,
        version=product.product_version,
        compatibility_level=product.compatibility_level,
    )


def _seen(entry: Entry) -> dict[str, Any]:
    plan_hash = _PLAN_HASH.search(entry.plan or entry.actual_plan or "")
    row: dict[str, Any] = {
        "database": entry.database,
        "text": entry.text,
        "statement": entry.statement,
        "sql_handle": "\\x" + entry.sql_handle.hex(),
        "plan_handle": "\\x" + entry.plan_handle.hex(),
        "start_offset": entry.start,
        "end_offset": entry.end,
        "created": entry.created_at.isoformat(),
        "last_run": entry.last_run.isoformat(),
        "runs": entry.runs,
        "query_hash": "\\x" + entry.query_hash[2:],
        "query_plan_hash": "\\x" + (plan_hash[1] if plan_hash else "00" * 8),
        "query_plan": entry.plan,
        "actual_plan": entry.actual_plan,
    }
    for name, figures in (("elapsed", entry.elapsed), ("rows", entry.rows)):
        for which, value in zip(("total", "last", "min", "max"), figures, strict=True):
            row[f"{which}_{name}"] = value
    return row
