"""Text that no driver can send: it would be truncated, or quoted in full by the error."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def defect(text: str) -> str:
    """Return the defect that prevents a text from being sent, or "".

    A connection string ends at a NUL character (ODBC reads it as a C string), and a lone surrogate
    has no UTF-8 (RFC 3629, 3).
    """
    if "\0" in text:
        return "a NUL character"
    return "a lone surrogate" if _SURROGATE.search(text) else ""
