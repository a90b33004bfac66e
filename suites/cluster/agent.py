"""An agent: a Dask task that stays on its host for a whole session, with a producer and workers of its own.

It takes commands from a mailbox that the driver fills and reads by short calls, so that one task holds the host.
Nothing that is timed runs in it: the producer and the workers are processes of their own.
"""

import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from typing import Any

import psutil

from taskgauge.backends.descriptors.reader import Target, load_target
from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.backends.processes.json_lines import ChildSilent, JsonLinesProcess
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.suites.cluster.job_runner import watch_task
from taskgauge.suites.event_log import journal
from taskgauge.suites.sessions.producer import BEGIN, END, INTENDED
from taskgauge.suites.sessions.project import Project, write_project

_READY = 60.0
_GRACE = 20.0
_LOOK_SECONDS = 0.2


class AgentFailed(Exception):
    """A producer or a worker of an agent failed; the text is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    """The part of one host in a session."""

    target: str
    catalog: str
    is_floor: bool
    placeholders: Mapping[str, str]
    """The values of the target's settings: the store's URL and its parts."""
    producing: bool
    workers: int


@dataclass(slots=True)
class _Mailbox:
    """The commands and answers of one agent; the driver's calls come in another thread."""

    commands: "queue.SimpleQueue[tuple[int, str, dict[str, Any]]]" = field(default_factory=queue.SimpleQueue)
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)


_mailboxes: dict[str, _Mailbox] = {}
_opening = threading.Lock()


def _mailbox(session: str) -> _Mailbox:
    with _opening:
        return _mailboxes.setdefault(session, _Mailbox())


def post(session: str, number: int, do: str, arguments: Mapping[str, dict[str, Any]], dask_worker: Any) -> None:
    """Give a command to the agent of this host; `arguments` are by the addresses of Dask workers."""
    _mailbox(session).commands.put((number, do, arguments[dask_worker.address]))


def fetch(session: str, number: int) -> dict[str, Any] | None:
    """Return the answer to a command, or None if there is none yet."""
    return _mailbox(session).answers.pop(number, None)


def monotonic_ns() -> int:
    """Return the monotonic clock of this host."""
    return time.monotonic_ns()


def run_agent(plan: AgentPlan, session: str) -> None:
    """Answer the commands of a session until the command `close`, or until the driver or the scheduler is gone."""
    is_wanted = watch_task()
    mailbox = _mailbox(session)
    try:
        with ExitStack() as stack:
            agent = _Agent(plan, stack, is_wanted)
            while is_wanted():
                try:
                    number, do, arguments = mailbox.commands.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    continue
                if do == "close":
                    return
                mailbox.answers[number] = _answer(agent, do, arguments)
    finally:
        _mailboxes.pop(session, None)


def _answer(agent: "_Agent", do: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(agent, do)(**arguments)
    except Exception as error:
        return {"error": " ".join(f"{error}".split()) or type(error).__name__}
    return answer


class _Agent:
    """The processes of a host; its public methods are the commands of the driver."""

    def __init__(self, plan: AgentPlan, stack: ExitStack, is_wanted: Callable[[], bool]) -> None:
        self._plan = plan
        self._stack = stack
        self._is_wanted = is_wanted
        self._target: Target = load_target(plan.target, Path(plan.catalog))
        folder = stack.enter_context(temporary_folder("taskgauge-agent-"))
        folder.chmod(0o755)
        self._project: Project = write_project(self._target, folder / "project", plan.placeholders)
        self._producer: JsonLinesProcess | None = None
        self._workers: list[WorkerProcess] = []

    def prepare(self) -> dict[str, Any]:
        """Start the producer, if this host produces."""
        if self._plan.producing:
            self._producer = JsonLinesProcess(
                [sys.executable, "-P", "-m", "taskgauge.suites.cluster.host_producer"],
                environment=self._project.environment,
                folder=self._project.folder,
                output=(self._project.folder / "producer.txt").open("w+b"),
                name="the producer",
            )
            self._stack.callback(self._producer.kill)
            floor = self._target.descriptor.backend if self._plan.is_floor else None
            self._ask(_READY, tasks=0, floor=floor)
        return {}

    def work(self) -> dict[str, Any]:
        """Start this host's workers, and wait until they are ready."""
        worker = self._target.descriptor.worker
        for number in range(self._plan.workers):
            words = worker.words(python=sys.executable) if worker else None
            if worker is None or words is None:
                raise AgentFailed("the target has no worker that can be started")
            process = WorkerProcess(
                words,
                ready=worker.ready,
                environment=self._project.environment,
                output=self._project.folder / f"worker-{number}.txt",
                folder=self._project.folder,
            )
            self._workers.append(process)
            self._stack.callback(process.kill)
        for process in self._workers:
            process.wait_until_ready(_READY)
        return {}

    def warm_up(self, *, first: int, count: int) -> dict[str, Any]:
        """Enqueue tasks that are not measured."""
        return self._ask(_READY, do="warm_up", first=first, count=count)

    def send(self, **request: Any) -> dict[str, Any]:
        """Let the producer send its share; return its counts and times."""
        producer = self._producing()
        producer.send({"do": "send", **request})
        time.sleep(max(0.0, (request["start"] - time.monotonic_ns()) / 1e9))
        before = psutil.cpu_times()
        answer = self._receive(producer, request["seconds"] + _READY)
        busy = _busy(before, psutil.cpu_times())
        columns = {name: (self._project.folder / name).read_bytes() for name in (INTENDED, BEGIN, END)}
        return {**answer, "busy": busy, "columns": columns}

    def events(self) -> dict[str, Any]:
        """Return the event log of this host's workers, as bytes of `journal.content_of`."""
        for worker in self._workers:
            if not worker.is_alive:
                raise AgentFailed(f"a worker ended with code {worker.wait()}: {worker.explaining_line()}")
        return {"events": journal.content_of(self._project.event_log).tobytes()}

    def stop(self) -> dict[str, Any]:
        """End the workers, as a supervisor does."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.signal(SIGTERM)
        for worker in workers:
            worker.terminate(_GRACE)
        return {}

    def _producing(self) -> JsonLinesProcess:
        if self._producer is None:
            raise AgentFailed("this host has no producer")
        return self._producer

    def _ask(self, limit: float, **request: Any) -> dict[str, Any]:
        producer = self._producing()
        producer.send(request)
        return self._receive(producer, limit)

    def _receive(self, producer: JsonLinesProcess, limit: float) -> dict[str, Any]:
        """Return the producer's answer. Raises AgentFailed, and ChildFailed if the producer ends or is silent."""
        deadline = time.monotonic() + limit
        while True:
            try:
                answer: dict[str, Any] = producer.receive(1.0)
            except ChildSilent:
                if not self._is_wanted():
                    raise AgentFailed("the driver is gone") from None
                if time.monotonic() > deadline:
                    raise
                continue
            if error := answer.get("error"):
                raise AgentFailed(f"the producer says {error}")
            return answer


def _busy(before: Any, after: Any) -> float:
    """Return the share of processor time between two readings that was not idle."""
    total = sum(after) - sum(before)
    idle = (after.idle - before.idle) + (getattr(after, "iowait", 0.0) - getattr(before, "iowait", 0.0))
    return max(0.0, 1 - idle / total) if total > 0 else 0.0
