"""How much of a run is done and how long the rest will take."""

from dataclasses import dataclass

_TRUST_SECONDS = 20.0
"""How much measured time it takes until this machine's own pace counts as much as the prediction."""


@dataclass(slots=True)
class Clock:
    """Predicted seconds that are over, and what they really took."""

    predicted: float
    over: float = 0.0
    took: float = 0.0

    def finish(self, predicted: float, took: float) -> None:
        """Count one item as over."""
        self.over += predicted
        self.took += took

    @property
    def pace(self) -> float:
        """Real seconds a predicted second takes."""
        return (self.took + _TRUST_SECONDS) / (self.over + _TRUST_SECONDS)

    def share(self, running: float = 0.0) -> float:
        """Share of the whole that is over, 0 to 1; `running` is the predicted seconds over in the running item."""
        return min(1.0, (self.over + running) / self.predicted) if self.predicted else 1.0

    def left(self, running: float = 0.0) -> float:
        """Real seconds that the rest will take."""
        return max(0.0, self.predicted - self.over - running) * self.pace
