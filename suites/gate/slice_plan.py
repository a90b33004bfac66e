"""The plan of slices: how often a slice repeats an operation, and its clock. Both are set on base and then frozen."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from taskgauge.reports.run_folder.duet_pairs import ClockName
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.process_profile import Operation, ProcessProfile
from taskgauge.suites.gate.processes import SideProcess

_TIMES_SLOWER = 10
"""If head is more than this many times slower, slices have fewer repetitions; otherwise they would last for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The timing of one operation; `loops` is the number of repetitions in a slice."""

    operation: Operation
    profile: ProcessProfile
    loops: int
    clock: ClockName


def calibrate(
    context: GateContext, available: AvailableOperations, profile: ProcessProfile, slice_ns: int
) -> list[Timing]:
    """Return the timings of the operations of a profile that both sides have.

    The clock is `wall` if either side waits, so that waiting of head alone is not hidden. Raises SideProblem, after
    which it may be called again without the operation that failed; and Interrupted.
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
        for operation in available.of(profile, "base", "head"):
            if prepared(processes, available, operation):
                pin(processes, operation.name, 0)
                base, *others = [process.do("calibrate", operation.name, slice_ns=slice_ns) for process in processes]
                # A server may answer so fast that the process does not give up its CPU; it waits nevertheless.
                waits = profile.needs_server or any(answer["clock"] == "wall" for answer in (base, *others))
                waits = waits or any(waits_more(answer["waits"], base["waits"]) for answer in others)
                clock: ClockName = "wall" if waits else "cpu"
                if clock != base["clock"]:
                    base = processes[0].do("calibrate", operation.name, slice_ns=slice_ns, clock=clock)
                loops = min([base["loops"], *(answer["loops"] * _TIMES_SLOWER for answer in others)])
                timings.append(Timing(operation=operation, profile=profile, loops=loops, clock=clock))
    return timings


def pin(processes: Sequence[SideProcess], operation: str, pair: int) -> list[int]:
    """Pin both processes of a pair to the same processor, and return it; an empty list if the system has no pinning.

    The speed of two processors of a shared machine may differ by half for seconds, and each process would stay on its
    own processor. An operation that waits also depends on the processor of its server or its other thread: its time
    changes by half, and the placement lasts for the life of the process.
    """
    able = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    cpus = [able[pair % len(able)]] if able else []
    for process in processes:
        process.do("pin", operation, cpus=cpus)
    return cpus


def waits_more(head: Sequence[int], base: Sequence[int]) -> bool:
    """Return True if head waits more often than base, by the median of slices: waiting uses no CPU time."""
    return median(head) > median(base)


def prepared(processes: Sequence[SideProcess], available: AvailableOperations, operation: Operation) -> bool:
    """Prepare an operation in all processes; return True if all have it. Raises SideProblem, Interrupted."""
    reasons = [(process.side.name, process.prepare(operation)) for process in processes]
    answers = [available.has(side, operation.name, reason) for side, reason in reasons]
    return all(answers)
