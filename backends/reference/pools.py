"""The worker pools of this process. Backend instances come and go with threads, but share one lasting pool."""

import atexit
import multiprocessing.util  # noqa: F401 -- its atexit function waits for our workers, so it must be registered first
import os
import threading
from collections.abc import Callable, Hashable
from typing import Any, Protocol

from django.tasks.backends.base import BaseTaskBackend

GRACE = 10.0
"""The seconds that running tasks get to finish when the interpreter ends."""


class Pool(Protocol):
    """Workers and their store."""

    def stop(self, timeout: float | None) -> None:
        """Let running tasks finish, for `timeout` seconds at most, and end the workers; waiting tasks stay READY."""


_pools: dict[Hashable, Any] = {}
_lock = threading.RLock()


class Shared[P: Pool]:
    """The access of a backend instance to the pool that all instances of its alias and options share."""

    def __init__(self, backend: BaseTaskBackend, create: Callable[[], P]) -> None:
        """Take the backend, and look up no pool yet: instances are made while modules are imported."""
        options = sorted((name, repr(value)) for name, value in backend.options.items())
        self._key = (type(backend), backend.alias, tuple(options))
        self._create = create
        self._pool: P | None = None
        self._process = 0

    @property
    def pool(self) -> P:
        """The pool, created at first use; a forked child gets its own pool."""
        if self._pool is None or self._process != os.getpid():
            with _lock:
                if self._key not in _pools:
                    _pools[self._key] = self._create()
                self._pool = _pools[self._key]
            self._process = os.getpid()
        return self._pool


def stop_all(timeout: float | None = None) -> None:
    """End the workers of every pool, after GRACE seconds at the latest or after `timeout`; runs when Python ends."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.stop(GRACE if timeout is None else timeout)


def _forget() -> None:
    """Forget all pools in a forked child, where no worker thread runs."""
    global _lock  # noqa: PLW0603 -- the lock may have been held by a thread that is not here
    _lock = threading.RLock()
    _pools.clear()


atexit.register(stop_all)
os.register_at_fork(after_in_child=_forget)
