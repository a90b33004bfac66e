"""Memory is counted to the byte, copies of Tasks to the piece."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
import pytest

from taskgauge.suites.shapes.fresh_process import measure
from taskgauge.suites.shapes.memory import allocations as counting
from taskgauge.suites.shapes.memory.allocations import MANY
from taskgauge.suites.shapes.objects import result_of
from taskgauge.suites.shapes.variants import load

needs_pickle = pytest.mark.skipif(django.VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")


@cache
def allocations(arm: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Return (bytes, allocations) of an arm's objects by what was made and its state."""
    with TemporaryDirectory() as folder:
        answer = measure("taskgauge.suites.shapes.memory.allocations", {"arm": arm, "captures": folder}, hash_seed=1)
    return {(row["object"], row["state"]): (row["bytes"], row["allocations"]) for row in answer["counted"]}


def test_control_allocates_exactly_the_same() -> None:
    """Not one byte differs between Django's classes and a second execution of their source."""
    today = allocations("today")

    assert today == allocations("today-again")
    assert {"shape", "whole"} <= {made for made, _ in today}


@pytest.mark.parametrize("arm", ["today", "namedtuple", "slots-class"])
def test_shape_is_what_python_says(arm: str) -> None:
    """Bytes of the shape are the size that Python reports for the object, its collector's header included."""
    size = sys.getsizeof(result_of(load(arm), 1, "READY"))
    # Python allocates room for one item more in a subclass of tuple, and does not report it.
    unreported = 8 if arm == "namedtuple" else 0

    assert (size + unreported, 1) == allocations(arm)["shape", "READY"]


def test_an_allocation_of_the_interpreter_is_none_of_an_object(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One allocation beside 500 objects is counted once more; a fraction that comes each time is shown."""
    answers = iter([{"bytes": 100.064, "allocations": 3.002}, {"bytes": 100.0, "allocations": 3.0}])
    monkeypatch.setattr(counting, "_count_once", lambda *_: next(answers))
    assert counting._count(lambda _: None, tmp_path) == {"bytes": 100.0, "allocations": 3.0}

    monkeypatch.setattr(counting, "_count_once", lambda *_: {"bytes": 100.5, "allocations": 3.0})
    assert counting._count(lambda _: None, tmp_path) == {"bytes": 100.5, "allocations": 3.0}


def test_one_more_allocation_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that owns one list more has one allocation more."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))

    today = allocations("today")["whole", "READY"]
    heavier = allocations("brought:heavier")["whole", "READY"]

    assert (today[0] + sys.getsizeof([]) + 8, today[1] + 1) == heavier


def pipe(arm: str, batch: int) -> dict[str, Any]:
    """Send 2,000 results of an arm through a pipe."""
    job = {"arms": [arm], "count": 2000, "batch": batch, "slices": 2, "copies_of": 2000, "order": "0"}
    answer: dict[str, Any] = measure("taskgauge.suites.shapes.transport.pipe", job, hash_seed=1)["arms"][arm]
    return answer


@needs_pickle
@pytest.mark.parametrize(("batch", "copies"), [(1, 2000), (1000, 2)])
def test_eager_results_bring_copies(batch: int, copies: int) -> None:
    """Each message brings a Task of its own along."""
    assert copies == pipe("today", batch)["copies"]


@pytest.mark.parametrize("batch", [1, 1000])
def test_lazy_results_bring_none(batch: int) -> None:
    """A path is no Task."""
    answer = pipe("namedtuple-lazy", batch)

    assert 0 == answer["copies"]
    assert 2 == len(answer["rates"])


@needs_pickle
def test_control_pipes_as_many_bytes() -> None:
    """Names are equally long on the wire."""
    assert pipe("today", 1)["bytes"] == pipe("today-again", 1)["bytes"]


def test_resident_agrees_with_allocated() -> None:
    """What the process grows by is what was allocated, give or take the allocator's own."""
    job = {"arms": ["today-lazy"], "count": 30_000}

    resident = measure("taskgauge.suites.shapes.memory.held", job, hash_seed=1)["today-lazy"]["resident"]

    allocated, _ = allocations("today-lazy")["whole", "SUCCESSFUL"]
    assert 0.95 < resident / allocated < 1.25


def test_memray_reads_the_captures(tmp_path: Path) -> None:
    """The captures are memray's own: its `stats` command counts what was allocated for the objects that were made."""
    measure("taskgauge.suites.shapes.memory.allocations", {"arm": "today", "captures": str(tmp_path)}, hash_seed=1)
    capture = tmp_path / "today-whole-READY.bin"

    said = subprocess.run(
        [sys.executable, "-m", "memray", "stats", capture], capture_output=True, text=True, check=True
    )

    total = int(said.stdout.partition("Total allocations:")[2].split()[0].replace(",", ""))
    # In all, that is: what lived only while an object was made is among them.
    assert total >= MANY * allocations("today")["whole", "READY"][1]
