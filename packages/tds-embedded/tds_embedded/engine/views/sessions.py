"""The rows of sys.dm_exec_sessions and sys.dm_exec_requests: the sessions, as JSON.

Follows "sys.dm_exec_sessions", https://learn.microsoft.com/sql/relational-databases/
system-dynamic-management-views/sys-dm-exec-sessions-transact-sql
"""

from __future__ import annotations

import json
from typing import Any

from tds_embedded.engine.instance import OpenSession
from tds_embedded.engine.protocol import Engine

VIEWS = "dm_exec_"  # how the names of all views begin that read the sessions
ISOLATION_NUMBERS = {
    "READ UNCOMMITTED": 1,
    "READ COMMITTED": 2,
    "REPEATABLE READ": 3,
    "SERIALIZABLE": 4,
    "SNAPSHOT": 5,
}


def publish(engine: Engine) -> None:
    """Write the state of all sessions to the setting that the views read."""
    sessions = list(engine.instance.sessions.values())
    document = json.dumps([_seen(each) for each in sessions])
    engine.backend.run("SELECT set_config('mssql.sessions', $1, false)", [document]).all()


def _seen(session: OpenSession) -> dict[str, Any]:
    settings, login = session.settings, session.login
    return {
        "session_id": session.spid,
        "login_time": session.login_time.isoformat(),
        "host_name": login.host_name,
        "program_name": login.app_name,
        "host_process_id": login.client_process,
        "client_interface_name": login.client,
        "login_name": session.login_name,
        "running": session.request_end is None,
        "context_info": session.context_info.hex(),
        "request_start": session.request_start.isoformat(),
        "request_end": session.request_end and session.request_end.isoformat(),
        "text_size": settings.textsize,
        "language": settings.language,
        "date_first": settings.datefirst,
        "quoted_identifier": settings.quoted_identifier,
        "arithabort": settings.arithabort,
        "isolation": ISOLATION_NUMBERS[session.transactions.isolation],
        "lock_timeout": settings.lock_timeout,
        "deadlock_priority": settings.deadlock_priority,
        "row_count": session.row_count,
        "previous_error": session.last_error,
        "database": session.database,
        "transactions": session.transactions.count,
    }
