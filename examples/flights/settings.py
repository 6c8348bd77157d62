"""Settings of the demo project. There is no password here: Django signs in with its identity."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

DEBUG = True
INTERNAL_IPS = ["127.0.0.1"]  # who may use the SQL viewer without signing in
SECRET_KEY = os.environ.get("FLIGHTS_SECRET_KEY") or secrets.token_urlsafe(50)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
ROOT_URLCONF = "examples.flights.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = "America/New_York"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "mssql",
    "mssql.telemetry.viewer",
    "examples.flights",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
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
STATICFILES_DIRS: list[Path] = []

DATABASES = {
    "default": {
        "ENGINE": "mssql",
        "NAME": os.environ.get("FLIGHTS_DATABASE", "flights"),
        "HOST": os.environ.get("FLIGHTS_HOST", "127.0.0.1"),
        "PORT": os.environ.get("FLIGHTS_PORT", ""),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "authentication": "ActiveDirectoryMSI",
            "extra_params": os.environ.get("FLIGHTS_EXTRA_PARAMS", ""),
            "telemetry": {"plan_threshold": 50},
        },
    }
}
