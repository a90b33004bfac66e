"""The duet of a run: rounds of pairs with an A/A control and a positive control, until the judge needs no more rounds.

A pair of head against base has all operations of a process profile. The A/A control (base against base) and the
positive control (head with extra work) have one operation for each clock in use, chosen by the run's seed. They run in
their own processes right after the pair: so they see the same state of the machine, and take a fifth of the time of a
gate of eight operations. With 40 slices of 15 ms a side, an operation takes 1.3 s of a pair; ten pairs of eight
operations with both controls take less than three minutes.
"""

from collections.abc import Callable

from taskgauge.reports.judging.gate.decision import Round
from taskgauge.reports.judging.gate.rounds import next_round
from taskgauge.reports.run_folder.duet_pairs import Comparison, Pair, add_pairs
from taskgauge.reports.run_folder.gate_files import GateOptions
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.pairs import Job, ProcessPair
from taskgauge.suites.gate.problems import SideProblem
from taskgauge.suites.gate.process_profile import ProcessProfile
from taskgauge.suites.gate.slice_plan import Timing, calibrate

PART = "duet"

type Say = Callable[[str], None]
type Step = Callable[[float, str], None]


_STARTS = 1.0
"""The seconds until two processes are started."""


def pair_seconds(options: GateOptions, operations: int) -> float:
    """Return the predicted seconds of one pair of this number of operations."""
    return _STARTS + operations * (2 * options.slices + 4) * (options.slice_ns / 1e9 * 1.1 + 0.001)


class Duet:
    """Measures pairs, and writes every pair to `gate/duet.jsonl`."""

    def __init__(
        self,
        context: GateContext,
        available: AvailableOperations,
        options: GateOptions,
        *,
        say: Say,
        step: Step,
    ) -> None:
        """Measure nothing yet; `step` takes the predicted seconds of finished work, and the name of what runs now."""
        self._context = context
        self._available = available
        self._options = options
        self._say = say
        self._step = step
        self._timings: list[Timing] = []
        self._checked: frozenset[str] = frozenset()
        self._pairs: list[Pair] = []

    def calibrate(self) -> None:
        """Find the clock of each operation, and how often a slice repeats it. Raises Interrupted."""
        for profile in self._context.profiles:
            while self._available.of(profile, "base", "head"):
                try:
                    self._timings += calibrate(self._context, self._available, profile, self._options.slice_ns)
                except SideProblem as problem:
                    self._say(self._available.fails(PART, problem, profile))
                else:
                    break
        clocks: dict[str, list[str]] = {}
        for timing in self._timings:
            clocks.setdefault(timing.clock, []).append(timing.operation.name)
        self._checked = frozenset(self._context.random.choice(names) for names in clocks.values())

    def measure(self) -> None:
        """Measure the first round, and the rounds that the judge asks for after it. Raises Interrupted."""
        names = tuple(timing.operation.name for timing in self._timings)
        self._round(Round(name="first", operations=names, comparisons=("head", "control", "positive control")))
        while wanted := next_round(self._pairs, self._options, self._context.problems.found):
            self._say(_line(wanted))
            self._round(wanted)

    def control(self, pairs: int) -> None:
        """Measure `pairs` pairs of base against base, with all operations. Raises Interrupted."""
        self._checked = frozenset(timing.operation.name for timing in self._timings)
        names = tuple(timing.operation.name for timing in self._timings)
        for number in range(pairs):
            self._pair(Round(name="first", operations=names, comparisons=("control",)), number)

    def _round(self, wanted: Round) -> None:
        for number in range(self._options.pairs):
            self._pair(wanted, number)

    def _pair(self, wanted: Round, number: int) -> None:
        for profile in self._context.profiles:
            for comparison in wanted.comparisons:
                operations = set(wanted.operations) if comparison == "head" else set(wanted.operations) & self._checked
                if any(timing.operation.name in operations for timing in self._usable(profile)):
                    self._measured(profile, wanted, number, comparison, frozenset(operations))

    def _measured(
        self, profile: ProcessProfile, wanted: Round, number: int, comparison: Comparison, operations: frozenset[str]
    ) -> None:
        """Measure one pair; after a failure, measure it again without the failed operation."""
        doing = f"{wanted.name} pair {number + 1} of {self._options.pairs}, {comparison}, {profile.name}"
        while timings := [timing for timing in self._usable(profile) if timing.operation.name in operations]:
            self._step(0.0, doing)
            job = Job(
                round=wanted.name,
                number=number,
                comparison=comparison,
                # Only head against base is confirmed with swapped sides; the sides of an A/A control are the same.
                swapped=wanted.swapped and comparison == "head",
                slices=self._options.slices,
                timings=timings,
                options=self._options,
            )
            try:
                pairs = ProcessPair(self._context, self._available, job).measure()
            except SideProblem as problem:
                self._say(self._available.fails(PART, problem, profile))
            else:
                self._pairs += pairs
                add_pairs(self._context.run_folder, pairs)
                self._step(pair_seconds(self._options, len(timings)), doing)
                return

    def _usable(self, profile: ProcessProfile) -> list[Timing]:
        names = {operation.name for operation in self._available.of(profile, "base", "head")}
        return [timing for timing in self._timings if timing.profile is profile and timing.operation.name in names]


def _line(wanted: Round) -> str:
    what = "a second look at" if wanted.name == "second" else "the sides are swapped to confirm"
    return f"{what} {', '.join(wanted.operations)}"
