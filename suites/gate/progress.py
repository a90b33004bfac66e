"""How far a run of the gate is: its parts, with what they were predicted to take."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from taskgauge.suites.bench.clock import Clock
from taskgauge.suites.bench.display import Display
from taskgauge.suites.bench.parts import Part
from taskgauge.suites.bench.survey import Planned
from taskgauge.suites.provenance import PartRecord, RunRecord


@dataclass(slots=True)
class Progress:
    """Says what runs now and how long the rest will take."""

    display: Display
    record: RunRecord
    _clock: Clock = field(default_factory=lambda: Clock(0.0))
    _since: float = field(default_factory=time.monotonic)
    _part: PartRecord | None = None

    def plan(self, parts: Sequence[tuple[str, int, float]]) -> None:
        """Say what is going to run: name, number of items, predicted seconds of each part."""
        self.record.parts = [PartRecord(name=name, predicted_seconds=round(seconds, 1)) for name, _, seconds in parts]
        self._clock.predicted = sum(seconds for _, _, seconds in parts)
        planned = [
            Planned(
                part=Part(name=name, target=""),
                items={str(number): seconds / items for number in range(items)},
                repetitions=1,
            )
            for name, items, seconds in parts
        ]
        self.display.plan(planned)

    def begin(self, name: str) -> PartRecord:
        """Begin a part."""
        self._part = next(part for part in self.record.parts if part.name == name)
        self._part.state = "running"
        self._since = time.monotonic()
        self.record.write("running")
        return self._part

    def step(self, predicted: float, doing: str) -> None:
        """Take note that so many predicted seconds are over, and say what runs now."""
        if predicted:
            now = time.monotonic()
            # What nobody predicted, such as a second look, makes the whole longer.
            self._clock.predicted = max(self._clock.predicted, self._clock.over + predicted)
            self._clock.finish(predicted, now - self._since)
            self._since = now
        self.display.update(self._clock.share(), self._clock.left(), doing)

    def say(self, line: str) -> None:
        """Say something that stays."""
        self.display.say(line)
