"""Sends values through a target, as arguments or as return values, many in one task, and says what came out."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from taskgauge.suites.conformance.exact import LESSER, differences, pack, shown, unpack
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.harness.worker_control import WORKER_RUNS_ON
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.tasks.values import round_trip

LOST = "lost"
"""The trouble of a value of which nothing was seen or heard."""
_EACH = 0.2
"""Seconds that a slow target may take for each task."""
_REVIVALS = 5
"""So many workers are started, one after another, for values that end them."""


@dataclass(frozen=True, kw_only=True)
class RoundTrip:
    """A value that was sent, and what arrived; or the trouble because of which nothing did."""

    sent: Any
    arrived: Any = None
    trouble: str = ""

    @cached_property
    def expected(self) -> Any:
        """What the documentation says must arrive."""
        return round_trip(self.sent)

    @cached_property
    def deviation(self) -> str:
        """How it differs from that, in a word or two; a lesser difference only where there is no other."""
        if self.trouble:
            return self.trouble.partition(":")[0]
        found = list(differences(self.arrived, self.expected))
        return next((one for one in found if one not in LESSER), found[0] if found else "")

    @property
    def is_alike(self) -> bool:
        """Whether it arrived with equal value and the same types."""
        return not self.deviation or self.deviation in LESSER

    @property
    def seen(self) -> str:
        """What arrived, or the trouble."""
        return self.trouble or shown(self.arrived)

    @property
    def fate(self) -> str:
        """What became of the value, in a few words."""
        name, _, rest = self.trouble.partition(":")
        if name == "FAILED":
            return f"FAILED with {rest.strip().rpartition('.')[2]}"
        if name:
            return name if name == LOST else f"refused with {name}"
        return f"{type(self.arrived).__name__} {shown(self.arrived)}"[:60]

    def parts(self) -> "list[RoundTrip]":
        """Return the trips of a list's parts; none where no list of that length arrived."""
        if self.trouble or not isinstance(self.arrived, list) or len(self.arrived) != len(self.sent):
            return []
        return [RoundTrip(sent=one, arrived=other) for one, other in zip(self.sent, self.arrived, strict=True)]


type Send = Callable[[TargetHarness, Sequence[Any]], list[RoundTrip]]


def as_arguments(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Send the values to one task; where it does not get them, each to a task of its own."""
    [together] = _received(target, [values])
    return together.parts() or each_as_argument(target, values)


def each_as_argument(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Send each value to a task of its own."""
    trips = []
    for trip in _received(target, [[value] for value in values]):
        trouble = trip.trouble or f"{LOST}: the task got {shown(trip.arrived)}"
        trips += trip.parts() or [RoundTrip(sent=trip.sent[0], trouble=trouble)]
    return trips


def as_return_values(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Have one task return a list of the values; where that does not come, each returned by a task of its own."""
    [together] = each_as_return_value(target, [list(values)])
    return together.parts() or each_as_return_value(target, values)


def each_as_return_value(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Have each value returned by a task of its own; raise NotApplicable where nobody can see it."""
    if not (target.flag("supports_get_result") or target.runs == "inside"):
        raise NotApplicable("no return value can be seen: supports_get_result is False")
    target.workers.start()
    task = target.tasks("return_values").give_unpacked
    runs = [_submit(target, task, [pack(value)]) for value in values]
    end = time.monotonic() + target.waiter.timeout + len(runs) * _EACH
    return [_returned(target, value, run, end) for value, run in zip(values, runs, strict=True)]


def check_alike(trips: Iterable[RoundTrip]) -> None:
    """Raise Deviation for the first that is not."""
    for trip in trips:
        if not trip.is_alike:
            raise Deviation(shown(trip.sent), expected=shown(trip.expected), seen=trip.seen)


def _submit(target: TargetHarness, task: Any, args: Sequence[Any]) -> Run | str:
    # What a value does is judged, or only recorded, by the test that sent it, and by no look back at all tasks.
    try:
        return target.submit(task, *args, invariants="if finished")
    except Exception as error:  # whichever a backend refuses a value with
        return _one_line(error)


def _received(target: TargetHarness, groups: Sequence[Sequence[Any]]) -> list[RoundTrip]:
    target.workers.start()
    runs = [_submit(target, target.tasks("arguments").receive, group) for group in groups]
    accepted = [run for run in runs if isinstance(run, Run)]
    trouble = _wait(target, accepted)
    return [_arrived(list(group), run, trouble) for group, run in zip(groups, runs, strict=True)]


def _wait(target: TargetHarness, runs: Sequence[Run]) -> str:
    def is_over() -> bool:
        started = {record["key"] for record in target.events.records(event="started")}
        ended = {record.get("id") for record in target.events.records(event="signal", signal="task_finished")}
        return all(run.key in started or run.id in ended for run in runs)

    for _ in range(_REVIVALS):
        try:
            target.waiter.wait_for(is_over, "the tasks start", target.waiter.timeout + len(runs) * _EACH)
        except Deviation as deviation:
            if deviation.what != WORKER_RUNS_ON:
                return f"{LOST}: {deviation}"
            # One of the values ended it; the others are for the next worker.
            target.workers.start()
        else:
            return f"{LOST}: the task ended before its first line"
    return f"{LOST}: worker after worker ended"


def _arrived(group: list[Any], run: Run | str, otherwise: str) -> RoundTrip:
    if isinstance(run, str):
        return RoundTrip(sent=group, trouble=run)
    starts = run.starts()
    if starts:
        return RoundTrip(sent=group, arrived=unpack(starts[0]["values"]))
    errors = [error for signal in run.signals("task_finished") for error in signal["errors"]]
    if errors:
        return RoundTrip(sent=group, trouble=f"FAILED: {errors[-1]}")
    return RoundTrip(sent=group, trouble=otherwise)


def _returned(target: TargetHarness, value: Any, run: Run | str, end: float) -> RoundTrip:
    if isinstance(run, str):
        return RoundTrip(sent=value, trouble=run)
    target.workers.start()  # an earlier value may have ended the worker
    try:
        result = run.outcome(max(0.1, end - time.monotonic()))
        if str(result.status) == "SUCCESSFUL":
            return RoundTrip(sent=value, arrived=result.return_value)
    except Deviation as deviation:
        return RoundTrip(sent=value, trouble=f"{LOST}: {deviation}")
    except Exception as error:  # a value may break the look-up
        return RoundTrip(sent=value, trouble=_one_line(error))
    errors = [error.exception_class_path for error in result.errors]
    return RoundTrip(sent=value, trouble=f"{result.status}: {', '.join(errors) or 'no error'}")


def _one_line(error: Exception) -> str:
    """Return the class and the first line of what it says: the others often tell moments and ids."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first.encode('ascii', 'backslashreplace').decode()}"[:300]
