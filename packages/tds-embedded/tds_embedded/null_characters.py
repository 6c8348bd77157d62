"""U+0000 in strings: SQL Server keeps it like any other character, PostgreSQL's text cannot.

Behind the wire, in Python as in PostgreSQL, another character stands for it. That is U+FDD0 (the
prelude's `tsql.nul()`): a noncharacter, which Unicode leaves to programs for their own use
("Noncharacters", https://www.unicode.org/faq/private_use.html#noncharacters), and like U+0000 one
unit of UTF-16, so that lengths stay right. Text with U+FDD0 in it is refused.
"""

from __future__ import annotations

from tds_embedded.errors import error

NUL = "\0"
STAND_IN = "\ufdd0"
STAND_IN_IN_UTF16 = STAND_IN.encode("utf-16-le")


def inward(text: str) -> str:
    """Return a client's text in its stored form. Raises SqlServerError 59998 for one with U+FDD0 in
    it.
    """
    if STAND_IN in text:
        raise error(59998)
    return text.replace(NUL, STAND_IN)


def outward(text: str) -> str:
    """Return a stored text as the client sees it."""
    return text.replace(STAND_IN, NUL)
