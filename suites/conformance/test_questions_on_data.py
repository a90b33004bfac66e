"""OQ: what targets do with odd data, odd names and odd moments; recorded, never judged."""

import asyncio
import math
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import pytest

from taskgauge.suites.conformance import producers
from taskgauge.suites.conformance.endings import ending_of
from taskgauge.suites.conformance.exact import shown
from taskgauge.suites.conformance.marks import question
from taskgauge.suites.conformance.oddities import Oddities, observe_oddities
from taskgauge.suites.conformance.outages import Outage, meet_outage
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.running import RunningTarget
from taskgauge.suites.conformance.trips import Trip, each_as_argument, each_as_return_value
from taskgauge.suites.conformance.values import NAMES, Pair

_SOON = 10.0
"""Seconds that a task gets of which nobody knows whether it will run."""


def _record(target: RunningTarget, question_id: str, what: str, names: Sequence[str], trips: Sequence[Trip]) -> None:
    for name, trip in zip(names, trips, strict=True):
        target.answer(question_id, f"{name} as {what}", trip.fate, trip.trouble)


NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
NOT_TEXT = {"NUL": "a\0b", "a lone surrogate": "a\ud800b"}


@question("OQ-06")
def test_numbers_that_are_not_finite_as_arguments(working: RunningTarget) -> None:
    """NaN and both infinities."""
    _record(working, "OQ-06", "argument", tuple(NOT_FINITE), each_as_argument(working, tuple(NOT_FINITE.values())))


@question("OQ-06")
def test_numbers_that_are_not_finite_as_return_values(working: RunningTarget) -> None:
    """NaN and both infinities."""
    _record(working, "OQ-06", "return value", tuple(NOT_FINITE), each_as_return_value(working, tuple(NOT_FINITE.values())))


@question("OQ-07")
def test_odd_texts_as_arguments(working: RunningTarget) -> None:
    """NUL, and half of a pair of surrogates."""
    _record(working, "OQ-07", "argument", tuple(NOT_TEXT), each_as_argument(working, tuple(NOT_TEXT.values())))


@question("OQ-07")
def test_odd_texts_as_return_values(working: RunningTarget) -> None:
    """NUL, and half of a pair of surrogates."""
    _record(working, "OQ-07", "return value", tuple(NOT_TEXT), each_as_return_value(working, tuple(NOT_TEXT.values())))


@question("OQ-07")
@pytest.mark.parametrize(("name", "kind"), [("NUL", "NUL"), ("a lone surrogate", "surrogate")])
def test_odd_texts_in_exceptions(working: RunningTarget, name: str, kind: str) -> None:
    """What is told of an exception with such a text."""
    aspect = f"{name} in an exception's text"
    run = working.submit(working.tasks().fail, kind)
    try:
        ending = ending_of(run)
    except Deviation as deviation:
        working.disturbed.add(run.id)
        working.answer("OQ-07", aspect, "not finished", deviation)
        return
    working.answer("OQ-07", aspect, ending.status, ", ".join(ending.errors))


@question("OQ-08")
def test_order_of_keys(working: RunningTarget) -> None:
    """Neither sorted by letters nor by length."""
    value = {"b": 1, "aaa": 2, "a": 3, "cc": 4}
    for what, trips in (("argument", each_as_argument), ("return value", each_as_return_value)):
        if what == "argument" or _returns(working):
            [trip] = trips(working, [value])
            working.answer("OQ-08", f"order of keys, {what}", _order(trip, list(value)), shown(trip.arrived))


def _returns(target: RunningTarget) -> bool:
    return target.runs == "inside" or target.flag("supports_get_result")


def _order(trip: Trip, keys: list[str]) -> str:
    if trip.trouble:
        return trip.fate
    arrived = list(trip.arrived)
    orders = {"kept": keys, "sorted": sorted(keys), "shortest first": sorted(keys, key=lambda key: (len(key), key))}
    return next((name for name, order in orders.items() if order == arrived), "changed")


