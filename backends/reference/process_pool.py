"""Worker processes as their owner sees them: who they are, what each holds, and what becomes of it when one dies."""

import contextlib
import logging
import multiprocessing
import pickle
import threading
from typing import Any

from django.conf import settings
from django.tasks.exceptions import TaskResultDoesNotExist
from django.tasks.signals import task_finished

from taskgauge.backends.reference import messages
from taskgauge.backends.reference.errors import SettingsNotPicklable, WorkerDidNotStart, WorkerDied
from taskgauge.backends.reference.life_cycle import fail
from taskgauge.backends.reference.result_types import ResultTypes
from taskgauge.backends.reference.store import Store
from taskgauge.backends.reference.waiting import Entry, WaitingTasks
from taskgauge.backends.reference.worker import Boot, main

logger = logging.getLogger(__name__)

_SENT_SETTINGS = ("TASKS", "USE_TZ", "TIME_ZONE", "INSTALLED_APPS", "DATABASES", "LOGGING")


class ProcessPool:
    """Worker processes with the queue they serve and the store of what they did."""

    def __init__(self, types: ResultTypes, sender: type, *, alias: str, workers: int, prefetch: int) -> None:
        """Start nothing yet."""
        self.store = Store(types)
        self.waiting = WaitingTasks()
        self.sender = sender
        self.prefetch = prefetch
        self.refill_from = max(1, prefetch // 2)
        self.stopped = False
        """Whether somebody called `stop`; then only `start` starts again, and enqueueing does not."""
        self._alias = alias
        self._count = workers
        self._workers: list[WorkerProcess] = []
        self._broken: WorkerDidNotStart | None = None
        self._lock = threading.RLock()
        self._starting_or_stopping = threading.RLock()

    def start(self) -> None:
        """Start the workers that are not running."""
        with self._starting_or_stopping, self._lock:
            self.stopped = False
            self._broken = None
            self._fill_up()

    def start_unless_stopped(self) -> None:
        """Start the workers with the first task."""
        if not self._workers and not self.stopped:
            self.start()

    def wait_until_ready(self, timeout: float | None) -> bool:
        """Wait until every worker can run tasks, each for `timeout` seconds at most; raise WorkerDidNotStart."""
        ready = all(worker.ready.wait(timeout) for worker in list(self._workers))
        self.raise_if_broken()
        return ready

    def join(self, timeout: float | None) -> bool:
        """Wait until nothing is unfinished; raise WorkerDidNotStart."""
        self.raise_if_broken()
        finished = self.store.join(timeout, unless=lambda: self._broken is not None)
        self.raise_if_broken()
        return finished

    def raise_if_broken(self) -> None:
        """Raise WorkerDidNotStart if workers turned out not to start."""
        if self._broken is not None:
            raise self._broken

    def stop(self, timeout: float | None) -> None:
        """Let the workers run what they hold, for `timeout` seconds at most, and end them; others stay READY."""
        with self._starting_or_stopping:
            with self._lock:
                self.stopped = True
                workers, self._workers = self._workers, []
            for worker in workers:
                worker.ask_to_stop()
                self.waiting.stop_one()
            for worker in workers:
                worker.wait_or_kill(timeout)
            self.waiting.forget_stops()

    def pids(self) -> list[int]:
        """Return the process ids of the workers."""
        with self._lock:
            return [worker.process.pid or 0 for worker in self._workers]

    def gone(self, worker: "WorkerProcess") -> None:
        """Take note that a worker has ended, and put another in its place where it should not have."""
        with self._lock:
            if worker not in self._workers:
                return
            self._workers.remove(worker)
            if worker.ready.is_set():
                self._fill_up()
                return
            # It would only happen again, for ever.
            self._broken = WorkerDidNotStart(
                f"a worker process ended with exit code {worker.process.exitcode} before it was ready; "
                "its error output says why"
            )
        logger.error("%s", self._broken)
        worker.ready.set()
        self.store.interrupt()

    def _fill_up(self) -> None:
        boot = Boot(alias=self._alias, settings={name: getattr(settings, name) for name in _SENT_SETTINGS})
        try:
            pickle.dumps(boot)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise SettingsNotPicklable(
                f"{self.sender.__name__} sends the settings {', '.join(_SENT_SETTINGS)} to its workers: {error}; "
                'OPTIONS["result_types"] must be a path'
            ) from error
        while len(self._workers) < self._count:
            self._workers.append(WorkerProcess(self, boot))


class WorkerProcess:
    """One worker process, a thread that feeds it, and a thread that listens to it."""

    def __init__(self, pool: ProcessPool, boot: Boot) -> None:
        """Start all three."""
        self.ready = threading.Event()
        """Set when the worker can run tasks, or never will."""
        self._pool = pool
        self._free = pool.prefetch
        self._held: dict[str | None, Entry] = {}
        self._running: str | None = None
        self._asked_to_stop = False
        self._takes_no_more = False
        self._left = False
        self._lock = threading.Lock()
        self._to_be_fed = threading.Condition(self._lock)
        self._sending = threading.Lock()
        context = multiprocessing.get_context("spawn")
        self._connection, other_end = context.Pipe()
        self.process = context.Process(target=main, args=(other_end, boot), name=pool.sender.__name__)
        self.process.start()
        # From here on only the worker has the other end, so its death is the end of the pipe.
        other_end.close()
        self._listener = threading.Thread(target=self._listen, name="worker's pipe", daemon=True)
        self._listener.start()
        self._feeder = threading.Thread(target=self._feed, name="worker's food", daemon=True)
        self._feeder.start()

    def ask_to_stop(self) -> None:
        """Feed the worker no more, and let it leave when it has run what it holds."""
        with self._lock:
            self._asked_to_stop = True
            self._to_be_fed.notify()

    def wait_or_kill(self, timeout: float | None) -> None:
        """Wait until the worker has ended, or kill it after `timeout` seconds; nothing of it is left afterwards."""
        self.process.join(timeout)
        if self.process.exitcode is None:
            logger.error("Worker pid=%s is killed: it still runs %s s after it was asked to stop",
                         self.process.pid, timeout)
            self.process.kill()
            self.process.join()
        self._listener.join()
        self._feeder.join()

    def _send(self, message: bytes) -> None:
        with self._sending:
            self._connection.send_bytes(message)

    def _feed(self) -> None:
        """Wait for tasks while the worker has room for some; while it is busy, the listening thread feeds it."""
        while self._feed_one():
            pass
        # A worker that has just died needs no telling.
        with contextlib.suppress(OSError):
            self._send(messages.STOP)

    def _feed_one(self) -> bool:
        with self._lock:
            self._to_be_fed.wait_for(lambda: self._free > 0 or self._closed)
            if self._closed:
                return False
            self._free -= 1
        entry = self._pool.waiting.get()
        with self._lock:
            if self._closed:
                # Meant for another worker, even if it says stop: all that were asked are told, one entry each.
                if entry.result_id is not None or not self._asked_to_stop:
                    self._pool.waiting.put_back(entry)
                return False
            if entry.result_id is None:
                self._free += 1
                return True  # left over from a worker that ended before it was told
            self._hold([entry])
        self._serve([entry])
        return True

    def _refill(self) -> None:
        """Feed the worker without a change of threads; in batches, since a message costs as much as a task."""
        with self._lock:
            if self._closed or self._free < self._pool.refill_from:
                return
            batch = self._pool.waiting.take(self._free)
            self._free -= len(batch)
            self._hold(batch)
            if not batch:
                self._to_be_fed.notify()
        if batch:
            self._serve(batch)

    @property
    def _closed(self) -> bool:
        return self._asked_to_stop or self._takes_no_more

    def _hold(self, batch: list[Entry]) -> None:
        self._held.update((entry.result_id, entry) for entry in batch)

    def _serve(self, batch: list[Entry]) -> None:
        # When the worker dies now, the listening thread finds the tasks among those held.
        with contextlib.suppress(OSError):
            self._send(messages.TASKS + pickle.dumps([entry.payload for entry in batch]))

    def _listen(self) -> None:
        try:
            while True:
                self._handle(self._connection.recv())
        except (EOFError, OSError):
            self._account()
        except Exception:
            # What cannot be read or kept cannot be trusted any further.
            logger.exception("Worker pid=%s sent something that cannot be used, and is killed", self.process.pid)
            self.process.kill()
            self._account()

    def _handle(self, message: Any) -> None:
        match message:
            case messages.Started():
                if message.finished is not None:
                    self._keep(message.finished)
                self._note_start(message)
            case messages.Finished():
                self._keep(message.finished)
            case messages.Enqueue():
                self._enqueue(message.packed)
            case messages.Ask():
                self._answer(message.result_id)
            case messages.Ready():
                self.ready.set()
            case messages.Leave():
                with self._lock:
                    self._takes_no_more = self._left = True

    def _note_start(self, message: messages.Started) -> None:
        self._running = message.result_id
        store = self._pool.store
        kept = store.kept(message.result_id)
        if kept is not None:
            store.change(
                kept,
                status=store.types.TaskResultStatus.RUNNING,
                started_at=kept.started_at or message.at,
                last_attempted_at=message.at,
                worker_ids=[*kept.worker_ids, message.worker_id],
            )

    def _keep(self, result: Any) -> None:
        with self._lock:
            self._held.pop(result.id, None)
            self._running = None
            self._free += 1
        self._pool.store.replace(result)
        self._pool.store.finished(result.id)
        self._refill()

    def _enqueue(self, packed: bytes) -> None:
        result = pickle.loads(packed)
        task = result.task
        self._pool.store.add(result)
        self._pool.waiting.put(result.id, packed, priority=task.priority, run_after=task.run_after)

    def _answer(self, result_id: str) -> None:
        try:
            answer = self._pool.store.get(result_id)
        except TaskResultDoesNotExist:
            answer = None  # the worker raises it where the question was asked
        with contextlib.suppress(OSError):
            self._send(messages.ANSWER + pickle.dumps(answer))

    def _account(self) -> None:
        """See to the tasks of a worker that has ended, however it did."""
        self.process.join()
        with self._lock:
            self._takes_no_more = True
            held, self._held = self._held, {}
            running, self._running = self._running, None
            self._to_be_fed.notify()
        if running is not None:
            held.pop(running, None)
            self._fail(running)
        for entry in held.values():
            self._pool.waiting.put_back(entry)
        if not (self._left or self._asked_to_stop):
            logger.error(
                "Worker pid=%s died with exit code %s; %d tasks that it had not started go to other workers",
                self.process.pid, self.process.exitcode, len(held),
            )
        with self._sending:
            self._connection.close()
        self._pool.gone(self)

    def _fail(self, result_id: str) -> None:
        store = self._pool.store
        kept = store.kept(result_id)
        if kept is not None:
            try:
                raise WorkerDied(
                    f"worker process {self.process.pid} ended with exit code {self.process.exitcode} while it ran this task"
                )
            except WorkerDied as error:
                result = fail(store.types, kept, error, change=store.change)
                task_finished.send_robust(self._pool.sender, task_result=result)
        store.finished(result_id)
