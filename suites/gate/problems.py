"""What went wrong in a run, in a list that is true at any time."""

from dataclasses import dataclass, field, replace
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
        """Record what a side could not do, and return it."""
        side, kind, verb = problem.side, problem.kind, problem.verb
        return self.note(Problem(part=part, side=side, kind=kind, verb=verb, text=problem.text, once=once))

    def note(self, problem: Problem) -> Problem:
        """Record a problem, its text in one line, and return it."""
        self.found.append(replace(problem, text=" ".join(problem.text.split())))
        self.write()
        return self.found[-1]

    def withdraw(self, one: Problem) -> None:
        """Record no longer what another problem takes the place of."""
        self.found.remove(one)
        self.write()

    def write(self) -> None:
        """Write the file, also when there is nothing in it."""
        gate_files.write_gate_file(self.folder, gate_files.Problems(problems=tuple(self.found)))
