"""The tests for each Python, Django and driver: `nox`, or `nox -s "tests-3.12(django='6.1')"`.

Sessions whose Python is not installed are skipped. The embedded server needs Python 3.10: with an
older one the backend runs against a server in an environment of its own.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False

# https://docs.djangoproject.com/en/stable/faq/install/#what-python-version-can-i-use-with-django
SUPPORTED = {
    "3.10": ["3.2", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2"],
    "3.11": ["4.1", "4.2", "5.0", "5.1", "5.2"],
    "3.12": ["4.2", "5.0", "5.1", "5.2", "6.0", "6.1"],
    "3.13": ["5.1", "5.2", "6.0", "6.1"],
    "3.14": ["5.2", "6.0", "6.1"],
}
OLD = [("3.8", "3.2"), ("3.8", "4.2"), ("3.9", "3.2"), ("3.9", "4.2")]
SERVER_PYTHON = "python3.11"
STAND_IN = "./packages/tds-embedded"
PAIRS = [(python, django) for python, versions in SUPPORTED.items() for django in versions]


@nox.session
@nox.parametrize("driver", ["pyodbc", "mssql_python"])
@nox.parametrize("python,django", PAIRS)
def tests(session: nox.Session, django: str, driver: str) -> None:
    """The product's own tests; arguments go to pytest."""
    session.install("-e", STAND_IN, "-e", ".[test,demo]", f"Django~={django}.0")
    session.run("pytest", *session.posargs, env={"MSSQL_TEST_PYTHON_DRIVER": driver})


@nox.session
@nox.parametrize("python,django", OLD)
def old_python(session: nox.Session, django: str) -> None:
    """The first steps of a project on a Python that the embedded server does not support."""
    session.install(".", f"Django~={django}.0")
    environment = Path(session.create_tmp(), "server")
    python = str(environment / "bin" / "python")
    session.run(SERVER_PYTHON, "-m", "venv", str(environment), external=True)
    session.run(python, "-m", "pip", "install", "--quiet", STAND_IN, ".[embedded]", external=True)
    steps = Path("tools", "first_steps.py").resolve()
    session.run("python", "-I", str(steps), "--server-python", python)
