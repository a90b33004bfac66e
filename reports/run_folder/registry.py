"""The registry of parts and metrics, which suites, commands and reports share."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from taskgauge.reports.run_folder.documents import read_as, write_document
from taskgauge.reports.run_folder.errors import MetricUnknown, PartUnknown

FILE = "registry.json"
_PATTERNS = {
    "samples": "samples.jsonl",
    "pyperf": "*.json",
    "groups": "groups.jsonl",
    "answers": "answers.jsonl",
    "traces": "*.trace.gz",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A suite that runs in pytest processes of its own, with the arms that its tables compare."""

    name: str
    title: str
    """The title of its section in a report."""
    suite: str
    """The package or module that pytest collects."""
    subject: str = "variants"
    """The kind of its arms."""
    baseline: str = "today"
    """The arm that the others are compared with."""
    control: str | None = "today-again"
    """The arm that is identical to the baseline, if there is one."""
    files: Literal["samples", "pyperf", "groups", "answers", "traces"] | None = "samples"
    """The kind of its files of measurements; None if it has no files that a report reads.

    Published folders have samples as `groups`.
    """
    repeated: bool = False
    """True if each repetition is a fresh pytest process, with a file of pytest-benchmark."""
    on_request: bool = False
    """True if it runs only where the command names it."""
    of_all_targets: bool = False
    """True if a run of all targets measures it."""

    @property
    def pattern(self) -> str | None:
        """The path of its files in a run folder, as a pattern."""
        return f"{self.name}/{_PATTERNS[self.files]}" if self.files else None

    def file(self, arm: str) -> str:
        """Return the path in a run folder of the file with an arm's samples."""
        return (self.pattern or self.name).replace("*", arm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A measured quantity."""

    name: str
    title: str
    unit: str
    better: Literal["less", "more"] = "less"
    exact: bool = False
    """True if its values are counts, which are compared exactly."""
    quantile: float | None = None
    """The quantile as a share, such as 0.99; None if the metric is no quantile."""


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Parts and metrics in the order of a report."""

    parts: tuple[Part, ...]
    metrics: tuple[Metric, ...]

    @cached_property
    def _parts(self) -> dict[str, Part]:
        return {part.name: part for part in self.parts}

    @cached_property
    def _metrics(self) -> dict[str, tuple[int, Metric]]:
        return {metric.name: (place, metric) for place, metric in enumerate(self.metrics)}

    def part(self, name: str, path: Path = Path(FILE)) -> Part:
        """Return the part of this name, which the file `path` mentions. Raises PartUnknown."""
        if (part := self._parts.get(name)) is None:
            raise PartUnknown(path, name, self._parts)
        return part

    def metric(self, name: str, part: str = "", path: Path = Path(FILE)) -> Metric:
        """Return the metric of this name, which the file `path` mentions. Raises MetricUnknown."""
        if name not in self._metrics:
            raise MetricUnknown(path, part, name)
        return self._metrics[name][1]

    def place(self, part: str, metric: str) -> tuple[int, int]:
        """Return the position of a metric of a part in a report, for sorting."""
        return list(self._parts).index(part), self._metrics[metric][0]

    def over(self, other: "Registry") -> "Registry":
        """Return the other registry, with the parts and metrics of this registry replaced or appended."""
        return Registry(
            parts=tuple({part.name: part for part in (*other.parts, *self.parts)}.values()),
            metrics=tuple({metric.name: metric for metric in (*other.metrics, *self.metrics)}.values()),
        )


def write_registry(folder: Path, registry: Registry) -> None:
    """Write the registry into a run folder. Raises OSError."""
    write_document(folder / FILE, registry)


def read_registry(folder: Path) -> Registry:
    """Return the registry that a run folder keeps. Raises RunFileBroken, RunFolderNewer."""
    return read_as(folder / FILE, Registry)
