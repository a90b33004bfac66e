"""A target that runs: its backend, its workers, and what its tasks were seen to do."""

import contextlib
import itertools
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any, Unpack

from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.suites.conformance.event_log.reader import Record, Witnessed
from taskgauge.suites.conformance.harness.cut_short import CutShort
from taskgauge.suites.conformance.harness.lookup_history import FINAL, Looks
from taskgauge.suites.conformance.harness.timeouts import Patience
from taskgauge.suites.conformance.harness.workers import How, Workers, end
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable
from taskgauge.suites.conformance.project import ALIAS, ONE, TWO, Project
from taskgauge.suites.conformance.remote_calls.run_in_subprocess import run_elsewhere

PATIENCE = 30.0
"""Seconds until what should happen at once counts as not happening; bounds of the descriptor are added."""
PATIENCE_WITHIN = {"processes": 20.0, "threads": 5.0, "inside": 5.0, "never": 5.0}
"""Likewise where tasks run in a pool of this process's own, or in it, with no store and no worker in between."""
WORKER_RUNS_ON = "the worker runs on"
"""What deviates where the standing worker ended while something was waited for."""
_GONE = "gone"
_MOST = 0.7
"""Of the time that a task may take: what is near it may be run again."""
_LOOK = 0.5
"""Seconds between two looks at whether a task is over that was expected to write a line."""
_LOOK_WITHIN = 0.1
"""Likewise where tasks run in this process, and a look costs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One enqueued task: its key, what enqueue() returned, and the target it is on."""

    target: "RunningTarget"
    key: str
    result: Any

    @property
    def id(self) -> str:
        """The result's id."""
        return str(self.result.id)

    def starts(self) -> list[Record]:
        """Return each execution's first line, as far as seen."""
        return self.target.witness.of(self.key, "started")

    def ends(self) -> list[Record]:
        """Return each execution's last line, as far as seen."""
        return self.target.witness.of(self.key, "finished")

    def signals(self, name: str | None = None) -> list[Record]:
        """Return the signals that came for it."""
        return self.target.witness.signals(self.id, name)

    def start(self, patience: float | None = None) -> Record:
        """Wait for its first line; raise Deviation if it does not come."""
        return self._line("started", "the task starts", patience)

    def end(self, patience: float | None = None) -> Record:
        """Wait for its last line; raise Deviation if it does not come."""
        return self._line("finished", "the task's last line is reached", patience)

    def end_told(self) -> None:
        """Wait for its last line, and a while until its end is told: then its worker has nothing more to do for it.

        Raises Deviation if the line does not come.
        """
        self.end()
        with contextlib.suppress(Deviation):
            self.target.wait_for(self.has_ended, "the task's end is told")

    def has_ended(self) -> bool:
        """Return whether its end is told, by its result or, where there is none, by its signal."""
        if self.target.flag("supports_get_result"):
            return self.status() in FINAL
        return bool(self.signals("task_finished"))

    def _line(self, event: str, what: str, patience: float | None) -> Record:
        over = _Over(self)

        def has_come() -> list[Record] | bool:
            return self.target.witness.of(self.key, event) or over.is_sure()

        found = self.target.wait_for(has_come, what, patience)
        if found is True:
            told = self.status() if self.target.flag("supports_get_result") else "task_finished was sent"
            raise Deviation(what, expected="it is seen", seen=f"the task is over without it: {told}")
        first: Record = found[0]
        return first

    def look(self) -> Any:
        """Return the result as the backend reports it now; raise NotApplicable where it reports none."""
        return self.target.look_up(self.id)

    def status(self) -> str:
        """Return the status as it is reported now, or the name of the exception that a look-up raises."""
        try:
            return str(self.look().status)
        except NotApplicable:
            raise
        except Exception as error:  # what was seen is what is told
            return type(error).__name__

    def outcome(self, patience: float | None = None) -> Any:
        """Wait for the final state and return the result; where results are not kept, the one that enqueue() gave.

        Raises Deviation if it does not come.
        """
        if not self.target.flag("supports_get_result"):
            if self.target.runs != "inside":
                self.target.wait_for(lambda: self.signals("task_finished"), "task_finished is sent", patience)
            return self.result
        found: list[Any] = []

        def is_finished() -> bool:
            # Whether it can be looked up in every state is a requirement of its own; here its end is waited for.
            with contextlib.suppress(self.target.api.TaskResultDoesNotExist):
                found[:] = [self.target.look_up(self.id)]
            return bool(found and found[0].is_finished)

        self.target.wait_for(
            is_finished, "the result is finished", patience, seen=lambda: f"{found[0].status}" if found else "no result"
        )
        with contextlib.suppress(self.target.api.TaskResultDoesNotExist):
            # The look that was the first to find the end may have come in the middle of it; RES-16 is about that one.
            return self.look()
        return found[0]


