"""The log-ratios of each verb, and the margin it is judged by, from the pairs of a duet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from taskgauge.reports.judging.gate.decision import Evidence
from taskgauge.reports.run_folder.duet_pairs import Comparison, Pair, RoundName
from taskgauge.reports.run_folder.gate_files import GateOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """How much slower a verb may be, as a share: its own margin, or everyone's."""

    every: float = 0.05
    own: Mapping[str, float]

    def of(self, verb: str) -> float:
        """Return the verb's margin."""
        return self.own.get(verb, self.every)


def margins_of(options: GateOptions) -> Margins:
    """Return the margins that a run was asked for."""
    return Margins(every=options.margin, own=options.margins)


def evidence(pairs: Sequence[Pair], comparison: Comparison, margins: Margins) -> dict[str, Evidence]:
    """Return the log-ratios of one comparison by verb, each round in the order of its pairs."""
    found: dict[str, dict[RoundName, list[Pair]]] = {}
    for each in pairs:
        if each.comparison == comparison:
            found.setdefault(each.verb, {}).setdefault(each.round, []).append(each)
    return {
        verb: Evidence(
            margin=margins.of(verb),
            first=_values(rounds.get("first", ())),
            second=_values(rounds.get("second", ())),
            confirm=_values(rounds.get("confirm", ())),
        )
        for verb, rounds in found.items()
    }


def _values(pairs: Iterable[Pair]) -> tuple[float, ...]:
    return tuple(each.log_ratio for each in sorted(pairs, key=lambda each: each.pair))
