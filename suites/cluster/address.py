"""The value of `--cluster`: a running scheduler, or workers on this machine."""

import re
from dataclasses import dataclass

from taskgauge.suites.cluster.errors import ClusterAddressWrong

_LOCAL = re.compile(r"local:(?P<workers>[1-9]\d{0,2})")
_SCHEDULER = re.compile(r"(tcp|tls)://[^/\s]+:\d{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of a cluster."""

    text: str
    """The address as the user wrote it."""
    workers: int = 0
    """The number of workers to start on this machine; 0: the address is that of a running scheduler."""


def parse_address(text: str) -> Address:
    """Return the address that a text means. Raises ClusterAddressWrong."""
    if match := _LOCAL.fullmatch(text):
        return Address(text=text, workers=int(match["workers"]))
    if _SCHEDULER.fullmatch(text):
        return Address(text=text)
    raise ClusterAddressWrong(text)
