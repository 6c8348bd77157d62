"""`make release-check`: build wheel and sdist, check them, install and use them elsewhere.

Both are installed in empty virtual environments and run from an empty folder, so that nothing of
the checkout can be imported by accident.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
FIRST_STEPS = Path(__file__).with_name("first_steps.py")


def main() -> int:
    """Return the exit code; a command that fails prints its own reason."""
    shutil.rmtree(DIST, ignore_errors=True)
    try:
        run(sys.executable, "-m", "build", "--outdir", str(DIST), str(ROOT))
        packages = sorted(DIST.iterdir())
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, packages))
        for package in packages:
            use(package)
    except subprocess.CalledProcessError as failure:
        print(f"error: {failure.cmd[0]} ended with {failure.returncode}", file=sys.stderr)
        return 1
    print("ready:", *(package.name for package in packages))
    return 0


def use(package: Path) -> None:
    """Install the package in an empty environment and take the first steps with it."""
    with tempfile.TemporaryDirectory(prefix="release-check-") as folder:
        environment = Path(folder, "environment")
        empty = Path(folder, "empty")
        empty.mkdir()
        venv.create(environment, with_pip=True)
        python = str(environment / "bin" / "python")
        run(python, "-m", "pip", "install", "--quiet", f"{package}[embedded]")
        run(python, "-I", str(FIRST_STEPS), cwd=empty)


def run(*command: str, cwd: Path = ROOT) -> None:
    print("$", *(Path(part).name if "/" in part else part for part in command), flush=True)
    subprocess.run(command, cwd=cwd, check=True)


if __name__ == "__main__":
    sys.exit(main())
