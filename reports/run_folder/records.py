"""The streams of a benchmark run: samples, answers of the behaviour table, and reasons why arms were left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from taskgauge.reports.run_folder.documents import append

LEFT_OUT = "left_out.jsonl"

type Condition = tuple[tuple[str, str | int], ...]
type Name = Annotated[str, msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A value of an arm, in the unit of its metric.

    `process` is the number of its fresh process and `slice` its place there; equal numbers in two arms are a pair.
    `size` is a number of tasks; None if the metric does not depend on it.
    """

    part: Name
    metric: Name
    arm: Name
    value: float
    process: int = 0
    slice: int = 0
    size: Annotated[int, msgspec.Meta(gt=0)] | None = None
    condition: dict[str, str | int] = field(default_factory=dict)

    @property
    def conditions(self) -> Condition:
        """The condition, sorted for comparison."""
        return tuple(sorted(self.condition.items()))

    @property
    def key(self) -> tuple[object, ...]:
        """The key of the sample, which is unique in a run."""
        return self.part, self.metric, self.arm, self.process, self.slice, self.size, self.conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A cell of the behaviour table: `answer` is yes, no or N/A, `breaks` names requirements."""

    id: str
    question: str
    arm: str
    answer: str
    breaks: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The reason why an arm takes no part in a metric."""

    part: str
    metric: str
    arm: str
    reason: str


def add_samples(run_folder: Path, samples: Iterable[Sample]) -> None:
    """Append samples to the stream of their part. Raises OSError."""
    parts: dict[str, list[Sample]] = {}
    for sample in samples:
        parts.setdefault(sample.part, []).append(sample)
    for part, added in parts.items():
        append(run_folder / part / "samples.jsonl", added)


def add_answers(run_folder: Path, part: str, answers: Iterable[Answer]) -> None:
    """Append answers to the stream of a part. Raises OSError."""
    append(run_folder / part / "answers.jsonl", answers)


def add_left_out(run_folder: Path, part: str, metric: str, reasons: Mapping[str, str]) -> None:
    """Append the reasons why arms take no part in a metric (arm: reason). Raises OSError."""
    if reasons:
        rows = (LeftOut(part=part, metric=metric, arm=arm, reason=reason) for arm, reason in reasons.items())
        append(run_folder / LEFT_OUT, rows)
