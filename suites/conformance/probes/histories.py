"""Builds the history of each task of a run from the event log and the look-ups."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.lookup_history import FINAL
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import About, Deviation, NotApplicable
from taskgauge.suites.conformance.probes.signals_seen import ENQUEUED, FINISHED, STARTED
from taskgauge.suites.conformance.project import ALIAS

_SOON = timedelta(seconds=25)
"""Time in which deferred tasks must come due to be waited for."""
_SIGNALS_LATER = 5.0
"""Seconds in which task_finished must come after the result was seen finished."""


@dataclass(slots=True, kw_only=True)
class History:
    """An accepted task that the invariants judge."""

    id: str
    task: str
    key: str
    test: str
    """The name of the test that submitted the task; empty if it is not known."""
    is_alone: bool
    """True if no other result has this key, so that all executions with the key belong to this task."""
    is_due: bool
    """True if a worker of the default alias serves the queue, and should have run the task by now."""
    signals: list[Record]
    starts: list[Record]
    ends: list[Record]
    states: list[str]
    """The states that look-ups saw during the run."""
    end: dict[str, str] | None
    """The facts from the first look-up after the task's end."""
    result: Any = None
    """The result as looked up now; None if the target keeps no results."""
    trouble: str = ""
    """The exception that the look-up raised."""
    raised: list[Record] = field(default_factory=list)
    """The records of exceptions with which the task's function ended."""
    others: list[Record] = field(default_factory=list)
    """The workers' signals of the key with ids that no result has."""

    def named(self, name: str) -> list[Record]:
        """Return the signals of this name."""
        return [record for record in self.signals if record["signal"] == name]

    @property
    def status(self) -> str:
        """The last known status: of the look-up now, else of the last signal, else of the last look-up of the run."""
        if self.result is not None:
            return str(self.result.status)
        if self.signals:
            return str(self.signals[-1]["status"])
        return self.states[-1] if self.states else ""

    @property
    def has_ended_in_a_worker(self) -> bool:
        """True if the result is finished and a worker finished it, as far as can be seen.

        A backend may end a task outside its function: it gives up, discards or cancels it. Such an end belongs to an
        open question (OQ-22). It is FAILED without a record of how the function ended; a function that was never
        reached may have been prepared by a worker, and then the worker has announced it.
        """
        if self.result is None:
            return bool(self.ends)
        if self.status == "FAILED" and not (self.ends or self.raised):
            return not self.starts and bool(self.named(STARTED))
        return self.status in FINAL

    @property
    def runs_under_another_id(self) -> bool:
        """True if a worker signals this task with an id that no enqueue() returned.

        The tests of such ids report it (RES-01, CTX-03, SIG-03): the signals of this id do not show it once more.
        """
        own = {record["signal"] for record in self.signals}
        return bool(self.others) and STARTED not in own

    @property
    def due_executions(self) -> int:
        """The number of executions of the task if nothing goes wrong: one for each failed attempt and for a success."""
        failures = len(self.result.errors) if self.result is not None else 0
        return max(1, failures + (self.status == "SUCCESSFUL"))

    @property
    def ran_too_often(self) -> bool:
        """True if the task was executed more often than its result says (WRK-01): then signals and workers are more."""
        return self.is_alone and len(self.starts) > self.due_executions

    @property
    def is_untold(self) -> bool:
        """True if the result is gone and no signal shows whether the task had failed before."""
        return bool(self.trouble) and not self.signals

    @property
    def may_not_know_its_key(self) -> bool:
        """True if the task has ended without a first line and takes a context.

        If the backend passed no context, the function took the key for it (CTX-01).
        """
        takes_context = getattr(getattr(self.result, "task", None), "takes_context", False)
        return takes_context and not self.starts and bool(getattr(self.result, "is_finished", False))

    @property
    def recorded_events(self) -> str:
        """The facts of the look-up and of the event log, in a line."""
        if self.result is not None:
            return f"get_result says {self.status}, the event log: {self.journal}"
        return f"get_result: {self.trouble}; the event log: {self.journal}" if self.trouble else self.journal

    @property
    def journal(self) -> str:
        """The facts of the event log, in a line."""
        counts = Counter(record["signal"] for record in self.signals)
        signals = ", ".join(f"{name} x{number}" for name, number in counts.items()) or "no signals"
        return f"{signals}; first line reached {len(self.starts)} times, last line {len(self.ends)} times"


@dataclass(slots=True)
class Findings:
    """Histories that deviate; the report gives the first of them in full."""

    histories: list[History]
    deviations: list[tuple[History, str, str]] = field(default_factory=list)

    def add(self, history: History, expected: object, seen: object) -> None:
        """Add a history that deviates."""
        self.deviations.append((history, str(expected), str(seen)))

    def tell(self, what: str) -> None:
        """Raise Deviation if any history deviates."""
        if self.deviations:
            history, expected, seen = self.deviations[0]
            queue = history.signals[0].get("queue") if history.signals else None
            where = f" on the queue {queue!r}" if queue else ""
            first = f"{history.task} id={history.id}{where}{history.test and f' of {history.test}'}"
            number = f"{len(self.deviations)} of {len(self.histories)} tasks"
            about = About(key=history.key, queue=queue or "")
            raise Deviation(f"{what}: {number}, first {first}", expected=expected, seen=seen, about=about)


