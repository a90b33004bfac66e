"""The duet of a run: rounds of pairs, with an A/A control and a positive control beside them, for as long as the judge asks for more.

Each pair of head against base has all verbs of a scene. The A/A control (base against base) and the positive control (head with a
burn) have one verb for each clock in use, chosen by the run's seed, in processes of their own right after: so they see
the same minutes of the machine, and cost a gate of eight verbs a fifth of its time. With slices of 15 ms, 40 a side,
a verb takes 1.3 s of each pair, and ten pairs of eight verbs with A/A control and positive control under three minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass

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

type Told = Callable[[str], None]
type Stepped = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How much is measured in a round."""

    pairs: int = 10
    slices: int = 40
    slice_ns: int = 15_000_000

    def seconds(self, verbs: int) -> float:
        """Return about how many seconds one pair of so many verbs takes."""
        return _STARTS + verbs * (2 * self.slices + 4) * (self.slice_ns / 1e9 * 1.1 + 0.001)


_STARTS = 1.0
"""Seconds until two processes are there."""


class Duet:
    """Measures pairs, and writes each to `gate/duet.jsonl`."""

    def __init__(
        self,
        context: GateContext,
        available: AvailableOperations,
        shape: Shape,
        options: GateOptions,
        *,
        say: Told,
        step: Stepped,
    ) -> None:
        """Measure nothing yet; `step` takes predicted seconds that are over, and what runs now."""
        self._context = context
        self._available = available
        self._shape = shape
        self._options = options
        self._say = say
        self._step = step
        self._timings: list[Timing] = []
        self._checked: frozenset[str] = frozenset()
        self._pairs: list[Pair] = []

    def calibrate(self) -> None:
        """Find the number of operations of a slice of each verb, and its clock. Raises Interrupted."""
        for profile in self._context.profiles:
            while self._available.of(profile, "base", "head"):
                try:
                    self._timings += calibrate(self._context, self._available, profile, self._shape.slice_ns)
                except SideProblem as problem:
                    self._say(self._available.fails(PART, problem, profile))
                else:
                    break
        clocks: dict[str, list[str]] = {}
        for timing in self._timings:
            clocks.setdefault(timing.clock, []).append(timing.verb.name)
        self._checked = frozenset(self._context.random.choice(names) for names in clocks.values())

    def measure(self) -> None:
        """Measure the first round, and what the judge asks for after it. Raises Interrupted."""
        names = tuple(timing.verb.name for timing in self._timings)
        self._round(Round(name="first", verbs=names, comparisons=("head", "control", "positive control")))
        while wanted := next_round(self._pairs, self._options, self._context.problems.found):
            self._say(_words(wanted))
            self._round(wanted)

    def control(self, pairs: int) -> None:
        """Measure base against base alone, all verbs, so many times. Raises Interrupted."""
        self._checked = frozenset(timing.verb.name for timing in self._timings)
        names = tuple(timing.verb.name for timing in self._timings)
        for number in range(pairs):
            self._pair(Round(name="first", verbs=names, comparisons=("control",)), number)

    def _round(self, wanted: Round) -> None:
        for number in range(self._shape.pairs):
            self._pair(wanted, number)

    def _pair(self, wanted: Round, number: int) -> None:
        for profile in self._context.profiles:
            for comparison in wanted.comparisons:
                verbs = set(wanted.verbs) if comparison == "head" else set(wanted.verbs) & self._checked
                if any(timing.verb.name in verbs for timing in self._usable(profile)):
                    self._measured(profile, wanted, number, comparison, frozenset(verbs))

    def _measured(
        self, profile: ProcessProfile, wanted: Round, number: int, comparison: Comparison, verbs: frozenset[str]
    ) -> None:
        """Measure one pair, again without a verb that a side could not do."""
        doing = f"{wanted.name} pair {number + 1} of {self._shape.pairs}, {comparison}, {profile.name}"
        while timings := [timing for timing in self._usable(profile) if timing.verb.name in verbs]:
            self._step(0.0, doing)
            job = Job(
                round=wanted.name,
                number=number,
                comparison=comparison,
                # Only what was found is confirmed with the sides swapped; an A/A control's sides are the same.
                swapped=wanted.swapped and comparison == "head",
                slices=self._shape.slices,
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
                self._step(self._shape.seconds(len(timings)), doing)
                return

    def _usable(self, profile: ProcessProfile) -> list[Timing]:
        names = {verb.name for verb in self._available.of(profile, "base", "head")}
        return [timing for timing in self._timings if timing.profile is profile and timing.verb.name in names]


def _words(wanted: Round) -> str:
    what = "a second look at" if wanted.name == "second" else "the sides are swapped to confirm"
    return f"{what} {', '.join(wanted.verbs)}"
