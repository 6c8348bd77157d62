"""ODBC connection strings: written with every value quoted, read back without loss.

Follows [MS-ODBCSTR] 2.1, https://learn.microsoft.com/openspecs/sql_server_protocols/ms-odbcstr
"""

from __future__ import annotations

from collections.abc import ItemsView, KeysView, ValuesView
from typing import Iterable, Iterator, Mapping, Tuple, Union

from django.core.exceptions import ImproperlyConfigured

from mssql.auth.secrecy import Secretive, traceless

# A value of these characters alone is written as it is, any other in braces.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:\\/@ ()")


class Keywords(Secretive):
    """The keywords of a connection string: a mutable mapping that ignores the case of names.

    The first spelling of a name stays. Later `layers` override earlier ones. It has every method
    of collections.abc.MutableMapping but is not registered as one: error reporters such as
    sentry-sdk walk mappings among a frame's local variables, and one value is a password. Its
    repr contains the names alone.
    """

    __slots__ = ("_entries",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *layers: Layer) -> None:
        self._entries: dict[str, tuple[str, str]] = {}  # by lower-case name: spelling and value
        for layer in layers:
            self.update(layer)

    def __getitem__(self, name: str) -> str:
        try:
            return self._entries[name.lower()][1]
        except KeyError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, value: str) -> None:
        key = name.lower()
        spelling = self._entries[key][0] if key in self._entries else name
        self._entries[key] = spelling, value

    def __delitem__(self, name: str) -> None:
        try:
            del self._entries[name.lower()]
        except KeyError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return (spelling for spelling, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._entries

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Keywords):
            return NotImplemented
        return self._by_key() == other._by_key()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"

    def _by_key(self) -> dict[str, str]:
        return {key: value for key, (_, value) in self._entries.items()}

    def keys(self) -> KeysView[str]:
        """Return a view of the names, as they were first spelled."""
        return KeysView(self)

    def values(self) -> ValuesView[str]:
        """Return a view of the values."""
        return ValuesView(self)

    def items(self) -> ItemsView[str, str]:
        """Return a view of the names and values."""
        return ItemsView(self)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the value of `name`, or `default` if there is none."""
        return self._entries.get(name.lower(), (name, default))[1]

    def setdefault(self, name: str, default: str) -> str:
        """Return the value of `name`; set it to `default` if there is none."""
        if name not in self:
            self[name] = default
        return self[name]

    def pop(self, name: str, *default: str | None) -> str | None:
        """Remove `name` and return its value, or the default if there is none."""
        if name not in self and default:
            return default[0]
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, str]:
        """Remove the last name and return it with its value."""
        return self._entries.popitem()[1]

    def clear(self) -> None:
        """Remove all names."""
        self._entries.clear()

    def update(self, other: Layer = (), **values: str) -> None:
        """Set names to the values of a mapping or of pairs, and to those of arguments."""
        pairs = other.items() if isinstance(other, (Keywords, Mapping)) else other
        for name, value in (*pairs, *values.items()):
            self[name] = value


Layer = Union[Keywords, Mapping[str, str], Iterable[Tuple[str, str]]]


def quote(value: str) -> str:
    """Return `value` as it is written in a connection string: in braces unless it is plain."""
    if value and value == value.strip() and _PLAIN.issuperset(value):
        return value
    return "{" + value.replace("}", "}}") + "}"


def build(keywords: Keywords) -> str:
    """Return the connection string of keywords, in their order."""
    return ";".join(f"{name}={quote(keywords[name])}" for name in keywords)


@traceless
def parse(text: str, setting: str) -> Keywords:
    """Return the keywords of a connection string; the first of two equal names counts, as in ODBC.

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
