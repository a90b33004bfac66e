"""Stores for the targets: real servers, given by URL or started from the binaries of this machine."""

from taskgauge.backends.services.errors import (
    PortTaken,
    ServerNotReady,
    ServerNotStarted,
    ServiceError,
    ServiceNotOurs,
    ServiceRefused,
    ServiceUnavailable,
    ServiceUrlWrong,
    StoreNotEmpty,
)
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.starting import Services, started, unavailable

__all__ = [
    "PortTaken",
    "ServerNotReady",
    "ServerNotStarted",
    "Service",
    "ServiceError",
    "ServiceNotOurs",
    "ServiceRefused",
    "ServiceUnavailable",
    "ServiceUrlWrong",
    "Services",
    "StoreNotEmpty",
    "started",
    "unavailable",
]
