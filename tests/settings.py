"""Settings of the tests. conftest.py adds the server's address."""

from __future__ import annotations

import os
from typing import Any

SECRET_KEY = "for the tests only"
USE_TZ = True
TIME_ZONE = "America/Chicago"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.urls"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
STATIC_URL = "static/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "mssql",
    "mssql.telemetry.viewer",
    "tests",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "mssql",
        "NAME": os.environ.get("MSSQL_TEST_NAME", "tests"),
        "HOST": os.environ.get("MSSQL_TEST_HOST", ""),
        "PORT": os.environ.get("MSSQL_TEST_PORT", ""),
        "USER": os.environ.get("MSSQL_TEST_USER", ""),
        "PASSWORD": os.environ.get("MSSQL_TEST_PASSWORD", ""),
        "OPTIONS": {
            "python_driver": os.environ.get("MSSQL_TEST_PYTHON_DRIVER", "pyodbc"),
            "extra_params": os.environ.get("MSSQL_TEST_EXTRA_PARAMS", ""),
        },
    }
}