@question("OQ-08")
def test_keys_that_collide(working: RunningTarget) -> None:
    """A number and its own text."""
    for name, value in {"{1: 'a', '1': 'b'}": {1: "a", "1": "b"}, "{'1': 'b', 1: 'a'}": {"1": "b", 1: "a"}}.items():
        _record(working, "OQ-08", "argument", [name], each_as_argument(working, [value]))


SIZES = {"1 MB": 2**20, "16 MB": 2**24}
NESTING = 900


@question("OQ-09")
@pytest.mark.parametrize("size", SIZES)
def test_large_payloads(working: RunningTarget, size: str) -> None:
    """A text of one letter as argument; larger ones are not tried."""
    try:
        run = working.submit(working.tasks("arguments").measure, "x" * SIZES[size])
    except Exception as error:  # whichever a store refuses it with
        working.answer("OQ-09", size, f"refused with {type(error).__name__}", f"{error}"[:200])
        return
    try:
        length = run.start()["length"]
    except Deviation as deviation:
        working.disturbed.add(run.id)
        working.answer("OQ-09", size, "not run", deviation)
    else:
        working.answer("OQ-09", size, "arrives" if length == SIZES[size] else f"arrives with {length} letters")


@question("OQ-09")
def test_deep_nesting(working: RunningTarget) -> None:
    """Lists in lists, nearly as deep as Python itself goes."""
    value: list[Any] = []
    for _ in range(NESTING - 1):
        value = [value]
    [trip] = each_as_argument(working, [value])
    depth, inner = 0, trip.arrived
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0] if inner else None
    answer = trip.fate if trip.trouble else "arrives" if depth == NESTING else f"arrives {depth} deep"
    working.answer("OQ-09", f"{NESTING} lists in one another", answer, trip.trouble)


@question("OQ-12")
@pytest.mark.own_worker
def test_an_outage_of_the_store(target: RunningTarget) -> None:
    """What a producer and an idle worker do that meet one."""
    outage: Outage = target.once(meet_outage)
    if outage.get_result is None:
        target.answer("OQ-12", "enqueue where the store refuses to write", outage.enqueue, f"{outage.enqueue.seconds} s")
        return
    target.answer("OQ-12", "enqueue while it is down", outage.enqueue, f"{outage.enqueue.seconds} s")
    target.answer("OQ-12", "get_result while it is down", outage.get_result, f"{outage.get_result.seconds} s")
    target.answer("OQ-12", "enqueue by the same process afterwards", outage.after, f"{outage.after.seconds} s")
    target.answer("OQ-12", "a worker that waited", outage.worker)


@question("OQ-13")
@pytest.mark.own_worker
def test_odd_names_of_queues_and_aliases(target: RunningTarget) -> None:
    """Each is in the settings, of the producer and of the worker."""
    oddities: Oddities = target.once(observe_oddities)
    for what, found in (("queue", oddities.queues), ("alias", oddities.aliases)):
        for name, told in found.items():
            accepted = f"accepted and {told['execution']}" if "execution" in told else "accepted"
            answer = f"refused with {told['refused']}" if "refused" in told else accepted
            seen = told.get("looked up", NAMES[name])
            detail = "" if seen == NAMES[name] else f"looked up: {shown(seen)}"
            target.answer("OQ-13", f"{what} with {name}", answer, detail)


