"""The records of a calibration's results."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCalibrated:
    """The results of one operation, from pairs without a change; changes and margins are shares, such as 0.05.

    `deviation` is the standard deviation of the estimate from 10 pairs, on the log scale; `smallest` is the smallest
    slow-down that 95 % of simulated gates find with the margin it had, None where even a doubling is not found.
    `finds_5` and `finds_10` are the shares that find 5 % and 10 %. With fewer than 10 pairs none of them is known.
    """

    operation: str
    pairs: int
    deviation: float
    margin: float
    proposed: float
    smallest: float | None
    finds_5: float | None
    finds_10: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The results of a gate, from many pairs without a change.

    A false alarm is a gate in which any operation is called slower, a false improvement one in
    which any is called faster; `at_most` is the upper bound, at 95 %, of the rate of both together, 1 without any gate.
    Alarms are those of times; counters and requirements are no part of it. Inconclusive are gates with an operation
    left open, or with pairs that would not do as an A/A control.
    """

    pairs: int
    gates: int
    looked_twice: int
    false_alarms: int
    false_improvements: int
    at_most: float
    inconclusive: int
    unfit_as_control: int
    operations: tuple[OperationCalibrated, ...]

    @property
    def inconclusive_share(self) -> float:
        """The share of the gates that come to no verdict; 0 without any gate."""
        return self.inconclusive / self.gates if self.gates else 0.0
