"""Turns slices into samples of this process; whoever started it knows which process that is."""

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
    Return the rate of each timed slice (calls/s) and, from all watched ones together, what else a process tells.

    That is: latencies (µs), each only from enough calls; the longest stall of the loop (ms), where there is a loop; and
    how many bodies overlapped, for functions that note them.
    """

    def sample(metric: str, value: float, number: int = 0) -> Sample:
        return Sample(part=PART, metric=metric, arm=arm, value=value, slice=number, condition=condition)

    samples = [sample("call-rate", made.calls / made.seconds, number) for number, made in enumerate(timed)]
    latencies = [latency for made in watched for latency in made.latencies]
    for metric, share in QUANTILES.items():
        if (value := quantile(latencies, share)) is not None:
            samples.append(sample(metric, value / 1000))
    stalls = [made.stall for made in watched if made.stall is not None]
    if stalls:
        samples.append(sample("loop-stall", max(stalls)))
    if any(made.bodies for made in watched):
        samples.append(sample("overlap", max(overlap(made.bodies) for made in watched)))
    return samples
