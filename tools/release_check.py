"""`make release-check`: build wheels and sdists, check them, install and use them elsewhere.

They are installed in empty virtual environments and run from an empty folder, so that nothing of
the checkout can be imported by accident.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
STAND_IN = ROOT / "packages" / "tds-embedded"
FIRST_STEPS = Path(__file__).with_name("first_steps.py")


def main() -> int:
    """Return the exit code; a command that fails prints its own reason."""
    shutil.rmtree(DIST, ignore_errors=True)
    try:
        for source in (STAND_IN, ROOT):
            run(sys.executable, "-m", "build", "--outdir", str(DIST), str(source))
        packages = sorted(DIST.iterdir())
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, packages))
        require_no_server(DIST)
        for ending in (".whl", ".tar.gz"):
            use([package for package in packages if package.name.endswith(ending)])
    except subprocess.CalledProcessError as failure:
        print(f"error: {failure.cmd[0]} ended with {failure.returncode}", file=sys.stderr)
        return 1
    print("ready:", *(package.name for package in packages))
    return 0


def require_no_server(folder: Path) -> None:
    """Raise SystemExit if the backend's wheel contains more than the backend."""
    (wheel,) = folder.glob("django_mssql_otel-*.whl")
    rooms = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    strangers = {room for room in rooms if not room.endswith(".dist-info")} - {"mssql"}
    if strangers:
        raise SystemExit(f"error: {wheel.name} contains {', '.join(sorted(strangers))}")


def use(packages: list[Path]) -> None:
    """Install backend and stand-in in an empty environment and take the first steps."""
    backend, stand_in = packages
    with tempfile.TemporaryDirectory(prefix="release-check-") as folder:
        environment = Path(folder, "environment")
        empty = Path(folder, "empty")
        empty.mkdir()
        venv.create(environment, with_pip=True)
        python = str(environment / "bin" / "python")
        run(python, "-m", "pip", "install", "--quiet", str(stand_in), f"{backend}[embedded]")
        run(python, "-I", str(FIRST_STEPS), cwd=empty)


def run(*command: str, cwd: Path = ROOT) -> None:
    print("$", *(Path(part).name if "/" in part else part for part in command), flush=True)
    subprocess.run(command, cwd=cwd, check=True)


if __name__ == "__main__":
    sys.exit(main())
