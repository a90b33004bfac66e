"""One session, in a process of its own: sets a target up, enqueues tasks, waits for their end, checks and measures.

`python -m taskgauge.suites.dispatch.session ORDER`, in an empty working directory that is the session's folder. Its
standard input is its life line: at its end the session ends, with all it started, and takes its folder along. Each byte
that comes there is a turn, for a session that takes turns with others.
"""

import contextlib
import gc
import json
import os
import resource
import shutil
import signal
import sys
import threading
import time
import zlib
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from taskgauge.backends.descriptors.reader import Target, load_target
from taskgauge.suites.dispatch.errors import DispatchError, DispatchStalled, FinalStateWrong, TasksUnaccounted
from taskgauge.suites.dispatch.session_config import ENQUEUE, FAILURE, START, Outcome, SessionConfig
from taskgauge.suites.dispatch.worker import TargetWorker, prepare
from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Accounting, account

SETTINGS = "taskgauge_dispatch_settings"
SET_UP_PATIENCE = 120.0
"""Seconds until the target must be ready: its store prepared, its workers up, the first tasks run."""
WARM_UP = 20
"""Tasks that run before the measured ones: imports, connections and caches are not what is measured."""

_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Two log records a task cost as much as the task.
    "loggers": {"django.tasks": {"level": "WARNING"}},
}


