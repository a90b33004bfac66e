"""The running process of a side, as its driver uses it: requests and answers in lines, with timeouts."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.json_lines import ChildEnded, ChildSilent, JsonLinesProcess
from taskgauge.suites.gate import side as side_code
from taskgauge.suites.gate.problems import SideProblem
from taskgauge.suites.gate.process_profile import Operation
from taskgauge.suites.gate.projects import Project
from taskgauge.suites.gate.sides import InstalledSide

MODULE = "taskgauge_side"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """The seconds after which a side that does not answer counts as hanging."""

    start: float = 90.0
    step: float = 60.0


def copy_code(folder: Path) -> Path:
    """Copy the measuring code into a folder, and return the folder that must be on the path to import it."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(side_code.__file__).parent, folder / MODULE, ignore=ignored)
    return folder


class SideProcess(JsonLinesProcess):
    """A process of one side."""

    def __init__(
        self,
        side: InstalledSide,
        project: Project,
        *,
        seed: int,
        log: Path,
        interruption: Interruption,
        timeouts: Timeouts,
    ) -> None:
        """Start the process without a request; `seed` is its PYTHONHASHSEED."""
        self.side = side
        self.seed = seed
        self._timeouts = timeouts
        super().__init__(
            [str(side.environment.python), "-P", "-m", MODULE],
            environment={**project.environment, "PYTHONHASHSEED": str(seed)},
            folder=project.folder,
            output=log.open("a+b"),
            interruption=interruption,
        )

    def begin(self, tools: Path | None = None) -> None:
        """Send the request to import everything that the side needs, and do not wait."""
        self.send({"do": "start", "imports": self.side.installed.imports, "tools": str(tools or "")})

    def begun(self) -> None:
        """Wait until the imports of `begin()` are done. Raises SideProblem, Interrupted."""
        self._answer(None, self._timeouts.start)

    def prepare(self, operation: Operation) -> str | None:
        """Prepare an operation; return the reason if the side lacks it, or None. Raises SideProblem, Interrupted."""
        reason: str | None = self.do(
            "prepare", operation.name, what=operation.what, alias=operation.alias, runs=operation.runs
        )["missing"]
        return reason

    def do(self, action: str, operation: str, **more: Any) -> dict[str, Any]:
        """Send a request and return the answer. Raises SideProblem, Interrupted."""
        self.send({"do": action, "operation": operation, **more})
        return self._answer(operation, self._timeouts.step)

    def _answer(self, operation: str | None, limit: float) -> dict[str, Any]:
        try:
            answer = self.receive(limit)
        except ChildEnded as error:
            raise SideProblem(self.side.name, "crashes", f"{error}", operation) from error
        except ChildSilent as error:
            raise SideProblem(self.side.name, "hangs", f"{error}", operation) from error
        if "refused" in answer:
            raise SideProblem(self.side.name, answer["kind"], answer["refused"], operation)
        done: dict[str, Any] = answer["done"]
        return done