def observe_histories(target: TargetHarness) -> list[History]:
    """Wait until every due task has ended, or until no more of them end; return the histories of all tasks.

    Raises NotApplicable if no task was accepted.
    """
    if target.runs not in {"inside", "never"}:
        target.workers.start()
    soon = datetime.now(UTC) + _SOON
    dues = [_moment(run_after) for run_after in target.submitted.not_before.values()]
    now = max([datetime.now(UTC), *(due for due in dues if due <= soon)])  # tasks due later are not judged
    time.sleep(max(0.0, now.timestamp() - time.time()))
    histories = _histories(target, now)
    if not histories:
        raise NotApplicable("no task was enqueued in this run")
    due = [history for history in histories if history.is_due and target.runs != "never"]
    _settle(target, due)
    known = {history.id: history for history in histories}
    if target.flag("supports_get_result"):
        for history in histories:
            _look_up(target, history)
    # Read the event log after the look-ups: it then has everything that a look-up reported.
    return [
        replace(history, result=known[history.id].result, trouble=known[history.id].trouble)
        for history in _histories(target, now)
        if history.id in known
    ]


def _histories(target: TargetHarness, now: datetime) -> list[History]:
    ids = dict(target.submitted.accepted)
    facts: dict[str, Record] = {}
    for record in target.events.records(event="signal"):
        if record.get("id") is not None:
            facts.setdefault(record["id"], record)
    # Tasks that other processes enqueued. A backend may run a task under another id than the one that enqueue()
    # returned: an id that only signals carry is no second result of a key, nor is one without a task_enqueued if
    # another has one.
    known = {*ids.values()}
    children = {record.get("child") for record in target.events.records(event="finished")}
    announced = {record.get("id"): record["key"] for record in target.events.records(event="signal", signal=ENQUEUED)}
    known_elsewhere = {*announced.values()}
    for result_id, record in facts.items():
        key = record["key"] or ""
        is_new = key not in known and (result_id in announced or key not in known_elsewhere)
        if is_new or result_id in children:
            ids.setdefault(result_id, key)
    shared = Counter(ids.values())
    others: dict[str, list[Record]] = {}
    for record in target.events.records(event="signal"):
        if record.get("id") not in ids and record["signal"] != ENQUEUED:
            others.setdefault(record["key"] or "", []).append(record)
    return [
        replace(
            _history(target, result_id, key, facts.get(result_id, {}), now, is_alone=shared[key] == 1),
            others=[record for record in others.get(key, ()) if key],
        )
        for result_id, key in ids.items()
        if not target.submitted.excludes(result_id, key)
    ]


def _history(
    target: TargetHarness, result_id: str, key: str, facts: Record, now: datetime, *, is_alone: bool
) -> History:
    # Read the lines before the signals, so that a signal that was sent before a line is not missing.
    starts = sorted(target.events.of(key, "started"), key=_when)
    ends = target.events.of(key, "finished")
    signals = sorted(target.events.signals(result_id), key=_when)
    run_after = facts.get("run_after", target.submitted.not_before.get(result_id))
    return History(
        id=result_id,
        task=facts.get("task") or "a task",
        key=key,
        test=target.submitted.tests.get(key, ""),
        is_alone=is_alone,
        is_due=_is_served(target, facts) and _is_past(run_after, now),
        signals=signals,
        starts=starts,
        ends=ends,
        raised=target.events.of(key, "raised"),
        states=target.lookups.history.states(result_id),
        end=target.lookups.history.end(result_id),
    )


def _is_served(target: TargetHarness, facts: Record) -> bool:
    return facts.get("alias", ALIAS) == ALIAS and facts.get("queue") not in target.unserved


def _when(record: Record) -> int:
    """Return the moment of a record; several processes write, so records need not be in the order of their moments."""
    return int(record["at"])


def _is_past(run_after: str | None, now: datetime) -> bool:
    return run_after is None or _moment(run_after) <= now


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()


def _settle(target: TargetHarness, due: Iterable[History]) -> None:
    """Wait for one task after another; once a task does not end in time, only check the rest."""
    timeout = target.waiter.sign_timeout
    for history in due:
        if not _wait(target, lambda: _has_ended(target, history), timeout):  # noqa: B023 -- called at once
            timeout = 0.0
    later = _SIGNALS_LATER
    for history in due:
        if not _wait(target, lambda: target.events.signals(history.id, FINISHED), later):  # noqa: B023
            later = 0.0


def _wait(target: TargetHarness, condition: Any, timeout: float) -> bool:
    return bool(target.events.wait(condition, timeout, lambda: None))


def _has_ended(target: TargetHarness, history: History) -> bool:
    if target.events.signals(history.id, FINISHED) and not target.flag("supports_get_result"):
        return True
    if target.flag("supports_get_result"):
        _look_up(target, history)
        return bool(history.trouble) or bool(getattr(history.result, "is_finished", False))
    return target.runs == "inside"


def _look_up(target: TargetHarness, history: History) -> None:
    try:
        history.result, history.trouble = target.lookups.get_result(history.id), ""
    except Exception as error:  # the test that needs the result reports it
        history.result, history.trouble = None, f"{type(error).__name__}: {error}"
