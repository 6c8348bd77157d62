"""Reasons why no server answered.

The drivers report a missing host, a port without a listener and an unknown instance in the same
words, as a login timeout.
"""

from __future__ import annotations

import errno
import socket
import threading
from enum import Enum

from mssql.config.address import DEFAULT_PORT, Address
from mssql.config.connection_config import ConnectionConfig

LONGEST_PROBE = 3.0  # seconds; the resolution of a name itself has no time limit


class Reach(Enum):
    """The result of a probe: an explanation with the fields `address` and `instance`."""

    NO_HOST = (
        "the name {address} cannot be resolved. Check HOST, and DNS or the VPN that resolves it."
    )
    REFUSED = (
        "nothing listens at the port. Check PORT and HOST, that SQL Server runs there, and that "
        "TCP/IP is turned on for it."
    )
    NO_INSTANCE = (
        "the port of the instance {instance} is unknown. Check the instance in HOST, and that SQL "
        "Server Browser runs there (UDP 1434), or set PORT."
    )
    SILENT = (
        "the host does not answer. Check HOST and PORT, and the firewalls between, also Azure's."
    )
    ANSWERS = (
        "something listens there, but did not complete a login in time. Check that PORT is a SQL "
        "Server's, or raise OPTIONS['connection_timeout']."
    )
    UNKNOWN = "check HOST and PORT, that it runs, and that no firewall blocks it."


def probe(config: ConnectionConfig) -> Reach:
    """Resolve the server's name and connect to its port, within LONGEST_PROBE seconds."""
    address = config.address
    if address.is_embedded or address.is_named_pipe_or_memory or _is_data_source(config):
        return Reach.UNKNOWN
    reaches: list[Reach] = []
    probing = threading.Thread(target=lambda: reaches.append(_probe(address)), daemon=True)
    probing.start()
    probing.join(LONGEST_PROBE)
    return reaches[0] if reaches else Reach.SILENT


def _is_data_source(config: ConnectionConfig) -> bool:
    """Whether HOST is a name of odbc.ini or freetds.conf, which have the address."""
    options = config.options
    is_freetds = "freetds" in str(options["driver"] or "").lower()
    return bool(options["dsn"]) or (is_freetds and not options["host_is_server"])


def _probe(server: Address) -> Reach:
    port = server.port or DEFAULT_PORT
    try:
        addresses = socket.getaddrinfo(server.name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: an invalid name
        return Reach.NO_HOST
    if server.instance and server.port is None:
        return Reach.NO_INSTANCE
    reaches = {_connect(family, address) for family, _, _, _, address in addresses}
    best = (reach for reach in (Reach.ANSWERS, Reach.REFUSED) if reach in reaches)
    return next(best, Reach.SILENT)


def _connect(family: int, address: object) -> Reach:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(LONGEST_PROBE / 2)
        try:
            connection.connect(address)  # type: ignore[arg-type]
        except OSError as error:
            return Reach.REFUSED if error.errno == errno.ECONNREFUSED else Reach.SILENT
    return Reach.ANSWERS


def explain(server: Address, reach: Reach) -> str:
    """Return the explanation of a probe's result."""
    reason = reach.value.format(address=server.name, instance=server.instance)
    return f"No SQL Server answered at {server}: {reason}"
