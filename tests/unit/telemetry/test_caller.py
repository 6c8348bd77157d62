from __future__ import annotations

import os
import sys
import types
from typing import Any

import django

from mssql.telemetry.caller import attributes, find


def caller() -> dict[str, str | int]:
    """The attributes of the application's frame, seen from the package itself."""
    frame = find(sys._getframe(1))
    return {} if frame is None else attributes(frame)


def compiled(path: str, body: str, **names: Any) -> Any:
    """The function `run` of a module whose source file is `path`."""
    module = types.ModuleType("somewhere")
    module.__dict__.update(names)
    exec(compile(body, path, "exec"), module.__dict__)
    return module.__dict__["run"]


CALLS = "def run():\n    return inner()\n"


def test_the_innermost_frame_of_the_application() -> None:
    library = compiled("/venv/lib/site-packages/lib/x.py", CALLS, inner=caller)
    framework = compiled(
        os.path.join(os.path.dirname(django.__file__), "x.py"), CALLS, inner=library
    )
    application = compiled("/srv/app/views.py", "\n" + CALLS, inner=framework)
    assert application() == {
        "code.function.name": "somewhere.run",
        "code.file.path": "/srv/app/views.py",
        "code.line.number": 3,
    }


def test_without_an_application_on_the_stack_it_is_the_library() -> None:
    def without_this_file(function: Any) -> Any:
        import threading

        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(function()))
        thread.run = compiled(  # type: ignore[method-assign]
            "<string>", "def run():\n    found.append(inner())\n", inner=function, found=found
        )
        thread.start()
        thread.join()
        return found[0]

    library = compiled("/venv/lib/site-packages/lib/x.py", CALLS, inner=caller)
    assert without_this_file(library)["code.file.path"] == "/venv/lib/site-packages/lib/x.py"
    assert without_this_file(caller) == {}
