"""The application's own line that ran a statement."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from types import FrameType

import django

from mssql.telemetry import semconv


def _folder(path: str) -> str:
    return os.path.join(os.path.abspath(path), "")


_OWN = _folder(os.path.dirname(os.path.dirname(__file__)))
_DJANGO = _folder(os.path.dirname(django.__file__))
_STANDARD_LIBRARY = _folder(sysconfig.get_paths()["stdlib"])
_INSTALLED = tuple(os.path.join("", name, "") for name in ("site-packages", "dist-packages"))

_INSIDE, _LIBRARY, _APPLICATION = range(3)


@lru_cache(maxsize=4096)
def _place(path: str) -> int:
    """Whether a source file is an application's, a library's, or of what lies between the two:
    Django, this package and the standard library."""
    if path.startswith(("<", _OWN, _DJANGO)):
        return _INSIDE
    if any(os.sep + folder in path for folder in _INSTALLED):
        return _LIBRARY
    return _INSIDE if path.startswith(_STANDARD_LIBRARY) else _APPLICATION


def caller() -> dict[str, str | int]:
    """code.function.name, code.file.path and code.line.number of the innermost frame that is the
    application's; where the application is itself an installed library, of the innermost frame
    outside Django and this package; empty where there is neither."""
    frame: FrameType | None = sys._getframe(1)
    library: FrameType | None = None
    while frame is not None:
        place = _place(frame.f_code.co_filename)
        if place == _APPLICATION:
            return _attributes(frame)
        if place == _LIBRARY and library is None:
            library = frame
        frame = frame.f_back
    return {} if library is None else _attributes(library)


def _attributes(frame: FrameType) -> dict[str, str | int]:
    code = frame.f_code
    module = frame.f_globals.get("__name__", "")
    function = getattr(code, "co_qualname", code.co_name)
    return {
        semconv.CODE_FUNCTION_NAME: f"{module}.{function}" if module else function,
        semconv.CODE_FILE_PATH: code.co_filename,
        semconv.CODE_LINE_NUMBER: frame.f_lineno,
    }
