"""The duet on real processes: pairs, their order, the positive control's extra work, and sides that hang or crash."""

import json
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from taskgauge.reports.judging.gate.decision import Round
from taskgauge.reports.judging.gate.evidence import evidence
from taskgauge.reports.judging.gate.trust import check_positive_control
from taskgauge.reports.run_folder.duet_pairs import DUET, read_pairs
from taskgauge.reports.run_folder.gate_files import GateOptions
from taskgauge.reports.run_folder.run_file import Run
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.duet import Duet
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.pairs import extra_work_for, order_of
from taskgauge.suites.gate.side.session import Session
from taskgauge.suites.run_control.provenance import RunRecord

pytestmark = pytest.mark.slow

ENQUEUE, GET = "enqueue@toytasks", "get_result@toytasks"
CALIBRATED = "calibrated"
"""A file that is there when slices are measured, for heads that break only then."""


class Measured:
    """A duet that was measured."""

    def __init__(self, context: GateContext, options: GateOptions) -> None:
        """Measure the first round, and what is asked for after it."""
        self.context = context
        self.said: list[str] = []
        self.available = AvailableOperations(problems=context.problems, record=RunRecord(context.run_folder, Run()))
        self.duet = Duet(
            context,
            self.available,
            options,
            say=self.said.append,
            step=lambda *_: None,
        )
        self.duet.calibrate()
        self.said += self.available.settle("duet", context.profiles)
        (context.run_folder.parent / CALIBRATED).touch()
        self.duet.measure()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of `duet.jsonl`."""
        path = self.context.run_folder / "gate" / "duet.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def problems(self) -> list[tuple[str | None, str | None, str]]:
        """Side, operation and kind of each problem."""
        return [(one.side, one.operation, one.kind) for one in self.context.problems.found]

    def ratio(self, comparison: str) -> float:
        """Head against base, the median over all slices."""
        lines = [line for line in self.lines if line["comparison"] == comparison]
        pairs = [pair for line in lines for pair in zip(line["head_ns"], line["base_ns"], strict=True)]
        return math.exp(median(math.log(head / base) for head, base in pairs))


def test_a_pair(context: Callable[..., GateContext]) -> None:
    """Each operation has its line with all slices of a side, and each clock an A/A control and a positive control."""
    found = Measured(context((ENQUEUE, GET)), GateOptions(pairs=1, slices=4, slice_ns=2_000_000))

    first = [line for line in found.lines if line["round"] == "first"]
    assert {line["operation"] for line in first if line["comparison"] == "head"} == {ENQUEUE, GET}
    assert [line["comparison"] for line in first if line["comparison"] != "head"] == ["control", "positive control"]
    for line in first:
        assert (len(line["base_ns"]), len(line["head_ns"]), line["order"]) == (4, 4, "ABBABAAB")
        assert line["clock"] == "cpu"
        assert line["swapped"] is False
        assert len(line["cpus"]) <= 1
        assert len(set(line["hash_seeds"])) == 2
    assert found.problems == []


def test_the_positive_control_burns_a_fifth(context: Callable[..., GateContext]) -> None:
    """The extra work of head is about 20 % of that work, in every slice."""
    found = Measured(context((GET,)), GateOptions(pairs=2, slices=10, slice_ns=5_000_000))

    assert 1.08 < found.ratio("positive control") < 1.4
    assert 0.9 < found.ratio("control") < 1.1


@pytest.mark.parametrize(("margin", "extra_work"), [(0.01, 0.2), (0.05, 0.2), (0.1, 0.3), (0.25, 0.75)])
def test_a_burn_is_larger_than_the_margin(margin: float, extra_work: float) -> None:
    """By so much that it is found where the machine is quiet enough for the margin."""
    assert extra_work_for(margin) == pytest.approx(extra_work)


def test_the_positive_control_of_a_wide_margin(context: Callable[..., GateContext]) -> None:
    """It has more extra work, says how much, and is found."""
    found = Measured(context((GET,)), GateOptions(pairs=7, slices=6, slice_ns=2_000_000, margin=0.3))

    assert {round(line["extra_work"], 6) for line in found.lines if line["comparison"] == "positive control"} == {0.9}
    assert {line["extra_work"] for line in found.lines if line["comparison"] != "positive control"} == {None}
    pairs = read_pairs(found.context.run_folder / DUET)
    (check,) = check_positive_control(evidence(pairs, "positive control", GateOptions(margin=0.3)), {})
    assert check.holds, check.reason


def test_a_slower_head(context: Callable[..., GateContext]) -> None:
    """Work that only head does shows, in the first pairs and in those with the sides swapped."""
    slow = "sum(number * number for number in range(3000))"
    found = Measured(context((ENQUEUE,), enqueueing=slow), GateOptions(pairs=2, slices=6, slice_ns=3_000_000))
    found.duet._round(Round(name="confirm", operations=(ENQUEUE,), swapped=True))

    assert found.ratio("head") > 1.5
    swapped = [line for line in found.lines if line["round"] == "confirm"]
    assert [(line["swapped"], line["order"][:4]) for line in swapped] == [(True, "ABBA"), (True, "BAAB")]
    assert all(median(line["head_ns"]) > median(line["base_ns"]) for line in swapped)


@pytest.mark.parametrize("held", ["time.sleep(0.0005)", "lock.acquire(timeout=0.0005)"])
def test_a_head_that_waits(held: str, context: Callable[..., GateContext]) -> None:
    """Where base computes and head waits, both are timed by the wall: what waits takes no CPU."""
    more = "import threading, time\nlock = threading.Lock()\nlock.acquire()"
    found = Measured(context((GET,), looking_up=held, more=more), GateOptions(pairs=1, slices=2, slice_ns=3_000_000))

    assert {line["clock"] for line in found.lines} == {"wall"}
    assert found.ratio("head") > 2
    assert all(len(line["cpus"]) <= 1 for line in found.lines)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system lets nobody choose")
def test_every_thread_of_a_side_is_pinned() -> None:
    """Also one that was there before, such as an event loop's; and is let go again."""
    able = sorted(os.sched_getaffinity(0))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        for cpus in (able[:1], able):
            Session().pin("operation", cpus)
            assert os.sched_getaffinity(0) == set(cpus)
            assert pool.submit(os.sched_getaffinity, 0).result() == set(cpus)


