"""One worker process, seen from its owner: the tasks that it holds, and their recovery when it ends."""

import contextlib
import logging
import multiprocessing
import pickle
import threading
from typing import Any, Protocol

from django.tasks.exceptions import TaskResultDoesNotExist
from django.tasks.signals import task_finished
from django.utils import timezone

from taskgauge.backends.reference import messages
from taskgauge.backends.reference.errors import WorkerDied
from taskgauge.backends.reference.frames import frames
from taskgauge.backends.reference.life_cycle import fail
from taskgauge.backends.reference.store import Store
from taskgauge.backends.reference.waiting import Entry, WaitingTasks
from taskgauge.backends.reference.worker import Boot, main

logger = logging.getLogger(__name__)


class Pool(Protocol):
    """The part of a pool that its worker processes use."""

    store: Store
    waiting: WaitingTasks
    sender: type
    prefetch: int
    """The number of tasks that a worker holds at most."""
    refill_from: int
    """The number of these places that must be free before a busy worker gets more tasks."""

    def gone(self, worker: "WorkerProcess") -> None:
        """Record that a worker has ended and that its tasks are failed or waiting again."""


class WorkerProcess:
    """One worker process, a thread that feeds it, and a thread that listens to it."""

    def __init__(self, pool: Pool, boot: Boot) -> None:
        """Start the process and both threads."""
        self.ready = threading.Event()
        """The event that is set when the worker can run tasks, or never will."""
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
        # From here on only the worker has the other end, so the pipe ends when the worker dies.
        other_end.close()
        self._listener = threading.Thread(target=self._listen, name="worker's pipe", daemon=True)
        self._listener.start()
        self._feeder = threading.Thread(target=self._feed, name="worker's feeder", daemon=True)
        self._feeder.start()

    def ask_to_stop(self) -> None:
        """Send the worker no more tasks, and let it end after the tasks that it holds."""
        with self._lock:
            self._asked_to_stop = True
            self._to_be_fed.notify()

    def wait_or_kill(self, timeout: float | None) -> None:
        """Wait until the worker has ended, or kill it after `timeout` seconds; both threads end too."""
        # Only the listening thread waits for the process: if two threads wait, one gets "no such child".
        self._listener.join(timeout)
        if self._listener.is_alive():
            logger.error(
                "Worker pid=%s is killed: it still runs %s s after it was asked to stop", self.process.pid, timeout
            )
            self.process.kill()
        self._listener.join()
        self._feeder.join()

    def _send(self, message: bytes) -> None:
        with self._sending:
            self._connection.send_bytes(message)

    def _feed(self) -> None:
        """Send waiting tasks while the worker has room; while it is busy, the listening thread sends them."""
        while self._feed_one():
            pass
        # A worker that has just died needs no STOP.
        with contextlib.suppress(OSError):
            self._send(messages.STOP)

    def _feed_one(self) -> bool:
        with self._lock:
            self._to_be_fed.wait_for(lambda: self._free > 0 or self._is_closed())
            if self._is_closed():
                return False
            self._free -= 1
        entry = self._pool.waiting.get()
        with self._lock:
            if self._is_closed():
                # The entry is for another worker, even if it is a stop entry: each stopped worker gets one entry.
                if entry.result_id is not None or not self._asked_to_stop:
                    self._pool.waiting.put_back(entry)
                return False
            if entry.result_id is None:
                self._free += 1
                return True  # the stop entry of a worker that ended before it got the entry
            self._hold([entry])
        self._serve([entry])
        return True

    def _refill(self) -> None:
        """Send tasks without a change of threads, in batches, since a message costs as much as a task."""
        with self._lock:
            if self._is_closed() or self._free < self._pool.refill_from:
                return
            batch = self._pool.waiting.take(self._free)
            self._free -= len(batch)
            self._hold(batch)
            if not batch:
                self._to_be_fed.notify()
        if batch:
            self._serve(batch)

    def _is_closed(self) -> bool:
        return self._asked_to_stop or self._takes_no_more

    def _hold(self, batch: list[Entry]) -> None:
        self._held.update((entry.result_id, entry) for entry in batch)

    def _serve(self, batch: list[Entry]) -> None:
        # If the worker dies now, the listening thread finds these tasks in `_held`.
        with contextlib.suppress(OSError):
            self._send(messages.TASKS + pickle.dumps([entry.payload for entry in batch]))

    def _listen(self) -> None:
        try:
            for message in frames(self._connection):
                self._handle(pickle.loads(message))
        except (EOFError, OSError):
            self._account()
        except Exception:
            # A worker whose message cannot be read or kept is not trusted any more.
            logger.exception("Worker pid=%s sent something that cannot be used, and is killed", self.process.pid)
            self.process.kill()
            self._account()

    def _handle(self, message: Any) -> None:
        match message:
            case messages.Started():
                if message.finished is not None:
                    self._keep(message.finished)
                self._note_start(message)
            case messages.NotStarted():
                self._fail_next(message)
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

    def _fail_next(self, message: messages.NotStarted) -> None:
        """Fail the first of the tasks that the worker holds, since the worker takes them in order."""
        with self._lock:
            result_id = next(iter(self._held))
        types = self._pool.store.types
        kept = self._pool.store.kept(str(result_id))
        if kept is not None:
            error = types.TaskError(exception_class_path=message.exception_class_path, traceback=message.traceback)
            failed = types.change(
                kept, status=types.TaskResultStatus.FAILED, finished_at=timezone.now(), errors=[*kept.errors, error]
            )
            task_finished.send_robust(self._pool.sender, task_result=failed)
            self._keep(failed)

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
            answer = None  # the worker raises it in the task that asked
        with contextlib.suppress(OSError):
            self._send(messages.ANSWER + pickle.dumps(answer))

    def _account(self) -> None:
        """Fail the running task of a worker that has ended, and put back its other tasks."""
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
                self.process.pid,
                self.process.exitcode,
                len(held),
            )
        with self._sending:
            self._connection.close()
        self._pool.gone(self)

    def _fail(self, result_id: str) -> None:
        store = self._pool.store
        kept = store.kept(result_id)
        if kept is not None:
            pid, code = self.process.pid, self.process.exitcode
            error = WorkerDied(f"worker process {pid} ended with exit code {code} while it ran this task")
            result = fail(store.types, kept, error, change=store.change)
            try:
                raise error
            except WorkerDied:
                # Sent while the exception is handled, so that Django's log record carries it.
                task_finished.send_robust(self._pool.sender, task_result=result)
        store.finished(result_id)
