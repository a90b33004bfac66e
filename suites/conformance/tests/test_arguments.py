"""ARG: the arguments that reach a task."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from taskgauge.suites.conformance.exact import alike, shown, unpack
from taskgauge.suites.conformance.harness.endings import ending_of
from taskgauge.suites.conformance.harness.pausing import paused
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import Deviation, refused, same, seen_through, true
from taskgauge.suites.conformance.probes.edge_values import edge_round_trips
from taskgauge.suites.conformance.probes.failing import check_recorded_class
from taskgauge.suites.conformance.probes.round_trips import (
    TUPLES_TOLD,
    TUPLES_TOLD_BY_NAME,
    RoundTrip,
    as_arguments,
    check_alike,
    check_arguments_told,
)
from taskgauge.suites.conformance.tasks.values import (
    BYTES,
    JSON_VALUES,
    OTHER_KEYS,
    SUBCLASSES,
    TUPLES,
    UNSERIALISABLE,
    round_trip,
)


@requirement("ARG-01")
def test_json_values_arrive(working: TargetHarness) -> None:
    """A task receives each value of the table as a positional argument."""
    check_alike(as_arguments(working, JSON_VALUES))


@requirement("ARG-01")
def test_json_values_arrive_by_keyword(working: TargetHarness) -> None:
    """A task receives each value of the table as a keyword argument."""
    named = {f"value_{index}": value for index, value in enumerate(JSON_VALUES)}
    run = working.submit(working.tasks("arguments").receive, **named)
    got = unpack(run.start()["named"])
    same("keyword arguments that arrive", len(got.keys() & named.keys()), len(named))
    check_alike([RoundTrip(sent=value, arrived=got[name]) for name, value in named.items()])


@requirement("ARG-02")
def test_tuples_arrive_as_lists(working: TargetHarness) -> None:
    """A tuple at any depth arrives as a list."""
    check_alike(as_arguments(working, TUPLES))


@requirement("ARG-02")
def test_a_tuple_cannot_be_a_key_any_more(working: TargetHarness) -> None:
    """A task that uses its tuple argument as a dictionary key fails with TypeError, as documented."""
    run = working.submit(working.tasks("arguments").double_dictionary, (1, 2, 3))
    run.start()
    working.waiter.wait_for(lambda: run.ends() or working.events.of(run.key, "raised"), "the task ends")
    raised = working.events.of(run.key, "raised")
    same("what the task raised", [record["error"] for record in raised[:1]], ["TypeError"])


PLACES: dict[str, Callable[[Any, str, Any], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "positional": lambda _, key, value: ((key, value), {}),
    "keyword": lambda _, key, value: ((key,), {"value": value}),
    "nested": lambda _, key, value: ((key, [{"a": value}]), {}),
}


@requirement("ARG-03")
@pytest.mark.parametrize("place", PLACES)
def test_what_json_cannot_hold_is_refused(target: TargetHarness, place: str) -> None:
    """`enqueue()` raises TypeError in the caller, and sends no signal."""
    receive = target.tasks("arguments").receive

    def enqueue(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return receive.enqueue(*args, **kwargs)

    _check_refused(target, place, enqueue)


@requirement("ARG-03")
def test_what_json_cannot_hold_is_refused_when_awaited(target: TargetHarness) -> None:
    """`aenqueue()` raises TypeError in the caller, and sends no signal."""
    receive = target.tasks("arguments").receive

    def enqueue(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return asyncio.run(receive.aenqueue(*args, **kwargs))

    _check_refused(target, "positional", enqueue)


def _check_refused(target: TargetHarness, place: str, enqueue: Callable[[Sequence[Any], dict[str, Any]], Any]) -> None:
    for name, make in UNSERIALISABLE.items():
        key = target.submitted.new_key()
        args, kwargs = PLACES[place](target, key, make())
        refused(f"{name} as {place} argument", lambda: enqueue(args, kwargs), TypeError)  # noqa: B023 -- called at once
        same(f"signals for {name}", len(target.events.records(key=key, event="signal")), 0)


@requirement("ARG-03")
def test_what_is_refused_is_never_run(working: TargetHarness) -> None:
    """A task that is enqueued after refused tasks runs; the refused tasks do not."""
    receive = working.tasks("arguments").receive
    keys = []
    for make in UNSERIALISABLE.values():
        keys.append(working.submitted.new_key())
        with contextlib.suppress(Exception):
            receive.enqueue(keys[-1], make())
    working.submit(working.tasks().note).end()
    ran = [key for key in keys if working.events.of(key)]
    same("refused tasks that ran", len(ran), 0)


@requirement("ARG-04")
def test_the_result_keeps_its_arguments(target: TargetHarness) -> None:
    """`result.args` and `result.kwargs` stay as they are when the caller changes its arguments after enqueue()."""
    listed, named = _changeable()
    run = target.submit(target.tasks("arguments").receive, *listed, **named)
    _change(listed, named)
    before_listed, before_named = _changeable()
    true("result.args", alike(run.result.args[1:], before_listed), expected=before_listed, seen=run.result.args[1:])
    true("result.kwargs", alike(run.result.kwargs, before_named), expected=before_named, seen=run.result.kwargs)


@requirement("ARG-04")
def test_the_task_gets_arguments_as_they_were(working: TargetHarness) -> None:
    """A task does not see changes that the caller makes after enqueue() and before the task runs."""
    listed, named = _changeable()
    # A worker process sees stored arguments. Threads can see the caller's own objects, so they are paused.
    is_pool = working.runs in {"threads", "processes"}
    with paused(working) if is_pool else contextlib.nullcontext():
        # A pool sends the first waiting tasks to its processes ahead of time, with their arguments at that time.
        for _ in range(2 * working.descriptor.parallel + 2 if is_pool else 0):
            working.submit(working.tasks().note)
        run = working.submit(working.tasks("arguments").receive, *listed, **named)
        _change(listed, named)
    got = run.start()
    before_listed, before_named = _changeable()
    seen_listed, seen_named = unpack(got["values"]), unpack(got["named"])
    true("positional arguments", alike(seen_listed, before_listed), expected=before_listed, seen=seen_listed)
    true("keyword arguments", alike(seen_named, before_named), expected=before_named, seen=seen_named)


def _changeable() -> tuple[list[Any], dict[str, Any]]:
    return [[1, [2]], {"a": [1]}], {"name": {"b": [1]}, "other": [1]}


def _change(listed: list[Any], named: dict[str, Any]) -> None:
    listed[0].append(3)
    listed[0][1].clear()
    listed[1]["a"].append(2)
    listed[1]["new"] = 1
    named["name"]["b"].append(2)
    named["other"].clear()


MIXED = ([1, 2.0, "three", None, True], {"a": (1, 2), "b": {}}, "\N{GRINNING FACE}", 2**53 + 1)


@requirement("ARG-05")
def test_the_result_tells_what_the_function_received(working: TargetHarness) -> None:
    """`result.args` and `result.kwargs` equal what the function received, from enqueue() and from get_result()."""
    run = working.submit(working.tasks("arguments").receive, *MIXED, name=[1, {"a": (1.0,)}])
    got = run.start()
    values, named = unpack(got["values"]), unpack(got["named"])
    args = [run.key, *values]

    def check(when: str, result: Any) -> None:
        true(f"result.args{when}", alike(result.args, args), expected=shown(args), seen=shown(result.args))
        true(f"result.kwargs{when}", alike(result.kwargs, named), expected=shown(named), seen=shown(result.kwargs))

    with seen_through("ARG-02", lambda: check_alike(as_arguments(working, TUPLES))):
        if working.flag("supports_get_result"):
            check(" after get_result", run.outcome())
        with seen_through("ENQ-06", partial(_check_told, working)):
            check("", run.result)


def _check_told(target: TargetHarness) -> None:
    check_arguments_told(target.submit(target.tasks().echo, *TUPLES_TOLD, **TUPLES_TOLD_BY_NAME))


@requirement("ARG-06")
def test_other_keys_become_strings(working: TargetHarness) -> None:
    """Dictionary keys that are not strings arrive as `json.dumps` writes them."""
    check_alike(edge_round_trips(working, "argument", OTHER_KEYS).values())


@requirement("ARG-07")
def test_bytes_never_arrive_as_bytes(working: TargetHarness) -> None:
    """Bytes are refused, or decoded if they are UTF-8."""
    decoded = {"b'abc'": "abc", "[b'abc']": ["abc"]}
    for name, trip in edge_round_trips(working, "argument", BYTES).items():
        refusal = trip.trouble.startswith(("TypeError:", "ValueError:"))
        true(
            f"{name} as argument",
            refusal if trip.trouble else trip.arrived == decoded.get(name),
            expected="TypeError or ValueError, or what they are in UTF-8",
            seen=trip.seen,
        )


@requirement("ARG-08")
def test_subclasses_arrive_as_the_plain_type(working: TargetHarness) -> None:
    """A value of a subclass of int, str or dict arrives as the plain type."""
    for name, trip in edge_round_trips(working, "argument", SUBCLASSES).items():
        if not trip.is_alike():
            expected = f"{type(trip.expected).__name__} {shown(trip.expected)}"
            raise Deviation(f"{name} as argument", expected=expected, seen=trip.summary)


MISFITS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "a surplus argument": ((1,), {}),
    "an unknown keyword": ((), {"unknown": 1}),
    "an argument given twice": ((), {"key": "again"}),
}
MISSING = "a missing argument"


@requirement("ARG-09")
@pytest.mark.parametrize("misfit", [*MISFITS, MISSING])
def test_a_call_that_does_not_fit(working: TargetHarness, misfit: str) -> None:
    """`enqueue()` accepts the call, and the task ends FAILED with TypeError."""
    run = working.observe_once(observe_misfits)[misfit]
    true(f"enqueue() with {misfit}", isinstance(run, Run), expected="a result", seen=run)
    ending = ending_of(run)
    same("status", ending.status, "FAILED")
    with seen_through("ERR-02", partial(check_recorded_class, working)):
        same("exception", ending.errors[-1:], ["builtins.TypeError"])


def observe_misfits(target: TargetHarness) -> dict[str, Any]:
    """Enqueue all calls that do not fit at once; return by name each run, or the text of the exception."""
    outcomes: dict[str, Any] = {}
    for misfit, (args, kwargs) in {**MISFITS, MISSING: ((), {})}.items():
        task = target.tasks("arguments").double_dictionary if misfit == MISSING else target.tasks().note
        # No first line can be reached, and the end of the task may be invisible.
        key = target.submitted.new_key(invariants=False)
        try:
            outcomes[misfit] = target.submitter.accept(key, task.enqueue(key, *args, **kwargs))
        except Exception as error:
            outcomes[misfit] = f"{type(error).__name__}: {error}"
    return outcomes


def test_the_table_is_what_it_says() -> None:
    """JSON keeps every value of the table unchanged."""
    assert all(alike(round_trip(value), value) for value in JSON_VALUES)
