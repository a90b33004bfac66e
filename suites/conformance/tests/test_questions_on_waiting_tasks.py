"""OQ: tasks that wait behind others, or for longer than their data lives; recorded, never judged."""

import math
from collections.abc import Sequence
from datetime import timedelta

from taskgauge.backends.services.redis import Redis
from taskgauge.suites.conformance.harness.pausing import paused
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, question
from taskgauge.suites.conformance.outcomes import NotApplicable
from taskgauge.suites.conformance.probes.backlog import order
from taskgauge.suites.conformance.probes.deferred import now_and
from taskgauge.suites.conformance.project import ALIAS, SECOND_QUEUE
from taskgauge.suites.conformance.run_order import RunOrder

_LONG = 40
"""The number of tasks in a long queue before the tasks of the short one, and again after them."""
_SHORT = 5
"""The number of tasks in the short queue."""
_DEFERRAL = timedelta(days=60).total_seconds()
"""Seconds of a deferral that is longer than the data of most stores lives."""
_TIMEOUT = 10.0
"""Seconds to wait for a task whose data has expired."""


@question("OQ-32")
def test_whether_a_long_queue_keeps_another_waiting(working: TargetHarness) -> None:
    """Record when the tasks of a short queue run that were enqueued in the middle of those of a long queue."""
    if working.backend.queues and SECOND_QUEUE not in working.backend.queues:
        raise NotApplicable(f"the settings have no queue {SECOND_QUEUE!r}")
    note = working.tasks().note
    for long, short in ((ALIAS, SECOND_QUEUE), (SECOND_QUEUE, ALIAS)):
        counts = ((long, _LONG), (short, _SHORT), (long, _LONG))
        with paused(working):
            runs = [
                (queue, working.submit(note if queue == ALIAS else note.using(queue_name=queue)))
                for queue, count in counts
                for _ in range(count)
            ]
        before = _waits(runs, short)
        working.answer(
            "OQ-32",
            f"{_SHORT} tasks of `{short}` among {2 * _LONG} of `{long}`",
            _fairness(before),
            f"{before[0]} of the long queue run before the first of them, {before[-1]} before the last; "
            f"{_LONG} were enqueued before them",
        )


@question("OQ-33")
@late(RunOrder.LEFT_BEHIND)
def test_what_becomes_of_a_task_whose_data_expires(target: TargetHarness) -> None:
    """Record the lives of a waiting task's data, and what a worker does that comes after their end.

    The test lets the keys expire that Redis would let expire later. It is late, because a deferred task stays.
    """
    redis = next((service for service in target.services if isinstance(service, Redis)), None)
    if target.runs != "worker" or redis is None:
        raise NotApplicable("its tasks are in no store that lets data expire by itself")
    target.workers.stop()
    note = target.tasks().note
    if target.flag("supports_defer"):
        before = redis.keys()
        deferred = target.submit(note.using(run_after=now_and(_DEFERRAL)), invariants=False)
        lives = _lives(redis, before)
        target.answer("OQ-33", "data of a task that is deferred by 60 days", _shortest(lives), _detail(lives))
        if _expire(redis, lives, _DEFERRAL) and target.flag("supports_get_result"):
            target.answer("OQ-33", "a look-up of that task before it is due", deferred.status())
    before = redis.keys()
    run = target.submit(note, invariants=False)
    lives = _lives(redis, before)
    target.answer("OQ-33", "data of a task that waits for a worker", _shortest(lives), _detail(lives))
    if not _expire(redis, lives):
        return
    target.workers.start()
    has_run = target.events.wait(run.ends, _TIMEOUT + target.bound("idle_pick_up", 1.0), lambda: None) is not None
    looked_up = f"looked up: {run.status()}" if target.flag("supports_get_result") else ""
    target.answer("OQ-33", "a worker after that", "runs the task" if has_run else "does not run the task", looked_up)


def _waits(runs: Sequence[tuple[str, Run]], short: str) -> list[int]:
    """Return how many tasks of the long queue ran before each task of the short queue."""
    before, counts = 0, []
    for queue in order(runs):
        if queue == short:
            counts.append(before)
        else:
            before += 1
    return counts


def _fairness(before: Sequence[int]) -> str:
    if before[0] >= 2 * _LONG:
        return "after the whole long queue"
    if before[-1] == 0:
        return "before the long queue"
    if before[0] >= _LONG:
        return "first come, first served"
    return "in turn with the long queue"


def _lives(redis: Redis, before: frozenset[bytes]) -> dict[bytes, float | None]:
    """Return the seconds that the keys have left that are not among those before."""
    return {key: redis.lifetime(key) for key in sorted(redis.keys() - before)}


def _expire(redis: Redis, lives: dict[bytes, float | None], within: float = math.inf) -> int:
    """Let the keys expire that have at most so many seconds left; return their number."""
    mortal = [key for key, seconds in lives.items() if seconds is not None and seconds < within]
    for key in mortal:
        redis.expire(key)
    return len(mortal)


def _shortest(lives: dict[bytes, float | None]) -> str:
    mortal = [seconds for seconds in lives.values() if seconds is not None]
    return f"expires after {min(mortal):.0f} s" if mortal else "does not expire"


def _detail(lives: dict[bytes, float | None]) -> str:
    return f"{sum(seconds is not None for seconds in lives.values())} of {len(lives)} new keys expire"