class Session:
    """An order while it is carried out."""

    def __init__(self, order: SessionConfig, folder: Path, turns: threading.Semaphore) -> None:
        """Take the order, an empty folder, and what is released for each turn that the session is given."""
        self._turns = turns
        self.order = order
        self.folder = folder
        self.target: Target = load_target(order.target, Path(order.catalog))
        self._journal = folder / "journal"
        self._worker: TargetWorker | None = None
        self._backend: Any = None
        self._noted: list[Any] = []
        self.measuring = threading.Event()
        """Set when everything is ready and warm."""

    def run(self) -> Outcome:
        """Carry the order out; raise DispatchError, or what the backend raises."""
        enqueue = self._set_up()
        self._warm_up(enqueue)
        self.measuring.set()
        begun, took = self._new_array(), self._new_array()
        gc.collect()
        resident_before = psutil.Process().memory_info().rss
        for part in self.order.parts():
            with self._turn():
                self._enqueue_all(enqueue, part, begun, took)
                self._drain()
        accounting = account(journal.records_of(self._journal), self.order.size)
        self._check(accounting)
        self._check_states()
        resident_peak = _own_peak()
        self._stop()
        # What came after the backend said it was done came twice.
        TasksUnaccounted.check(account(journal.records_of(self._journal), self.order.size))
        start = array("q", (at - begin for at, begin in zip(accounting.started, begun, strict=True)))
        (self.folder / ENQUEUE).write_bytes(took)
        (self.folder / START).write_bytes(start)
        return Outcome(
            spans_ns=tuple(accounting.span(part.start, part.stop) for part in self.order.parts()),
            garbage_collector=f"enabled, thresholds {gc.get_threshold()}" if gc.isenabled() else "disabled",
            resident_before=resident_before,
            resident_peak=resident_peak,
            workers_peak=_largest_child(),
        )

    def progress(self) -> tuple[int, int]:
        """Return something that changes whenever a task is enqueued or runs."""
        return len(self._noted), zlib.crc32(journal.content_of(self._journal)) if self._journal.exists() else 0

    def kill_worker(self) -> None:
        """End the target's own worker at once, if there is one."""
        if self._worker is not None:
            self._worker.kill()

    def _set_up(self) -> Callable[[int], Any]:
        self._write_settings()
        journal.MappedJournal.create(self._journal, self.order.size + WARM_UP).close()
        os.environ[journal.VARIABLE] = str(self._journal)
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(self.folder), os.environ.get("PYTHONPATH", ""))))
        sys.path.insert(0, str(self.folder))
        descriptor = self.target.descriptor
        prepare(descriptor, os.environ)
        if descriptor.worker is not None:
            self._worker = TargetWorker(descriptor.worker, self.order.size + WARM_UP, os.environ, self.folder)
        import django  # noqa: PLC0415 -- only now the settings are there

        django.setup()
        from django.tasks import task_backends  # noqa: PLC0415

        self._backend = task_backends["default"]
        task = self._task()
        if hasattr(self._backend, "start"):
            self._backend.start()
        if self._worker is not None:
            self._worker.wait_until_ready()
        enqueue: Callable[[int], Any] = task.enqueue
        return enqueue

    def _write_settings(self) -> None:
        source = self.target.settings_source(
            {
                "result_types": f"taskgauge.suites.shapes.variants:load:{self.order.arm}",
                "store": str(self.folder / "store"),
            }
        )
        text = f"from taskgauge.suites.shapes.settings import *\n\nLOGGING = {_LOGGING!r}\n\n{source}"
        (self.folder / f"{SETTINGS}.py").write_text(text, encoding="utf-8")

    def _task(self) -> Any:
        if self.target.descriptor.result_types:
            from taskgauge.suites.shapes.variants import load  # noqa: PLC0415 -- needs the settings

            return load(self.order.arm).tasks.record
        from taskgauge.suites.dispatch.tasks import record  # noqa: PLC0415

        return record

    def _warm_up(self, enqueue: Callable[[int], Any]) -> None:
        results = [enqueue(self.order.size + number) for number in range(WARM_UP)]
        if hasattr(self._backend, "join"):
            self._backend.join()
        while self._backend.supports_get_result and not all(
            self._backend.get_result(result.id).is_finished for result in results
        ):
            time.sleep(0.02)  # not timed

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a turn, and say when it is over; a session that is alone goes on at once."""
        over = self.order.turn_is_over
        if over is None:
            yield
            return
        self._turns.acquire()
        gc.collect()
        yield
        os.write(over, b".")

    def _enqueue_all(self, enqueue: Callable[[int], Any], numbers: range, begun: array[int], took: array[int]) -> None:
        now = time.monotonic_ns
        note = self._noted.append
        by_id = self._backend.supports_get_result
        for number in numbers:
            before = now()
            result = enqueue(number)
            after = now()
            begun[number] = before
            took[number] = after - before
            note(result.id if by_id else result.status)

    def _drain(self) -> None:
        if self._worker is not None:
            self._worker.wait_until_done()
        elif hasattr(self._backend, "join"):
            self._backend.join()

    def _check(self, accounting: Accounting) -> None:
        try:
            TasksUnaccounted.check(accounting)
        except TasksUnaccounted as error:
            results = (self._result(self._noted[number]) for number in (*accounting.unfinished, *accounting.lost))
            said = next((result.errors[-1] for result in results if result is not None and result.errors), None)
            if said is None:
                raise
            text = f"{error}; the backend says {said.traceback.strip().splitlines()[-1]}"
            raise TasksUnaccounted(text, error.count) from error

    def _result(self, note: Any) -> Any | None:
        return self._backend.get_result(note) if self._backend.supports_get_result else None

    def _check_states(self) -> None:
        states: dict[str, int] = {}
        example = ""
        for note in self._noted:
            result = self._result(note)
            status = note if result is None else result.status
            states[str(status)] = states.get(str(status), 0) + 1
            if result is not None and result.errors and not example:
                example = f"; the first says {result.errors[-1].traceback.strip().splitlines()[-1]}"
        if states != {"SUCCESSFUL": self.order.size}:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            raise FinalStateWrong(f"of {self.order.size} tasks that ran, the backend reports {counts}{example}")

    def _stop(self) -> None:
        if hasattr(self._backend, "stop"):
            self._backend.stop()

    def _new_array(self) -> array[int]:
        return array("q", bytes(8 * self.order.size))


def main() -> None:
    """Carry out the order on the command line."""
    folder = Path.cwd()
    turns = threading.Semaphore(0)
    threading.Thread(target=_hold_life_line, args=(folder, turns), daemon=True).start()
    code = 1
    try:
        session = Session(SessionConfig.load(sys.argv[1]), folder, turns)
        threading.Thread(target=_watch, args=(session,), daemon=True).start()
        session.run().write(folder)
        code = 0
    except Exception as error:
        _write_failure(folder, error)
    sys.exit(code)


def _write_failure(folder: Path, error: Exception) -> None:
    own = isinstance(error, DispatchError)
    name = type(error).__name__ if own else "SessionFailed"
    text = str(error) if own else f"{type(error).__name__}: {error}"
    failure = {
        "name": name,
        "text": " ".join(text.split()),
        "count": error.count if isinstance(error, TasksUnaccounted) else 0,
    }
    (folder / FAILURE).write_text(json.dumps(failure), encoding="utf-8")


def _watch(session: Session) -> None:
    """Give up when nothing moves: a backend may hang in enqueue(), in its worker, or in telling."""
    patience, size = session.order.patience, session.order.size
    if not session.measuring.wait(SET_UP_PATIENCE):
        error = DispatchStalled(f"the target was not ready after {SET_UP_PATIENCE:g} s")
    else:
        before: tuple[int, int] | None = None
        while (now := session.progress()) != before:
            before = now
            time.sleep(patience)
        error = DispatchStalled(f"nothing moved for {patience:g} s, with {now[0]} of {size} tasks enqueued")
    _write_failure(session.folder, error)
    session.kill_worker()
    os._exit(1)


def _hold_life_line(folder: Path, turns: threading.Semaphore) -> None:
    """Take the session's turns, and end everything when whoever started it is gone."""
    # Not through sys.stdin: its lock would be held while the interpreter ends.
    while os.read(0, 1):
        turns.release()
    for process in psutil.Process().children(recursive=True):
        process.kill()
    remove_while_used(folder)
    os.killpg(0, signal.SIGKILL)


def remove_while_used(folder: Path) -> None:
    """Remove a folder in which other threads still make files, as SQLite does its journal."""
    for _ in range(1000):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _own_peak() -> int:
    """Bytes resident at most; getrusage would begin with what the starting process had."""
    status = Path("/proc/self/status")
    if status.exists():
        words = next(
            line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")
        ).split()
        return int(words[1]) * 1024
    return _bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _largest_child() -> int:
    """Bytes resident at most in the largest child that has ended; no less than this process had when it started it."""
    return _bytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _bytes(maximum: int) -> int:
    return maximum if sys.platform == "darwin" else maximum * 1024


if __name__ == "__main__":
    main()
