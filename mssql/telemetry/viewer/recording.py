"""The viewer's own recording under DEBUG: a tracer provider, the store, and spans of requests.

A project with an OpenTelemetry SDK keeps it: a provider is set only if the project has set none by
the first request, and a request that has a span already gets no second one. That is why the spans
of requests are a middleware's, not opentelemetry-instrumentation-django's: it can be instrumented
once only, and its settings are the project's to choose.
"""

from __future__ import annotations

import threading
from typing import Any, Callable

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.decorators import sync_and_async_middleware
from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode

from mssql.telemetry import guard, origin, semconv
from mssql.telemetry import store as stores
from mssql.telemetry.middleware import is_async
from mssql.telemetry.sdk.instrumentations import suppressed

MIDDLEWARE = "mssql.telemetry.viewer.recording.request_middleware"
_INSTRUMENTATION = "opentelemetry.instrumentation.django."
_lock = threading.Lock()


def add_middleware() -> None:
    """Add the middleware to the settings, after OpenTelemetry's own if that is there already."""
    middleware = list(settings.MIDDLEWARE or ())
    if MIDDLEWARE not in middleware:
        others = [path for path in middleware if path.startswith(_INSTRUMENTATION)]
        position = middleware.index(others[-1]) + 1 if others else 0
        settings.MIDDLEWARE = [*middleware[:position], MIDDLEWARE, *middleware[position:]]


@guard.guarded
def start() -> None:
    """Feed the process's store from the project's tracer provider; set one if there is none."""
    with _lock:
        if stores.process_store() is not None:
            return
        provider = trace.get_tracer_provider()
        if isinstance(provider, trace.ProxyTracerProvider):
            provider = TracerProvider()
            trace.set_tracer_provider(provider)
        if hasattr(provider, "add_span_processor"):
            stores.install(provider)


class RequestSpan:
    """The span of one request; nothing if it has one already. No method raises.

    The viewer's own requests, and their statements, are not recorded.
    """

    def __init__(self, request: Any) -> None:
        self._request = request
        self._span: trace.Span | None = None
        self._token: Any = None
        self._origin = origin.begin(origin.Request(request))
        guard.call(self._start)

    def _start(self) -> None:
        if self._request.path.startswith(_viewer_path()):
            self._token = context.attach(suppressed())
            return
        start()
        if trace.get_current_span().get_span_context().is_valid:
            return
        attributes = {"http.request.method": self._request.method, "url.path": self._request.path}
        tracer = trace.get_tracer(semconv.INSTRUMENTATION_NAME)
        self._span = tracer.start_span(
            self._request.method, kind=SpanKind.SERVER, attributes=attributes
        )
        self._token = context.attach(trace.set_span_in_context(self._span))

    def end(self, response: Any) -> None:
        """End it with the response; None if there is none."""
        origin.end(self._origin)
        if self._token is not None:
            guard.call(context.detach, self._token)
        if self._span is not None:
            guard.call(self._end, self._span, response)

    def _end(self, span: trace.Span, response: Any) -> None:
        match = getattr(self._request, "resolver_match", None)
        if match is not None:
            span.set_attribute(semconv.HTTP_ROUTE, match.route)
            span.update_name(f"{self._request.method} {match.route}")
        status = 500 if response is None else response.status_code
        span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end()


def _viewer_path() -> str:
    try:
        return reverse("mssql_viewer:statements")
    except NoReverseMatch:  # its URLs are not included in this URLconf
        return "\0"


@sync_and_async_middleware
def request_middleware(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a middleware that records a span of each request while DEBUG is on."""
    if is_async(get_response):

        async def answer_async(request: Any) -> Any:
            if not settings.DEBUG:
                return await get_response(request)
            span, response = RequestSpan(request), None
            try:
                response = await get_response(request)
            finally:
                span.end(response)
            return response

        return answer_async

    def answer(request: Any) -> Any:
        if not settings.DEBUG:
            return get_response(request)
        span, response = RequestSpan(request), None
        try:
            response = get_response(request)
        finally:
            span.end(response)
        return response

    return answer
