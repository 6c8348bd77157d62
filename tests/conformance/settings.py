"""Settings of Django's own suite. Environment variables from the runner contain the server's
address."""

from __future__ import annotations

import os
import warnings
from typing import Any

import django


def _database(name: str) -> dict[str, Any]:
    if os.environ.get("CONFORMANCE_DATABASE") == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3"}
    options: dict[str, Any] = {"extra_params": os.environ.get("MSSQL_TEST_EXTRA_PARAMS", "")}
    if "CONFORMANCE_DRIVER" in os.environ:  # mssql-django, with the options of its test run
        options.update(driver=os.environ["CONFORMANCE_DRIVER"], return_rows_bulk_insert=True)
    return {
        "ENGINE": "mssql",
        "NAME": name,
        "HOST": os.environ["MSSQL_TEST_HOST"],
        "PORT": os.environ.get("MSSQL_TEST_PORT", ""),
        "USER": os.environ.get("MSSQL_TEST_USER", ""),
        "PASSWORD": os.environ.get("MSSQL_TEST_PASSWORD", ""),
        "OPTIONS": options,
    }


DATABASES = {"default": _database("conformance"), "other": _database("conformance_other")}
TEST_RUNNER = "tests.conformance.recording.Runner"

# As in Django's own settings for its suite, tests/test_sqlite.py.
SECRET_KEY = "django_tests_secret_key"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if django.VERSION < (6, 0):  # since then the suite counts on Django's own default
    DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = os.environ.get("CONFORMANCE_USE_TZ") == "true"
if USE_TZ:  # The suite writes naive datetimes, and turns warnings into errors.
    warnings.filterwarnings("ignore", ".* received a naive datetime", RuntimeWarning)
