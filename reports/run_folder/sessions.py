"""The sessions of a published folder: the facts and the figures of each, without the times of single tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from taskgauge.reports.run_folder.documents import read_stream
from taskgauge.reports.run_folder.traces import Header

FILE = "sessions.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session with a target, as its trace tells it."""

    header: Header
    figures: Mapping[str, float] = field(default_factory=dict)
    """The values by metric; none if the session was cut short or its history does not conform."""
    fault: str = ""
    """A phrase on a history that does not conform."""
    kept_up: bool = True
    """False if the producer of an open loop enqueued too many tasks late."""
    bound: str = ""
    """The resource that binds a drain; empty if nothing is near its limit."""
    bound_share: float = 0.0
    """The share of the limit of that resource that was used."""
    unstable: str = ""
    """A phrase on what changed on the machine while tasks ran; empty if nothing did, or if a count orders the row."""
    enqueued: int = 0
    ran: int = 0
    left: int = 0
    """The number of enqueued tasks that were waiting or running at the end of the session."""


def read_sessions(folder: Path) -> list[Session]:
    """Return the sessions of a published folder; none if it has no such file. Raises RunFileBroken."""
    path = folder / FILE
    return read_stream(path, Session) if path.is_file() else []
