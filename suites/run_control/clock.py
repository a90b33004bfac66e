"""The clock of a run: the share that is done, and the time that the rest will take."""

from dataclasses import dataclass

_TRUST_SECONDS = 20.0
"""Measured seconds after which this machine's own pace counts as much as the prediction."""


@dataclass(slots=True)
class Clock:
    """The predicted seconds of finished items, and the seconds that these items really took."""

    predicted: float
    over: float = 0.0
    took: float = 0.0

    def finish(self, predicted: float, took: float) -> None:
        """Count one item as finished."""
        self.over += predicted
        self.took += took

    @property
    def pace(self) -> float:
        """The real seconds that one predicted second takes."""
        return (self.took + _TRUST_SECONDS) / (self.over + _TRUST_SECONDS)

    def share(self, running: float = 0.0) -> float:
        """Return the finished share of the run, 0 to 1; `running` is the predicted seconds done of the running item."""
        return min(1.0, (self.over + running) / self.predicted) if self.predicted else 1.0

    def left(self, running: float = 0.0) -> float:
        """Return the real seconds that the rest will take."""
        return max(0.0, self.predicted - self.over - running) * self.pace
