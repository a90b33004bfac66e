"""Counts the open connections at a store once a second: at the server's own process, or as open files of SQLite."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil

from taskgauge.backends.services import Services
from taskgauge.reports.run_folder.traces import Connections
from taskgauge.suites.sessions.samplers.processor_time import family
from taskgauge.suites.sessions.samplers.sampler import Sampler


class ConnectionSampler(Sampler[Connections]):
    """A sampler of the connections of a session's store."""

    def __init__(self, services: Services, store: Path, workers: Callable[[], Iterable[int]]) -> None:
        """Take the services, the path of a store in a file, and a function that returns the ids of the workers."""
        super().__init__()
        self._services = list(services)
        self._store, self._workers = store, workers

    def new_samples(self) -> Iterator[Connections]:
        """Yield one count, if all services of the store can be counted."""
        workers = list(self._workers())
        counts = [self._count(service.kind, service.pid, workers) for service in self._services]
        known = [count for count in counts if count is not None]
        if known and len(known) == len(counts):
            yield Connections(at=time.monotonic_ns(), open=sum(known), workers=len(workers))

    def _count(self, kind: str, pid: int | None, workers: Iterable[int]) -> int | None:
        if kind == "sqlite":
            files = [file for root in workers for process in family(root) for file in _files(process)]
            return sum(Path(file) == self._store for file in files)
        if pid is None:
            return None  # a server that was given: its process may be on another machine
        sockets = [socket for process in family(pid) for socket in _sockets(process)]
        listening = {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}
        # A process that forked holds its parent's sockets too.
        return len(
            {
                (socket.laddr, socket.raddr)
                for socket in sockets
                if socket.status == psutil.CONN_ESTABLISHED and socket.laddr.port in listening
            }
        )


def _files(process: psutil.Process) -> list[str]:
    try:
        return [file.path for file in process.open_files()]
    except psutil.Error:
        return []


def _sockets(process: psutil.Process) -> list[Any]:
    try:
        return process.net_connections("tcp")
    except psutil.Error:
        return []
