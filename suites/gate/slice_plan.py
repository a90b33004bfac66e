"""What a slice of each verb is: how many operations, by which clock; set on base, then frozen."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from taskgauge.reports.run_folder.duet_pairs import ClockName
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.process_profile import ProcessProfile, Verb
from taskgauge.suites.gate.processes import SideProcess

_TIMES_SLOWER = 10
"""A head that is more than so many times slower runs fewer operations, or its slices would last for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How one verb is timed."""

    verb: Verb
    profile: ProcessProfile
    loops: int
    clock: ClockName


def calibrate(
    context: GateContext, available: AvailableOperations, profile: ProcessProfile, slice_ns: int
) -> list[Timing]:
    """Return how the verbs of a scene are timed that both sides have.

    The clock is `wall` where either side waits: a head that waits where base computes must not hide it. Raises
    SideProblem, after which it may be called again without the verb that failed; and Interrupted.
    """
    context.empty(profile)
    timings = []
    with ExitStack() as stack:
        # A calibration of the gate itself has one side only.
        both = context.sides
        sides = [both.base] if both.base is both.head else [both.base, both.head]
        processes = [stack.enter_context(context.process(profile, side, role)) for role, side in enumerate(sides)]
        for process in processes:
            process.begin()
        for process in processes:
            process.begun()
        for verb in available.of(profile, "base", "head"):
            if prepared(processes, available, verb):
                pin(processes, verb.name, 0)
                base, *others = [process.do("calibrate", verb.name, slice_ns=slice_ns) for process in processes]
                # A server may answer before the process has given its CPU away: it is waited for all the same.
                waits = profile.needs_server or any(one["clock"] == "wall" for one in (base, *others))
                waits = waits or any(waits_more(one["waits"], base["waits"]) for one in others)
                clock: ClockName = "wall" if waits else "cpu"
                if clock != base["clock"]:
                    base = processes[0].do("calibrate", verb.name, slice_ns=slice_ns, clock=clock)
                loops = min([base["loops"], *(one["loops"] * _TIMES_SLOWER for one in others)])
                timings.append(Timing(verb=verb, profile=profile, loops=loops, clock=clock))
    return timings


def pin(processes: Sequence[SideProcess], verb: str, pair: int) -> list[int]:
    """Let both processes of a pair run on one processor, the same for both, and return which; none where none can be.

    Two processors of a shared machine differ by a half for seconds, and each process would stay on its own. What waits
    has more to lose: whether it is woken on the processor where its server, or its other thread, runs changes its time
    by a half, and stays as it happened to begin for as long as the process lives.
    """
    able = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    cpus = [able[pair % len(able)]] if able else []
    for process in processes:
        process.do("pin", verb, cpus=cpus)
    return cpus


def waits_more(head: Sequence[int], base: Sequence[int]) -> bool:
    """Whether head waits in most slices, and oftener than base: what waits takes no CPU, however seldom it is."""
    return median(head) > median(base)


def prepared(processes: Sequence[SideProcess], available: AvailableOperations, verb: Verb) -> bool:
    """Prepare a verb in all processes; whether all of them have it. Raises SideProblem, Interrupted."""
    reasons = [(process.side.name, process.prepare(verb)) for process in processes]
    found = [available.has(side, verb.name, reason) for side, reason in reasons]
    return all(found)
