"""The code that runs inside a worker process of reference-process."""

import os
import pickle
import queue
import signal
import threading
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from traceback import format_exception
from types import FrameType
from typing import Any, NoReturn, cast

import django
from django.conf import settings
from django.core.signals import setting_changed
from django.db import close_old_connections
from django.tasks import task_backends
from django.tasks.exceptions import TaskResultDoesNotExist

from taskgauge.backends.reference import messages
from taskgauge.backends.reference.base import ReferenceBackend
from taskgauge.backends.reference.life_cycle import new_id, run
from taskgauge.backends.reference.result_types import ResultTypes

link: "Link | None" = None
"""The link to the process that owns the state; None outside workers."""

ORPHANED = 70
"""The exit code of a worker whose owner has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """The data that a worker starts with; it is pickled into the new process."""

    alias: str
    settings: dict[str, Any]
    """The owner's current TASKS, and the few settings that the life cycle depends on."""


class _Stopped(BaseException):
    """SIGTERM came while no task was running."""


class Link:
    """The worker's end of the pipe. It sends a finished result with the next message, or before the worker waits."""

    def __init__(self, connection: Connection, worker_id: str) -> None:
        self._connection = connection
        self._worker_id = worker_id
        self._finished: Any | None = None
        self._sending = threading.Lock()
        self._asking = threading.Lock()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.tasks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        """The packed results in order of arrival; None: stop."""

    def listen(self) -> NoReturn:
        """Receive messages in a separate thread; when the owner has ended, end this process, even if a task runs."""
        try:
            while True:
                message = self._connection.recv_bytes()
                kind, content = message[:1], message[1:]
                if kind == messages.TASKS:
                    for packed in pickle.loads(content):
                        self.tasks.put(packed)
                elif kind == messages.ANSWER:
                    self._answers.put(content)
                else:
                    self.tasks.put(None)
        except (EOFError, OSError):
            os._exit(ORPHANED)

    def send(self, message: Any) -> None:
        """Send a message, after the last finished result."""
        with self._sending:
            self._flush()
            self._connection.send_bytes(pickle.dumps(message))

    def started(self, result: Any) -> None:
        """Report that a result is RUNNING, together with the result that finished before."""
        with self._sending:
            finished, self._finished = self._finished, None
            started = messages.Started(result.id, result.last_attempted_at, self._worker_id, finished)
            # Connection.send() pickles with a class written in Python, which takes twice as long.
            self._connection.send_bytes(pickle.dumps(started))

    def finished(self, result: Any) -> None:
        """Send a finished result with the next message."""
        with self._sending:
            self._finished = result

    def flush(self) -> None:
        """Send the finished result now, because the next message may be late."""
        with self._sending:
            self._flush()

    def enqueue(self, packed: bytes) -> None:
        """Hand a task over to the owner."""
        self.send(messages.Enqueue(packed))

    def get_result(self, result_id: str) -> Any:
        """Ask the owner for a result; raise TaskResultDoesNotExist."""
        with self._asking:
            self.send(messages.Ask(result_id))
            result = pickle.loads(self._answers.get())
        if result is None:
            raise TaskResultDoesNotExist(result_id)
        return result

    def _flush(self) -> None:
        if self._finished is not None:
            finished, self._finished = self._finished, None
            self._connection.send_bytes(pickle.dumps(messages.Finished(finished)))


class Worker:
    """Runs tasks one after another, until it is asked to stop."""

    def __init__(self, connection: Connection, types: ResultTypes, sender: type) -> None:
        self._id = new_id()
        self.link = Link(connection, self._id)
        self._types = types
        self._sender = sender
        self._idle = False
        self._stopping = False

    def work(self) -> None:
        """Run tasks until STOP or SIGTERM; tasks that were received but not started go back to the owner."""
        signal.signal(signal.SIGTERM, self._on_sigterm)
        self.link.send(messages.Ready(self._id))
        try:
            while not self._stopping and (packed := self._next()) is not None:
                try:
                    result = pickle.loads(packed)
                except Exception as error:  # importing the project's code may raise anything
                    kind = type(error)
                    path = f"{kind.__module__}.{kind.__qualname__}"
                    self.link.send(messages.NotStarted(path, "".join(format_exception(error))))
                    continue
                run(self._types, result, worker_id=self._id, sender=self._sender, change=self._change)
                close_old_connections()
        except _Stopped:
            pass  # SIGTERM stops an idle worker in this way
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.link.send(messages.Leave())

    def _next(self) -> bytes | None:
        if self.link.tasks.empty():
            self.link.flush()
        self._idle = True
        if self._stopping:
            return None
        packed = self.link.tasks.get()
        self._idle = False
        return packed

    def _change(self, result: Any, **fields: Any) -> Any:
        result = self._types.change(result, **fields)
        if result.status == self._types.TaskResultStatus.RUNNING:
            self.link.started(result)
        else:
            self.link.finished(result)
        return result

    def _on_sigterm(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        self._stopping = True
        if self._idle:
            raise _Stopped


def main(connection: Connection, boot: Boot) -> None:
    """Run a worker: this is the target function of its process."""
    global link  # noqa: PLW0603 -- backend instances are made by Django, which passes them nothing
    # Ctrl-C reaches the whole process group; the owner decides about running tasks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # SIGTERM waits during a fork: a task may send it before its child reacts as usual, and it would be lost.
    mask = partial(signal.pthread_sigmask, mask=[signal.SIGTERM])
    os.register_at_fork(
        before=partial(mask, signal.SIG_BLOCK),
        after_in_parent=partial(mask, signal.SIG_UNBLOCK),
        after_in_child=_react_as_usual,
    )
    configure(boot.settings)
    backend = cast("ReferenceBackend", task_backends[boot.alias])
    worker = Worker(connection, backend.types, type(backend))
    link = worker.link
    threading.Thread(target=worker.link.listen, name="pipe", daemon=True).start()
    worker.work()


def _react_as_usual() -> None:
    """Let signals end a process that a task forks: its parent waits for it, for example when it closes a pool."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


def configure(changes: dict[str, Any]) -> None:
    """Set up Django with DJANGO_SETTINGS_MODULE, if it is set, and then with the owner's settings on top."""
    if settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"):
        for name, value in changes.items():
            setattr(settings, name, value)
            setting_changed.send(sender=main, setting=name, value=value, enter=True)
    else:
        settings.configure(**changes)
    django.setup()
