"""Gives jobs to hosts, one at a time to each, and keeps each outcome as it comes."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any

from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.cluster.connection import Connection, Host
from taskgauge.suites.cluster.errors import SchedulerGone
from taskgauge.suites.cluster.job import EndedJob, Job
from taskgauge.suites.run_control.display import Display, duration

_LOOK_SECONDS = 0.2
_STOP = 60.0
"""The seconds in which interrupted jobs must return what they have."""
_TAKE = 120.0
"""The seconds in which a run folder must come from its host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    job: Job
    host: Host
    future: Any
    begin: float


def run_jobs(
    connection: Connection,
    jobs: Iterable[Job],
    *,
    display: Display,
    noticed: Interruption,
    keep: Callable[[EndedJob], None],
) -> None:
    """Run all jobs, the longest first, and pass each to `keep` at its end.

    A job of a host that goes away is not run again: its host may have been at fault, or the job itself. After a signal
    no job starts, and those that run end and return what they have.
    """
    queue = _Queue(connection, sorted(jobs, key=lambda job: -job.seconds), keep)
    begin = time.monotonic()
    total = len(queue.waiting)
    stopped: float | None = None
    while queue.waiting or queue.running:
        try:
            queue.collect(connection.living())
        except SchedulerGone as error:
            queue.give_up(str(error))
            return
        if noticed.received is not None:
            if stopped is None:
                stopped = time.monotonic()
                queue.drop_waiting("the run was interrupted")
                connection.stop()
            elif time.monotonic() - stopped > _STOP:
                queue.give_up("it did not end after the run was interrupted")
                return
        queue.start()
        share = 1 - (len(queue.waiting) + len(queue.running)) / total
        left = (time.monotonic() - begin) * (1 / share - 1) if share else sum(job.seconds for job in queue.waiting)
        display.update(share, left, "; ".join(f"{run.host.name} {run.job.name}" for run in queue.running))
        time.sleep(_LOOK_SECONDS)


class _Queue:
    def __init__(self, connection: Connection, waiting: list[Job], keep: Callable[[EndedJob], None]) -> None:
        self._connection = connection
        self._free = list(connection.hosts)
        self._keep = keep
        self.waiting = waiting
        self.running: list[_Running] = []

    def start(self) -> None:
        """Give a job to each free host."""
        while self.waiting and self._free:
            job, host = self.waiting.pop(0), self._free.pop(0)
            future = self._connection.submit(job, host)
            self.running.append(_Running(job=job, host=host, future=future, begin=time.monotonic()))

    def collect(self, living: set[str]) -> None:
        """Keep the outcomes that have come, and give up the jobs of hosts that are gone."""
        self._free = [host for host in self._free if host.worker in living]
        for run in list(self.running):
            status = run.future.status
            if status == "finished":
                self._take(run)
            elif status == "error":
                reason = " ".join(f"{run.future.exception()}".split())
                ended = EndedJob(job=run.job, host=run.host.name, outcome=None, reason=f"{run.host.name}: {reason}")
                self._end(run, ended, is_free=True)
            elif run.host.worker not in living:
                self._lose(run, f"its host {run.host.name} went away after {duration(time.monotonic() - run.begin)}")
            elif status in {"cancelled", "lost"}:
                self._lose(run, f"{run.host.name} no longer knows of it")
        if not self._free and not self.running:
            self.drop_waiting("no host is left")

    def _take(self, run: _Running) -> None:
        try:
            outcome = run.future.result(timeout=_TAKE)
        except (OSError, TimeoutError, CancelledError) as error:
            # The next look knows whether the host or the scheduler is gone.
            self._lose(run, f"{run.host.name} did not return its run folder: {type(error).__name__}")
            return
        run.future.release()
        self._end(run, EndedJob(job=run.job, host=run.host.name, outcome=outcome), is_free=True)

    def give_up(self, reason: str) -> None:
        """End all jobs without outcomes."""
        for run in list(self.running):
            self._lose(run, f"{reason} while it ran on {run.host.name}")
        self.drop_waiting(reason)

    def drop_waiting(self, reason: str) -> None:
        """End the jobs that no host has taken."""
        waiting, self.waiting = self.waiting, []
        for job in waiting:
            self._keep(EndedJob(job=job, host="", outcome=None, reason=f"no host took it: {reason}"))

    def _lose(self, run: _Running, reason: str) -> None:
        run.future.cancel()
        self._end(run, EndedJob(job=run.job, host=run.host.name, outcome=None, reason=reason), is_free=False)

    def _end(self, run: _Running, ended: EndedJob, *, is_free: bool) -> None:
        self.running.remove(run)
        if is_free:
            self._free.append(run.host)
        self._keep(ended)
