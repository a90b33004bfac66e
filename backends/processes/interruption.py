"""Ctrl-C and SIGTERM, noticed between steps instead of anywhere."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "the terminal closed"}


class Interrupted(Exception):
    """The run was asked to stop."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(_NAMES.get(number, number.name))
        self.exit_code = 128 + (signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)
        """130 after Ctrl-C, 143 after any other signal."""


@dataclass(slots=True)
class Interruption:
    """Remembers the first signal that asked the run to stop."""

    received: signal.Signals | None = None

    def notice(self, number: int, frame: FrameType | None) -> None:
        """Remember it; the driver looks many times a second."""
        del frame
        self.received = self.received or signal.Signals(number)

    def check(self) -> None:
        """Raise Interrupted if the run was asked to stop."""
        if self.received is not None:
            raise Interrupted(self.received)


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Notice signals for as long as the context lasts; a hang-up that `nohup` ignores stays ignored."""
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
