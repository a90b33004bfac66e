"""One backlog for all tests that need one: enqueued while nothing runs, then run one task at a time."""

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
"""Priorities in the order of enqueueing: neither first come first served nor last come first served sorts them."""
NEIGHBOURS = ((99, 100), (-100, -99), (0, 1), (-1, 0))
"""Priorities next to each other; of each pair the smaller, the larger, the smaller, the larger are enqueued."""
EQUALS = 50

type Prioritised = Sequence[tuple[int, Run]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What was enqueued, each in the order of enqueueing."""

    equal: Sequence[Run]
    mixed: Attempted[Prioritised]
    neighbours: Attempted[Sequence[Prioritised]]
    decorated: Attempted[Mapping[str, Run]]
    """`lowered`, whose decorator's priority `using()` has lowered below that of `plain`, and `decorated`."""
    due: Attempted[Mapping[str, Run]]
    """Some deferred until long ago among plain ones, each by its description."""


def backlog_of(target: TargetHarness) -> Backlog:
    """Return the target's backlog after it has run, as far as it does; raise NotApplicable where tasks cannot wait."""
    return target.observe_once(_observe)


def order[Name](runs: Iterable[tuple[Name, Run]]) -> list[Name]:
    """Return the names of tasks in the order in which they started.

    Raises Deviation if one has not; Inconclusive where several start at once, so that nobody can tell.
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
    # Waited for here, so that no test waits for what another has waited for in vain; each tells what it misses.
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
    tell = target.tasks("priorities").tell_priority
    return {
        "lowered": target.submit(tell.using(priority=-10)),
        "plain": target.submit(target.tasks().note),
        "decorated": target.submit(tell),
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
