"""Django's own tests, from its source distribution, and a Python that has that Django."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import requires
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".conformance"
OURS = "django-mssql-otel"
OLDEST_PYTHON = {"6.0": (3, 12), "6.1": (3, 12)}  # of the Django versions that need a newer one
# Beside the packages there, runtests.py leaves these out too. GeoDjango is another backend's.
NOT_MODULES = {"import_error_package", "test_runner_apps", "gis_tests"}


class Unavailable(Exception):
    """The version cannot be provided; the text contains the reason and the cure."""


def interpreter(django: str) -> Path:
    """A Python with Django `django` ("6.1"; "" is the installed one) and this package.

    That is this Python if it has that Django, otherwise one in a virtual environment under
    .conformance/, created on its first use. Raises Unavailable if there is no Python for it.
    """
    if not django or installed(Path(sys.executable)).startswith(f"{django}."):
        return Path(sys.executable)
    stand_in = str(ROOT / "packages" / "tds-embedded")
    packages = ["--editable", stand_in, "--editable", f"{ROOT}[conformance]"]
    return _environment(f"venv-{django}", django, *packages)


def interpreter_with(package: str, django: str) -> Path:
    """A Python with another backend, the requirement `package`, and without this one."""
    django = django or installed(Path(sys.executable)).rpartition(".")[0]
    name = f"venv-{package.partition('=')[0]}-{django}"
    return _environment(name, django, package, *_wanted_by_the_suite())


def _wanted_by_the_suite() -> list[str]:
    """Return the requirements that pyproject.toml's extra `conformance` names in addition to this
    package."""
    for_suite = [text for text in requires(OURS) or () if 'extra == "conformance"' in text]
    return [text.partition(";")[0] for text in for_suite if not text.startswith(OURS)]


def _environment(name: str, django: str, *packages: str) -> Path:
    folder = CACHE / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"making a virtual environment with Django {django} ...", flush=True)
        subprocess.run([_python_for(django), "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"Django~={django}.0", *packages], check=True)
        (folder / "ready").touch()
    return python


def installed(python: Path, package: str = "django") -> str:
    """The version of Django, or of another package, that `python` has."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    command = [str(python), "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _python_for(django: str) -> str:
    oldest = OLDEST_PYTHON.get(django, (3, 8))
    if sys.version_info >= oldest:
        return sys.executable
    for minor in range(oldest[1], oldest[1] + 4):
        for found in (shutil.which(f"python3.{minor}"), *_of_pyenv(f"3.{minor}")):
            # pyenv leaves a script on the path for every version, chosen or not
            if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
                return found
    raise Unavailable(
        f"Django {django} needs Python {oldest[0]}.{oldest[1]} or newer and there is none on the "
        "path, nor pyenv's. Install one (python3.12, or with pyenv) or leave DJANGO out."
    )


def _of_pyenv(version: str) -> list[str]:
    """The interpreters that pyenv has of a minor version, chosen or not; the newest first."""
    if not shutil.which("pyenv"):
        return []
    root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True)
    found = Path(root.stdout.strip()).glob(f"versions/{version}.*/bin/python")
    return sorted(map(str, found), reverse=True)


def tests(python: Path, version: str) -> Path:
    """The folder tests/ of Django `version`'s source distribution, from PyPI on its first use.

    Raises Unavailable if it cannot be downloaded.
    """
    source = CACHE / f"django-{version}"
    if not source.exists():
        print(f"fetching Django {version}'s source distribution ...", flush=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            options = ["--quiet", "--no-binary", ":all:", "--no-deps", "--dest", folder]
            command = [str(python), "-m", "pip", "download", *options, f"Django=={version}"]
            if subprocess.run(command, check=False).returncode:
                raise Unavailable(f"pip could not fetch Django {version}'s source distribution.")
            (archive,) = Path(folder).glob("*.tar.gz")
            with tarfile.open(archive) as unpacked:
                unpacked.extractall(folder, filter="data")
            (made,) = filter(Path.is_dir, Path(folder).iterdir())  # Django's name has had capitals
            made.rename(source)
    return source / "tests"


def modules(folder: Path, with_datetimes: bool = False) -> list[str]:
    """The test modules that runtests.py would run; optionally only those that USE_TZ affects."""
    packages = {found.parent.name for found in folder.glob("*/__init__.py")} - NOT_MODULES
    return sorted(name for name in packages if not with_datetimes or _has_datetimes(folder / name))


def _has_datetimes(module: Path) -> bool:
    texts = (file.read_text(encoding="utf-8") for file in module.rglob("*.py"))
    return any("DateTimeField" in text or "USE_TZ" in text for text in texts)
