"""The memory suite: allocations of an object, bytes of many results, costs of their collection and pickling."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.run_folder.records import Sample, add_left_out, add_samples
from taskgauge.suites.run_control.memory import Need
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.arms import arms_of, headline
from taskgauge.suites.shapes.fresh_process import LivingProcess, measure
from taskgauge.suites.shapes.objects import result_of
from taskgauge.suites.shapes.operation import OperationNotApplicable
from taskgauge.suites.shapes.operations import BATCH, PROTOCOLS, dumped
from taskgauge.suites.shapes.option_set import options_of
from taskgauge.suites.shapes.time.rounds import START, hash_seed
from taskgauge.suites.shapes.variants import BASELINE, CONTROL, load

ALLOCATIONS = "taskgauge.suites.shapes.memory.allocations"
HELD = "taskgauge.suites.shapes.memory.held"
HELD_IN_TURNS = "taskgauge.suites.shapes.memory.held_in_turns"
TURNS = 3
"""Collections in each process of a round; in a round, every arm has its own process."""
IN_TURNS = 0.15
"""Results that a process of a round holds, as a share of the scale's tasks; 150,000 results fit into no cache."""
MOST_IN_TURNS = 1_000_000
"""Results that a process of a round holds at most, since all of these processes are alive together."""
STATES = ("READY", "SUCCESSFUL")
FINISHED: dict[str, str | int] = {"state": "SUCCESSFUL"}
_METRICS = {"collect": "collect", "pickle": "pickle-all"}


_SECONDS = {"test_allocations": 1.2, "test_pickle_sizes": 0.08}
_HELD = 2e-5
"""Seconds to make, collect and pickle one result."""
_TURN = 9e-6
"""Seconds to make and collect one result."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for every arm, and for every size of the scale."""
    options = options_of(metafunc.config)
    if "arm" in metafunc.fixturenames:
        full_scale = "size" in metafunc.fixturenames
        arms = headline(options) if full_scale else arms_of(options, lazy=True, everyone=True)
        metafunc.parametrize("arm", arms)
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", _sizes(options))
    if "rounds" in metafunc.fixturenames:
        metafunc.parametrize(("many", "rounds"), list(many_in_turns(options).items()))


def memory_need(options: Options) -> Need:
    """Return the predicted peak: all results of the heaviest arm in one process, and the pickle of a batch."""
    count = 2000
    weighed = measure(HELD, {"arms": headline(options), "count": count}, hash_seed=0)
    heaviest = max(answer["resident"] for answer in weighed.values())
    at_once = max(*_sizes(options), len(in_turns(options)) * max(many_in_turns(options)))
    return Need(fixed_bytes=200 * 2**20, bytes_per_task=1.2 * heaviest, tasks=at_once)


def predicted_seconds(
    options: Options, name: str, *, size: int = 0, arm: str = "", many: int = 0, rounds: int = 0
) -> float:
    """Return the approximate seconds of an item: for its results, and for its fresh processes."""
    if rounds:
        return rounds * len(in_turns(options)) * (START + many * _TURN)
    return _SECONDS.get(name, START) + size * _HELD * bool(arm)


@pytest.mark.measures("allocated-bytes", "allocations")
def test_allocations(arm: str, options: Options, run_folder: Path) -> None:
    """Record bytes and allocations of each object, counted by memray."""
    captures = run_folder / "memory"
    captures.mkdir(exist_ok=True)
    answer = measure(ALLOCATIONS, {"arm": arm, "captures": str(captures)}, hash_seed=hash_seed(options.seed, 0))
    rows = answer["counted"]
    conditions = [{"object": row["object"], "state": row["state"]} for row in rows]
    add_samples(
        run_folder,
        [
            Sample(part="memory", metric=metric, arm=arm, value=row[column], condition=condition)
            for row, condition in zip(rows, conditions, strict=True)
            for metric, column in (("allocated-bytes", "bytes"), ("allocations", "allocations"))
        ],
    )
    for made, reason in answer["left_out"].items():
        add_left_out(run_folder, "memory", f"allocated-bytes of what is {made}", {arm: reason})


