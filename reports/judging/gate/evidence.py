"""The log-ratios of each operation, and the margin it is judged by, from the pairs of a duet."""

from collections.abc import Iterable, Sequence

from taskgauge.reports.judging.gate.decision import Evidence
from taskgauge.reports.run_folder.duet_pairs import Comparison, Pair, RoundName
from taskgauge.reports.run_folder.gate_files import GateOptions


def evidence(pairs: Sequence[Pair], comparison: Comparison, options: GateOptions) -> dict[str, Evidence]:
    """Return the log-ratios of one comparison by operation, each round in the order of its pairs."""
    by_operation: dict[str, dict[RoundName, list[Pair]]] = {}
    for pair in pairs:
        if pair.comparison == comparison:
            by_operation.setdefault(pair.operation, {}).setdefault(pair.round, []).append(pair)
    return {
        operation: Evidence(
            margin=options.margin_of(operation), **{name: _values(of_round) for name, of_round in rounds.items()}
        )
        for operation, rounds in by_operation.items()
    }


def _values(pairs: Iterable[Pair]) -> tuple[float, ...]:
    return tuple(pair.log_ratio for pair in sorted(pairs, key=lambda pair: pair.pair))
