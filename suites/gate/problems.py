"""What went wrong in a run, in a list that is true at any time."""

from dataclasses import dataclass, field
from pathlib import Path

from taskgauge.reports.run_folder import gate_files
from taskgauge.reports.run_folder.gate_files import Problem, SideName


class SideProblem(Exception):
    """A side could not do its part; the text is one line, `kind` the gate's word for it."""

    def __init__(self, side: SideName, kind: str, text: str, verb: str | None = None) -> None:
        super().__init__(f"{side}{f' {verb}' if verb else ''}: {text}")
        self.side = side
        self.kind = kind
        self.text = text
        self.verb = verb


@dataclass(slots=True)
class Problems:
    """Keeps `gate/problems.json`."""

    folder: Path
    found: list[Problem] = field(default_factory=list)

    def add(self, part: str, problem: SideProblem, *, once: bool = False) -> Problem:
        """Record what a side could not do."""
        text = " ".join(problem.text.split())
        return self._keep(
            Problem(part=part, side=problem.side, kind=problem.kind, verb=problem.verb, text=text, once=once)
        )

    def note(
        self, part: str, kind: str, text: str, *, side: SideName | None = None, verb: str | None = None
    ) -> Problem:
        """Record a problem and return it."""
        return self._keep(Problem(part=part, side=side, kind=kind, verb=verb, text=" ".join(text.split())))

    def withdraw(self, one: Problem) -> None:
        """Record no longer what another problem takes the place of."""
        self.found.remove(one)
        self.write()

    def _keep(self, one: Problem) -> Problem:
        self.found.append(one)
        self.write()
        return one

    def write(self) -> None:
        """Write the file, also when there is nothing in it."""
        gate_files.write_gate_file(self.folder, gate_files.Problems(problems=tuple(self.found)))
