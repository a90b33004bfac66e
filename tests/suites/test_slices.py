"""A slow-down is seen, its absence too; nothing wrong is timed."""

import dataclasses
import gc
import random
import time
from pathlib import Path
from typing import Any

import django
import psutil
import pytest

from taskgauge.backends.processes.json_lines import ChildEnded, ChildSilent
from taskgauge.reports.statistics.estimates import Estimate, estimate, log_ratio
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.fresh_process import LivingProcess, measure
from taskgauge.suites.shapes.memory import held
from taskgauge.suites.shapes.operation import OperationNotApplicable, OperationWrong, PreparedOperation
from taskgauge.suites.shapes.operations import OPERATIONS
from taskgauge.suites.shapes.time.rounds import KEPT, Rounds, TimingProcesses, hash_seed, run_rounds
from taskgauge.suites.shapes.time.slices import TOO_SLOW, calibrate
from taskgauge.suites.shapes.variants import HEADLINE, load
from taskgauge.suites.shapes.variants.names import LAZY

OPERATION_MAP = ("taskgauge.suites.shapes.operations", "BY_NAME")


def rounds_of(operation: str, arms: list[str], tmp_path: Path, **changes: Any) -> Rounds:
    """Time an operation in a few short processes."""
    lengths = {"processes": 6, "slices": 60, "slice_seconds": 0.0005, **changes}
    options = Options(scale=dataclasses.replace(Scale.quick(), **lengths), run_folder=tmp_path)
    with TimingProcesses(arms, options.seed) as processes:
        return run_rounds(processes, OPERATION_MAP, operation, arms, options, progress=Progress(None))


def compare(rounds: Rounds, arm: str, baseline: str) -> Estimate:
    """Compare two arms as reports do."""
    pairs = zip(rounds.seconds[arm], rounds.seconds[baseline], strict=True)
    return estimate([log_ratio(mine, base) for (_, mine), (_, base) in pairs])


def test_slowdown_of_a_tenth_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of today with a tenth more work in one operation is slower there, and a copy without it is not."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    trial = 100
    monkeypatch.setenv("TASKGAUGE_TEST_BURN", f"{trial}")
    burnt = compare(
        rounds_of("task-create", ["brought:unburdened", "brought:slower"], tmp_path),
        "brought:slower",
        "brought:unburdened",
    )
    monkeypatch.setenv("TASKGAUGE_TEST_BURN", f"{round(0.1 * trial / (burnt.ratio - 1))}")
    arms = ["today", "today-again", "brought:unburdened", "brought:slower"]
    scale = Scale.default()

    rounds = rounds_of("task-create", arms, tmp_path, processes=16, slices=scale.slices)

    slower = compare(rounds, "brought:slower", "brought:unburdened")
    assert slower.low > 1.03
    assert slower.ratio < 1.16
    again = compare(rounds, "today-again", "today")
    assert again.low < 1.03
    assert again.high > 0.97


