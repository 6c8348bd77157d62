"""`manage.py dbshell`: the command line of sqlcmd, and no secret in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from mssql.client import DatabaseClient

SECRET = "a-secret-that-must-not-leak"


def command(parameters: tuple[str, ...] = (), **settings: Any) -> tuple[list[str], Any]:
    options = settings.pop("OPTIONS", {})
    given = {"NAME": "app", "HOST": "db", "OPTIONS": options, **settings}
    return DatabaseClient.settings_to_cmd_args_env(given, parameters)


@pytest.mark.parametrize(
    ("settings", "arguments", "environment"),
    [
        ({"USER": "sa", "PASSWORD": SECRET}, ["-U", "sa"], {"SQLCMDPASSWORD": SECRET}),
        ({}, ["-E"], None),
        (
            {"OPTIONS": {"authentication": "msi", "client_id": "c"}},
            ["--authentication-method=ActiveDirectoryManagedIdentity", "-U", "c"],
            None,
        ),
        (
            {"OPTIONS": {"authentication": "ServicePrincipal"}, "USER": "c@t", "PASSWORD": SECRET},
            ["--authentication-method=ActiveDirectoryServicePrincipal", "-U", "c@t"],
            {"SQLCMDPASSWORD": SECRET},
        ),
        (
            {
                "OPTIONS": {"authentication": "ActiveDirectoryPassword"},
                "USER": "u",
                "PASSWORD": SECRET,
            },
            ["--authentication-method=ActiveDirectoryPassword", "-U", "u"],
            {"SQLCMDPASSWORD": SECRET},
        ),
        (
            {
                "OPTIONS": {
                    "authentication": "ServicePrincipal",
                    "tenant_id": "t",
                    "client_secret": lambda: SECRET,
                },
                "USER": "c",
            },
            ["--authentication-method=ActiveDirectoryServicePrincipal", "-U", "c@t"],
            {"SQLCMDPASSWORD": SECRET},
        ),
        (
            {
                "OPTIONS": {
                    "authentication": "ActiveDirectoryPassword",
                    "client_id": "c",
                    "tenant_id": "t",
                },
                "USER": "u",
                "PASSWORD": SECRET,
            },
            ["--authentication-method=ActiveDirectoryPassword", "-U", "u"],
            {"SQLCMDPASSWORD": SECRET},
        ),
        (
            {"TOKEN": lambda: SECRET},
            ["--authentication-method=ActiveDirectoryDefault"],
            None,
        ),
        (
            {"OPTIONS": {"extra_params": "Encrypt=strict;TrustServerCertificate=yes"}},
            ["-E", "-Ns", "-C"],
            None,
        ),
    ],
)
def test_the_command(settings: dict[str, Any], arguments: list[str], environment: Any) -> None:
    found, variables = command(**settings)
    assert found == ["sqlcmd", "-S", "db", "-d", "app", *arguments]
    assert variables == environment
    assert SECRET not in " ".join(found)


def test_the_port_and_more_parameters() -> None:
    found, _ = command(("-Q", "SELECT 1"), HOST="db,1444")
    assert found == ["sqlcmd", "-S", "db,1444", "-d", "app", "-E", "-Q", "SELECT 1"]


def test_the_shell_gets_the_password_by_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "sqlcmd"
    program.write_text('#!/bin/sh\necho "$SQLCMDPASSWORD" "$@" > "$(dirname "$0")/seen"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    default = connections["default"]
    settings = {**default.settings_dict, "USER": "sa", "PASSWORD": SECRET}
    type(default)(settings, "shell").client.runshell([])
    assert (tmp_path / "seen").read_text().startswith(f"{SECRET} -S ")
