"""The living process of a side as its driver sees it: asked in lines, given up when it hangs, gone when it is ended."""

import json
import os
import select
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.error_line import without_escapes
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.supervised_process import KeptProcess
from taskgauge.suites.gate import side as side_code
from taskgauge.suites.gate.problems import SideProblem
from taskgauge.suites.gate.process_profile import Verb
from taskgauge.suites.gate.projects import Project
from taskgauge.suites.gate.sides import Side

MODULE = "taskgauge_side"
_LOOK_SECONDS = 0.1
_GRACE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds until a side that does not answer counts as hanging."""

    start: float = 90.0
    step: float = 60.0


def copy_code(folder: Path) -> Path:
    """Copy the measuring code into a folder, and return what must be on the path for it to be found."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(side_code.__file__).parent, folder / MODULE, ignore=ignored)
    return folder


class SideProcess:
    """A process of one side."""

    def __init__(
        self, side: Side, project: Project, *, seed: int, log: Path, interruption: Interruption, patience: Patience
    ) -> None:
        """Start it; `seed` is its PYTHONHASHSEED. It is not asked anything yet."""
        self.side = side
        self.seed = seed
        self._interruption = interruption
        self._patience = patience
        self._log = log
        self._rest = b""
        self._answers, theirs_out = os.pipe()
        theirs_in, self._requests = os.pipe()
        words = [str(side.environment.python), "-P", "-m", MODULE, str(theirs_in), str(theirs_out)]
        try:
            with log.open("ab") as output:
                self._process = KeptProcess(
                    words,
                    environment={**project.environment, "PYTHONHASHSEED": str(seed)},
                    folder=project.folder,
                    output=output,
                    inherited=(theirs_in, theirs_out),
                )
        except BaseException:
            os.close(self._answers)
            os.close(self._requests)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def begin(self, tools: Path | None = None) -> None:
        """Have it import what it needs; it goes on while this process does something else."""
        self._tell(do="start", imports=self.side.installed.imports, tools=str(tools or ""))

    def begun(self) -> None:
        """Wait until that is done. Raises SideProblem, Interrupted."""
        self._hear(None, self._patience.start)

    def prepare(self, verb: Verb) -> str | None:
        """Prepare a verb; return why the side has no such verb, or None. Raises SideProblem, Interrupted."""
        reason: str | None = self.ask("prepare", verb.name, what=verb.what, alias=verb.alias, runs=verb.runs)["missing"]
        return reason

    def ask(self, do: str, verb: str, **more: Any) -> dict[str, Any]:
        """Have it do something and return the answer. Raises SideProblem, Interrupted."""
        self._tell(do=do, verb=verb, **more)
        return self._hear(verb, self._patience.step)

    def end(self) -> None:
        """End it, and all that it started."""
        for number in (self._requests, self._answers):
            os.close(number)
        self._process.wait(_GRACE)
        self._process.kill()

    def _tell(self, **request: Any) -> None:
        try:
            os.write(self._requests, json.dumps(request).encode() + b"\n")
        except BrokenPipeError:
            return  # it has died, which is told when its answer does not come

    def _hear(self, verb: str | None, limit: float) -> dict[str, Any]:
        answer = json.loads(self._line(verb, limit))
        if "refused" in answer:
            raise SideProblem(self.side.name, answer["kind"], answer["refused"], verb)
        done: dict[str, Any] = answer["done"]
        return done

    def _line(self, verb: str | None, limit: float) -> bytes:
        deadline = time.monotonic() + limit
        while b"\n" not in self._rest:
            readable, _, _ = select.select([self._answers], [], [], _LOOK_SECONDS)
            self._interruption.check()
            read = os.read(self._answers, 65536) if readable else b""
            self._rest += read
            # Whatever it started may hold the pipe open, so its end is looked for as well.
            if (readable and not read) or not (readable or self._process.is_alive):
                raise SideProblem(self.side.name, "crashes", self._how_it_ended(), verb)
            if time.monotonic() > deadline:
                raise SideProblem(self.side.name, "hangs", f"it has not answered within {limit:.0f} s", verb)
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _how_it_ended(self) -> str:
        code = self._process.wait(_GRACE)
        if code is not None and code < 0:
            how = f"killed by {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"killed by {-code}"
        else:
            how = "it closed its pipe" if code is None else f"it ended with code {code}"
        said = [
            line.strip()
            for line in without_escapes(self._log.read_text(encoding="utf-8", errors="replace")).splitlines()
            if line.strip()
        ]
        return f"{how}{f': {said[-1]}' if said else ''}"
