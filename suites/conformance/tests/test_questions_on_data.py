"""OQ: the behaviour of targets with unusual data, names and moments; recorded, never judged."""

import asyncio
import contextlib
import time
from statistics import median

import pytest

from taskgauge.suites.conformance.exact import shown
from taskgauge.suites.conformance.harness.endings import ending_of
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, question
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.probes.edge_values import DIRECTIONS, edge_round_trips, record
from taskgauge.suites.conformance.probes.outages import Outage, meet_outage
from taskgauge.suites.conformance.probes.round_trips import RoundTrip
from taskgauge.suites.conformance.probes.unusual_names import NameObservations, observe_names
from taskgauge.suites.conformance.remote_calls import producer_calls as producers
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.conformance.tasks.values import (
    COLLIDING,
    NAMES,
    NESTED,
    NESTING,
    NOT_FINITE,
    NOT_TEXT,
    NUMBERS,
    TUPLES_AND_SETS,
    UNSORTED,
)

_SOON = 10.0
"""Seconds to wait for a task that may never run."""


@question("OQ-06")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_numbers_that_are_not_finite(working: TargetHarness, direction: str) -> None:
    """Record NaN and both infinities."""
    record(working, "OQ-06", direction, NOT_FINITE)


@question("OQ-07")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_odd_texts(working: TargetHarness, direction: str) -> None:
    """Record NUL and a lone surrogate."""
    record(working, "OQ-07", direction, NOT_TEXT)


@question("OQ-07")
@pytest.mark.parametrize(("name", "kind"), [("NUL", "NUL"), ("a lone surrogate", "surrogate")])
def test_odd_texts_in_exceptions(working: TargetHarness, name: str, kind: str) -> None:
    """Record the status and errors of an exception with such a text."""
    aspect = f"{name} in an exception's text"
    run = working.submit(working.tasks().fail, kind)
    try:
        ending = ending_of(run)
    except Deviation as deviation:
        working.answer("OQ-07", aspect, "not finished", deviation)
        return
    working.answer("OQ-07", aspect, ending.status, ", ".join(ending.errors))


@question("OQ-08")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_order_of_keys(working: TargetHarness, direction: str) -> None:
    """Record the order of keys that are sorted neither by letters nor by length."""
    for name, trip in edge_round_trips(working, direction, UNSORTED).items():
        detail = f"{name} became {', '.join(trip.arrived or ())}"
        working.answer("OQ-08", f"order of keys, {direction}", _order(trip), detail)


def _order(trip: RoundTrip) -> str:
    if trip.trouble:
        return trip.summary
    keys, arrived = list(trip.sent), list(trip.arrived)
    orders = {"kept": keys, "sorted": sorted(keys), "shortest first": sorted(keys, key=lambda key: (len(key), key))}
    return next((name for name, order in orders.items() if order == arrived), "changed")


@question("OQ-08")
def test_keys_that_collide(working: TargetHarness) -> None:
    """Record a dictionary with a number and its own text as keys."""
    record(working, "OQ-08", "argument", COLLIDING)


SIZES = {"1 MB": 2**20, "16 MB": 2**24}


@question("OQ-09")
def test_large_payloads(working: TargetHarness) -> None:
    """Record texts of 1 MB and 16 MB as argument; larger texts are not tried."""
    runs: dict[str, Run] = {}
    for size, length in SIZES.items():
        try:
            runs[size] = working.submit(working.tasks("arguments").measure, "x" * length)
        except Exception as error:  # the store chooses the exception
            working.answer("OQ-09", size, f"refused with {type(error).__name__}", f"{error}"[:200])
    for size, run in runs.items():
        try:
            length = run.start()["length"]
        except Deviation as deviation:
            working.answer("OQ-09", size, "not run", deviation)
        else:
            working.answer("OQ-09", size, "arrives" if length == SIZES[size] else f"arrives with {length} letters")


@question("OQ-09")
def test_deep_nesting(working: TargetHarness) -> None:
    """Record nested lists, nearly as deep as Python allows."""
    for name, trip in edge_round_trips(working, "argument", NESTED).items():
        depth, inner = 0, trip.arrived
        while isinstance(inner, list):
            depth, inner = depth + 1, inner[0] if inner else None
        arrived = "arrives" if depth == NESTING else f"arrives {depth} deep"
        working.answer("OQ-09", name, trip.summary if trip.trouble else arrived, trip.trouble)


@question("OQ-12")
@late(RunOrder.OWN_WORKER)
def test_an_outage_of_the_store(target: TargetHarness) -> None:
    """Record a producer and an idle worker during an outage."""
    outage: Outage = target.observe_once(meet_outage)
    if outage.get_result is None:
        aspect = "enqueue where the store refuses to write"
        target.answer("OQ-12", aspect, outage.enqueue, f"{outage.enqueue.seconds} s")
        return
    target.answer("OQ-12", "enqueue while it is down", outage.enqueue, f"{outage.enqueue.seconds} s")
    target.answer("OQ-12", "get_result while it is down", outage.get_result, f"{outage.get_result.seconds} s")
    target.answer("OQ-12", "enqueue by the same process afterwards", outage.after, f"{outage.after.seconds} s")
    target.answer("OQ-12", "a worker that waited", outage.worker)


