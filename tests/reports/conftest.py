"""Makes run folders with chosen effects in them, in the tools' own formats."""

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyperf
import pytest

from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.records import Answer, Sample, add_answers, add_samples
from taskgauge.reports.run_folder.registry import write_registry

HEADLINE = ("today", "today-again", "slots-dataclass", "namedtuple", "today-lazy", "namedtuple-lazy")
ARMS = (*HEADLINE, "dataclass", "frozen-dataclass", "frozen-slots-dataclass", "slots-class", "class")
OPERATIONS = (
    "create-bare",
    "create",
    "read-first",
    "read-last",
    "task-read",
    "task-create-bare",
    "context-create",
    "evolve",
)
PICKLES = ("pickle-dumps-5", "pickle-loads-5", "pickle-dumps-batch-5", "pickle-loads-batch-5")
REFRESHES = ("refresh-in-place", "refresh-by-replacement")
ORDERINGS = ("key-tuple", "priority-lifo", "priority-run-after-enqueued")
HOWS = ("func", "call", "acall", "acall-not-thread-sensitive", "to-thread")
PARTS = ("time", "ordering", "memory", "transport", "dispatch", "behaviour", "calls")

ANSWERS = {
    ("result-assignment-refused", "today"): "yes",
    ("result-assignment-refused", "slots-dataclass"): "no",
    ("equal-to-tuple", "namedtuple"): "yes",
    ("equal-to-tuple", "today"): "no",
    ("iterable", "namedtuple"): "yes",
    ("ordered", "namedtuple"): "yes",
    ("taken-for-a-list", "namedtuple"): "yes",
    ("subclass-property", "today"): "no",
    ("subclass-property-with-setter", "today"): "yes",
}

type Effects = Mapping[tuple[str, str], float]


