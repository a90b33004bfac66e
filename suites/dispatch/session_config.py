"""What one session is told to do, and what it answers."""

import itertools
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from taskgauge.backends.descriptors.reader import CATALOG


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """One item: a target, an arm, a number of tasks."""

    target: str
    arm: str
    size: int
    patience: float
    """Seconds without any progress after which the session gives up."""
    catalog: str = str(CATALOG)
    turns: int = 1
    """The tasks are enqueued in so many equal parts; before each but where it is one the session waits for its turn."""
    turn_is_over: int | None = None
    """The file descriptor on which it says so; None where it is alone."""

    def parts(self) -> tuple[range, ...]:
        """Return the numbers of the tasks of each turn."""
        edges = [self.size * turn // self.turns for turn in range(self.turns + 1)]
        return tuple(range(first, after) for first, after in itertools.pairwise(edges))

    def dump(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """Read it from JSON."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a session measured; the latencies of each task lie beside it as raw integers."""

    spans_ns: tuple[int, ...]
    """By turn, from the first start to the last finish, nanoseconds."""
    garbage_collector: str
    """As users have it: enabled, with its thresholds."""
    resident_before: int
    """Bytes resident in the enqueueing process before the first task."""
    resident_peak: int
    """Bytes resident in it at most."""
    workers_peak: int
    """Bytes resident at most in the largest of the processes it started; 0 without any."""

    @property
    def span_ns(self) -> int:
        """All turns together."""
        return sum(self.spans_ns)

    def write(self, folder: Path) -> None:
        """Leave it in the session's folder."""
        (folder / OUTCOME).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it from the session's folder."""
        found = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
        return cls(**{**found, "spans_ns": tuple(found["spans_ns"])})


OUTCOME = "outcome.json"
FAILURE = "failure.json"
ENQUEUE = "enqueue.i64"
"""By task number, how long the call of enqueue() took; nanoseconds, 64-bit integers of this machine's byte order."""
START = "start.i64"
"""By task number, from before that call to the first line of the task; likewise."""
ERRORS = "stderr.txt"