@question("OQ-13")
@late(RunOrder.UNUSUAL_NAMES)
def test_odd_names_of_queues_and_aliases(target: TargetHarness) -> None:
    """Record unusual names that are in the settings of producer and worker."""
    name_observations: NameObservations = target.observe_once(observe_names)
    if name_observations.complaint:
        target.answer("OQ-13", "queues of any name", "need more settings", name_observations.complaint)
    for what, observations in (("queue", name_observations.queues), ("alias", name_observations.aliases)):
        for name, observed in observations.items():
            accepted = f"accepted and {observed['execution']}" if "execution" in observed else "accepted"
            answer = f"refused with {observed['refused']}" if "refused" in observed else accepted
            seen = observed.get("looked up", NAMES[name])
            detail = "" if seen == NAMES[name] else f"looked up: {shown(seen)}"
            target.answer("OQ-13", f"{what} with {name}", answer, detail)


@question("OQ-23")
def test_results_at_once(target: TargetHarness) -> None:
    """Record 100 look-ups straight after enqueue()."""
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
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("name", ["generate", "generate_async"])
def test_generators_as_tasks(working: TargetHarness, name: str) -> None:
    """Record a generator function and an asynchronous generator function."""
    what = {"generate": "a generator function", "generate_async": "an async generator function"}[name]
    try:
        run = working.submit(getattr(working.tasks("generators"), name))
    except Exception as error:  # a refusal is an answer
        working.answer("OQ-26", what, f"refused with {type(error).__name__}", error)
        return
    ending = ending_of(run)
    body = "its body runs" if run.starts() else "its body does not run"
    working.answer("OQ-26", what, f"{ending.status}, and {body}", ", ".join(ending.errors))


@question("OQ-27")
def test_a_cancelled_aenqueue(target: TargetHarness) -> None:
    """Record if forty calls, each cancelled a little later, enqueue their tasks."""
    note, later = target.tasks().note, target.submitted.new_key()
    keys = [target.submitted.new_key(invariants=False) for _ in range(40)]

    async def cancel_all() -> list[str]:
        cancelled = []
        for delay, key in enumerate(keys):
            begun = asyncio.ensure_future(note.aenqueue(key))
            await asyncio.sleep(delay * 5e-5)
            begun.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await begun
            if begun.cancelled():
                cancelled.append(key)
        # One thread does both, so earlier calls have ended when this call ends.
        await note.aenqueue(later)
        return cancelled

    cancelled = asyncio.run(cancel_all())
    signals = {record["key"] for record in target.events.records(event="signal", signal="task_enqueued")}
    nevertheless = signals & set(cancelled)
    if not cancelled:
        target.answer("OQ-27", "a cancelled aenqueue", "cannot be cancelled")
        return
    answer = "may be enqueued nevertheless" if nevertheless else "is not enqueued"
    target.answer("OQ-27", "a cancelled aenqueue", answer, f"{len(nevertheless)} of {len(cancelled)} were")


MOMENTS = ("first", "in a signal handler", "after a fork, child", "after a fork, parent", "at exit")


@question("OQ-27")
def test_odd_moments(working: TargetHarness) -> None:
    """Record enqueueing in a signal handler, on both sides of a fork, and at exit."""
    if working.runs != "worker":
        raise NotApplicable("an in-process backend: each of these ends the process that would run the task")
    keys = {moment: working.submitted.new_key(invariants=False) for moment in MOMENTS}
    raised = working.run_in_subprocess(producers.path("enqueue_at_odd_moments"), keys)
    with contextlib.suppress(Deviation):  # the tasks that run are the answer
        working.waiter.wait_for(
            lambda: all(working.events.of(key, "finished") for key in keys.values()), "they run", _SOON
        )
    for moment in MOMENTS[1:]:
        ran = len(working.events.of(keys[moment], "started"))
        answer = {0: "lost", 1: "run once"}.get(ran, f"run {ran} times")
        working.answer("OQ-27", f"enqueue {moment}", f"raises {raised[moment]}" if raised.get(moment) else answer)


@question("OQ-30")
@late(RunOrder.ODD_VALUES)
def test_tuples_and_sets_as_return_values(working: TargetHarness) -> None:
    """Record tuples, sets and a named tuple."""
    record(working, "OQ-30", "return value", [*TUPLES_AND_SETS, "a named tuple"])


@question("OQ-30")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_large_numbers(working: TargetHarness, direction: str) -> None:
    """Record if type and value of a number stay the same."""
    for name, trip in edge_round_trips(working, direction, NUMBERS).items():
        kept = not trip.trouble and type(trip.arrived) is type(trip.sent) and repr(trip.arrived) == repr(trip.sent)
        working.answer("OQ-30", f"{name} as {direction}", "kept" if kept else trip.summary, trip.trouble)
