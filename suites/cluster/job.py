"""A job: one command of Taskgauge that runs as a whole on one host."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command for one host, in a process of its own."""

    name: str
    """The name in progress lines, and the name of its run folder."""
    part: str
    """The name of its record in `run.json`; jobs with groups of one part share it."""
    arguments: tuple[str, ...]
    """The words after `taskgauge`, without `--out`."""
    seconds: float = 0.0
    """The predicted seconds; the longest job starts first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutcome:
    """The end of a job's command on its host."""

    code: int
    """The exit code of the command, negative for a signal."""
    line: str
    """The last line that it printed."""
    archive: bytes
    """Its run folder, as `pack` makes it."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedJob:
    """A job as the driver sees it at its end."""

    job: Job
    host: str
    """The name of the host; empty if no host took the job."""
    outcome: JobOutcome | None
    """The outcome; None if the host, the scheduler or the driver ended before it came."""
    reason: str = ""
    """The reason why there is no outcome."""
