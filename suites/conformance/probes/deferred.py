"""All deferred tasks that tests need, enqueued in one go, so that they wait at the same time."""

import contextlib
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from taskgauge.suites.conformance.harness.attempted import Attempted
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, attribute
from taskgauge.suites.conformance.project import WITHOUT_TIME_ZONES

SPREAD = 30
"""The number of tasks that come due one after another."""
TOGETHER = 20
"""The number of tasks that come due at the same moment."""
_SECONDS = 3
"""The number of tasks that come due at the ends of different seconds."""
_PROBE_LEAD = 2.0
"""Seconds until the probe's deferred task is due: enough for a busy machine to start two other tasks before."""
_PROBE_TIMEOUT = 10.0
"""Seconds after which a deferred task counts as not run, as its flag says."""
LATER = 25 * 60.0
"""Seconds of a deferral that is shorter than the error of a time that is read in a wrong zone."""
_OFFSETS = {"UTC": 0.0, "+14:00": 14.0, "-11:30": -11.5}
"""Offsets from UTC in hours."""
ZONES = (*_OFFSETS, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
"""Time zones; at any time of the year either Berlin or Lord Howe has daylight saving time."""
PAST: Mapping[str, timedelta] = {
    "a second ago": timedelta(seconds=1),
    "a day ago": timedelta(days=1),
    "ten years ago": timedelta(days=3652),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """A task and the moment at which it is due."""

    due: datetime
    run: Run

    def lateness(self) -> float:
        """Return the seconds from `run_after` to the first line; raise Deviation if the line was not reached."""
        self.run.waiter.settle([self.run], "a deferred task is run", more=waits_of(self.run.target).late)
        wall: float = self.run.starts()[0]["wall"]
        return wall - self.due.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoned:
    """Two tasks whose times are written in a time zone."""

    soon: Deferred
    """A task that does not run if its time is read as hours later."""
    later: Run
    """A task that is due in `LATER` seconds, and runs at once if its time is read as hours earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The enqueued tasks."""

    restarted: Attempted[Deferred]
    """A task that waited while one worker was ended and another was started."""
    spread: Attempted[Sequence[Deferred]]
    together: Attempted[Sequence[Deferred]]
    """Tasks that are due at the same moment."""
    zones: Mapping[str, Attempted[Zoned]]
    past: Mapping[str, Attempted[Run]]
    relative: Attempted[Deferred]
    """A task that is deferred by a timedelta."""
    fraction: Attempted[Deferred]
    """A task that is due at a time with microseconds."""
    looked_up: Attempted[datetime]
    """The `run_after` of `fraction`, looked up while the task waited."""
    at_once: Run
    """A task that is not deferred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The waits of deferral tests, in seconds."""

    lead: float
    """From enqueueing to the first task that comes due: by then all are enqueued and an idle worker has seen them."""
    spread: float
    """From the first due task to the last."""
    hold: float
    """The deferral of a task that must not delay other tasks."""
    late: float
    """From `run_after` to the start, if the backend documents it."""


def waits_of(target: ConfiguredTarget) -> Waits:
    """Return short waits if tasks run in this process, and longer waits if a worker polls for them."""
    idle, late = target.bound("idle_pick_up", 0.0), target.bound("deferral", 0.0)
    if target.runs != "worker":
        return Waits(lead=0.25 + idle, spread=0.4, hold=3 + idle, late=late)
    return Waits(lead=1.5 + idle, spread=2 * min(late or 1.0, 2.0), hold=15 + idle, late=late)


def batch_of(target: TargetHarness) -> Batch:
    """Return the target's batch after it has run, as far as it runs."""
    return target.observe_once(_observe)


def now_and(seconds: float) -> datetime:
    """Return the moment that is so many seconds from now, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def without_time_zones(target: TargetHarness) -> float:
    """Return the due time of a task that another process deferred by a naive time, in seconds of time.time().

    That process has settings with USE_TZ = False. If tasks run in the process that enqueues them, it waits for the
    task; it is started with the batch, so that this takes no extra time.
    """
    if target.runs != "worker":
        return target.observe_once(_begun).result()
    return _defer_elsewhere(target)


def naive_keys(target: TargetHarness) -> tuple[str, str]:
    """Return the key of the task of `without_time_zones`, and of another task that is due in `LATER` seconds."""
    return target.observe_once(_new_keys)


def probed(target: TargetHarness) -> Deferred:
    """Return a deferred task that has started, on a target that declares no deferral.

    Raises NotApplicable if a plain task that was enqueued later has not started before the deferred task was due. Then
    a worker without deferral may have looked for tasks too late to start it early.
    """
    waits = waits_of(target)
    note = target.tasks().note
    lead = max(waits.lead, _PROBE_LEAD)
    due = now_and(lead)
    deferred = Deferred(due=due, run=target.submit(note.using(run_after=due), invariants=False))
    plain = target.submit(note)
    deferred.run.start(lead + waits.late + _PROBE_TIMEOUT)
    if plain.start()["wall"] >= due.timestamp():
        raise NotApplicable("the worker did not look for tasks before the deferred one was due")
    return deferred


def _new_keys(target: TargetHarness) -> tuple[str, str]:
    # Naive times cannot be told from those of other settings, and the tasks may end with their process.
    return target.submitted.new_key(invariants=False), target.submitted.new_key(invariants=False)


def _begun(target: TargetHarness) -> Future[float]:
    naive_keys(target)
    executor = ThreadPoolExecutor(1)
    try:
        return executor.submit(_defer_elsewhere, target)
    finally:
        executor.shutdown(wait=False)


def _defer_elsewhere(target: TargetHarness) -> float:
    waits = waits_of(target)
    timeout = 0.0 if target.runs == "worker" else target.waiter.timeout + waits.late
    seconds = dict(zip(naive_keys(target), (waits.lead, LATER), strict=True))
    due: float = target.run_in_subprocess(
        "defer_naive", seconds, timeout, settings=WITHOUT_TIME_ZONES, timeout=timeout + 60
    )
    return due


def _observe(target: TargetHarness) -> Batch:
    if target.runs != "worker":
        target.observe_once(_begun)
    batch = _enqueue(target)
    # Wait here, so that no test waits again for a task that has timed out; each test reports the tasks that it misses.
    with contextlib.suppress(Deviation):
        target.waiter.settle(_all(batch), more=waits_of(target).late)
    return batch


def _enqueue(target: TargetHarness) -> Batch:
    waits = waits_of(target)
    note = target.tasks().note
    restarted = Attempted(lambda: _restart(target))
    offsets = random.Random(0)  # noqa: S311 -- any times will do; each run has the same

    def defer(due: datetime) -> Deferred:
        return Deferred(due=due, run=target.submit(note.using(run_after=due)))

    def spread() -> list[Deferred]:
        times = [now_and(waits.lead + offsets.uniform(0, waits.spread)) for _ in range(SPREAD)]
        # Some are due at the end of a second: a backend that cuts off fractions runs them nearly a second early.
        return [defer(_end_of_second(time) if number % 5 == 0 else time) for number, time in enumerate(times)]

    def in_zone(name: str) -> Zoned:
        zone = _zone(name)
        later = target.submit(note.using(run_after=now_and(LATER).astimezone(zone)), invariants=False)
        return Zoned(soon=defer(instant.astimezone(zone)), later=later)

    def past(ago: timedelta) -> Run:
        return defer(datetime.now(UTC) - ago).run

    instant = now_and(waits.lead)
    fraction = Attempted(lambda: defer(now_and(waits.lead).replace(microsecond=123457)))
    return Batch(
        restarted=restarted,
        fraction=fraction,
        looked_up=Attempted(lambda: attribute("the task by get_result()", fraction.value.run.look().task, "run_after")),
        spread=Attempted(spread),
        together=Attempted(lambda: [defer(instant) for _ in range(TOGETHER)]),
        zones={name: Attempted(partial(in_zone, name)) for name in ZONES},
        past={name: Attempted(partial(past, ago)) for name, ago in PAST.items()},
        relative=Attempted(lambda: _relative(target, timedelta(seconds=waits.lead))),
        at_once=target.submit(note),
    )


def _restart(target: TargetHarness) -> Deferred:
    """Defer a task, run another so that the worker has had time to see it, and restart the worker."""
    due = now_and(waits_of(target).lead)
    run = target.submit(target.tasks().note.using(run_after=due))
    target.submit(target.tasks().note).end()
    target.workers.restart()
    return Deferred(due=due, run=run)


def due_at_the_end_of_seconds(target: TargetHarness) -> list[Deferred]:
    """Defer a few tasks to the ends of different seconds."""
    note, lead = target.tasks().note, waits_of(target).lead
    times = [_end_of_second(now_and(lead + number)) for number in range(_SECONDS)]
    return [Deferred(due=due, run=target.submit(note.using(run_after=due))) for due in times]


def _end_of_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=999000)


def _zone(name: str) -> tzinfo:
    return timezone(timedelta(hours=_OFFSETS[name])) if name in _OFFSETS else ZoneInfo(name)


def _relative(target: TargetHarness, delta: timedelta) -> Deferred:
    # The earliest time that the delta can mean: it counts from before the Task was made.
    due = datetime.now(UTC) + delta
    return Deferred(due=due, run=target.submit(target.tasks().note.using(run_after=delta)))


def _all(batch: Batch) -> Iterator[Run]:
    yield batch.at_once
    for attempted in (batch.restarted, batch.fraction, batch.relative):
        with contextlib.suppress(Exception):
            yield attempted.value.run
    for zoned in batch.zones.values():
        with contextlib.suppress(Exception):
            yield zoned.value.soon.run
    for past in batch.past.values():
        with contextlib.suppress(Exception):
            yield past.value
    for group in (batch.spread, batch.together):
        with contextlib.suppress(Exception):
            yield from (deferred.run for deferred in group.value)
