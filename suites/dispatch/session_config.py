"""The configuration of one session, and its outcome."""

import itertools
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from taskgauge.backends.descriptors.reader import CATALOG


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """The configuration of a session: a target, an arm, a number of tasks."""

    target: str
    arm: str
    size: int
    timeout: float
    """The seconds without progress after which the session fails."""
    catalog: str = str(CATALOG)
    turns: int = 1
    """The number of equal parts in which tasks are enqueued; with more than one, the session waits before each part."""
    turn_is_over: int | None = None
    """The file descriptor to which the session writes at the end of a turn; None if it takes no turns."""

    def parts(self) -> tuple[range, ...]:
        """Return the task numbers of each turn."""
        edges = [self.size * turn // self.turns for turn in range(self.turns + 1)]
        return tuple(range(first, after) for first, after in itertools.pairwise(edges))

    def dump(self) -> str:
        """Return the configuration as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """Return a configuration from JSON."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a session; the latencies of all tasks are in files of raw integers beside it."""

    spans_ns: tuple[int, ...]
    """By turn, the nanoseconds from the first start to the last finish."""
    garbage_collector: str
    """The state of the garbage collector, such as enabled, with its thresholds."""
    resident_before: int
    """The resident bytes of the enqueueing process before the first task."""
    resident_peak: int
    """The peak of resident bytes of the enqueueing process."""
    workers_peak: int
    """The peak of resident bytes of the largest process that the session started; 0 without any."""

    @property
    def span_ns(self) -> int:
        """The nanoseconds of all turns together."""
        return sum(self.spans_ns)

    def write(self, folder: Path) -> None:
        """Write the outcome to the session's folder."""
        (folder / OUTCOME).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the outcome in a session's folder."""
        content = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
        return cls(**{**content, "spans_ns": tuple(content["spans_ns"])})


OUTCOME = "outcome.json"
FAILURE = "failure.json"
ENQUEUE = "enqueue.i64"
"""The file with the nanoseconds of each call of enqueue(), by task number: 64-bit integers in native byte order."""
START = "start.i64"
"""The file with the nanoseconds from before that call to the first line of the task, in the same format."""
ERRORS = "stderr.txt"
