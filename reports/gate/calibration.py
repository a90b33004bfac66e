"""How often the gate raises a false alarm on a machine, and how small a change it finds."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What many pairs without a change say of the gate itself; shares between 0 and 1."""

    gates: int
    false_alarms: int
    false_alarms_at_most: float
    inconclusive: int


def calibration(run_folder: Path) -> Calibrated:
    """Judge the placebo's pairs of a run folder, or of a `duet.jsonl`, in disjoint gates of 10 pairs.

    Raises NothingToCalibrate, RunFileBroken, RunFolderNewer, PairsDoNotCompare.
    """
    raise NotImplementedError(run_folder)
