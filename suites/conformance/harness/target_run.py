"""One target's pytest process, watched until it ends."""

import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from taskgauge.backends.processes.supervised_process import ProcessNotStarted, signal_name
from taskgauge.reports.run_folder.target_results import Target, read_target, write_target
from taskgauge.suites.run_control.progress import Listener
from taskgauge.suites.run_control.pytest_process import PartProcess

NOT_USABLE = 72
"""Exit code of a target's pytest where its descriptor names what cannot be used; read by the driver only."""
SUITE = "taskgauge.suites.conformance"
_TO_ITS_END = 30.0
"""Seconds that a target may take to end its workers and services once all is said; a broken pool never ends."""
PLUGINS = ("pytest_timeout", "taskgauge.suites.conformance.harness.plugin")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run was asked for besides its targets."""

    folder: Path
    requirements: tuple[str, ...] = ()
    keyword: str = ""
    first: bool = False
    """Whether a target's run ends with its first failure."""

    def arguments(self, target: str, label: str) -> list[str]:
        """Return what pytest is told for one target, whose files are called by its label."""
        plugins = [word for name in PLUGINS for word in ("-p", name)]
        chosen = [f"--taskgauge-requirement={one}" for one in self.requirements]
        keyword = ["-k", self.keyword] if self.keyword else []
        junit = self.folder / "conformance" / f"{label}.xml"
        return [
            # What is captured would be kept in memory, however much it is; the log is cut.
            *("--rootdir", str(self.folder), "-p", "no:cacheprovider", "-ra", "--capture=no", *plugins),
            *(f"--taskgauge-target={target}", f"--taskgauge-results={self.folder}", f"--junit-xml={junit}"),
            *chosen,
            *keyword,
            *(["-x"] if self.first else []),
            *("--pyargs", SUITE),
        ]


@dataclass(slots=True)
class TargetRun:
    """A target while it is checked."""

    name: str
    """As `--target` takes it: a name of the table of targets, or a descriptor's file."""
    label: str
    """The target's name in file names and lines."""
    asked: RunOptions
    temporary: Path
    patience: float
    """Seconds that one test may be silent."""
    python: str = sys.executable
    """The interpreter of the environment in which the target is installed."""
    done: int = 0
    of: int = 0
    doing: str = "its start"
    chose_nothing: bool = False
    """Whether no test of the suite is what was asked for."""
    wrong_use: bool = False
    """Whether the descriptor names what cannot be used."""
    _unable: bool = False
    _heard: float = field(default_factory=time.monotonic)
    _process: PartProcess | None = None
    _listener: Listener | None = None

    def start(self) -> None:
        """Start its pytest in a session of its own; the folder may have an earlier run's files of this target."""
        log = self.asked.folder / "log" / f"conformance-{self.label}.txt"
        for path in (self.file, log.with_suffix(".jsonl")):
            path.unlink(missing_ok=True)
        self._process = PartProcess(
            arguments=self.asked.arguments(self.name, self.label),
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
            self._unable = True
            self._say_failed(f"{error}")

    def look(self) -> bool:
        """Take in what it said; True while it runs. One that is silent for too long is ended."""
        assert self._process is not None  # noqa: S101 -- it was started
        assert self._listener is not None  # noqa: S101 -- it was started
        over = self._unable or self._process.code() is not None
        for event in self._listener.news():
            self._heard = time.monotonic()
            self._hear(event)
        has_said_all = self.done >= self.of > 0 and self.file.exists()
        if not over and time.monotonic() - self._heard > (_TO_ITS_END if has_said_all else self.patience):
            self.end()
            # One that hangs in its very end has said all that there is.
            if not self.file.exists() or self.ending[0] == "failed":
                self._say_failed(f"hung: {self.doing} said nothing for {self.patience:.0f} s")
            over = True
        if over:
            self.end()
            self._see_to_its_file()
        return not over

    def _hear(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "collected":
                self.of = len(event["items"])
            case "started":
                self.doing = event["item"].partition("::")[2]
            case "finished":
                self.done += 1
            case _:
                pass

    def end(self) -> None:
        """End its processes, and all that they started."""
        if self._process is not None:
            self._process.stop(grace=20)

    def _see_to_its_file(self) -> None:
        """A pytest that died has written nothing; then this says what became of it."""
        if self._process is not None and self._process.code() == pytest.ExitCode.NO_TESTS_COLLECTED:
            self.chose_nothing = True
            self._say_failed("no test was chosen")
        assert self._process is not None  # noqa: S101 -- it was started
        code = self._process.code() or 0
        self.wrong_use = code == NOT_USABLE
        if not self.file.exists():
            said = f"ended with code {code} in {self.doing}: {self._process.explaining_line()}"
            self._say_failed(f"its pytest {said if code >= 0 else f'died of {signal_name(-code)} in {self.doing}'}")

    def _say_failed(self, reason: str) -> None:
        known = read_target(self.file) if self.file.exists() else Target(target=self.label, state="failed")
        write_target(self.asked.folder, replace(known, state="failed", reason=reason))

    @property
    def ending(self) -> tuple[Literal["finished", "failed"], str]:
        """Whether it is `finished`, or `failed` and why."""
        target = read_target(self.file)
        return ("finished", "") if target.state == "finished" else ("failed", target.reason)

    @property
    def file(self) -> Path:
        """Where its verdicts are."""
        return self.asked.folder / "conformance" / f"{self.label}.json"


def outcome_of(run: TargetRun) -> str:
    """Return how the target ended, in one line."""
    target = read_target(run.file)
    words = [row.verdict for row in target.requirements]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    if target.state == "failed":
        return f"{run.label}: not judged: {_printable(target.reason)}"
    answers = len(target.open_questions) + len(target.disagreements)
    return f"{run.label}: {counts or f'{answers} answers'} ({target.seconds or 0:.0f} s)"


def _printable(text: str) -> str:
    """Return a text that moves no cursor: it may be a worker's last words."""
    return "".join(one if one.isprintable() else "?" for one in text)
