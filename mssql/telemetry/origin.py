"""What the process is at: a request, a management command or a task of a queue."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Iterator, Mapping

from mssql.telemetry import semconv

_NOTHING: Mapping[str, str] = {}


class Request:
    """A Django request, whose route is known as soon as its URL has been resolved."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._found: Mapping[str, str] | None = None

    def attributes(self) -> Mapping[str, str]:
        """http.route and the view."""
        if self._found is None:
            match = getattr(self._request, "resolver_match", None)
            if match is None:
                return _NOTHING
            view = getattr(match.func, "view_class", match.func)
            name = getattr(view, "__qualname__", type(view).__qualname__)
            self._found = {
                semconv.HTTP_ROUTE: match.route,
                semconv.DJANGO_VIEW: f"{getattr(view, '__module__', '')}.{name}",
            }
        return self._found


class Task:
    """A task, by its name."""

    def __init__(self, name: str) -> None:
        self._found = {semconv.DJANGO_TASK: name}

    def attributes(self) -> Mapping[str, str]:
        """The task's name."""
        return self._found


_current: ContextVar[Request | Task | None] = ContextVar("mssql.telemetry.origin", default=None)
begin = _current.set
end = _current.reset


@contextmanager
def task(name: str) -> Iterator[None]:
    """Statements of the block belong to the task `name`, for runners other than Celery."""
    token = begin(Task(name))
    try:
        yield
    finally:
        end(token)


def attributes() -> Mapping[str, str]:
    """What a span says of it: that of the block, else Celery's task, else the command."""
    current = _current.get()
    if current is not None:
        return current.attributes()
    celery = sys.modules.get("celery")
    if celery is not None:
        running = getattr(celery, "current_task", None)
        if running:
            return {semconv.DJANGO_TASK: running.name}
    return _command(*sys.argv[:2])


@lru_cache(maxsize=16)
def _command(program: str = "", command: str = "", *_: str) -> Mapping[str, str]:
    """The management command that the process was started for."""
    folder, name = os.path.split(program)
    is_django = name in ("manage.py", "django-admin") or (
        name == "__main__.py" and os.path.basename(folder) == "django"
    )
    if not is_django or not command or command.startswith("-"):
        return _NOTHING
    return {semconv.DJANGO_COMMAND: command}
