"""The rate of false alarms of the gate on a machine, and the smallest change that it finds there."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import stdev

from taskgauge.reports.judging.gate.calibration_results import Calibrated, OperationCalibrated
from taskgauge.reports.judging.gate.decision import FindingStatus
from taskgauge.reports.judging.gate.disjoint_gates import Values, gates
from taskgauge.reports.judging.gate.power import DRAWS, PAIRS, power, rate_at_most, smallest_found
from taskgauge.reports.run_folder.duet_pairs import DUET, Pair, read_pairs
from taskgauge.reports.run_folder.errors import RunFolderNotFound
from taskgauge.reports.run_folder.gate_errors import NothingToCalibrate
from taskgauge.reports.run_folder.gate_files import GateOptions, read_options
from taskgauge.reports.statistics.bounds import location

LEAST_MARGIN = 0.05
_DEVIATIONS = 3
_FEWEST_TENS = 5
_HALF_PERCENT = 200


def calibration(*paths: Path) -> Calibrated:
    """Judge the A/A control's pairs of run folders, or of `duet.jsonl` files, in disjoint gates of 10 pairs.

    Raises RunFolderNotFound, NothingToCalibrate, RunFileBroken, RunFolderNewer and PairsDoNotCompare.
    """
    values: list[Values] = []
    clocks: dict[str, str] = {}
    options = GateOptions()
    for path in paths:
        if not path.exists():
            raise RunFolderNotFound(path)
        if path.is_dir():
            options = read_options(path)
        pairs = read_pairs(path / DUET if path.is_dir() else path)
        clocks |= {pair.operation: pair.clock for pair in pairs}
        values += _in_order(pairs)
    if len(values) < PAIRS:
        raise NothingToCalibrate(paths[0] if paths else Path(), len(values), PAIRS)
    return calibrate(values, options, clocks)


def calibrate(
    pairs: Sequence[Values], options: GateOptions, clocks: Mapping[str, str], draws: int = DRAWS
) -> Calibrated:
    """Return what pairs without a change say: at least 10 of them, in the order in which they ran.

    `clocks` has the clock of each operation; `draws` is how many gates are simulated for each change that is tried.
    """
    judged = list(gates(pairs, options, clocks))
    operations = dict.fromkeys(operation for pair in pairs for operation in pair)
    alarms = sum(bool(gate.decision.standing(FindingStatus.SLOWER)) for gate in judged)
    improvements = sum(bool(gate.decision.standing(FindingStatus.FASTER)) for gate in judged)
    wrong = sum(bool(gate.decision.standing(FindingStatus.SLOWER, FindingStatus.FASTER)) for gate in judged)
    unfit = sum(not gate.fit for gate in judged)
    return Calibrated(
        pairs=len(pairs),
        gates=len(judged),
        looked_twice=sum(gate.looked_twice for gate in judged),
        false_alarms=alarms,
        false_improvements=improvements,
        at_most=rate_at_most(wrong, len(judged)) if judged else 1.0,
        inconclusive=sum(bool(gate.decision.standing(FindingStatus.OPEN)) or not gate.fit for gate in judged),
        unfit_as_control=unfit,
        operations=tuple(
            _operation(
                operation,
                [pair[operation] for pair in pairs if operation in pair],
                options.margin_of(operation),
                len(operations) - 1,
                draws,
            )
            for operation in operations
        ),
    )


def _operation(operation: str, values: Sequence[float], margin: float, others: int, draws: int) -> OperationCalibrated:
    deviation = _deviation(values)
    # Rounded up, so that the margin is never below three deviations.
    wide = math.ceil(math.expm1(_DEVIATIONS * deviation) * _HALF_PERCENT) / _HALF_PERCENT
    proposed = max(LEAST_MARGIN, wide)
    enough = len(values) >= PAIRS
    return OperationCalibrated(
        operation=operation,
        pairs=len(values),
        deviation=deviation,
        margin=margin,
        proposed=proposed,
        smallest=smallest_found(values, margin, others, draws) if enough else None,
        finds_5=power(values, 0.05, margin, others, draws) if enough else None,
        finds_10=power(values, 0.10, margin, others, draws) if enough else None,
    )


def _deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of the estimate from 10 pairs.

    From disjoint tens where there are at least five of them, since neighbouring pairs may resemble each other; else
    from the spread of the single pairs, of which Hodges and Lehmann's estimate uses 95.5 % where they are normal.
    """
    tens = [values[at : at + PAIRS] for at in range(0, len(values) - PAIRS + 1, PAIRS)]
    if len(tens) >= _FEWEST_TENS:
        return stdev(location(ten) for ten in tens)
    return stdev(values) / math.sqrt(PAIRS * 3 / math.pi) if len(values) > 1 else 0.0


def _in_order(pairs: Sequence[Pair]) -> list[Values]:
    """Return the A/A control's log-ratios, a mapping for each pair of processes, in the order of the file."""
    values: dict[tuple[str, int], dict[str, float]] = {}
    for pair in pairs:
        if pair.comparison == "control":
            values.setdefault((pair.round, pair.pair), {})[pair.operation] = pair.log_ratio
    return list(values.values())
