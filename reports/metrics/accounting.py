"""No rate without its history: what an arm with lost or doubled tasks measured is set aside."""

from collections import Counter
from collections.abc import Sequence

from taskgauge.reports.run_folder.records import Condition, Sample

_COUNT = "unaccounted"

type _Where = tuple[str, str, Condition, int | None]


def accounted(samples: Sequence[Sample]) -> tuple[list[Sample], list[str]]:
    """Return the samples that may be used, and one line for each arm, condition and size that lost or doubled tasks."""
    faults: Counter[_Where] = Counter()
    for sample in samples:
        if sample.metric == _COUNT and sample.value:
            faults[_where(sample)] += round(sample.value)
    kept = [sample for sample in samples if sample.metric == _COUNT or _where(sample) not in faults]
    return kept, [_line(where, count) for where, count in faults.items()]


def _line(where: _Where, count: int) -> str:
    part, arm, condition, size = where
    words = [f"of {size}"] if size is not None else []
    words += [f"{name} {value}" for name, value in condition]
    return f"{part}: {arm} lost or doubled {count:,} tasks ({', '.join(words)}); its other figures are left out."


def _where(sample: Sample) -> _Where:
    return sample.part, sample.arm, sample.conditions, sample.size
