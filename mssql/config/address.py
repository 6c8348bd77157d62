"""HOST and PORT: the server's name, protocol, instance and port."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from mssql.config.problems import Problem, error, warning

EMBEDDED_HOST = "(embedded)"
DEFAULT_PORT = 1433


@dataclass(frozen=True)
class Address:
    """The address of a server. `host` has no port; `port` is None for the default."""

    host: str
    port: int | None = None

    @property
    def name(self) -> str:
        """The bare host name or IP address: no protocol, instance or port."""
        name = self.host.rpartition("\\")[0] or self.host
        return name.partition(":")[2] if name[:4].lower() in ("tcp:", "lpc:") else name

    @property
    def instance(self) -> str:
        """The named instance of HOST "server\\instance", or ""."""
        return self.host.partition("\\")[2]

    @property
    def is_named_pipe_or_memory(self) -> bool:
        """Whether HOST names a protocol without TCP port: "np:" or "lpc:"."""
        return self.host.partition(":")[0].lower() in ("np", "lpc")

    @property
    def is_embedded(self) -> bool:
        """Whether HOST requests the embedded server."""
        return self.host == EMBEDDED_HOST

    @property
    def is_local(self) -> bool:
        """Whether HOST is this machine by its name or address alone."""
        if self.is_embedded or self.name.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.name).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        """HOST and PORT in the form of ODBC's keyword Server."""
        return self.host if self.port is None else f"{self.host},{self.port}"


def split_host(host: str) -> tuple[str, str]:
    """Return the two parts of HOST "server,1433"; the second is "" if HOST has no port."""
    name, _, port = host.strip().partition(",")
    return name.strip(), port.strip()


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of NAME, HOST and PORT in DATABASES[alias]."""
    if settings.get("NAME") == "":
        yield error("E006", "NAME", "NAME is empty.", "Set it to the name of the database.")
    host, port_of_host = split_host(settings.get("HOST") or "")
    port = str(settings.get("PORT") or "")
    for setting, value in (("PORT", port), ("HOST", port_of_host)):
        if value and not (value.isdecimal() and 0 < int(value) < 65536):
            yield error(
                "E007",
                setting,
                f"The port in {setting} is not a number from 1 to 65535.",
                'Write HOST "server" and PORT "1433", or HOST "server,1433".',
            )
    if port and port_of_host and port != port_of_host:
        yield error("E008", "PORT", "HOST and PORT name two different ports.", "Leave one out.")
    if ":" in host and not host.lower().startswith(("tcp:", "np:", "lpc:")) and "[" not in host:
        yield warning(
            "W002",
            "HOST",
            "HOST contains a colon.",
            'SQL Server expects the port after a comma: "server,1433".',
        )
