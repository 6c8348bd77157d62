"""The versions of OpenTelemetry whose private names telemetry was tested with.

`make telemetry-versions` tests both ends. When a newer version is released and passes,
NEWEST_TESTED moves.
"""

from __future__ import annotations

import re

from opentelemetry import version as api
from opentelemetry.sdk import version as sdk

OLDEST_TESTED = (1, 30)
NEWEST_TESTED = (1, 45)

_RELEASE = re.compile(r"(\d+)\.(\d+)\.")


def is_tested(version: str) -> bool:
    """Return whether a version, such as "1.45.2", lies between the oldest and the newest tested."""
    release = _RELEASE.match(version)
    if release is None:
        return False
    return OLDEST_TESTED <= (int(release[1]), int(release[2])) <= NEWEST_TESTED


# Whether private names may be used with the installed versions.
ARE_TESTED = is_tested(api.__version__) and is_tested(sdk.__version__)
