"""The problems of a run, in a file that is always up to date."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from taskgauge.reports.run_folder import gate_files
from taskgauge.reports.run_folder.gate_files import Problem, SideName


class SideProblem(Exception):
    """A side failed; the text is one line, and `kind` is a kind of problem in `gate/problems.json`."""

    def __init__(self, side: SideName, kind: str, text: str, operation: str | None = None) -> None:
        super().__init__(f"{side}{f' {operation}' if operation else ''}: {text}")
        self.side = side
        self.kind = kind
        self.text = text
        self.operation = operation


@dataclass(slots=True)
class ProblemsFile:
    """Keeps `gate/problems.json`."""

    folder: Path
    _recorded: list[Problem] = field(default_factory=list)

    @property
    def found(self) -> list[Problem]:
        """The problems that are recorded now."""
        return self._recorded

    def add(self, part: str, problem: SideProblem, *, once: bool = False) -> Problem:
        """Record a failure of a side, and return the problem."""
        side, kind, operation = problem.side, problem.kind, problem.operation
        return self.note(Problem(part=part, side=side, kind=kind, operation=operation, text=problem.text, once=once))

    def note(self, problem: Problem) -> Problem:
        """Record a problem, its text in one line, and return it."""
        self._recorded.append(replace(problem, text=" ".join(problem.text.split())))
        self.write()
        return self._recorded[-1]

    def withdraw(self, problem: Problem) -> None:
        """Remove a problem that another problem replaces."""
        self._recorded.remove(problem)
        self.write()

    def write(self) -> None:
        """Write the file, also when there are no problems."""
        gate_files.write_gate_file(self.folder, gate_files.Problems(problems=tuple(self._recorded)))
