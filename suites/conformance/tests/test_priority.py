"""PRI: a free worker takes the task with the largest priority."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from taskgauge.suites.conformance.harness.pausing import gate_file, paused
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import probe, requirement
from taskgauge.suites.conformance.outcomes import Inconclusive, NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.backlog import MIXED, NEIGHBOURS, backlog_of, order
from taskgauge.suites.conformance.probes.changes_reported import check_priority_looked_up, check_priority_told

LOW_ONES = 120
"""Number of tasks of low priority; more than a worker is expected to fetch ahead."""


@requirement("PRI-01")
def test_the_larger_priority_goes_first(working: TargetHarness) -> None:
    """Five priorities run in order, although they are enqueued unsorted."""
    _check_larger_first(working)


def _check_larger_first(target: TargetHarness) -> None:
    seen = order(backlog_of(target).mixed.value)
    same(f"order of priorities enqueued as {MIXED}", seen, sorted(MIXED, reverse=True))


@requirement("PRI-02")
@pytest.mark.parametrize("pair", NEIGHBOURS, ids=lambda pair: f"{pair[0]} and {pair[1]}")
def test_neighbours_are_told_apart(working: TargetHarness, pair: tuple[int, int]) -> None:
    """Neighbouring priorities differ at both ends and in the middle of the range: no buckets, no clamping."""
    runs = backlog_of(working).neighbours.value[NEIGHBOURS.index(pair)]
    smaller, larger = pair
    with seen_through("PRI-01", partial(_check_larger_first, working)):
        same(f"order of {pair * 2}", order(runs), [larger, larger, smaller, smaller])


@requirement("PRI-03")
def test_using_beats_the_decorator_in_the_order(working: TargetHarness) -> None:
    """A decorated priority of 10 runs before 0; lowered to -10 by using(), it runs after 0."""
    runs = backlog_of(working).decorated.value
    expected = ["decorated", "plain", "lowered"]
    with seen_through("PRI-01", partial(_check_larger_first, working)):
        same("order of priorities 10 (decorated), 0, and 10 lowered to -10", order(runs.items()), expected)


@requirement("PRI-03")
def test_the_priority_used_is_the_priority_told(target: TargetHarness) -> None:
    """The result of enqueue() has the priority of the decorator or of using()."""
    note = target.tasks("priorities").note_decorated
    for task, expected in ((note, 10), (note.using(priority=-10), -10), (note.using(priority=0), 0)):
        run = target.submit(task)
        same("task.priority in the producer", run.result.task.priority, expected)


@requirement("PRI-03")
def test_the_priority_used_is_looked_up(working: TargetHarness) -> None:
    """A later get_result() has the priority of the decorator or of using()."""
    if not working.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    check_priority_looked_up(working)


@requirement("PRI-03")
def test_the_worker_is_told_the_priority_used(working: TargetHarness) -> None:
    """The task's context has the same priority."""
    check_priority_told(working)


@requirement("PRI-04")
def test_a_late_task_of_high_priority_overtakes_a_backlog(
    working: TargetHarness, record_property: Callable[[str, object], None]
) -> None:
    """A late task of high priority runs before part of a busy worker's backlog of low priority."""
    if working.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so none can wait")
    note = working.tasks().note
    with gate_file(working) as gate:
        busy = working.submit(working.tasks().wait, str(gate))
        busy.start()
        low = [working.submit(note.using(priority=-50)) for _ in range(LOW_ONES)]
        high = working.submit(note.using(priority=50))
        arrived = time.monotonic_ns()
    working.waiter.settle([busy, *low, high])
    after = [run.start()["at"] for run in low if run.start()["at"] > arrived]
    if len(after) < LOW_ONES / 2:
        raise Inconclusive(f"only {len(after)} tasks were still waiting when the one of high priority arrived")
    before_it = sum(at < high.start()["at"] for at in after)
    record_property("tasks of low priority that still went first", before_it)
    with seen_through("PRI-01", partial(_check_larger_first, working)):
        true(
            "a task of high priority overtakes a backlog of low priority",
            before_it < len(after),
            expected=f"fewer than {len(after)} go before it, as many as the worker had fetched ahead",
            seen=f"all {before_it} went before it",
        )


@probe("supports_priority")
def test_priorities_count_although_undeclared(working: TargetHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the flag set by hand, the larger priority runs first."""
    monkeypatch.setattr(working.backend, "supports_priority", True)
    note = working.tasks().note
    try:
        with paused(working):
            runs = [(priority, working.submit(note.using(priority=priority))) for priority in MIXED]
        seen = order(runs)
    except NotApplicable:
        raise
    except Exception as error:
        raise NotApplicable(f"priorities do not work: {type(error).__name__}: {error}") from error
    if seen != sorted(MIXED, reverse=True):
        raise NotApplicable(f"priorities do not work: {seen}")