@pytest.mark.measures("pickle-bytes")
def test_pickle_sizes(arm: str, run_folder: Path) -> None:
    """Record the bytes of a pickled result, alone and in batches of 1,000, in every protocol."""
    variant = load(arm)
    samples = []
    for state in STATES:
        results = [result_of(variant, number, state) for number in range(BATCH)]
        for protocol in PROTOCOLS:
            try:
                sizes = {1: len(dumped(variant, results[0], protocol)), BATCH: len(dumped(variant, results, protocol))}
            except OperationNotApplicable as reason:
                add_left_out(run_folder, "memory", "pickle-bytes", {arm: str(reason)})
                pytest.skip(str(reason))
            samples += [
                Sample(
                    part="memory",
                    metric="pickle-bytes",
                    arm=arm,
                    value=size / batch,
                    condition={"protocol": protocol, "batch": batch, "state": state},
                )
                for batch, size in sizes.items()
            ]
    add_samples(run_folder, samples)


@pytest.mark.measures("resident-bytes", "collect", "pickle-all")
def test_held(size: int, arm: str, options: Options, run_folder: Path) -> None:
    """Record resident bytes, a full garbage collection and pickling, with all results of one arm in a process."""
    seed = hash_seed(options.seed, 0)
    answer = measure(HELD, {"arms": [arm], "count": size}, hash_seed=seed)[arm]
    resident = Sample(
        part="memory", metric="resident-bytes", arm=arm, value=answer["resident"], size=size, condition=FINISHED
    )
    costs = [*_costs("collect", arm, answer, size, held="alone"), *_costs("pickle", arm, answer, size)]
    add_samples(run_folder, [resident, *costs])
    _record_left_out(run_folder, arm, answer)


@pytest.mark.measures("resident-bytes", "collect")
def test_held_in_turns(many: int, rounds: int, options: Options, run_folder: Path, progress: Progress) -> None:
    """Record resident bytes and collections in fresh processes; the processes of a round take turns to collect.

    Processes hold so many results that no cache holds them, and no result fills a hole that another arm left. A
    collection with few results, or with results in such holes, costs less or more than one with millions.
    """
    for number in range(rounds):
        answers = _in_turns(in_turns(options), many, hash_seed(options.seed, number), number)
        for arm, answer in answers.items():
            resident = Sample(
                part="memory",
                metric="resident-bytes",
                arm=arm,
                value=answer["resident"],
                process=number,
                size=many,
                condition=FINISHED,
            )
            costs = _costs("collect", arm, answer, many, process=number, held="side by side")
            add_samples(run_folder, [resident, *costs])
        progress.step(number + 1, rounds, "held in turns")


def _sizes(options: Options) -> Sequence[int]:
    """Return the numbers of results that one process of one arm holds; without limits, also the largest."""
    growth = options.scale.growth
    return growth if options.scale.name == "full" else growth[:-1] or growth


def many_in_turns(options: Options) -> dict[int, int]:
    """Return the rounds by the number of results that each process of a round holds; the largest is held once."""
    scale = options.scale
    largest = min(scale.tasks, MOST_IN_TURNS)
    if scale.name == "full":
        return {largest: scale.processes}
    many = max(1, min(round(scale.tasks * IN_TURNS), MOST_IN_TURNS))
    return {largest: 1} | {many: scale.processes}


def in_turns(options: Options) -> Sequence[str]:
    """Return the arms that take turns: the requested arms, or else the arms of the claim."""
    return options.arms or (BASELINE, CONTROL, "namedtuple")


def _in_turns(arms: Sequence[str], size: int, seed: int, first: int) -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {arm: {"collect": []} for arm in arms}
    with ExitStack() as stack:
        processes = {
            arm: stack.enter_context(LivingProcess(HELD_IN_TURNS, {"arm": arm, "count": size}, hash_seed=seed))
            for arm in arms
        }
        for arm, process in processes.items():
            answers[arm] |= process.receive()
        for turn in range(TURNS):
            for arm in _rotated(arms, first + turn):
                answers[arm]["collect"] += processes[arm].ask("collect")["collect"]
    return answers


def _rotated(arms: Sequence[str], first: int) -> Sequence[str]:
    at = first % len(arms)
    return [*arms[at:], *arms[:at]]


def _costs(
    name: str, arm: str, answer: dict[str, Any], size: int, *, process: int = 0, **condition: str | int
) -> Iterable[Sample]:
    for number, value in enumerate(answer[name]):
        yield Sample(
            part="memory",
            metric=_METRICS[name],
            arm=arm,
            value=value,
            process=process,
            slice=number,
            size=size,
            condition=condition,
        )


def _record_left_out(run_folder: Path, arm: str, answer: dict[str, Any]) -> None:
    if "left_out" in answer:
        add_left_out(run_folder, "memory", "pickle-all", {arm: answer["left_out"]})
