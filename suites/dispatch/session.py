"""One session in its own process: sets a target up, enqueues tasks, waits for their end, checks and measures.

Start it as `python -m taskgauge.suites.dispatch.session CONFIG` in an empty working directory, the session's folder.
When its standard input is closed, the session ends all its processes and removes its folder. For a session that takes
turns with others, every byte on standard input starts a turn.
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

from taskgauge.backends.descriptors.python_source import begun_with
from taskgauge.backends.descriptors.reader import Target, load_target
from taskgauge.backends.processes.python_path import python_path
from taskgauge.suites.dispatch.errors import DispatchError, DispatchStalled, FinalStateWrong, TasksUnaccounted
from taskgauge.suites.dispatch.session_config import ENQUEUE, FAILURE, START, Outcome, SessionConfig
from taskgauge.suites.dispatch.worker import TargetWorker, prepare
from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Accounting, account

SETTINGS = "taskgauge_dispatch_settings"
SET_UP_PATIENCE = 120.0
"""The seconds until the target must be ready: its store prepared, its workers running, the first tasks run."""
WARM_UP = 20
"""The tasks that run before the measured tasks, so that imports, connections and caches are not measured."""

_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Two log records a task cost as much as the task.
    "loggers": {"django.tasks": {"level": "WARNING"}},
}


class Session:
    """A running session."""

    def __init__(self, config: SessionConfig, folder: Path, turns: threading.Semaphore) -> None:
        """Take the configuration, an empty folder, and a semaphore that is released for every turn."""
        self._turns = turns
        self.config = config
        self.folder = folder
        self.target: Target = load_target(config.target, Path(config.catalog))
        self._journal = folder / "journal"
        self._worker: TargetWorker | None = None
        self._backend: Any = None
        self._noted: list[Any] = []
        self.measuring = threading.Event()
        """Set after the warm-up."""

    def run(self) -> Outcome:
        """Run the session; raise DispatchError, or any error of the backend."""
        enqueue = self._set_up()
        self._warm_up(enqueue)
        self.measuring.set()
        begun, took = self._new_array(), self._new_array()
        gc.collect()
        resident_before = psutil.Process().memory_info().rss
        for part in self.config.parts():
            with self._turn():
                self._enqueue_all(enqueue, part, begun, took)
                self._drain()
        accounting = account(journal.records_of(self._journal), self.config.size)
        self._check(accounting)
        self._check_states()
        resident_peak = _own_peak()
        self._stop()
        # A task that runs after the backend reported its end was executed twice.
        TasksUnaccounted.check(account(journal.records_of(self._journal), self.config.size))
        start = array("q", (at - begin for at, begin in zip(accounting.started, begun, strict=True)))
        (self.folder / ENQUEUE).write_bytes(took)
        (self.folder / START).write_bytes(start)
        return Outcome(
            spans_ns=tuple(accounting.span(part.start, part.stop) for part in self.config.parts()),
            garbage_collector=f"enabled, thresholds {gc.get_threshold()}" if gc.isenabled() else "disabled",
            resident_before=resident_before,
            resident_peak=resident_peak,
            workers_peak=_largest_child(),
        )

    def progress(self) -> tuple[int, int]:
        """Return the number of enqueued tasks and a checksum of the event log; one changes when a task progresses."""
        return len(self._noted), zlib.crc32(journal.content_of(self._journal)) if self._journal.exists() else 0

    def kill_worker(self) -> None:
        """Kill the target's worker, if there is one."""
        if self._worker is not None:
            self._worker.kill()

    def _set_up(self) -> Callable[[int], Any]:
        self._write_settings()
        journal.MappedJournal.create(self._journal, self.config.size + WARM_UP).close()
        os.environ[journal.VARIABLE] = str(self._journal)
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
        os.environ["PYTHONPATH"] = os.pathsep.join([str(self.folder), *python_path()])
        sys.path.insert(0, str(self.folder))
        descriptor = self.target.descriptor
        prepare(descriptor, os.environ)
        if self.target.worker is not None:
            self._worker = TargetWorker(self.target.worker, self.config.size + WARM_UP, os.environ, self.folder)
        import django  # noqa: PLC0415 -- after the settings are written

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
                "result_types": f"taskgauge.suites.shapes.variants:load:{self.config.arm}",
                "store": str(self.folder / "store"),
            }
        )
        text = begun_with(f"from taskgauge.suites.shapes.settings import *\n\nLOGGING = {_LOGGING!r}", source)
        (self.folder / f"{SETTINGS}.py").write_text(text, encoding="utf-8")

    def _task(self) -> Any:
        if self.target.descriptor.result_types:
            from taskgauge.suites.shapes.variants import load  # noqa: PLC0415 -- needs the settings

            return load(self.config.arm).tasks.record
        from taskgauge.suites.dispatch.tasks import record  # noqa: PLC0415

        return record

    def _warm_up(self, enqueue: Callable[[int], Any]) -> None:
        results = [enqueue(self.config.size + number) for number in range(WARM_UP)]
        if hasattr(self._backend, "join"):
            self._backend.join()
        while self._backend.supports_get_result and not all(
            self._backend.get_result(result.id).is_finished for result in results
        ):
            time.sleep(0.02)  # not timed

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a turn, and report its end; a session without turns continues at once."""
        over = self.config.turn_is_over
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
            reported = next((result.errors[-1] for result in results if result is not None and result.errors), None)
            if reported is None:
                raise
            text = f"{error}; the backend says {reported.traceback.strip().splitlines()[-1]}"
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
        if states != {"SUCCESSFUL": self.config.size}:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            raise FinalStateWrong(f"of {self.config.size} tasks that ran, the backend reports {counts}{example}")

    def _stop(self) -> None:
        if hasattr(self._backend, "stop"):
            self._backend.stop()

    def _new_array(self) -> array[int]:
        return array("q", bytes(8 * self.config.size))


def main() -> None:
    """Run the session that the command line describes."""
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
    """Fail the session when it stops progressing: enqueue(), the worker or get_result() of a backend may hang."""
    timeout, size = session.config.timeout, session.config.size
    if not session.measuring.wait(SET_UP_PATIENCE):
        error = DispatchStalled(f"the target was not ready after {SET_UP_PATIENCE:g} s")
    else:
        before: tuple[int, int] | None = None
        while (now := session.progress()) != before:
            before = now
            time.sleep(timeout)
        error = DispatchStalled(f"nothing moved for {timeout:g} s, with {now[0]} of {size} tasks enqueued")
    _write_failure(session.folder, error)
    session.kill_worker()
    os._exit(1)


def _hold_life_line(folder: Path, turns: threading.Semaphore) -> None:
    """Read the session's turns, and end all its processes when standard input is closed."""
    # Do not use sys.stdin: its lock would be held while the interpreter ends.
    while os.read(0, 1):
        turns.release()
    for process in psutil.Process().children(recursive=True):
        process.kill()
    remove_while_used(folder)
    os.killpg(0, signal.SIGKILL)


def remove_while_used(folder: Path) -> None:
    """Remove a folder in which other threads still create files, such as SQLite's journal."""
    for _ in range(1000):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _own_peak() -> int:
    """Return the peak of resident bytes; getrusage would include the memory of the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        words = next(
            line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")
        ).split()
        return int(words[1]) * 1024
    return _bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _largest_child() -> int:
    """Return the peak of resident bytes of the largest ended child; it includes this process's memory at the fork."""
    return _bytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _bytes(maximum: int) -> int:
    return maximum if sys.platform == "darwin" else maximum * 1024


if __name__ == "__main__":
    main()
