"""The progress of a part, as JSON lines that its process appends and the driver reads."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VARIABLE = "TASKGAUGE_PROGRESS"
"""Environment variable with the path of the file that a part appends to."""


@dataclass(slots=True)
class Progress:
    """Reports the progress of the running item; a call costs one `write`, so call it between slices, never inside."""

    path: Path | None
    item: str = ""

    @classmethod
    def from_environment(cls) -> "Progress":
        """Return the progress for the file in VARIABLE; without a driver it reports nothing."""
        path = os.environ.get(VARIABLE)
        return cls(Path(path) if path else None)

    def step(self, done: int, of: int, what: str = "") -> None:
        """Report that `done` of `of` steps of the running item are finished; `what` names the last one."""
        self.emit("step", item=self.item, done=done, of=of, what=what)

    def emit(self, event: str, **fields: Any) -> None:
        """Append one event."""
        if self.path is None:
            return
        line = json.dumps({"event": event, **fields}) + "\n"
        # O_APPEND keeps lines whole when a worker process reports too.
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


@dataclass(slots=True)
class Listener:
    """The driver's end: it returns the events since the last call."""

    path: Path
    _position: int = 0
    _partial: bytes = field(default=b"")

    def news(self) -> Iterator[dict[str, Any]]:
        """Yield the new complete events, oldest first."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._position)
            read = file.read()
        self._position += len(read)
        *lines, self._partial = (self._partial + read).split(b"\n")
        for line in lines:
            yield json.loads(line)
