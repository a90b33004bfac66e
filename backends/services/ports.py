"""Free loopback ports for the servers that Taskgauge starts."""

import random
import socket

from taskgauge.backends.services.errors import PortTaken

LOOPBACK = "127.0.0.1"
_RANGE = range(20_000, 32_000)
"""The ports to choose from. They lie below the ports that kernels take for outgoing connections.

A client that retries such a port while its server is down can connect to itself, and then holds the port.
"""
_random = random.SystemRandom()


def free_port() -> int:
    """Return a port on which nothing listens; raise PortTaken if there is none."""
    for port in _random.sample(_RANGE, 100):
        if is_free(port):
            return port
    raise PortTaken(f"no free port was found between {_RANGE.start} and {_RANGE.stop}")


def is_free(port: int) -> bool:
    """Return True if a server can listen on a loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        # Servers set this option too: remains of closed connections do not count.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
