"""The errors of services. Each text is one line, and quotes the end of the server's log if there is a log."""


class ServiceError(Exception):
    """A service cannot be used as requested."""


class ServiceUnavailable(ServiceError):
    """The service has neither a URL nor a binary, or its client package is missing."""


class ClientMissing(ServiceUnavailable):
    """The client package that Taskgauge itself uses for a store is not installed."""


class ServiceUrlWrong(ServiceError):
    """The URL of a server is not valid."""


class ServiceRefused(ServiceError):
    """A user's server is not reachable, refuses the password, or grants too few rights."""


class StoreNotEmpty(ServiceError):
    """A user's store already holds data. Taskgauge empties the stores that it uses, so it refuses this store."""


class ServiceNotOurs(ServiceError):
    """Taskgauge does not stop a user's server, and cannot stop a store without a server."""


class ServerNotStarted(ServiceError):
    """A server that Taskgauge started ended before it was ready."""


class ServerNotReady(ServiceError):
    """A server that Taskgauge started runs but does not answer."""


class ServerGone(ServiceError):
    """A server that Taskgauge started ended by itself."""


class StoreFull(ServiceError):
    """The disk of a store is full."""


class PortTaken(ServiceError):
    """Another program listens on the port of a server that Taskgauge starts."""