def test_a_head_that_waits_seldom(context: Callable[..., GateContext]) -> None:
    """Once in 64 operations is enough to be timed by the wall, where base does not wait at all."""
    held = "__import__('time').sleep(0.002) if looked % 64 == 0 else None"
    found = Measured(context((GET,), looking_up=held), GateOptions(pairs=1, slices=4, slice_ns=15_000_000))

    assert {line["clock"] for line in found.lines} == {"wall"}
    assert found.ratio("head") > 2
    heads = [line for line in found.lines if line["comparison"] == "head"]
    assert all(min(line["head_waits"]) > max(line["base_waits"]) for line in heads)


@pytest.mark.parametrize(
    ("breaks", "kind"),
    [
        ("__import__('time').sleep(1000)", "hangs"),
        ("__import__('os')._exit(3)", "crashes"),
        ("__import__('os').kill(__import__('os').getpid(), 9)", "crashes"),
        ("exec(\"raise ValueError('no more')\")", "crashes"),
    ],
)
def test_a_head_that_breaks_in_a_slice(
    breaks: str, kind: str, tmp_path: Path, context: Callable[..., GateContext]
) -> None:
    """It is a problem of head and of that operation, said both times; the other operation is measured all the same."""
    change = f"if looked > 6 and __import__('os').path.exists({str(tmp_path / CALIBRATED)!r}): {breaks}"
    shape = GateOptions(pairs=1, slices=2, slice_ns=2_000_000)
    found = Measured(context((ENQUEUE, GET), looking_up=change), shape)

    assert found.problems == [("head", GET, kind)]
    said = [line for line in found.said if line.startswith("duet head get_result@toytasks: ")]
    assert [line.endswith("(it is tried once more)") for line in said] == [True, False]
    assert {line["operation"] for line in found.lines} == {ENQUEUE}


@pytest.mark.parametrize("side", ["base", "head"])
def test_a_operation_that_a_side_had_and_has_no_more(
    side: str, tmp_path: Path, context: Callable[..., GateContext]
) -> None:
    """It is a problem of that side, and not one operation less to be measured."""
    calibrated = f"__import__('os').path.exists({str(tmp_path / CALIBRATED)!r})"
    change = f"if looked <= 3 and {calibrated}: raise ValueError('no more')"
    head, base = ({"looking_up": change if name == side else "pass"} for name in ("head", "base"))
    found = Measured(context((ENQUEUE, GET), base=base, **head), GateOptions(pairs=1, slices=2, slice_ns=2_000_000))

    assert found.problems == [(side, GET, "raises")]
    assert any("ValueError: no more" in line for line in found.said)


def test_a_head_that_breaks_once(tmp_path: Path, context: Callable[..., GateContext]) -> None:
    """The pair is measured once more, and what broke is told: it may have been the machine."""
    more = f"""
import os, pathlib

calibrated, broken = (pathlib.Path({str(tmp_path)!r}, name) for name in ({CALIBRATED!r}, "broken"))

def break_once():
    if calibrated.exists() and not broken.exists():
        broken.touch()
        os._exit(3)
"""
    shape = GateOptions(pairs=1, slices=2, slice_ns=2_000_000)
    found = Measured(context((GET,), looking_up="break_once()", more=more), shape)

    assert found.problems == [("head", GET, "crashes")]
    assert [one.once for one in found.context.problems.found] == [True]
    assert {line["comparison"] for line in found.lines} == {"head", "control", "positive control"}


def test_a_head_that_cannot_be_imported(context: Callable[..., GateContext]) -> None:
    """It is one problem, not one for each operation, and nothing is measured."""
    found = Measured(context(more="raise ImportError('no such thing')"), GateOptions(pairs=1, slices=2))

    assert found.problems == [("head", None, "cannot import")]
    line = "duet head: cannot import: ImportError: no such thing"
    assert found.said == [f"{line} (it is tried once more)", line]
    assert found.lines == []


def test_a_head_that_lacks_a_operation(context: Callable[..., GateContext]) -> None:
    """An operation that only base has is a problem of head."""
    found = Measured(
        context((ENQUEUE, GET), more="KEEPS_RESULTS = False"), GateOptions(pairs=1, slices=2, slice_ns=1_000_000)
    )

    assert found.problems == [("head", GET, "lacks an operation")]
    assert {line["operation"] for line in found.lines} == {ENQUEUE}


@pytest.mark.parametrize("slices", [1, 2, 5, 40])
@pytest.mark.parametrize("pair", [0, 1])
def test_order(slices: int, pair: int) -> None:
    """Each side has its turn equally often, and who begins changes from pair to pair."""
    order = order_of(slices, pair)

    assert order.count("A") == order.count("B") == slices
    assert order[0] == "AB"[pair]
