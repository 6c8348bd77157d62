"""Durations and icons of operators on the viewer's pages."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# 24 x 24 line drawings, one per kind of operator
ICONS = {
    "scan": "M4 5h16M4 10h16M4 15h16M4 20h16",
    "seek": "M4 6h16M4 18h16M8 12h12M4 12l3-2v4z",
    "lookup": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21",
    "join": "M9 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14M15 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14",
    "sort": "M7 4v16m0 0-3-3m3 3 3-3M13 6h8M13 11h6M13 16h4",
    "aggregate": "M18 5H6l6 7-6 7h12",
    "filter": "M3 5h18l-7 8v6l-4-2v-4z",
    "compute": "M5 12h14M12 5v14",
    "top": "M4 5h16M12 20V9m0 0-4 4m4-4 4 4",
    "change": "M4 20l4-1L19 8l-3-3L5 16z",
    "spool": "M4 7c0-4 16-4 16 0v10c0 4-16 4-16 0zM4 7c0 4 16 4 16 0",
    "other": "M6 6h12v12H6z",
}


@register.filter
def milliseconds(seconds: float | None) -> str:
    """Return a duration in seconds as readable text: 0.42 ms, 12 ms, 1.24 s."""
    if seconds is None:
        return ""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    value = seconds * 1000
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"


@register.simple_tag
def icon(kind: str) -> SafeString:
    """Return the icon of a kind of operator."""
    path = mark_safe(ICONS.get(kind, ICONS["other"]))  # noqa: S308  (a constant above)
    return format_html('<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', path)
