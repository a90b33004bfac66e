"""Turns slices into samples of this process; its parent adds the number of the process."""

from collections.abc import Sequence

from taskgauge.reports.run_folder.records import Sample
from taskgauge.suites.calls.functions import overlap
from taskgauge.suites.calls.quantile import quantile
from taskgauge.suites.calls.slices import Slice

PART = "calls"
QUANTILES = {"call-p50": 0.5, "call-p99": 0.99}


def samples_of(
    arm: str, timed: Sequence[Slice], watched: Sequence[Slice], condition: dict[str, str | int]
) -> list[Sample]:
    """
    Return the rate of each timed slice (calls/s) and the figures of all watched slices together.

    These figures are: latency quantiles (µs) that have enough calls; the longest stall of the loop (ms), if there is a
    loop; and the number of overlapping bodies, for functions that record them.
    """

    def sample(metric: str, value: float, number: int = 0) -> Sample:
        return Sample(part=PART, metric=metric, arm=arm, value=value, slice=number, condition=condition)

    samples = [sample("call-rate", part.calls / part.seconds, number) for number, part in enumerate(timed)]
    latencies = [latency for part in watched for latency in part.latencies]
    for metric, share in QUANTILES.items():
        if (value := quantile(latencies, share)) is not None:
            samples.append(sample(metric, value / 1000))
    stalls = [part.stall for part in watched if part.stall is not None]
    if stalls:
        samples.append(sample("loop-stall", max(stalls)))
    if any(part.bodies for part in watched):
        samples.append(sample("overlap", max(overlap(part.bodies) for part in watched)))
    return samples
