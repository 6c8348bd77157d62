"""The application's line that ran a statement."""

from __future__ import annotations

import os
import sysconfig
from types import FrameType

import django

from mssql.telemetry import semconv


def _folder(path: str) -> str:
    return os.path.join(os.path.abspath(path), "")


_BACKEND = _folder(os.path.dirname(os.path.dirname(__file__)))
_DJANGO = _folder(os.path.dirname(django.__file__))
_STANDARD_LIBRARY = _folder(sysconfig.get_paths()["stdlib"])
_SITE_PACKAGES = tuple(os.path.join("", name, "") for name in ("site-packages", "dist-packages"))

_INSIDE, _LIBRARY, _APPLICATION = range(3)
# By path, for every source file that was ever on the stack; templates may invent paths.
_kinds: dict[str, int] = {}
MOST_FILES = 4096


def _kind(path: str) -> int:
    """Return whether a source file is an application's, a library's, or neither.

    Neither are those of Django, this package and the standard library.
    """
    if path.startswith(("<", _BACKEND, _DJANGO)):
        kind = _INSIDE
    elif any(os.sep + folder in path for folder in _SITE_PACKAGES):
        kind = _LIBRARY
    else:
        kind = _INSIDE if path.startswith(_STANDARD_LIBRARY) else _APPLICATION
    if len(_kinds) < MOST_FILES:
        _kinds[path] = kind
    return kind


def find(start: FrameType | None) -> FrameType | None:
    """Return the application's innermost frame, from `start` outwards.

    If the application is itself an installed library, it is the innermost frame of a library. None
    if the stack has neither.
    """
    frame, library, kind_of = start, None, _kinds.get
    while frame is not None:
        path = frame.f_code.co_filename
        kind = kind_of(path)
        if kind is None:
            kind = _kind(path)
        if kind == _APPLICATION:
            return frame
        if kind == _LIBRARY and library is None:
            library = frame
        frame = frame.f_back
    return library


def attributes(frame: FrameType) -> dict[str, str | int]:
    """Return code.function.name, code.file.path and code.line.number of a frame."""
    code = frame.f_code
    return {
        semconv.CODE_FUNCTION_NAME: function_name(frame),
        semconv.CODE_FILE_PATH: code.co_filename,
        semconv.CODE_LINE_NUMBER: frame.f_lineno,
    }


def function_name(frame: FrameType) -> str:
    """Return the function's name with that of its module, and from Python 3.11 of its class."""
    module = frame.f_globals.get("__name__", "")
    function = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
    return f"{module}.{function}" if module else function


def as_text(frame: FrameType) -> str:
    """Return the three attributes in one line."""
    return f"{function_name(frame)} ({frame.f_code.co_filename}:{frame.f_lineno})"
