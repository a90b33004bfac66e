"""Stores for the targets: real servers, given by URL or started from the binaries of this machine."""

from taskgauge.backends.services.counters import NotCounted, StoreCounter
from taskgauge.backends.services.errors import (
    ClientMissing,
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
    "ClientMissing",
    "NotCounted",
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
    "StoreCounter",
    "StoreFull",
    "StoreNotEmpty",
    "is_given",
    "started",
    "unavailable",
]
