"""Two arms compared: samples grouped into rows, paired by process and slice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.errors import SampleTwice
from taskgauge.reports.run_folder.records import Condition, Sample
from taskgauge.reports.run_folder.registry import Metric, Part, Registry
from taskgauge.reports.statistics.estimates import Estimate, StatisticUndefined, estimate, exact_estimate, log_ratio

type Values = Mapping[int, Mapping[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """One row of a table; its columns are arms."""

    part: str
    measure: str
    condition: Condition = ()
    size: int | None = None

    @property
    def words(self) -> str:
        """The condition and the size in words; empty where there is neither."""
        words = [f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in self.condition]
        if self.size is not None:
            words.append(f"{self.size:,} tasks")
        return ", ".join(words)


class Rows:
    """The samples of a run by row and arm."""

    def __init__(self, samples: Iterable[Sample], registry: Registry = REGISTRY, folder: Path = Path()) -> None:
        """Group the samples of a run folder. Raises SampleTwice, PartUnknown, MetricUnknown."""
        self.registry = registry
        self._values: dict[MetricRow, dict[str, dict[int, dict[int, float]]]] = {}
        for sample in samples:
            row = MetricRow(part=sample.part, measure=sample.metric, condition=sample.conditions, size=sample.size)
            if row not in self._values:
                registry.metric(row.measure, row.part, folder / registry.part(row.part, folder).file(sample.arm))
            arms = self._values.setdefault(row, defaultdict(lambda: defaultdict(dict)))
            slices = arms[sample.arm][sample.process]
            if sample.slice in slices:
                file = folder / registry.part(sample.part).file(sample.arm)
                raise SampleTwice(file, sample.part, sample.metric, _key(sample))
            slices[sample.slice] = sample.value

    def __iter__(self) -> Iterator[MetricRow]:
        return iter(self._values)

    def part(self, row: MetricRow) -> Part:
        """Return the part of the row."""
        return self.registry.part(row.part)

    def metric(self, row: MetricRow) -> Metric:
        """Return the metric of the row."""
        return self.registry.metric(row.measure)

    def arms(self, row: MetricRow) -> tuple[str, ...]:
        """Return the arms that the row has values of, in the order of the files."""
        return tuple(self._values.get(row, ()))

    def values(self, row: MetricRow, arm: str) -> Values:
        """Return the arm's values by process and slice; empty where there are none."""
        return self._values.get(row, {}).get(arm, {})

    def typical(self, row: MetricRow, arm: str) -> float:
        """Return the median over processes of each process's median."""
        return median(median(slices.values()) for slices in self.values(row, arm).values())

    def find(self, part: str, name: str, condition: Condition, arms: tuple[str, ...]) -> list[MetricRow]:
        """Return the rows of the measure that have all the arms, whose condition includes the one given.

        Of rows that differ in size only, that is the one that most processes measured, and of those the largest.
        """
        best: dict[Condition, MetricRow] = {}
        for row in self._values:
            if (
                (row.part, row.measure) == (part, name)
                and set(condition) <= set(row.condition)
                and self._has(row, arms)
            ):
                rivals = [row, best[row.condition]] if row.condition in best else [row]
                best[row.condition] = max(rivals, key=lambda rival: (self._common(rival, arms), rival.size or 0))
        return list(best.values())

    def larger(self, row: MetricRow, arms: tuple[str, ...]) -> list[MetricRow]:
        """Return the rows that differ from this one only in being larger, and have all the arms."""
        larger = [other for other in self._values if replace(other, size=row.size) == row and self._has(other, arms)]
        return sorted(
            (other for other in larger if (other.size or 0) > (row.size or 0)), key=lambda rival: rival.size or 0
        )

    def _has(self, row: MetricRow, arms: tuple[str, ...]) -> bool:
        return all(self.values(row, arm) for arm in arms)

    def _common(self, row: MetricRow, arms: tuple[str, ...]) -> int:
        return len(set.intersection(*(set(self.values(row, arm)) for arm in arms)))

    def compare(self, row: MetricRow, arm: str, baseline: str, baseline_row: MetricRow | None = None) -> Estimate:
        """Return the arm's ratio to the baseline.

        Raises StatisticUndefined where no process measured both, or where the values allow no ratio.
        """
        mine, theirs = self.values(row, arm), self.values(baseline_row or row, baseline)
        common = sorted(mine.keys() & theirs.keys())
        if not common:
            raise StatisticUndefined(f"no process measured both {arm} and {baseline}")
        counts = _different(mine), _different(theirs)
        if self.metric(row).exact and all(len(different) == 1 for different in counts):
            # Counts that vary between processes are estimated below, like anything else.
            return replace(exact_estimate(*counts), processes=len(common))
        logs = []
        for process in common:
            slices = sorted(mine[process].keys() & theirs[process].keys())
            logs.append(log_ratio([mine[process][at] for at in slices], [theirs[process][at] for at in slices]))
        return estimate(logs)


def _key(sample: Sample) -> str:
    where = [f"{name} {value}" for name, value in sample.conditions]
    size = [f"{sample.size} tasks"] if sample.size is not None else []
    return ", ".join([sample.arm, *where, *size, f"process {sample.process}", f"slice {sample.slice}"])


def _different(values: Values) -> list[float]:
    return sorted({value for slices in values.values() for value in slices.values()})
