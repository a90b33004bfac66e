"""One backlog for all tests that need one: enqueued while no task runs, then run one task at a time."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from taskgauge.suites.conformance.harness.attempted import Attempted
from taskgauge.suites.conformance.harness.pausing import paused
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive

MIXED = (0, 100, -100, 50, -50)
"""Priorities in the order of enqueueing; neither this order nor its reverse is sorted."""
NEIGHBOURS = ((99, 100), (-100, -99), (0, 1), (-1, 0))
"""Pairs of adjacent priorities; of each pair the smaller, the larger, the smaller, the larger are enqueued."""
EQUALS = 50

type Prioritised = Sequence[tuple[int, Run]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The enqueued tasks, by kind, in the order of enqueueing."""

    equal: Sequence[Run]
    mixed: Attempted[Prioritised]
    neighbours: Attempted[Sequence[Prioritised]]
    decorated: Attempted[Mapping[str, Run]]
    """`lowered`, whose decorator priority `using()` has lowered below that of `plain`; `plain`; and `decorated`."""
    due: Attempted[Mapping[str, Run]]
    """Plain tasks and tasks deferred until a past time, by description."""


def backlog_of(target: TargetHarness) -> Backlog:
    """Return the target's backlog after it has run, as far as it runs; raise NotApplicable if tasks cannot wait."""
    return target.observe_once(_observe)


def order[Name](runs: Iterable[tuple[Name, Run]]) -> list[Name]:
    """Return the names of tasks in the order in which they started.

    Raises Deviation if a task has not started, and Inconclusive if several tasks start at once.
    """
    named = list(runs)
    target = named[0][1].target
    if target.descriptor.parallel > 1:
        raise Inconclusive(f"{target.descriptor.parallel} tasks start at once: which was first cannot be told")
    named[0][1].waiter.settle(run for _, run in named)
    started = sorted((run.starts()[0]["at"], position) for position, (_, run) in enumerate(named))
    return [named[position][0] for _, position in started]


def _observe(target: TargetHarness) -> Backlog:
    with paused(target):
        backlog = _enqueue(target)
    # Wait here, so that no test waits again for a task that has timed out; each test reports the tasks that it misses.
    with contextlib.suppress(Deviation):
        target.waiter.settle(_all(backlog))
    return backlog


def _enqueue(target: TargetHarness) -> Backlog:
    note = target.tasks().note

    def enqueue(priorities: Sequence[int]) -> Prioritised:
        return [(priority, target.submit(note.using(priority=priority))) for priority in priorities]

    return Backlog(
        equal=[target.submit(note) for _ in range(EQUALS)],
        mixed=Attempted(lambda: enqueue(MIXED)),
        neighbours=Attempted(lambda: [enqueue(pair * 2) for pair in NEIGHBOURS]),
        decorated=Attempted(lambda: _decorated(target)),
        due=Attempted(lambda: _due(target)),
    )


def _decorated(target: TargetHarness) -> Mapping[str, Run]:
    decorated = target.tasks("priorities").note_decorated
    return {
        "lowered": target.submit(decorated.using(priority=-10)),
        "plain": target.submit(target.tasks().note),
        "decorated": target.submit(decorated),
    }


def _due(target: TargetHarness) -> Mapping[str, Run]:
    note = target.tasks().note
    ago = datetime.now(UTC) - timedelta(hours=1)
    runs = {"plain": target.submit(note), "due": target.submit(note.using(run_after=ago))}
    if target.flag("supports_priority"):
        runs["plain, priority 50"] = target.submit(note.using(priority=50))
        runs["due, priority 50"] = target.submit(note.using(priority=50, run_after=ago))
    return runs


def _all(backlog: Backlog) -> Iterator[Run]:
    yield from backlog.equal
    with contextlib.suppress(Exception):
        yield from (run for _, run in backlog.mixed.value)
    with contextlib.suppress(Exception):
        yield from (run for group in backlog.neighbours.value for _, run in group)
    for named in (backlog.decorated, backlog.due):
        with contextlib.suppress(Exception):
            yield from named.value.values()
