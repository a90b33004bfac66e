"""Counts the costs of the phases of a session: what the store gets, and what workers compute and print."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from taskgauge.backends.services import NotCounted, Service, StoreCounter
from taskgauge.reports.run_folder.traces import Phase, PhaseName
from taskgauge.suites.sessions.costs.variables import GATE
from taskgauge.suites.sessions.samplers.processor_time import processor_seconds

SETTLE = 0.3
"""The seconds without a new start after which all tasks that run wait at the gate, and the output is read."""
_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    at: float
    counts: Mapping[str, Mapping[str, int]]
    cpu: float | None
    log_bytes: int
    log_lines: int


class PhaseMeter:
    """The counters of a session that counts; phases follow one another."""

    def __init__(
        self,
        counters: Mapping[str, StoreCounter],
        not_counted: Mapping[str, str],
        *,
        workers: Callable[[], Sequence[int]],
        outputs: Callable[[], Iterable[Path]],
    ) -> None:
        """Take counters by kind of store, the process ids of workers, and the files with their output."""
        self._counters = counters
        self.not_counted = not_counted
        self._workers = workers
        self._outputs = outputs
        self.phases: list[Phase] = []

    @classmethod
    @contextmanager
    def of(
        cls,
        services: Iterable[Service],
        *,
        workers: Callable[[], Sequence[int]],
        outputs: Callable[[], Iterable[Path]],
    ) -> Iterator[Self]:
        """Count what these services get, as far as they have counters; raise ServiceError."""
        with ExitStack() as stack:
            counters: dict[str, StoreCounter] = {}
            missing: dict[str, str] = {}
            for service in services:
                context: AbstractContextManager[StoreCounter] = service.counted()
                try:
                    counters[service.kind] = stack.enter_context(context)
                except NotCounted as reason:
                    missing[service.kind] = f"{reason}"
            yield cls(counters, missing, workers=workers, outputs=outputs)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the processes of the target need to be counted."""
        return {name: value for counter in self._counters.values() for name, value in counter.environment.items()}

    @contextmanager
    def phase(self, name: PhaseName, units: Callable[[], int]) -> Iterator[None]:
        """Count a phase; `units` is called at its end."""
        before = self._read()
        yield
        after = self._read()
        # A worker that ends in the phase takes its time with it.
        cpu = None if before.cpu is None or after.cpu is None else max(0.0, after.cpu - before.cpu)
        self.phases.append(
            Phase(
                name=name,
                units=units(),
                seconds=round(after.at - before.at, 3),
                counts={kind: _growth(before.counts[kind], counts) for kind, counts in after.counts.items()},
                worker_cpu_seconds=None if cpu is None else round(cpu, 6),
                log_bytes=after.log_bytes - before.log_bytes,
                log_lines=after.log_lines - before.log_lines,
            )
        )

    def _read(self) -> _Reading:
        workers = self._workers()
        texts = [path for path in self._outputs() if path.exists()]
        return _Reading(
            at=time.monotonic(),
            counts={kind: counter.read() for kind, counter in self._counters.items()},
            cpu=processor_seconds(workers) if workers else None,
            log_bytes=sum(path.stat().st_size for path in texts),
            log_lines=sum(map(_lines, texts)),
        )


class Gate:
    """A gate at which started tasks wait, so that a phase can begin and end in the body of a task."""

    def __init__(self, path: Path) -> None:
        """Open the gate."""
        self._path = path
        self.environment = {GATE: str(path)}

    def hold(self) -> None:
        """Let each task that starts from now on wait."""
        self._path.touch()

    def release(self) -> None:
        """Let all tasks pass."""
        self._path.unlink(missing_ok=True)

    def wait_until_settled(self, starts: Callable[[], int], check: Callable[[], object]) -> int:
        """Return the number of starts, once it has not changed for a while; call `check` meanwhile."""
        number, since = starts(), time.monotonic()
        while time.monotonic() - since < SETTLE:
            time.sleep(0.02)
            check()
            if (now := starts()) != number:
                number, since = now, time.monotonic()
        return number


def _growth(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {text: count - before.get(text, 0) for text, count in after.items() if count != before.get(text, 0)}


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(os.linesep.encode()) for chunk in iter(lambda: file.read(_CHUNK), b""))
