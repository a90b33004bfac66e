"""Loopback ports for servers of ours."""

import random
import socket

from taskgauge.backends.services.errors import PortTaken

LOOPBACK = "127.0.0.1"
_RANGE = range(20_000, 32_000)
"""Below the ports that kernels take for outgoing connections.

A client that keeps trying such a port while its server is down may at last connect to itself, and hold the port.
"""
_random = random.SystemRandom()


def free_port() -> int:
    """Return a port on which nothing listens; raise PortTaken if there is none."""
    for port in _random.sample(_RANGE, 100):
        if is_free(port):
            return port
    raise PortTaken(f"no free port was found between {_RANGE.start} and {_RANGE.stop}")


def is_free(port: int) -> bool:
    """Whether a server could listen on a loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        # As servers do it: what is left of closed connections does not count.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