@dataclass(kw_only=True)
class Run:
    """What a made run folder should say. `effects` maps (measure, arm) to a factor on the baseline's value."""

    effects: Effects = field(default_factory=dict)
    processes: int = 10
    slices: int = 5
    noise: float = 0.01
    seed: int = 1
    python: str = "3.14.8"
    django: str = "6.1.3"
    answers: Mapping[tuple[str, str], str] = field(default_factory=lambda: ANSWERS)
    parts: Iterable[str] = PARTS
    states: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        self.random = random.Random(self.seed)  # noqa: S311 -- noise, not a secret
        folder.mkdir(exist_ok=True)
        for part in self.parts:
            (folder / part).mkdir(parents=True)
            getattr(self, f"_{part}")(folder / part)
        states = dict.fromkeys(self.parts, "finished") | dict(self.states)
        parts = [
            {"name": name, "state": state, "seconds": 1.5, "predicted_seconds": 2} for name, state in states.items()
        ]
        document = {"format": 2, "versions": {"python": self.python, "django": self.django}, "parts": parts}
        write_registry(folder, REGISTRY)
        (folder / "run.json").write_text(json.dumps(document | dict(self.changes)))
        return folder

    def _time(self, folder: Path) -> None:
        self._pyperf(folder, ARMS, (*OPERATIONS, *PICKLES, *REFRESHES))

    def _ordering(self, folder: Path) -> None:
        self._pyperf(folder, ORDERINGS, ("order-sort", "order-heapq", "order-priority-queue"))

    def _pyperf(self, folder: Path, arms: Iterable[str], operations: Iterable[str]) -> None:
        pace = [self._wobble(0.2) for _ in range(self.processes)]
        for arm in arms:
            found = []
            for at, operation in enumerate(operations, 1):
                base = at * 1e-6 * self.effects.get((operation, arm), 1)
                runs = [
                    pyperf.Run(
                        [base * pace[process] * self._wobble() for _ in range(self.slices)],
                        metadata={"name": operation, "process": str(process), "unit": "second"},
                        collect_metadata=False,
                    )
                    for process in range(self.processes)
                ]
                found.append(pyperf.Benchmark(runs))
            pyperf.BenchmarkSuite(found).dump(str(folder / f"{arm}.json"))

    def _memory(self, folder: Path) -> None:
        rows: list[Sample] = []
        for arm in ARMS:
            for kind, size in (("shape", 128), ("whole", 1600), ("received", 2000)):
                for state in ("READY", "SUCCESSFUL"):
                    where = {"object": kind, "state": state}
                    rows += self._counts("memory", "allocated-bytes", arm, size, where)
            for batch, size in ((1, 700), (1000, 400)):
                where = {"protocol": 5, "batch": batch, "state": "SUCCESSFUL"}
                rows += self._counts("memory", "pickle-bytes", arm, size, where)
        for arm in HEADLINE:
            for size in (10_000, 100_000, 1_000_000):
                rows += self._noisy("memory", "resident-bytes", arm, 1700, {"state": "SUCCESSFUL"}, size, 3)
                rows += self._noisy("memory", "collect", arm, 30, {}, size, 3)
        add_samples(folder.parent, rows)

    def _transport(self, folder: Path) -> None:
        rows: list[Sample] = []
        for arm in HEADLINE:
            for batch in (1, 1000):
                size, where = 100_000, {"batch": batch}
                rows += self._noisy("transport", "pipe-rate", arm, 50_000, where, size, 3)
                rows += self._counts("transport", "pipe-bytes", arm, 500, where, size)
                rows += self._counts("transport", "task-copies", arm, size // batch, where, size)
        add_samples(folder.parent, rows)

    def _dispatch(self, folder: Path) -> None:
        rows: list[Sample] = []
        where = {"target": "reference-memory"}
        for arm in HEADLINE:
            for size in (10_000, 100_000):
                rows += self._noisy("dispatch", "dispatch-rate", arm, 20_000, where, size, 3)
                rows += self._counts("dispatch", "unaccounted", arm, 0, where, size)
            rows += self._noisy("dispatch", "enqueue-p99.9", arm, 90, where, 5_000, 3)
        add_samples(folder.parent, rows)
        for repetition in range(2):
            (folder / f"{repetition:04d}.json").write_text(json.dumps(_pytest_benchmark(repetition)))

    def _calls(self, folder: Path) -> None:
        rows: list[Sample] = []
        for how in HOWS:
            for function in ("sync", "coroutine", "sync-sleep", "coroutine-sleep"):
                for concurrency in (1, 10, 100):
                    where = {"function": function, "concurrency": concurrency}
                    rows += self._noisy("calls", "call-rate", how, 9_000, where, None, self.processes)
        add_samples(folder.parent, rows)

    def _behaviour(self, folder: Path) -> None:
        answers = [
            Answer(
                id=name,
                question=f"{name}?",
                arm=arm,
                answer=answer,
                breaks=("RES-11",) if answer == "no" else (),
                detail="as seen" if answer == "no" else "",
            )
            for (name, arm), answer in self.answers.items()
        ]
        add_answers(folder.parent, "behaviour", answers)

    def _wobble(self, noise: float | None = None) -> float:
        return math.exp(self.random.gauss(0, self.noise if noise is None else noise * bool(self.noise)) / 2)

    def _counts(self, *row: Any) -> list[Sample]:
        part, metric, arm, value, where, *size = row
        value *= self.effects.get((metric, arm), 1)
        return [_sample(part, metric, arm, value, process, where, *size) for process in range(2)]

    def _noisy(self, part: str, metric: str, arm: str, value: float, *rest: Any) -> list[Sample]:
        where, size, processes = rest
        factor = value * self.effects.get((metric, arm), 1)
        return [_sample(part, metric, arm, factor * self._wobble(), number, where, size) for number in range(processes)]


def _sample(*row: Any) -> Sample:
    part, metric, arm, value, process, where, *size = row
    return Sample(
        part=part,
        metric=metric,
        arm=arm,
        value=value,
        process=process,
        size=size[0] if size else None,
        condition=where,
    )


def _pytest_benchmark(repetition: int) -> dict[str, Any]:
    names = (
        "min",
        "max",
        "mean",
        "stddev",
        "median",
        "iqr",
        "q1",
        "q3",
        "iqr_outliers",
        "ops",
        "total",
        "ld15iqr",
        "hd15iqr",
    )
    stats = dict.fromkeys(names, 1e-6) | {"rounds": 5, "iterations": 1, "outliers": "0;0", "stddev_outliers": 0}
    name = "test_enqueue[reference-memory-today]"
    return {
        "machine_info": {"python_version": "3.14.8"},
        "commit_info": {"id": f"{repetition:040d}", "dirty": False},
        "benchmarks": [
            {"group": None, "name": name, "fullname": name, "params": {}, "param": "", "extra_info": {}, "options": {}}
            | {"stats": stats}
        ],
        "datetime": "2026-01-01T00:00:00+00:00",
        "version": "5.3.1",
    }


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a run folder; `name` tells several apart."""

    def make(name: str = "run", **asked: Any) -> Path:
        return Run(**asked).write(tmp_path / name)

    return make


def _row(name: str, said: str | Mapping[str, Any]) -> dict[str, Any]:
    given = {"verdict": said} if isinstance(said, str) else dict(said)
    failed = given.get("verdict") in {"FAIL", "OVERCLAIM", "ADVISORY"}
    test = {"name": f"test_{name[:3].lower()}.py::test_it", "outcome": "failed" if failed else "passed", "seconds": 0.5}
    if failed:
        test |= {"reason": "status: expected FAILED, seen RUNNING", "expected": "FAILED", "seen": "RUNNING"}
        test |= {"worker_tail": f"Traceback of {name}\n  in the task"}
    row = {
        "id": name,
        "area": name[:3],
        "level": "SHOULD" if given.get("verdict") == "ADVISORY" else "MUST",
        "sentence": f"What {name} asks for.",
        "verdict": "PASS",
        "inherited": False,
        "reason": test.get("reason", ""),
        "link": f"https://docs.djangoproject.com/en/6.1/ref/tasks/#{name}",
        "command": f"taskgauge conformance --requirement {name}",
        "tests": [test],
    }
    return row | given


@pytest.fixture
def make_checked(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a run folder with the verdicts on targets.

    `targets` maps a name to the rows: an id to its verdict, or to what differs from a row that passes. `changes` maps a
    name to what differs in its file, and `run` is what differs in run.json; there is none if that is None.
    """

    def make(
        targets: Mapping[str, Mapping[str, Any]],
        changes: Mapping[str, Mapping[str, Any]] | None = None,
        run: Mapping[str, Any] | None = MappingProxyType({}),
        name: str = "checked",
    ) -> Path:
        folder = tmp_path / name / "conformance"
        folder.mkdir(parents=True, exist_ok=True)
        for target, rows in targets.items():
            document = {
                "format": 1,
                "target": target,
                "backend": "example.Backend",
                "framework": "django.tasks",
                "runs": "worker",
                "state": "finished",
                "reason": "",
                "seconds": 61.2,
                "versions": {"python": "3.14.8", "django": "6.1.3", "example": "1.0"},
                "flags": {"supports_defer": True, "supports_priority": False},
                "requirements": [_row(id_, said) for id_, said in rows.items()],
                "open_questions": [],
                "disagreements": [],
                "round_trip": [],
                "settings": "TASKS = {}",
                "log": f"log/conformance-{target}",
            }
            document |= (changes or {}).get(target, {})
            (folder / f"{target}.json").write_text(json.dumps(document))
        if run is not None:
            provenance = {"format": 1, "started": "2026-11-22T13:00:00Z", "parts": []}
            provenance |= {"versions": {"python": "3.14.8", "django": "6.1.3"}} | dict(run)
            (folder.parent / "run.json").write_text(json.dumps(provenance))
        return folder.parent

    return make
