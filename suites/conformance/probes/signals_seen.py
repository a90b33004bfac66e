"""Observes the signals and log records of tasks that succeed and of tasks that fail."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.deferred import now_and, waits_of

ENQUEUED, STARTED, FINISHED = "task_enqueued", "task_started", "task_finished"
_TIMEOUT = 10.0
"""Seconds in which signals and records that follow a task's last line must come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """Plain tasks, and tasks that the receivers look up, by `SUCCESSFUL` and `FAILED`."""

    plain: Mapping[str, Run]
    looked_up: Mapping[str, Run]


def observe_signals(target: TargetHarness) -> Signalled:
    """Run the tasks, and wait until their signals are there or time out."""
    target.workers.start()
    basic, received = target.tasks(), target.tasks("received")
    seen = Signalled(
        plain={"SUCCESSFUL": target.submit(basic.note), "FAILED": target.submit(basic.fail, "ValueError")},
        looked_up={
            "SUCCESSFUL": target.submit(received.looked_up_by_receivers),
            "FAILED": target.submit(received.looked_up_by_receivers, fails=True),
        },
    )
    runs = [*seen.plain.values(), *seen.looked_up.values()]
    for run in runs:
        run.start()
    _await_signs(target, lambda: all(_is_complete(run) for run in runs))
    return seen


def observe_deferred(target: TargetHarness) -> Run:
    """Return a task that was deferred, has started and records its context; wait until its signals are there.

    Raises NotApplicable if tasks cannot be deferred, or if the task does not start, which other requirements check.
    """
    if not target.flag("supports_defer"):
        raise NotApplicable("tasks cannot be deferred: supports_defer is False")
    waits = waits_of(target)
    run = target.submit(target.tasks("contexts").tell.using(run_after=now_and(waits.lead)))
    try:
        target.waiter.settle([run], "a deferred task is run", more=waits.lead + waits.late)
    except Deviation as deviation:
        raise NotApplicable(
            f"no deferred task with its context runs, which CTX-01 and DEF-02 check: {deviation}"
        ) from None
    _await_signs(target, lambda: of_key(run, FINISHED))
    return run


def _await_signs(target: TargetHarness, are_there: Callable[[], object]) -> None:
    """Wait for signals of ends; a target that sends none is waited for in full only once."""
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(are_there, "signals come", min(_TIMEOUT, target.waiter.timeout), sign=True)


def of_key(run: Run, name: str) -> list[Record]:
    """Return the signals of this name with the key of the task, whatever result they name."""
    return run.events.records(key=run.key, event="signal", signal=name)


def sent_for(run: Run, name: str, times: int) -> None:
    """Raise Deviation unless the signal came so many times for the task, each time with the id of enqueue()."""
    same(f"how often {name} was sent for one deferred task", len(of_key(run, name)), times)
    check_signalled_id(run, name)


def check_signalled_id(run: Run, name: str) -> None:
    """Raise Deviation if the signal came for the task with another id than that of enqueue()."""
    for signal in of_key(run, name):
        same(f"the id with {name}, compared with the id that enqueue() returned", signal["id"], run.id)


def check_id(target: TargetHarness, row: str) -> None:
    """Raise Deviation if a deferred task runs under another id than that of enqueue(), as a requirement sees it.

    RES-01 sees it by a look-up, CTX-03 in the context, and SIG-03 with task_started.
    """
    run = target.observe_once(observe_deferred)
    if row == "RES-01":
        if not target.flag("supports_get_result"):
            raise NotApplicable("results cannot be looked up: supports_get_result is False")
        run.outcome()
        same("the id of a deferred task after its end", run.look().id, run.result.id)
    elif row == "CTX-03":
        recorded = run.start()["result"]
        true("context.task_result", isinstance(recorded, dict), expected="a TaskResult", seen=recorded)
        same("context.task_result.id of a deferred task", recorded["id"], describe(run.result.id))
    else:
        check_signalled_id(run, STARTED)


@contextlib.contextmanager
def not_under_another_id(target: TargetHarness, *rows: str) -> Iterator[None]:
    """Declare that the block sees a deferred task by its id, which these requirements judge."""
    with contextlib.ExitStack() as stack:
        for row in reversed(rows):
            stack.enter_context(seen_through(row, partial(check_id, target, row)))
        yield


def _is_complete(run: Run) -> bool:
    # Django's receiver, which writes the log record, is connected before the event log's, so the record comes first.
    return bool(run.signals(FINISHED))
