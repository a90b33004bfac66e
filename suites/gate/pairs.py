"""A pair of running processes, A and B, that run slices in turn, in blocks of the order ABBA or BAAB."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from taskgauge.reports.run_folder.duet_pairs import Comparison, Pair, RoundName
from taskgauge.reports.run_folder.gate_files import GateOptions
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.process_profile import ProcessProfile
from taskgauge.suites.gate.processes import SideProcess
from taskgauge.suites.gate.sides import InstalledSide
from taskgauge.suites.gate.slice_plan import Timing, pin, prepared

_LEAST_BURN = 0.2
_MARGINS = 3
_WARM_UP = "ABBA"
_BLOCKS = ("ABBA", "BAAB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The description of a pair to measure."""

    round: RoundName
    number: int
    comparison: Comparison
    swapped: bool
    slices: int
    """The number of slices of a side."""
    timings: Sequence[Timing]
    """The operations to time, all of one profile."""
    options: GateOptions


class ProcessPair:
    """Measures one job in two fresh processes."""

    def __init__(self, context: GateContext, available: AvailableOperations, job: Job) -> None:
        """Start nothing yet."""
        self._context = context
        self._available = available
        self._job = job

    def measure(self) -> list[Pair]:
        """Measure, and return one record for each operation. Raises SideProblem, Interrupted."""
        job, profile = self._job, self._profile
        self._context.empty(profile)
        with ExitStack() as stack:
            sides = self._sides()
            processes = [
                stack.enter_context(self._context.process(profile, side, role)) for role, side in enumerate(sides)
            ]
            for process in processes:
                process.begin()
            for process in processes:
                process.begun()
            turn = job.number % len(job.timings)
            return [
                self._operation(timing, processes)
                for timing in (*job.timings[turn:], *job.timings[:turn])
                if prepared(processes, self._available, timing.operation)
            ]

    @property
    def _profile(self) -> ProcessProfile:
        return self._job.timings[0].profile

    def _sides(self) -> tuple[InstalledSide, InstalledSide]:
        """Return the sides of A and B: base and head, unless they are swapped."""
        base = self._context.sides.base
        head = base if self._job.comparison == "control" else self._context.sides.head
        return (head, base) if self._job.swapped else (base, head)

    def _operation(self, timing: Timing, processes: Sequence[SideProcess]) -> Pair:
        job = self._job
        operation, loops, clock = timing.operation.name, timing.loops, timing.clock
        head = 0 if job.swapped else 1
        before = os.getloadavg()[0]

        def slice_of(letter: str) -> tuple[int, int]:
            answer = processes["AB".index(letter)].do("slice", operation, loops=loops, clock=clock)
            return max(answer["ns"], 1), answer["waits"]

        extra_work = extra_work_for(job.options.margin_of(operation)) if job.comparison == "positive control" else None
        cpus = pin(processes, operation, job.number)
        if extra_work is not None:
            processes[head].do("extra_work", operation, loops=loops, clock=clock, share=extra_work)
        # The process that begins alternates from pair to pair, also in the warm-up.
        order = order_of(job.slices, job.number)
        for letter in _WARM_UP if order.startswith("A") else _WARM_UP.translate(str.maketrans("AB", "BA")):
            slice_of(letter)
        taken: dict[str, list[tuple[int, int]]] = {"A": [], "B": []}
        for letter in order:
            taken[letter].append(slice_of(letter))
        base_letter, head_letter = ("B", "A") if job.swapped else ("A", "B")
        return Pair(
            round=job.round,
            pair=job.number,
            comparison=job.comparison,
            operation=operation,
            clock=clock,
            loops=loops,
            swapped=job.swapped,
            extra_work=extra_work,
            hash_seeds=(processes[1 - head].seed, processes[head].seed),
            base_ns=tuple(ns for ns, _ in taken[base_letter]),
            head_ns=tuple(ns for ns, _ in taken[head_letter]),
            base_waits=tuple(waits for _, waits in taken[base_letter]),
            head_waits=tuple(waits for _, waits in taken[head_letter]),
            order=order,
            cpus=tuple(cpus),
            load=tuple(round(load, 2) for load in (before, os.getloadavg()[0])),
        )


def extra_work_for(margin: float) -> float:
    """Return the extra work of a positive control as a share of the operation's time: a fifth, or three margins.

    The rule that detects a slow-down must detect it, so it must lie well above the margin.
    """
    return max(_LEAST_BURN, _MARGINS * margin)


def order_of(slices: int, pair: int) -> str:
    """Return the order of turns, `slices` for A and for B: ABBA and BAAB alternate, so that drift favours no side."""
    blocks = [_BLOCKS[(number + pair) % 2] for number in range(-(-slices // 2))]
    order = "".join(blocks)
    # An odd number of slices leaves half a block, with one A and one B.
    return order if slices % 2 == 0 else order[:-2]