@pytest.mark.parametrize("operation", ["create", "deepcopy", "pickle-dumps-5"])
@pytest.mark.skipif(django.VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")
def test_factory_is_fair(operation: str, tmp_path: Path) -> None:
    """Django's own shape, built by the factory that builds all others, costs what Django's own class costs."""
    rounds = rounds_of(operation, ["today", "today-again", "frozen-slots-dataclass"], tmp_path)

    assert 0.93 < compare(rounds, "frozen-slots-dataclass", "today-again").ratio < 1.07


@pytest.mark.parametrize("arm", HEADLINE)
def test_every_operation_is_right_on_every_headline_arm(arm: str) -> None:
    """Each operation's own check accepts what the arm does, and refuses a wrong value."""
    seen = 0
    for operation in OPERATIONS:
        if arm.endswith(LAZY) and not operation.lazy:
            continue
        try:
            prepared = operation.prepare(load(arm))
        except OperationNotApplicable:
            continue
        seen += 1
        prepared.check(arm)
        wrong = PreparedOperation(expression="None", names=prepared.names, holds=prepared.holds)
        if operation.name != "refresh-in-place":
            with pytest.raises((OperationWrong, AttributeError, TypeError)):
                wrong.check(arm)
    assert seen > 10


def pids(processes: TimingProcesses, numbers: range) -> list[int]:
    """Return the process ids of some processes."""
    with processes.lent(numbers) as lent:
        return [process.pid for process in lent]


def test_processes_live_as_long_as_the_part() -> None:
    """The first ones time each operation, those beyond them only one; nothing is left of them."""
    with TimingProcesses(["today"], 1) as processes:
        first = pids(processes, range(2))
        assert first == pids(processes, range(2))
        extra = pids(processes, range(KEPT, KEPT + 1))
        assert extra != pids(processes, range(KEPT, KEPT + 1))
        assert not psutil.pid_exists(extra[0])

    assert not any(map(psutil.pid_exists, first))


def test_a_process_that_fails_is_not_used_again() -> None:
    """It may still answer the earlier request; the next operation gets a fresh process."""
    with TimingProcesses(["today"], 1) as processes:
        [pid] = pids(processes, range(1))
        operations = {"module": OPERATION_MAP[0], "name": OPERATION_MAP[1]}

        def ask_wrongly() -> None:
            with processes.lent([0]) as [process]:
                process.ask({"operations": operations, "operation": "NoSuchOperation"})

        with pytest.raises(ChildEnded, match="NoSuchOperation"):
            ask_wrongly()
        assert pid not in pids(processes, range(1))


def test_slow_arms_get_fewer_loops() -> None:
    """Loops are calibrated on the baseline, and only an arm that is many times slower deviates."""

    def prepared(loops: int) -> PreparedOperation:
        return PreparedOperation(
            expression=f"sum(range({loops}))", names={"sum": sum, "range": range}, holds=lambda value: value >= 0
        )

    timers = {
        name: prepared(size).timer(time.process_time, 1)
        for name, size in (("base", 1000), ("near", 1100), ("far", 1000 * TOO_SLOW * 10))
    }

    counts, longer = calibrate(timers, "base", 0.005)

    assert 1 == longer
    assert counts["base"] == counts["near"]
    assert counts["far"] < counts["base"] / TOO_SLOW


def test_orders_and_hash_seeds_are_repeatable() -> None:
    """Two runs with the same seed use the same hash seeds, two processes never do."""
    seeds = [hash_seed(7, process) for process in range(100)]

    assert seeds == [hash_seed(7, process) for process in range(100)]
    assert 100 == len(set(seeds))
    assert all(0 <= seed < 2**32 for seed in (hash_seed(random.getrandbits(60), 1) for _ in range(20)))


def test_a_process_that_dies_says_why() -> None:
    """Its last line is the reason."""
    with pytest.raises(ChildEnded, match="no_such_module"):
        measure("taskgauge.no_such_module", {}, hash_seed=0)


def test_a_process_that_hangs_is_ended() -> None:
    """It is killed when its time is over."""
    job = {"arms": ["today"], "count": 10_000_000}

    with pytest.raises(ChildSilent, match="within 2 s"):
        measure("taskgauge.suites.shapes.memory.held", job, hash_seed=0, limit=2)


HELD_IN_TURNS = "taskgauge.suites.shapes.memory.held_in_turns"


def test_a_living_process_answers_again_and_again() -> None:
    """Each collection is a fresh one, pickling is asked for by itself, and nothing is left of it afterwards."""
    with LivingProcess(HELD_IN_TURNS, {"arm": "today", "count": 500}, hash_seed=1) as process:
        assert process.receive()["resident"] >= 0
        collections = [process.ask("collect")["collect"][0] for _ in range(3)]
        assert "pickle" in process.ask("pickle")
        [pid] = [child.pid for child in psutil.Process().children() if HELD_IN_TURNS in child.cmdline()]

    assert all(one > 0 for one in collections)
    assert not psutil.pid_exists(pid)


def test_a_living_process_that_dies_says_why() -> None:
    """Its last line is the reason, whether it dies at once or when it is asked."""
    with (
        LivingProcess("taskgauge.no_such_module", {}, hash_seed=0) as process,
        pytest.raises(ChildEnded, match="no_such_module"),
    ):
        process.receive()
    with LivingProcess(HELD_IN_TURNS, {"arm": "today", "count": 10}, hash_seed=0) as process:
        process.receive()
        [child] = [child for child in psutil.Process().children() if HELD_IN_TURNS in child.cmdline()]
        child.kill()
        with pytest.raises(ChildEnded, match="killed by SIGKILL"):
            process.ask("collect")


def test_a_living_process_that_hangs_is_given_up() -> None:
    """It does not answer in time."""
    with (
        LivingProcess(HELD_IN_TURNS, {"arm": "today", "count": 10_000_000}, hash_seed=0) as process,
        pytest.raises(ChildSilent, match="within 1 s"),
    ):
        process.receive(1)


def test_results_lie_elsewhere_in_each_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies before them is chosen by the hash seed: the same for the same, another for another."""
    monkeypatch.setattr(held, "_KEPT", [])
    for seed in ("1", "1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        held.room_for("today", 10)
    gc.unfreeze()

    first, again, other = (held._KEPT[number : number + 2] for number in (0, 2, 4))
    assert [list(map(len, part)) for part in first] == [list(map(len, part)) for part in again]
    assert list(map(len, first[0])) != list(map(len, other[0]))