@question("OQ-23")
def test_results_at_once(target: RunningTarget) -> None:
    """A hundred are looked up straight after enqueue()."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    missed, seconds = 0, []
    for _ in range(100):
        run = target.submit(target.tasks().note)
        begin = time.perf_counter()
        try:
            target.backend.get_result(run.id)
        except target.api.TaskResultDoesNotExist:
            missed += 1
        seconds.append(time.perf_counter() - begin)
    target.answer("OQ-23", "found straight after enqueue()", f"{100 - missed} of 100")
    target.answer("OQ-23", "median cost of a look-up", f"{median(seconds) * 1e3:.2g} ms")


@question("OQ-26")
@pytest.mark.parametrize("name", ["generate", "generate_async"])
def test_generators_as_tasks(working: RunningTarget, name: str) -> None:
    """A generator function, and an asynchronous one."""
    what = {"generate": "a generator function", "generate_async": "an async generator function"}[name]
    try:
        run = working.submit(getattr(working.tasks("generators"), name))
    except Exception as error:  # that it is refused is an answer
        working.answer("OQ-26", what, f"refused with {type(error).__name__}", error)
        return
    ending = ending_of(run)
    body = "its body runs" if run.starts() else "its body does not run"
    working.answer("OQ-26", what, f"{ending.status}, and {body}", ", ".join(ending.errors))


@question("OQ-27")
def test_a_cancelled_aenqueue(target: RunningTarget) -> None:
    """Whether the task is enqueued nevertheless."""
    note, key, later = target.tasks().note, target.new_key(), target.new_key()

    async def begin_and_cancel() -> str:
        begun = asyncio.ensure_future(note.aenqueue(key))
        await asyncio.sleep(0)
        begun.cancel()
        try:
            await begun
        except asyncio.CancelledError:
            ended = "CancelledError"
        else:
            ended = "a result"
        # What had begun has ended by then, since one thread does both.
        await note.aenqueue(later)
        return ended

    ended = asyncio.run(begin_and_cancel())
    signals = target.witness.records(key=key, event="signal", signal="task_enqueued")
    target.answer("OQ-27", "a cancelled aenqueue", "enqueued" if signals else "not enqueued", f"the call ends with {ended}")


MOMENTS = ("first", "in a signal handler", "after a fork, child", "after a fork, parent", "at exit")


@question("OQ-27")
def test_odd_moments(working: RunningTarget) -> None:
    """In a signal handler, on both sides of a fork, and at exit."""
    if working.runs != "worker":
        raise NotApplicable("an in-process backend: each of these ends the process that would run the task")
    keys = {moment: working.new_key() for moment in MOMENTS}
    raised = working.elsewhere(producers.path("enqueue_at_odd_moments"), keys)
    try:
        working.wait_for(lambda: all(working.witness.of(key, "finished") for key in keys.values()), "they run", _SOON)
    except Deviation:
        pass  # which of them did is the answer
    for moment in MOMENTS[1:]:
        ran = len(working.witness.of(keys[moment], "started"))
        answer = {0: "lost", 1: "run once"}.get(ran, f"run {ran} times")
        working.answer("OQ-27", f"enqueue {moment}", f"raises {raised[moment]}" if raised.get(moment) else answer)


COLLECTIONS = {"a tuple": (1, (2,)), "a named tuple": Pair(1, 2), "a set": {1}, "a set inside": [{1}]}
NUMBERS = {
    "2**64": 2**64,
    "-2**63 - 1": -(2**63) - 1,
    "10**400": 10**400,
    "1.7e308": 1.7e308,
    "5e-324": 5e-324,
    "1e16": 1e16,
    "-0.0": -0.0,
    "0.1 + 0.2": 0.1 + 0.2,
}


@question("OQ-30")
def test_collections_as_return_values(working: RunningTarget) -> None:
    """Tuples and sets."""
    trips = each_as_return_value(working, tuple(COLLECTIONS.values()))
    _record(working, "OQ-30", "return value", tuple(COLLECTIONS), trips)


@question("OQ-30")
def test_large_numbers(working: RunningTarget) -> None:
    """As arguments, and as return values."""
    _numbers(working, "argument", each_as_argument(working, tuple(NUMBERS.values())))
    if _returns(working):
        _numbers(working, "return value", each_as_return_value(working, tuple(NUMBERS.values())))


def _numbers(target: RunningTarget, what: str, trips: Sequence[Trip]) -> None:
    for name, trip in zip(NUMBERS, trips, strict=True):
        kept = not trip.trouble and type(trip.arrived) is type(trip.sent) and repr(trip.arrived) == repr(trip.sent)
        target.answer("OQ-30", f"{name} as {what}", "kept" if kept else trip.fate, trip.trouble)
