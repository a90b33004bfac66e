"""Handles Ctrl-C and SIGTERM between the steps of a run."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "the terminal closed"}


class Interrupted(Exception):
    """The run received a signal to stop."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(_NAMES.get(number, number.name))
        self.exit_code = 128 + (signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)
        """The exit code: 130 after Ctrl-C, 143 after any other signal."""


@dataclass(slots=True)
class Interruption:
    """The first signal that asked the run to stop, if any."""

    received: signal.Signals | None = None

    def notice(self, number: int, frame: FrameType | None) -> None:
        """Record the signal; the driver calls `check` many times a second."""
        del frame
        self.received = self.received or signal.Signals(number)

    def check(self) -> None:
        """Raise Interrupted if a signal was received."""
        if self.received is not None:
            raise Interrupted(self.received)


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Record signals as long as the context lasts; a hang-up that `nohup` ignores stays ignored."""
    noticed = Interruption()
    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, noticed.notice) for number in wanted}
    try:
        yield noticed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
