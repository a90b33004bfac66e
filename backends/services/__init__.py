"""Stores for the targets: real servers, given by URL or started from the binaries of this machine."""

from taskgauge.backends.services.errors import (
    PortTaken,
    ServerGone,
    ServerNotReady,
    ServerNotStarted,
    ServiceError,
    ServiceNotOurs,
    ServiceRefused,
    ServiceUnavailable,
    ServiceUrlWrong,
    StoreFull,
    StoreNotEmpty,
)
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.starting import Services, is_given, started, unavailable

__all__ = [
    "PortTaken",
    "ServerGone",
    "ServerNotReady",
    "ServerNotStarted",
    "Service",
    "ServiceError",
    "ServiceNotOurs",
    "ServiceRefused",
    "ServiceUnavailable",
    "ServiceUrlWrong",
    "Services",
    "StoreFull",
    "StoreNotEmpty",
    "is_given",
    "started",
    "unavailable",
]
