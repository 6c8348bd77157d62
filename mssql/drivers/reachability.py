"""Why no server answered: the drivers report a host that does not exist, a port where nothing
listens and an instance that nobody knows alike, as a login that took too long.
"""

from __future__ import annotations

import errno
import socket
import threading
from enum import Enum

from mssql.config.settings import DEFAULT_PORT, ConnectionSettings

LONGEST_LOOK = 3.0  # seconds; resolving a name has no time limit of its own


class Reach(Enum):
    """What a server's name and port lead to: texts with `address` and `instance` to be put in."""

    NO_HOST = (
        "the name {address} cannot be resolved. Check HOST, and DNS or the VPN that knows the name."
    )
    REFUSED = (
        "nothing listens at the port. Check PORT and HOST, that SQL Server runs there, and that "
        "TCP/IP is turned on for it."
    )
    NO_INSTANCE = (
        "nobody told the port of the instance {instance}. Check the instance in HOST, and that SQL "
        "Server Browser runs there (UDP 1434), or set PORT."
    )
    SILENT = (
        "the host does not answer. Check HOST and PORT, and the firewalls on the way, also Azure's."
    )
    ANSWERS = (
        "something listens there, but did not complete a login in time. Check that PORT is a SQL "
        "Server's, or raise OPTIONS['connection_timeout']."
    )
    UNKNOWN = "check HOST and PORT, that it runs, and that no firewall is in the way."


def look(settings: ConnectionSettings) -> Reach:
    """Resolve the server's name and connect to its port, which takes LONGEST_LOOK at most."""
    protocol = settings.host.partition(":")[0].lower()
    elsewhere = settings.is_embedded or settings.options.get("dsn")
    if elsewhere or protocol in ("np", "lpc") or _is_of_freetds_conf(settings):
        return Reach.UNKNOWN
    found: list[Reach] = []
    looking = threading.Thread(target=lambda: found.append(_look(settings)), daemon=True)
    looking.start()
    looking.join(LONGEST_LOOK)
    return found[0] if found else Reach.SILENT


def _is_of_freetds_conf(settings: ConnectionSettings) -> bool:
    named = str(settings.options.get("driver") or "").lower()
    return "freetds" in named and not settings.options.get("host_is_server")


def _look(settings: ConnectionSettings) -> Reach:
    port = settings.port or DEFAULT_PORT
    try:
        addresses = socket.getaddrinfo(settings.address, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # of a name that cannot be one
        return Reach.NO_HOST
    if settings.instance and settings.port is None:
        return Reach.NO_INSTANCE
    reaches = {_connect(family, address) for family, _, _, _, address in addresses}
    best = (reach for reach in (Reach.ANSWERS, Reach.REFUSED) if reach in reaches)
    return next(best, Reach.SILENT)


def _connect(family: int, address: object) -> Reach:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(LONGEST_LOOK / 2)
        try:
            probe.connect(address)  # type: ignore[arg-type]
        except OSError as error:
            return Reach.REFUSED if error.errno == errno.ECONNREFUSED else Reach.SILENT
    return Reach.ANSWERS


def unreached(settings: ConnectionSettings, reach: Reach) -> str:
    """Return what to do about a server that was not reached."""
    reason = reach.value.format(address=settings.address, instance=settings.instance)
    return f"No SQL Server answered at {settings.server}: {reason}"
