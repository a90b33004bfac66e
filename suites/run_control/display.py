"""What a person sees while a run goes on: a live line on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterable
from typing import NamedTuple, Protocol, TextIO, override

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

_QUIET_SECONDS = 5.0
"""Plain lines come at most this often, so that a log stays short."""


class PlannedPart(NamedTuple):
    """A part of a run before it starts: its name, how many items it runs, and the seconds it is predicted to take."""

    name: str
    items: int
    seconds: float


class Display(Protocol):
    """Where a run says how far it is."""

    def plan(self, planned: Iterable[PlannedPart]) -> None:
        """Say what is going to run and how long it will take."""

    def update(self, share: float, left: float, doing: str) -> None:
        """Say how much is done (0 to 1), how many seconds are left, and what runs now."""

    def say(self, line: str) -> None:
        """Say something that stays."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class PlainDisplay(Display):
    """One line at a time, none of them taken back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last: tuple[float, str] = (time.monotonic(), "")

    @override
    def plan(self, planned: Iterable[PlannedPart]) -> None:
        for line in plan_lines(planned):
            self.say(line)

    @override
    def update(self, share: float, left: float, doing: str) -> None:
        now, (then, said) = time.monotonic(), self._last
        if doing != said and now - then >= _QUIET_SECONDS:
            self._last = now, doing
            self.say(f"{share:4.0%}, {duration(left)} left: {doing}")

    @override
    def say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    @override
    def close(self) -> None:
        pass  # nothing is kept open


class LiveDisplay(Display):
    """One line that changes, under the lines that stay."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]} left: {task.description}", markup=False),
            console=console,
            transient=True,
            refresh_per_second=4,
            auto_refresh=False,  # a thread of ours would disturb what is measured beside it
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
    """Return the prediction, one line a part and one for all."""
    planned = list(planned)
    width = max((len(one.name) for one in planned), default=0)
    lines = [f"  {one.name:<{width}} {one.items:>4} items  about {duration(one.seconds)}" for one in planned]
    total = sum(one.seconds for one in planned)
    return [f"Predicted: about {duration(total)} in {len(planned)} {'part' if len(planned) == 1 else 'parts'}", *lines]


def duration(seconds: float) -> str:
    """Seconds as text a person reads."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
