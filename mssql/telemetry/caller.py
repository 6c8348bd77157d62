"""The application's own line that ran a statement."""

from __future__ import annotations

import os
import sys
import sysconfig
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
# By path, for every source file that was ever on the stack; templates may invent paths.
_places: dict[str, int] = {}
MOST_PLACES = 4096


def _place(path: str) -> int:
    """Whether a source file is an application's, a library's, or of what lies between the two:
    Django, this package and the standard library."""
    if path.startswith(("<", _OWN, _DJANGO)):
        place = _INSIDE
    elif any(os.sep + folder in path for folder in _INSTALLED):
        place = _LIBRARY
    else:
        place = _INSIDE if path.startswith(_STANDARD_LIBRARY) else _APPLICATION
    if len(_places) < MOST_PLACES:
        _places[path] = place
    return place


def find(start: FrameType | None) -> FrameType | None:
    """The innermost frame, from `start` on outwards, that is the application's; where the
    application is itself an installed library, the innermost one outside Django and this package;
    None where there is neither."""
    frame, library, known = start, None, _places.get
    while frame is not None:
        path = frame.f_code.co_filename
        place = known(path)
        if place is None:
            place = _place(path)
        if place == _APPLICATION:
            return frame
        if place == _LIBRARY and library is None:
            library = frame
        frame = frame.f_back
    return library


def attributes(frame: FrameType) -> dict[str, str | int]:
    """code.function.name, code.file.path and code.line.number of `frame`."""
    code = frame.f_code
    return {
        semconv.CODE_FUNCTION_NAME: function_name(frame),
        semconv.CODE_FILE_PATH: code.co_filename,
        semconv.CODE_LINE_NUMBER: frame.f_lineno,
    }


def function_name(frame: FrameType) -> str:
    """The function's name with its module's, and with its class's from Python 3.11 on."""
    module = frame.f_globals.get("__name__", "")
    function = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
    return f"{module}.{function}" if module else function


def as_text(frame: FrameType) -> str:
    """All three in one line of text."""
    return f"{function_name(frame)} ({frame.f_code.co_filename}:{frame.f_lineno})"


def caller() -> dict[str, str | int]:
    """The attributes of the application's innermost frame; empty where there is none."""
    frame = find(sys._getframe(1))
    return {} if frame is None else attributes(frame)
