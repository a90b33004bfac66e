"""The ordering suite: every comparability orders as it documents, and one that does not is caught."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from queue import PriorityQueue
from typing import Any

import pyperf
import pytest

from taskgauge.suites.shapes.behaviour.questions import BY_ID as QUESTIONS
from taskgauge.suites.shapes.operation import Operation, OperationWrong
from taskgauge.suites.shapes.sorting.operations import BY_NAME, OPERATIONS
from taskgauge.suites.shapes.sorting.results import COUNT, WAITING, documented_order, results_of
from taskgauge.suites.shapes.sorting.sort_orders import (
    ARMS,
    higher_priority_then_due_then_earlier,
    higher_priority_then_later,
    methods_of,
)
from taskgauge.suites.shapes.time.slices import begin
from taskgauge.suites.shapes.variants import Variant, load


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS])
def test_each_arm_gives_its_documented_order(operation: Operation, arm: str) -> None:
    """Sorting and queueing give the documented order, the second time as well as the first."""
    prepared = operation.prepare(load(ARMS[arm]))

    prepared.check(arm)
    prepared.check(arm)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS])
@pytest.mark.parametrize("arm", ["priority-lifo", "priority-run-after-enqueued"])
def test_wrong_comparability_is_caught(operation: Operation, arm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that looks at its priority alone is not timed."""
    variant = load(ARMS[arm])
    monkeypatch.setattr(variant.TaskResult, "__lt__", lambda left, right: left.task.priority > right.task.priority)

    with pytest.raises(OperationWrong):
        operation.prepare(variant).check(arm)


def test_the_orders_differ() -> None:
    """Each arm has an order of its own; the baseline and its A/A control share the proposer's."""
    orders = {arm: documented_order(load(path), results_of(load(path))) for arm, path in ARMS.items()}

    assert all(len(set(order)) == COUNT for order in orders.values())
    assert orders["key-tuple"] == orders["key-tuple-again"] == orders["priority-lifo"]
    assert orders["priority-run-after-enqueued"] != orders["priority-lifo"]


@pytest.mark.parametrize("before", [higher_priority_then_later, higher_priority_then_due_then_earlier])
def test_methods_agree(before: Any) -> None:
    """The four comparisons agree with one another for each pair, an object and itself included."""
    results = results_of(load(ARMS["key-tuple"]))[:40]
    below, above, at_most, at_least = (methods_of(before)[name] for name in ("__lt__", "__gt__", "__le__", "__ge__"))

    for left in results:
        for right in results:
            assert below(left, right) + below(right, left) == (left is not right)
            assert above(left, right) == below(right, left)
            assert at_most(left, right) == (below(left, right) or left is right)
            assert at_least(left, right) == at_most(right, left)


def small(variant: Variant, number: int, priority: int = 0, run_after: Any = None) -> Any:
    """Return a result with these, enqueued `number` seconds after the first."""
    result = next(result for result in results_of(variant) if int(result.id, 16) == number)
    return variant.evolve(result, task=variant.tasks.add.using(priority=priority, run_after=run_after))


def test_priority_goes_first_then_the_last_one() -> None:
    """The proposer's order: the highest priority, and among equals the one that came last."""
    new = partial(small, load(ARMS["priority-lifo"]))

    assert [int(result.id, 16) for result in sorted([new(1), new(2), new(3, 5), new(4, -5)])] == [3, 2, 1, 4]


def test_priority_goes_first_then_due_then_the_first_one() -> None:
    """The maintainer's order: the highest priority, then what is due, then what came first."""
    new = partial(small, load(ARMS["priority-run-after-enqueued"]))
    in_an_hour, in_two_hours = WAITING[2:]

    results = [new(6), new(1, 0, in_two_hours), new(2, 0, in_an_hour), new(3), new(4, 5, in_two_hours), new(5, -5)]

    assert [int(result.id, 16) for result in sorted(results)] == [4, 3, 6, 2, 1, 5]


def test_results_without_an_order_break_a_priority_queue() -> None:
    """Two results of equal priority in a PriorityQueue raise TypeError today, and do not with an order of their own."""
    for arm, breaks in {"key-tuple": True, "priority-lifo": False, "priority-run-after-enqueued": False}.items():
        queue: PriorityQueue[Any] = PriorityQueue()
        first, second, *_ = results_of(load(ARMS[arm]))
        queue.put((0, first))
        if breaks:
            with pytest.raises(TypeError, match="not supported"):
                queue.put((0, second))
        else:
            queue.put((0, second))
            assert {queue.get()[1].id, queue.get()[1].id} == {first.id, second.id}


def test_the_behaviour_table_says_so() -> None:
    """The behaviour table has the finding for the shapes that were proposed; a named tuple gets by, by accident."""
    question = QUESTIONS["priority-queue"]

    assert question.answer(load("today")).answer == "no"
    assert "TypeError" in question.answer(load("today")).detail
    assert question.answer(load("namedtuple")).answer == "yes"


def test_arms_are_timed_in_a_process() -> None:
    """The measuring process of result types finds these operations and arms, and gives a time for each slice."""
    arms = list(ARMS.values())
    request = {
        "operations": {"module": "taskgauge.suites.shapes.sorting.operations", "name": "BY_NAME"},
        "operation": "order-heapq",
        "arms": arms,
        "order": "any",
        "loops": None,
        "slices": 2,
        "slice_seconds": 0.001,
    }

    first, time_them = begin(json.loads(json.dumps({"arms": arms})))
    given = time_them(json.loads(json.dumps(request)))

    assert first == {}
    assert given["left_out"] == {}
    assert set(given["seconds"]) == set(ARMS.values())
    assert all(len(values) == 2 and min(values) > 0 for values in given["seconds"].values())


def test_files_are_pyperfs_own(tmp_path: Path) -> None:
    """The suite writes one file for each arm, with all operations, that pyperf reads."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "taskgauge.suites.shapes.option_set",
        "--import-mode=importlib",
        "-q",
    ]
    chosen = [
        "--pyargs",
        "taskgauge.suites.shapes.sorting",
        "--run-folder",
        str(tmp_path),
        "--processes=2",
        "--slices=2",
    ]

    finished = subprocess.run([*command, *chosen], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert {path.stem for path in (tmp_path / "ordering").glob("*.json")} == set(ARMS)
    for arm in ARMS:
        suite = pyperf.BenchmarkSuite.load(str(tmp_path / "ordering" / f"{arm}.json"))
        assert sorted(suite.get_benchmark_names()) == sorted(BY_NAME)
        for benchmark in suite.get_benchmarks():
            assert benchmark.get_unit() == "second"
            assert [run.get_metadata()["process"] for run in benchmark.get_runs()] == ["0", "1"]
    files = [str(tmp_path / "ordering" / f"{arm}.json") for arm in list(ARMS)[:2]]
    for words in (["stats", files[0]], ["compare_to", *files]):
        said = subprocess.run([sys.executable, "-m", "pyperf", *words], capture_output=True, text=True, check=True)
        assert all(name in said.stdout for name in BY_NAME)
