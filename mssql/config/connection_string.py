"""ODBC connection strings: written with every value quoted, read back without loss.

Follows [MS-ODBCSTR] 2.1, https://learn.microsoft.com/openspecs/sql_server_protocols/ms-odbcstr
"""

from __future__ import annotations

from typing import Iterator

from django.core.exceptions import ImproperlyConfigured

from mssql.auth.secrecy import HiddenValues, traceless

# A value made of these alone means itself; any other is put in braces.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:\\/@ ()")


class Keywords(HiddenValues):
    """The keywords of a connection string, found without regard to case."""

    __slots__ = ()

    def _spelt(self, name: str) -> str:
        folded = name.lower()
        return next((known for known in self if known.lower() == folded), name)

    def __setitem__(self, name: str, value: str) -> None:
        self._values[self._spelt(name)] = value

    def take(self, name: str) -> str | None:
        """Remove a keyword and return its value, or None if there is none."""
        value: str | None = self._values.pop(self._spelt(name), None)
        return value


def quote(value: str) -> str:
    """`value` as it stands in a connection string: in braces unless it is plain."""
    if value and value == value.strip() and _PLAIN.issuperset(value):
        return value
    return "{" + value.replace("}", "}}") + "}"


def build(keywords: Keywords) -> str:
    """The connection string of these keywords, in their order."""
    return ";".join(f"{name}={quote(keywords[name])}" for name in keywords)


@traceless
def parse(text: str, setting: str) -> Keywords:
    """The keywords of a connection string; of a keyword given twice the first counts, as in ODBC.

    Raises ImproperlyConfigured, which names `setting` and the keyword but never a value.
    """
    keywords = Keywords()
    for name, value in _pairs(text, setting):
        if name not in keywords:
            keywords[name] = value
    return keywords


def _pairs(text: str, setting: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        if text[position] in "; \t\r\n":
            position += 1
            continue
        equals = text.find("=", position)
        name = text[position:equals].strip()
        if equals < 0 or not name or ";" in name:
            number = text.count(";", 0, position) + 1
            raise ImproperlyConfigured(
                f"{setting} is not a connection string: part {number} has no 'keyword='. "
                "Write it as 'keyword=value;keyword=value'."
            )
        position = equals + 1
        while position < len(text) and text[position] in " \t":
            position += 1
        if text[position : position + 1] == "{":
            value, position = _braced(text, position + 1, name, setting)
        else:
            end = text.find(";", position)
            end = len(text) if end < 0 else end
            value, position = text[position:end].strip(), end
        yield name, value


def _braced(text: str, position: int, name: str, setting: str) -> tuple[str, int]:
    value = []
    while True:
        end = text.find("}", position)
        if end < 0:
            raise ImproperlyConfigured(
                f"{setting}: the value of {name} opens a brace that is never closed. "
                "Write a closing brace inside a value twice: '}}'."
            )
        value.append(text[position:end])
        if text[end + 1 : end + 2] != "}":
            break
        value.append("}")
        position = end + 2
    following = text[end + 1 :].lstrip(" \t")
    if following and not following.startswith(";"):
        raise ImproperlyConfigured(
            f"{setting}: there is text between the closing brace of {name} and the next semicolon. "
            "Write a closing brace inside a value twice: '}}'."
        )
    return "".join(value), end + 1
