"""Middleware that records a request's route and view on the spans of its statements.

Follows "Middleware", https://docs.djangoproject.com/en/stable/topics/http/middleware/
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable

from asgiref import sync
from django.utils.decorators import sync_and_async_middleware

from mssql.telemetry import origin

# From 3.6 on asgiref has its own; asyncio's is deprecated in Python 3.14.
is_async = getattr(sync, "iscoroutinefunction", None) or asyncio.iscoroutinefunction


@sync_and_async_middleware
def route_middleware(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a middleware for which the statements of a request have its route and view."""
    if is_async(get_response):

        async def answer_async(request: Any) -> Any:
            token = origin.begin(origin.Request(request))
            try:
                return await get_response(request)
            finally:
                origin.end(token)

        return answer_async

    def answer(request: Any) -> Any:
        token = origin.begin(origin.Request(request))
        try:
            return get_response(request)
        finally:
            origin.end(token)

    return answer
