"""What went wrong in a run, in a list that is true at any time."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from taskgauge.reports.run_folder.writer import write_whole

type SideName = Literal["base", "head"]


class SideProblem(Exception):
    """A side could not do its part; the text is one line, `kind` the gate's word for it."""

    def __init__(self, side: str, kind: str, text: str, verb: str | None = None) -> None:
        super().__init__(f"{side}{f' {verb}' if verb else ''}: {text}")
        self.side = side
        self.kind = kind
        self.text = text
        self.verb = verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line of `problems.json`."""

    part: str
    side: str | None
    kind: str
    verb: str | None
    text: str
    once: bool = False
    """Whether it happened once, and not again when it was tried once more."""

    @property
    def line(self) -> str:
        """The problem in one line."""
        where = " ".join(word for word in (self.part, self.side, self.verb) if word)
        return f"{where}: {self.kind}: {self.text}"


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

    def note(self, part: str, kind: str, text: str, *, side: str | None = None, verb: str | None = None) -> Problem:
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
        lines = [asdict(one) for one in self.found]
        write_whole(self.folder / "gate" / "problems.json", json.dumps(lines, indent=1) + "\n")
