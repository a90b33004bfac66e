"""The progress of a gate run: its parts and their predicted seconds."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from taskgauge.backends.processes.interruption import Interrupted
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.suites.gate.problems import ProblemsFile
from taskgauge.suites.run_control.clock import Clock
from taskgauge.suites.run_control.display import Display, PlannedPart
from taskgauge.suites.run_control.provenance import RunRecord


@dataclass(slots=True)
class Progress:
    """Reports what runs now and the seconds that are left."""

    display: Display
    record: RunRecord
    problems: ProblemsFile
    _clock: Clock = field(default_factory=lambda: Clock(0.0))
    _since: float = field(default_factory=time.monotonic)

    def plan(self, parts: Sequence[tuple[str, int, float]]) -> None:
        """Announce the parts: name, number of items and predicted seconds of each."""
        self.record.parts[:] = [
            PartRecord(name=name, predicted_seconds=round(seconds, 1)) for name, _, seconds in parts
        ]
        self._clock.predicted = sum(seconds for _, _, seconds in parts)
        self.display.plan(PlannedPart(*part) for part in parts)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Run a part in the context, and record its end and its problems."""
        part = next(part for part in self.record.parts if part.name == name)
        part.state = "running"
        begin = self._since = time.monotonic()
        self.record.write("running")
        before = [*self.problems.found]
        try:
            yield
        except Interrupted as interrupted:
            part.state, part.reason = "interrupted", str(interrupted)
            raise
        except BaseException as error:
            part.state, part.reason = "failed", " ".join(str(error).split())
            raise
        else:
            new = [problem.line for problem in self.problems.found if problem not in before]
            part.state, part.reason = "finished", "; ".join(new)
        finally:
            part.seconds = round(time.monotonic() - begin, 1)
            self.record.write("running")

    def leave_out(self, what: str, why: str) -> None:
        """Report and record that something is left out; a part of that name does not run."""
        self.record.leave_out(f"gate {what}", why)
        for part in self.record.parts:
            if part.name == what:
                part.reason = why
        self.say(f"{what} is left out: {why}")

    def step(self, predicted: float, doing: str) -> None:
        """Record that work of so many predicted seconds is finished, and report what runs now."""
        if predicted:
            now = time.monotonic()
            # Unpredicted work, such as a second look, adds to the total.
            self._clock.predicted = max(self._clock.predicted, self._clock.over + predicted)
            self._clock.finish(predicted, now - self._since)
            self._since = now
        self.display.update(self._clock.share(), self._clock.left(), doing)

    def say(self, line: str) -> None:
        """Print a line that stays on the screen."""
        self.display.say(line)