class _Over:
    """Knows when a task is over for so long that a line it has not written by now will not come any more."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pause = _LOOK_WITHIN if run.target.runs in {"threads", "inside"} else _LOOK
        self._next = time.monotonic() + self._pause
        self._seen = 0

    def is_sure(self) -> bool:
        """Look now and then; True once its end was told twice in a row."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._pause
        self._seen = self._seen + 1 if self._run.has_ended() else 0
        return self._seen > 1


class RunningTarget:
    """The target of this pytest process, which is its producer."""

    def __init__(self, target: Target, project: Project, services: Any, log: Path) -> None:
        """Take a target whose settings are this process's own; start no worker."""
        self.target = target
        self.descriptor = target.descriptor
        self.name = target.name
        self.runs = target.descriptor.runs
        self.project = project
        self.services = services
        self.witness = Witnessed(project.witness)
        self.log = log
        self.disturbed: set[str] = set()
        """Ids of results, or keys, of tasks whose life a test disturbed on purpose, by a kill or the like."""
        self.accepted: dict[str, str] = {}
        """The key of each result that this process enqueued, by its id."""
        self.not_before: dict[str, str] = {}
        """When the deferred ones of these are due."""
        self.looks = Looks()
        """What look-ups said of each result."""
        self.answers: list[dict[str, str]] = []
        """What was recorded on open questions and disagreements."""
        self.round_trip: list[dict[str, str]] = []
        """Values that did not come back as Django's documentation says, each shrunk to the smallest example."""
        self._numbers = itertools.count(1)
        self._observed: dict[Any, Any] = {}
        self._cut_short = CutShort(self.witness, self.looks, self.state)
        self._workers = Workers(target, project, log)
        self._held = False
        self._patience = Patience(extra=self.bound("idle_pick_up", 1.0))
        self._given_up: set[str] = set()
        """Keys of tasks that were waited for in vain."""

    # The backend, and the tasks that run on it

    @cached_property
    def api(self) -> Any:
        """The framework the target belongs to, as `taskgauge.suites.conformance.framework` gives it."""
        return import_module("taskgauge.suites.conformance.framework")

    @property
    def backend(self) -> Any:
        """The backend instance of the alias `default`, in this thread."""
        return self.api.task_backends[ALIAS]

    def tasks(self, module: str = "basic") -> Any:
        """Return a module of `taskgauge.suites.conformance.tasks`."""
        return import_module(f"taskgauge.suites.conformance.tasks.{module}")

    def flag(self, name: str) -> bool:
        """Whether the backend declares a feature, such as `supports_defer`."""
        return getattr(self.backend, name, False) is True

    def bound(self, name: str, otherwise: float) -> float:
        """Return what the backend documents (seconds): `idle_pick_up`, `deferral` and so on."""
        value: float | None = getattr(self.descriptor.bounds, name)
        return otherwise if value is None else value

    def new_key(self) -> str:
        """Return a key that no other task of this run has."""
        return f"k{os.getpid()}-{next(self._numbers)}"

    def submit(self, task: Any, *args: Any, **kwargs: Any) -> Run:
        """Enqueue a task with a new key before its arguments."""
        key = self.new_key()
        return self.accept(key, task.enqueue(key, *args, **kwargs))

    def accept(self, key: str, result: Any) -> Run:
        """Follow a result that the test enqueued itself, under a key of `new_key`."""
        run = Run(target=self, key=key, result=result)
        self.accepted[run.id] = key
        run_after: Any = getattr(getattr(result, "task", None), "run_after", None)
        if hasattr(run_after, "isoformat"):
            self.not_before[run.id] = run_after.isoformat()
        return run

    def look_up(self, result_id: str) -> Any:
        """Return a result as it is now."""
        if not self.flag("supports_get_result"):
            raise NotApplicable("results cannot be looked up: supports_get_result is False")
        try:
            result = self.backend.get_result(result_id)
        except self.api.TaskResultDoesNotExist as error:
            if result_id in self.accepted and self.looks.miss(result_id):
                raise self.api.NotKeptYet(*error.args) from error
            raise
        self.looks.note(result_id, result)
        return result

    @property
    def keeps_only_ends(self) -> bool:
        """Whether look-ups, as far as seen, find results only from their end on, which RES-02 is about."""
        return self.looks.keeps_only_ends

    def once[Observed](self, observe: Callable[..., Observed], *args: Any) -> Observed:
        """Return what a function observes of this target, for all tests that look at it; it is called once.

        What it raises is raised each time. Each aspect can have a test of its own, and the target is asked only once.
        """
        key = (observe, *args)
        if key not in self._observed:
            try:
                self._observed[key] = (observe(self, *args), None)
            except Exception as error:  # told to each test that wanted to look
                self._observed[key] = (None, error)
        found, trouble = self._observed[key]
        if trouble is not None:
            raise trouble
        observed: Observed = found
        return observed

    def prepare_rows(self) -> None:
        """Make the table of the suite's own rows, where the target's own preparation has not."""
        from django.core.management import call_command  # noqa: PLC0415 -- needs the settings
        from django.db import connection  # noqa: PLC0415

        if "taskgauge_witness_row" not in connection.introspection.table_names():
            call_command("migrate", run_syncdb=True, verbosity=0)

    # Waiting

    @property
    def patience(self) -> float:
        """Seconds until what should happen at once counts as not happening: fewer, where nothing ever happens."""
        return self._patience.limit(self._asked, self._executions())

    @property
    def _asked(self) -> float:
        return PATIENCE_WITHIN.get(self.runs, PATIENCE) + self.bound("idle_pick_up", 1.0)

    def _executions(self) -> int:
        """Return how often a task was seen to begin; tests that call one themselves do not count for its workers."""
        return self.witness.executions(os.getpid() if self.runs == "worker" else None)

    def wait_for(
        self, condition: Any, what: str, patience: float | None = None, *, seen: Any = None, since: float | None = None
    ) -> Any:
        """Return what the condition gives once it is true; raise Deviation if that does not happen in time.

        `since` is a moment of time.monotonic() from which that time counts, if not from now.
        """
        asked = self._asked if patience is None else patience
        limit = self._patience.limit(asked, self._executions())
        spent = 0.0 if since is None else time.monotonic() - since
        found = self.witness.wait(condition, limit - spent, self._check_standing)
        if found is None:
            if asked >= self._asked:
                self._patience.waited_in_vain(self._executions())
            told = f", but {seen()}" if seen else ""
            raise Deviation(what, expected=f"within {limit:g} s", seen=f"not in that time{told}")
        return found

    def settle(
        self, runs: Iterable[Run], what: str = "every task's last line is reached", *, more: float = 0.0
    ) -> None:
        """Wait until all these tasks have ended, however long, as long as the target goes on; else raise Deviation.

        `more` is added to the seconds after which nothing more is expected, as for tasks that come due late. A task
        that was waited for in vain is not waited for again.
        """
        awaited = list(runs)
        while True:
            # Counted before the tasks are looked at: what is written in between must not go unnoticed.
            known = len(self.witness)
            waiting = [run for run in awaited if not run.ends()]
            if not waiting:
                return
            if all(run.key in self._given_up for run in waiting):
                raise Deviation(what, expected=f"{len(awaited)} tasks", seen=f"{len(awaited) - len(waiting)} tasks")
            if not self._wait_for_more(known, waiting, more):
                self._given_up |= {run.key for run in waiting}

    def _wait_for_more(self, known: int, waiting: Sequence[Run], more: float) -> bool:
        """Return True once more is written; False if that takes too long, or if all that is waited for is over."""
        begin = time.monotonic()
        looks = 0
        while time.monotonic() < begin + self.patience + more:
            if self.witness.wait(partial(self._has_grown, known), _LOOK, self._check_standing):
                return True
            looks = looks + 1 if all(run.has_ended() for run in waiting) else 0
            if looks > 1:
                return False
        self._patience.waited_in_vain(self._executions())
        return False

    def _has_grown(self, known: int) -> bool:
        return len(self.witness) > known

    def _check_standing(self) -> None:
        worker = self._workers.standing
        if worker is not None and not worker.is_alive:
            self._workers.standing = None
            self._leave_out(killed=True)
            raise Deviation(
                WORKER_RUNS_ON, expected="a living worker", seen=f"it ended with code {worker.wait()}: {worker.tail(5)}"
            )

    # Workers

    def working(self) -> None:
        """See to it that tasks are run: by one worker for all queues, which stays for the tests that follow."""
        self._check_runs()
        if self._held:
            raise Inconclusive("tasks are held back by a test that has not let them go")
        if self.runs == "worker":
            worker = self._workers.standing
            if worker is None or not worker.is_alive:
                if worker is not None:
                    self._leave_out(killed=True)
                self._workers.standing = self.start_worker()
        elif self.descriptor.pausable:
            self.backend.start()

    def not_working(self) -> None:
        """See to it that no task is run: end the standing worker."""
        self._check_runs()
        self._end_standing()

    def end_worker(self, worker: WorkerProcess) -> None:
        """End a worker as a supervisor does, so that it hands back what it holds."""
        self._leave_out(killed=end(worker))

    def _end_standing(self) -> None:
        worker, self._workers.standing = self._workers.standing, None
        if worker is not None:
            self.end_worker(worker)

    def _leave_out(self, *, killed: bool) -> None:
        """Count as disturbed what a worker that is gone now has cut short."""
        self.disturbed |= self._cut_short.of(self.accepted, killed=killed)

    def state(self, result_id: str) -> str:
        """Return what is known of a result: looked up, or as the last signal had it; empty for nothing.

        One that is gone is no sign that its task had been claimed: it may have been lost.
        """
        if not self.flag("supports_get_result"):
            signals = self.witness.signals(result_id)
            return str(signals[-1]["status"]) if signals else ""
        try:
            return str(self.backend.get_result(result_id).status)
        except self.api.TaskResultDoesNotExist:
            return _GONE
        except Exception:  # a test that looks for this result says what is wrong
            return ""

    def restart(self) -> None:
        """End the standing worker as a supervisor does, with SIGTERM, and start another; or the target's own workers.

        Raises NotApplicable where nothing can be started anew.
        """
        self._check_runs()
        if self.runs == "worker":
            self._end_standing()
            self.working()
        elif self.descriptor.pausable:
            self.backend.stop()
            self.backend.start()
        else:
            raise NotApplicable("its workers cannot be started anew")

    def _check_runs(self) -> None:
        if self.runs == "never":
            raise NotApplicable("this backend never runs a task")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold back what is enqueued inside; afterwards it runs, one task at a time."""
        self._check_runs()
        if self.runs == "inside":
            raise NotApplicable("tasks run inside enqueue(), so none can wait")
        if self.runs == "worker":
            self.not_working()
            yield
            self.working()
        elif self.descriptor.pausable:
            self.backend.stop()
            self._held = True
            try:
                yield
            finally:
                self._held = False
                self.backend.start()
        else:
            yield from self._occupied()

    @contextlib.contextmanager
    def nothing_runs(self) -> Iterator[None]:
        """Run nothing inside; unlike after `held`, a worker process is not started afterwards, so that this is cheap.

        Raises NotApplicable where tasks run inside enqueue().
        """
        if self.runs == "worker":
            self.not_working()
            yield
        elif self.runs == "never":
            yield
        else:
            with self.held():
                yield

    def _occupied(self) -> Iterator[None]:
        with self.gate() as gate:
            blockers = [self.submit(self.tasks().wait, str(gate)) for _ in range(self.descriptor.parallel)]
            for blocker in blockers:
                blocker.start()
            yield

    @contextlib.contextmanager
    def gate(self) -> Iterator[Path]:
        """Give a file that tasks wait for; it is there at the end, however that comes, so that none goes on.

        On a machine so slow that they wait as long as the target documents that none may, they count as disturbed.
        """
        path = self.project.folder / f"gate-{self.new_key()}"
        begin = time.time()
        try:
            yield path
        finally:
            path.touch()
            if time.time() - begin > self.bound("longest_task", math.inf) * _MOST:
                self.disturbed |= {str(name) for name in self.witness.names_since(begin) if name}

    def start_worker(self, **how: Unpack[How]) -> WorkerProcess:
        """Start a worker of the target's own, ready when this returns; raise NotApplicable where it has none such.

        It is killed at the end of the test at the latest.
        """
        process = self._workers.start(**how)
        self._workers.await_ready(process)
        return process

    def launch_worker(self, **how: Unpack[How]) -> WorkerProcess:
        """Do as `start_worker` does, without waiting until the worker is ready: so several can get ready at once."""
        return self._workers.start(**how)

    def await_ready(self, *workers: WorkerProcess) -> None:
        """Wait until launched workers are ready; raise Inconclusive if one is not."""
        self._workers.await_ready(*workers)

    def end_workers(self) -> None:
        """End what tests started, the standing worker excepted: first as a supervisor does."""
        ended, killed = self._workers.end_others()
        if ended:
            self._leave_out(killed=killed)

    def close(self) -> None:
        """End every worker; a backend that has its own in this process, or below, ends them where it can be told to."""
        if self.descriptor.pausable:
            self.backend.stop(timeout=10)
        self._workers.kill()

    def tail(self) -> str:
        """Return the last lines of the worker that was started last, where there is one."""
        return self._workers.tail()

    # Other processes

    def elsewhere(self, errand: str, *args: Any, settings: str = ONE, timeout: float = 60) -> Any:
        """Run a function of `remote_calls.calls` in a fresh process; return what it returns, as JSON.

        Raises Deviation with the last line of what it said if it fails, or if it has not ended after `timeout` seconds.
        Whatever processes it leaves are killed.
        """
        return run_elsewhere(self.project, errand, args, settings=settings, timeout=timeout)

    def two_aliases(self) -> str:
        """Return the settings module with two aliases; raise NotApplicable where the descriptor has none."""
        if not (self.project.folder / f"{TWO}.py").exists():
            raise NotApplicable("the descriptor has no settings with two aliases")
        return TWO

    # What is recorded and not judged

    def answer(self, question: str, aspect: str, answer: object, detail: object = "") -> None:
        """Record one aspect of an open question (OQ-01) or of a disagreement (DIS-01), in a word or a figure."""
        self.answers.append({"id": question, "aspect": aspect, "answer": str(answer), "detail": str(detail)})

    def sleep_until(self, moment: float) -> None:
        """Sleep until a moment of time.time(), for requirements that are about time."""
        time.sleep(max(0.0, moment - time.time()))
