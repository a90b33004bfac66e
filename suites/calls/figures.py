"""Turns slices into the numbers that are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from taskgauge.suites.calls.functions import overlap
from taskgauge.suites.calls.quantile import quantile
from taskgauge.suites.calls.slices import Slice

QUANTILES = {"call-p50": 0.5, "call-p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number of this process; whoever started it knows which process that is."""

    measure: str
    arm: str
    value: float
    unit: str
    slice: int = 0
    condition: Mapping[str, str | int] = field(default_factory=dict)


def figures_of(
    arm: str, timed: Sequence[Slice], watched: Sequence[Slice], condition: Mapping[str, str | int]
) -> list[Figure]:
    """
    Return the rate of each timed slice (calls/s) and, from all watched ones together, what else a process tells.

    That is: latencies (µs), each only from enough calls; the longest stall of the loop (ms), where there is a loop; and
    how many bodies overlapped, for functions that note them.
    """

    def figure(measure: str, value: float, unit: str, number: int = 0) -> Figure:
        return Figure(measure=measure, arm=arm, value=value, unit=unit, slice=number, condition=condition)

    figures = [figure("call-rate", made.calls / made.seconds, "calls/s", number) for number, made in enumerate(timed)]
    latencies = [latency for made in watched for latency in made.latencies]
    for measure, share in QUANTILES.items():
        if (value := quantile(latencies, share)) is not None:
            figures.append(figure(measure, value / 1000, "µs"))
    stalls = [made.stall for made in watched if made.stall is not None]
    if stalls:
        figures.append(figure("loop-stall", max(stalls), "ms"))
    if any(made.bodies for made in watched):
        figures.append(figure("overlap", max(overlap(made.bodies) for made in watched), "bodies at once"))
    return figures
