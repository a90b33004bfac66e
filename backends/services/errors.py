"""What can go wrong with a service; each text is one line, with the end of the server's log where there is one."""


class ServiceError(Exception):
    """A service cannot be used as it was asked for."""


class ServiceUnavailable(ServiceError):
    """There is neither a URL nor a binary for it, or no client library."""


class ServiceUrlWrong(ServiceError):
    """A URL that was given cannot be understood."""


class ServiceRefused(ServiceError):
    """A server that was given cannot be reached, refuses the password, or grants too little."""


class StoreNotEmpty(ServiceError):
    """What was given holds something already, and Taskgauge empties what it uses."""


class ServiceNotOurs(ServiceError):
    """A server that was given is not stopped, and a store without a server cannot be."""


class ServerNotStarted(ServiceError):
    """A server of ours ended instead of starting."""


class ServerNotReady(ServiceError):
    """A server of ours runs and does not answer."""


class ServerGone(ServiceError):
    """A server of ours has ended by itself."""


class StoreFull(ServiceError):
    """There is no room left where a store has to write."""


class PortTaken(ServiceError):
    """Something else listens where a server of ours should."""
