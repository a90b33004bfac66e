"""Makes run folders of the gate with chosen effects in them."""

import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SIDES = {
    "base": {"asked": "django==6.0.10", "kind": "requirement", "version": "6.0.10", "commit": None}
    | {"packages": {"django": "6.0.10", "asgiref": "3.9"}},
    "head": {"asked": "django==6.1.3", "kind": "requirement", "version": "6.1.3", "commit": None}
    | {"packages": {"django": "6.1.3", "asgiref": "3.9"}},
    "under_test": ["django"],
    "same": False,
    "targets": ["django-immediate"],
    "python": "3.14.8",
}


@dataclass(kw_only=True)
class Gate:
    """What a made run folder should say. `effects` maps an operation to the log-ratio that head really has."""

    effects: Mapping[str, float] = field(default_factory=lambda: {"enqueue": 0.0})
    spread: float = 0.03
    pairs: int = 10
    slices: int = 5
    seed: int = 1
    control: float = 0.0
    positive_control: float = math.log(1.2)
    rounds: Sequence[str] = ("first",)
    comparisons: Sequence[str] = ("head", "control", "positive control")
    ledger: Mapping[str, Any] | None = None
    problems: Sequence[Mapping[str, Any]] | None = None
    sides: Mapping[str, Any] | None = field(default_factory=lambda: SIDES)
    options: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        (folder / "gate").mkdir(parents=True)
        command = ["taskgauge", "gate", "--base", "a", "--head", "b", "--target", "django-immediate", "--strict"]
        document = {"format": 1, "kind": "gate", "state": "finished", "started": "2026-11-22T13:00:00Z", "parts": []}
        document |= {"command": command, "versions": {"python": "3.14.8", "django": "6.1.3"}} | dict(self.run)
        (folder / "run.json").write_text(json.dumps(document))
        _put(folder / "gate/options.json", {"margin": 0.05, "margins": {}, "pairs": self.pairs} | dict(self.options))
        for name, content in (("sides", self.sides), ("ledger", self.ledger), ("problems", self.problems)):
            if content is not None:
                _put(folder / f"gate/{name}.json", content)
        if self.effects:
            self.random = random.Random(self.seed)  # noqa: S311 -- noise, not a secret
            for name in self.rounds:
                self.add(folder, name)
        return folder

    def add(self, folder: Path, name: str, operations: Sequence[str] = (), comparisons: Sequence[str] = ()) -> None:
        """Append a round of pairs."""
        effect = {"head": 0.0, "control": self.control, "positive control": self.positive_control}
        with (folder / "gate/duet.jsonl").open("a") as file:
            for pair in range(self.pairs):
                for comparison in comparisons or (("head",) if name == "confirm" else self.comparisons):
                    for operation in operations or self.effects:
                        shift = effect[comparison] + (self.effects[operation] if comparison != "control" else 0)
                        line = self._line(shift) | {"round": name, "pair": pair, "comparison": comparison}
                        swapped = name == "confirm"
                        file.write(json.dumps(line | {"operation": operation, "swapped": swapped}) + "\n")

    def _line(self, shift: float) -> dict[str, Any]:
        ratio = math.exp(shift + self.random.gauss(0, self.spread))
        base = [round(15e6 * math.exp(self.random.gauss(0, 0.1))) for _ in range(self.slices)]
        return {
            "clock": "cpu",
            "loops": 1000,
            "hash_seeds": [1, 2],
            "base_ns": base,
            "head_ns": [round(each * ratio) for each in base],
            "order": "ABBA",
            "load": [0.4, 0.5],
        }


def _put(path: Path, content: object) -> None:
    path.write_text(json.dumps(content))


type MakeGate = Callable[..., Path]


@pytest.fixture
def make_gate(tmp_path: Path) -> MakeGate:
    """Return a function that writes a run folder of the gate; `name` tells several apart."""

    def make(name: str = "gate-run", **asked: Any) -> Path:
        return Gate(**asked).write(tmp_path / name)

    return make
