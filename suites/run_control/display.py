"""The display of a run's progress: a live line on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterable
from typing import NamedTuple, Protocol, TextIO, override

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

_QUIET_SECONDS = 5.0
"""Least seconds between two plain progress lines, so that a log stays short."""


class PlannedPart(NamedTuple):
    """A part of a run before it starts: its name, how many items it runs, and the seconds it is predicted to take."""

    name: str
    items: int
    seconds: float


class Display(Protocol):
    """Shows the progress of a run."""

    def plan(self, planned: Iterable[PlannedPart]) -> None:
        """Show the parts that are going to run and their predicted times."""

    def update(self, share: float, left: float, doing: str) -> None:
        """Show the share that is done (0 to 1), the seconds that are left, and the running item."""

    def say(self, line: str) -> None:
        """Print a line that stays."""

    def close(self) -> None:
        """Restore the terminal."""


class PlainDisplay(Display):
    """Prints lines and never changes them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last: tuple[float, str] = (time.monotonic(), "")

    @override
    def plan(self, planned: Iterable[PlannedPart]) -> None:
        for line in plan_lines(planned):
            self.say(line)

    @override
    def update(self, share: float, left: float, doing: str) -> None:
        now, (then, shown) = time.monotonic(), self._last
        if doing != shown and now - then >= _QUIET_SECONDS:
            self._last = now, doing
            self.say(f"{share:4.0%}, {duration(left)} left: {doing}")

    @override
    def say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    @override
    def close(self) -> None:
        pass  # there is nothing to close


class LiveDisplay(Display):
    """Shows one line that changes, below the lines that stay."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]} left: {task.description}", markup=False),
            console=console,
            transient=True,
            refresh_per_second=4,
            auto_refresh=False,  # a thread of the driver would disturb the measurement
        )
        self._bar = self._progress.add_task("", total=1.0, left="")

    @override
    def plan(self, planned: Iterable[PlannedPart]) -> None:
        for line in plan_lines(planned):
            self.say(line)
        self._progress.start()

    @override
    def update(self, share: float, left: float, doing: str) -> None:
        self._progress.update(self._bar, completed=share, left=duration(left), description=doing, refresh=True)

    @override
    def say(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    @override
    def close(self) -> None:
        self._progress.stop()


def display_for(stream: TextIO) -> Display:
    """Return the display that suits the stream."""
    console = Console(file=stream)
    return LiveDisplay(console) if console.is_terminal and not console.is_dumb_terminal else PlainDisplay(stream)


def plan_lines(planned: Iterable[PlannedPart]) -> list[str]:
    """Return the prediction: one line for all parts, then one line for each part."""
    planned = list(planned)
    width = max((len(part.name) for part in planned), default=0)
    lines = [f"  {part.name:<{width}} {part.items:>4} items  about {duration(part.seconds)}" for part in planned]
    total = sum(part.seconds for part in planned)
    return [f"Predicted: about {duration(total)} in {len(planned)} {'part' if len(planned) == 1 else 'parts'}", *lines]


def duration(seconds: float) -> str:
    """Return seconds as text for a person."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
