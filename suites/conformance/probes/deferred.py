"""All deferred tasks that tests need, enqueued in one go, so that their waits pass side by side."""

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
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.project import WITHOUT_TIME_ZONES

SPREAD = 30
"""Tasks that come due one after another."""
TOGETHER = 20
"""Tasks that come due at the same moment."""
_SECONDS = 3
"""Tasks that come due at the end of a second each."""
_PROBE_LEAD = 2.0
"""Seconds until a task is due that probes for deferral: enough for a busy machine to start two others before."""
_PROBE = 10.0
"""Seconds; what comes later counts as not working, which is what the flag says."""
LATER = 25 * 60.0
"""Seconds; less than any zone's time is off when it is read as another's."""
_OFFSETS = {"UTC": 0.0, "+14:00": 14.0, "-11:30": -11.5}
"""Hours."""
ZONES = (*_OFFSETS, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
"""At any time of the year one of Berlin and Lord Howe has daylight saving time."""
PAST: Mapping[str, timedelta] = {
    "a second ago": timedelta(seconds=1),
    "a day ago": timedelta(days=1),
    "ten years ago": timedelta(days=3652),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """A task and when it is due."""

    due: datetime
    run: Run

    def lateness(self) -> float:
        """Return the seconds from `run_after` to the first line; raise Deviation if that was not reached."""
        self.run.waiter.settle([self.run], "a deferred task is run", more=waits_of(self.run.target).late)
        wall: float = self.run.starts()[0]["wall"]
        return wall - self.due.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoned:
    """Two tasks, each due at a time that is written in a zone."""

    soon: Deferred
    """If its time is read as hours later, it does not run."""
    later: Run
    """Not due for `LATER` seconds; if its time is read as earlier than it is, it runs at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was enqueued."""

    restarted: Attempted[Deferred]
    """Waited while the worker was ended and another started."""
    spread: Attempted[Sequence[Deferred]]
    together: Attempted[Sequence[Deferred]]
    """Due at the same moment."""
    zones: Mapping[str, Attempted[Zoned]]
    past: Mapping[str, Attempted[Run]]
    relative: Attempted[Deferred]
    """Deferred by a timedelta."""
    fraction: Attempted[Deferred]
    """Due at an odd microsecond."""
    looked_up: Attempted[datetime]
    """The `run_after` of `fraction`, looked up while it waited."""
    at_once: Run
    """Not deferred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long tests of deferral wait, in seconds."""

    lead: float
    """From enqueueing to the first task that comes due: all must be enqueued by then, and seen by an idle worker."""
    spread: float
    """From the first to the last."""
    hold: float
    """How long a task is deferred that must hold up no other."""
    late: float
    """From `run_after` to the start, where that is documented."""


def waits_of(target: ConfiguredTarget) -> Waits:
    """Return short ones where tasks run in this process, longer ones where a worker looks for them now and then."""
    idle, late = target.bound("idle_pick_up", 0.0), target.bound("deferral", 0.0)
    if target.runs != "worker":
        return Waits(lead=0.25 + idle, spread=0.4, hold=3 + idle, late=late)
    return Waits(lead=1.5 + idle, spread=2 * min(late or 1.0, 2.0), hold=15 + idle, late=late)


def batch_of(target: TargetHarness) -> Batch:
    """Return the target's batch after it has run, as far as it does."""
    return target.observe_once(_observe)


def now_and(seconds: float) -> datetime:
    """Return the moment so many seconds from now, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def without_time_zones(target: TargetHarness) -> float:
    """Return when a task was due that another process deferred by a naive time, in seconds of time.time().

    That process has settings with USE_TZ = False. Where tasks run in the process that enqueues, it waits for the task;
    and since it was begun with the batch, nobody waits for it.
    """
    if target.runs != "worker":
        return target.observe_once(_begun).result()
    return _defer_elsewhere(target)


def naive_keys(target: TargetHarness) -> tuple[str, str]:
    """Return the key of that task, and of another that is not due for `LATER` seconds."""
    return target.observe_once(_new_keys)


def probed(target: TargetHarness) -> Deferred:
    """Return a deferred task that has started, of a target that declares no deferral.

    Raises NotApplicable where a plain task that was enqueued after it has not started before it was due: then a worker
    that knows nothing of deferral may have looked too late to be early.
    """
    waits = waits_of(target)
    note = target.tasks().note
    lead = max(waits.lead, _PROBE_LEAD)
    due = now_and(lead)
    one = Deferred(due=due, run=target.submit(note.using(run_after=due), invariants=False))
    plain = target.submit(note)
    one.run.start(lead + waits.late + _PROBE)
    if plain.start()["wall"] >= due.timestamp():
        raise NotApplicable("the worker did not look for tasks before the deferred one was due")
    return one


def _new_keys(target: TargetHarness) -> tuple[str, str]:
    # Their naive times cannot be told from others', and with their process they may be gone.
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
    patience = 0.0 if target.runs == "worker" else target.waiter.timeout + waits.late
    seconds = dict(zip(naive_keys(target), (waits.lead, LATER), strict=True))
    due: float = target.run_in_subprocess(
        "defer_naive", seconds, patience, settings=WITHOUT_TIME_ZONES, timeout=patience + 60
    )
    return due


def _observe(target: TargetHarness) -> Batch:
    if target.runs != "worker":
        target.observe_once(_begun)
    batch = _enqueue(target)
    # Waited for here, so that no test waits for what another has waited for in vain; each tells what it misses.
    with contextlib.suppress(Deviation):
        target.waiter.settle(_all(batch), more=waits_of(target).late)
    return batch


def _enqueue(target: TargetHarness) -> Batch:
    waits = waits_of(target)
    note = target.tasks().note
    restarted = Attempted(lambda: _restart(target))
    offsets = random.Random(0)  # noqa: S311 -- any times do, and the same each time are best

    def defer(due: datetime) -> Deferred:
        return Deferred(due=due, run=target.submit(note.using(run_after=due)))

    def spread() -> list[Deferred]:
        times = [now_and(waits.lead + offsets.uniform(0, waits.spread)) for _ in range(SPREAD)]
        # Some at the end of a second: who cuts off fractions is nearly a second early.
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
        looked_up=Attempted(lambda: fraction.value.run.look().task.run_after),
        spread=Attempted(spread),
        together=Attempted(lambda: [defer(instant) for _ in range(TOGETHER)]),
        zones={name: Attempted(partial(in_zone, name)) for name in ZONES},
        past={name: Attempted(partial(past, ago)) for name, ago in PAST.items()},
        relative=Attempted(lambda: _relative(target, timedelta(seconds=waits.lead))),
        at_once=target.submit(note),
    )


def _restart(target: TargetHarness) -> Deferred:
    """Defer a task, see to it that the worker has had the time to notice, and start the worker anew."""
    due = now_and(waits_of(target).lead)
    run = target.submit(target.tasks().note.using(run_after=due))
    target.submit(target.tasks().note).end()
    target.workers.restart()
    return Deferred(due=due, run=run)


def due_at_the_end_of_seconds(target: TargetHarness) -> list[Deferred]:
    """Defer a few tasks, each to the end of another second."""
    note, lead = target.tasks().note, waits_of(target).lead
    times = [_end_of_second(now_and(lead + number)) for number in range(_SECONDS)]
    return [Deferred(due=due, run=target.submit(note.using(run_after=due))) for due in times]


def _end_of_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=999000)


def _zone(name: str) -> tzinfo:
    return timezone(timedelta(hours=_OFFSETS[name])) if name in _OFFSETS else ZoneInfo(name)


def _relative(target: TargetHarness, delta: timedelta) -> Deferred:
    # The earliest that it can mean: counted from before the Task was made.
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
    for several in (batch.spread, batch.together):
        with contextlib.suppress(Exception):
            yield from (one.run for one in several.value)
