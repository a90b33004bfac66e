"""The log-ratios of each verb, and the margin it is judged by, from the pairs of a duet."""

from collections.abc import Iterable, Sequence

from taskgauge.reports.judging.gate.decision import Evidence
from taskgauge.reports.run_folder.duet_pairs import Comparison, Pair, RoundName
from taskgauge.reports.run_folder.gate_files import GateOptions


def evidence(pairs: Sequence[Pair], comparison: Comparison, options: GateOptions) -> dict[str, Evidence]:
    """Return the log-ratios of one comparison by verb, each round in the order of its pairs."""
    found: dict[str, dict[RoundName, list[Pair]]] = {}
    for each in pairs:
        if each.comparison == comparison:
            found.setdefault(each.verb, {}).setdefault(each.round, []).append(each)
    return {
        verb: Evidence(margin=options.margin_of(verb), **{name: _values(each) for name, each in rounds.items()})
        for verb, rounds in found.items()
    }


def _values(pairs: Iterable[Pair]) -> tuple[float, ...]:
    return tuple(each.log_ratio for each in sorted(pairs, key=lambda each: each.pair))
