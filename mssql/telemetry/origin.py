"""The origin of statements: a request, a management command or a task of a queue."""

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
    """A Django request, which has a route after its URL has been resolved."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._attributes: Mapping[str, str] | None = None

    def attributes(self) -> Mapping[str, str]:
        """Return http.route and the view."""
        if self._attributes is None:
            match = getattr(self._request, "resolver_match", None)
            if match is None:
                return _NOTHING
            view = getattr(match.func, "view_class", match.func)
            name = getattr(view, "__qualname__", type(view).__qualname__)
            self._attributes = {
                semconv.HTTP_ROUTE: match.route,
                semconv.DJANGO_VIEW: f"{getattr(view, '__module__', '')}.{name}",
            }
        return self._attributes


class Task:
    """A task, by its name."""

    def __init__(self, name: str) -> None:
        self._attributes = {semconv.DJANGO_TASK: name}

    def attributes(self) -> Mapping[str, str]:
        """Return the task's name."""
        return self._attributes


_current: ContextVar[Request | Task | None] = ContextVar("mssql.telemetry.origin", default=None)
begin = _current.set
end = _current.reset


@contextmanager
def task(name: str) -> Iterator[None]:
    """Record the statements of the block as those of the task `name`.

    Celery's tasks need no such block.
    """
    token = begin(Task(name))
    try:
        yield
    finally:
        end(token)


def attributes() -> Mapping[str, str]:
    """Return the attributes of the origin: the block's, Celery's task or the command."""
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
def _command(program: str = "", command: str = "") -> Mapping[str, str]:
    """Return the management command that started the process."""
    folder, name = os.path.split(program)
    is_django = name in ("manage.py", "django-admin") or (
        name == "__main__.py" and os.path.basename(folder) == "django"
    )
    if not is_django or not command or command.startswith("-"):
        return _NOTHING
    return {semconv.DJANGO_COMMAND: command}
