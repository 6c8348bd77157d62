"""Programs that run in a separate process, with the database of the tests as "default"."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from django.db import connection

_SETUP = """
import json, sys
from django.conf import settings

settings.configure(**json.load(sys.stdin))
import django

django.setup()
from django.db import connection, connections, transaction, DatabaseError

def ask(sql, alias="default"):
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]

"""


def settings_for(options: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the settings of the tests' database, with more options, as JSON can carry them."""
    names = ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD")
    settings = {name: connection.settings_dict[name] for name in names}
    extra_params = str(connection.settings_dict["OPTIONS"].get("extra_params", ""))
    return {**settings, "OPTIONS": {"extra_params": extra_params, **options}, **changes}


def run(
    program: str,
    databases: dict[str, Any],
    environment: dict[str, str] | None = None,
    **settings: Any,
) -> list[str]:
    """Run a program to its end and return the lines that it has printed."""
    configuration = {"DATABASES": databases, "SECRET_KEY": "x", "USE_TZ": True, **settings}
    done = subprocess.run(
        [sys.executable, "-c", _SETUP + program],
        input=json.dumps(configuration),
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
