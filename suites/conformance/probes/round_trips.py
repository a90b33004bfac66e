"""Sends values through a target as arguments or return values, many in one task, and compares what arrives."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from taskgauge.suites.conformance.exact import LESSER, TYPE_OF_A_NUMBER, differences, pack, shown, unpack
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.harness.worker_control import WORKER_RUNS_ON
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, true
from taskgauge.suites.conformance.tasks.values import round_trip

OF_RETURN_VALUES = LESSER | {TYPE_OF_A_NUMBER}
"""Differences that return values may have: the documentation says nothing of their types."""
LOST = "lost"
"""The trouble of a value for which there is neither a line nor an error."""
_SECONDS_PER_TASK = 0.2
"""Seconds that a slow target may take for each task."""
_RESTARTS = 5
"""The largest number of workers that are started, one after another, for values that end them."""


@dataclass(frozen=True, kw_only=True)
class RoundTrip:
    """A value that was sent, and the value that arrived or the trouble that prevented it."""

    sent: Any
    arrived: Any = None
    trouble: str = ""

    @cached_property
    def expected(self) -> Any:
        """The value that must arrive by the documentation."""
        return round_trip(self.sent)

    @cached_property
    def deviation(self) -> str:
        """The difference from the expected value in a few words; a lesser difference only if there is no other."""
        if self.trouble:
            return self.trouble.partition(":")[0]
        all_differences = [*differences(self.arrived, self.expected)]
        all_differences.sort(key=lambda text: (text in LESSER, text == TYPE_OF_A_NUMBER))
        return next(iter(all_differences), "")

    def is_alike(self, but: frozenset[str] = LESSER) -> bool:
        """Return True if the value arrived without a difference, or only with differences of `but`."""
        return not self.deviation or (not self.trouble and but.issuperset(differences(self.arrived, self.expected)))

    @property
    def seen(self) -> str:
        """The value that arrived, or the trouble."""
        return self.trouble or shown(self.arrived)

    @property
    def summary(self) -> str:
        """The outcome of the value in a few words."""
        name, _, rest = self.trouble.partition(":")
        if name == "FAILED":
            return f"FAILED with {rest.strip().rpartition('.')[2]}"
        if name:
            return name if name == LOST else f"refused with {name}"
        return f"{type(self.arrived).__name__} {shown(self.arrived)}"[:60]

    def parts(self) -> "list[RoundTrip]":
        """Return the round trips of a list's items; an empty list if no list of that length arrived."""
        if self.trouble or not isinstance(self.arrived, list) or len(self.arrived) != len(self.sent):
            return []
        return [RoundTrip(sent=sent, arrived=arrived) for sent, arrived in zip(self.sent, self.arrived, strict=True)]


type Send = Callable[[TargetHarness, Sequence[Any]], list[RoundTrip]]


def as_arguments(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Send all values to one task; if it does not get them, send each value to its own task."""
    [together] = _received(target, [values])
    return together.parts() or each_as_argument(target, values)


def each_as_argument(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Send each value to its own task."""
    trips = []
    for trip in _received(target, [[value] for value in values]):
        trouble = trip.trouble or f"{LOST}: the task got {shown(trip.arrived)}"
        trips += trip.parts() or [RoundTrip(sent=trip.sent[0], trouble=trouble)]
    return trips


def as_return_values(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Let one task return a list of all values; if that list does not come, let each value's own task return it."""
    [together] = each_as_return_value(target, [list(values)])
    return together.parts() or each_as_return_value(target, values)


def each_as_return_value(target: TargetHarness, values: Sequence[Any]) -> list[RoundTrip]:
    """Let each value be returned by its own task; raise NotApplicable if return values cannot be seen."""
    if not (target.flag("supports_get_result") or target.runs == "inside"):
        raise NotApplicable("no return value can be seen: supports_get_result is False")
    target.workers.start()
    task = target.tasks("return_values").give_unpacked
    runs = [_submit(target, task, [pack(value)]) for value in values]
    end = time.monotonic() + target.waiter.timeout + len(runs) * _SECONDS_PER_TASK
    return [_returned(target, value, run, end) for value, run in zip(values, runs, strict=True)]


def check_alike(trips: Iterable[RoundTrip], but: frozenset[str] = LESSER) -> None:
    """Raise Deviation for the first value that did not arrive alike, but for the differences of `but`."""
    for trip in trips:
        if not trip.is_alike(but):
            raise Deviation(shown(trip.sent), expected=shown(trip.expected), seen=trip.seen)


def _submit(target: TargetHarness, task: Any, args: Sequence[Any]) -> Run | str:
    # The test that sent a value judges or records its outcome; no invariant does.
    try:
        return target.submit(task, *args, invariants=False)
    except Exception as error:  # a backend may refuse a value with any exception
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

    for _ in range(_RESTARTS):
        try:
            target.waiter.wait_for(is_over, "the tasks start", target.waiter.timeout + len(runs) * _SECONDS_PER_TASK)
        except Deviation as deviation:
            if deviation.what != WORKER_RUNS_ON:
                return f"{LOST}: {deviation}"
            # A value ended the worker; the next worker gets the others.
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
    """Return the class and the first line of an exception; the other lines often have times and ids."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first.encode('ascii', 'backslashreplace').decode()}"[:300]


TUPLES_TOLD: tuple[Any, ...] = ((1, (2,)),)
TUPLES_TOLD_BY_NAME: dict[str, Any] = {"name": {"a": (None,)}}
"""Arguments with tuples, which `check_arguments_told` expects of a task."""


def check_arguments_told(run: Run) -> None:
    """Raise Deviation unless the result of enqueue() has its arguments as JSON has them (ENQ-06)."""
    for what, seen, expected in (
        ("result.args", run.result.args, [run.key, [1, [2]]]),
        ("result.kwargs", run.result.kwargs, {"name": {"a": [None]}}),
    ):
        true(what, not list(differences(seen, expected)), expected=expected, seen=shown(seen))
