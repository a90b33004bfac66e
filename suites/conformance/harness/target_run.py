"""Runs the pytest process of a target and watches it until it ends."""

import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from taskgauge.backends.processes.supervised_process import ProcessNotStarted, signal_name
from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.target_results import TargetResults, read_target, write_target
from taskgauge.suites.conformance.harness.time_estimate import TimeEstimate
from taskgauge.suites.run_control.progress import Listener
from taskgauge.suites.run_control.pytest_process import PartProcess

NOT_USABLE = 72
"""Exit code of a target's pytest if its descriptor or this environment is not usable; only the driver reads it."""
SUITE = "taskgauge.suites.conformance"
_END_TIMEOUT = 30.0
"""Seconds in which a target must end its workers and services after its last test; a broken pool never ends."""
PLUGINS = ("pytest_timeout", "taskgauge.suites.conformance.plugin")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of a run, without its targets."""

    folder: Path
    requirements: tuple[str, ...] = ()
    keyword: str = ""
    first: bool = False
    """True if the run of a target ends with its first failure."""

    @property
    def is_part(self) -> bool:
        """True if not all tests run."""
        return bool(self.requirements or self.keyword)

    def arguments(self, target: str, label: str, command: str) -> list[str]:
        """Return the arguments of pytest for a target; the label names the target's files.

        `command` is the command that repeats the check of the target; empty for the plain one.
        """
        plugins = [word for name in PLUGINS for word in ("-p", name)]
        chosen = [f"--requirement={requirement}" for requirement in self.requirements]
        keyword = ["-k", self.keyword] if self.keyword else []
        junit = self.folder / "conformance" / f"{label}.xml"
        return [
            # Captured output would stay in memory without a limit; the log has one.
            *("--rootdir", str(self.folder), "-p", "no:cacheprovider", "-ra", "--capture=no", *plugins),
            *(f"--target={target}", f"--results={self.folder}", f"--junit-xml={junit}"),
            *([f"--taskgauge-command={command}"] if command else []),
            *chosen,
            *keyword,
            *(["-x"] if self.first else []),
            *("--pyargs", SUITE),
        ]


@dataclass(slots=True)
class TargetRun:
    """A target while it is checked."""

    name: str
    """The value of `--target`: a name from the table of targets, or a descriptor's file."""
    label: str
    """The target's name in file names and progress lines."""
    asked: RunOptions
    temporary: Path
    silence_limit: float
    """Seconds that one test may be silent."""
    python: str = sys.executable
    """The interpreter of the environment in which the target is installed."""
    command: str = ""
    """The command that repeats the check of the target; empty for the plain one."""
    estimate: TimeEstimate | None = None
    """The estimate of the time that is left; None if nobody asks for it."""
    done: int = 0
    of: int = 0
    doing: str = "its start"
    chose_nothing: bool = False
    """True if the options select no test of the suite."""
    wrong_use: bool = False
    """True if the descriptor is not usable, or a package of Taskgauge's own is missing."""
    _not_started: bool = False
    _heard: float = field(default_factory=time.monotonic)
    _process: PartProcess | None = None
    _listener: Listener | None = None

    def start(self) -> None:
        """Start the target's pytest in its own session; delete files that an earlier run left of this target."""
        log = self.asked.folder / "log" / f"conformance-{self.label}.txt"
        for path in (self.file, log.with_suffix(".jsonl")):
            path.unlink(missing_ok=True)
        self._process = PartProcess(
            arguments=self.asked.arguments(self.name, self.label, self.command),
            folder=self.asked.folder,
            log=log,
            progress=log.with_suffix(".jsonl"),
            temporary=self.temporary,
            plugins=(),
            python=self.python,
        )
        self._listener = Listener(self._process.progress)
        try:
            self._process.start()
        except ProcessNotStarted as error:
            self._not_started = True
            self._write_failure(f"{error}")

    def look(self) -> bool:
        """Read the process's progress and return True while it runs; end a process that is silent for too long."""
        assert self._process is not None  # noqa: S101 -- it was started
        assert self._listener is not None  # noqa: S101 -- it was started
        over = self._not_started or self._process.code() is not None
        for event in self._listener.news():
            self._heard = time.monotonic()
            self._hear(event)
        has_said_all = self.done >= self.of > 0 and self.file.exists()
        if not over and time.monotonic() - self._heard > (_END_TIMEOUT if has_said_all else self.silence_limit):
            self.end()
            # A process that hangs after its last test has already written its file.
            if not self.file.exists() or self.ending[0] == "failed":
                self._write_failure(f"hung: {self.doing} said nothing for {self.silence_limit:.0f} s")
            over = True
        if over:
            self.end()
            self._complete_file()
        return not over

    def _hear(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "collected":
                self.of = len(event["items"])
                if self.estimate is not None:
                    self.estimate.collected(event["items"])
            case "started":
                self.doing = event["item"].partition("::")[2]
            case "finished":
                self.done += 1
                if self.estimate is not None:
                    self.estimate.finished(event["item"], event["seconds"])
            case _:
                pass

    def end(self) -> None:
        """End the process and all processes that it started."""
        if self._process is not None:
            self._process.stop(grace=20)

    def _complete_file(self) -> None:
        """Write the reason into the target's file if pytest died without writing one."""
        if self._process is not None and self._process.code() == pytest.ExitCode.NO_TESTS_COLLECTED:
            self.chose_nothing = True
            self._write_failure("no test was chosen")
        assert self._process is not None  # noqa: S101 -- it was started
        code = self._process.code() or 0
        self.wrong_use = code == NOT_USABLE
        if not self.file.exists():
            ending = f"ended with code {code}" if code >= 0 else f"died of {signal_name(-code)}"
            line = f": {self._process.explaining_line()}" if code >= 0 else ""
            self._write_failure(f"its pytest {ending} in {self.doing}{line}")
            return
        try:
            read_target(self.file)
        except RunFileBroken:
            self._write_failure("it ended before its first verdict")

    def _write_failure(self, reason: str) -> None:
        try:
            known = read_target(self.file)
        except RunFileBroken:  # no file, or one without verdicts
            known = TargetResults(target=self.label, state="failed")
        write_target(self.asked.folder, replace(known, state="failed", reason=reason))

    @property
    def ending(self) -> tuple[Literal["finished", "failed"], str]:
        """The state `finished`, or `failed` with its reason."""
        target = read_target(self.file)
        return ("finished", "") if target.state == "finished" else ("failed", target.reason)

    @property
    def file(self) -> Path:
        """The file with the verdicts of the target."""
        return self.asked.folder / "conformance" / f"{self.label}.json"


def outcome_of(target: TargetResults) -> str:
    """Return one line about the end of a target's run."""
    words = [row.verdict for row in target.requirements]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    if target.state == "failed":
        return f"{target.target}: not judged: {_printable(target.reason)}"
    answers = len(target.open_questions) + len(target.disagreements)
    return f"{target.target}: {counts or f'{answers} answers'} ({target.seconds or 0:.0f} s)"


def _printable(text: str) -> str:
    """Replace control characters, which could move the cursor: the text may be a worker's output."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
