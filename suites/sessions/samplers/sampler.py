"""A thread that takes samples once a second."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self

SECONDS = 1.0
"""The seconds between two samples."""


class Sampler[Sample](ABC):
    """A thread that samples as long as its context lasts."""

    def __init__(self) -> None:
        """Take no sample yet."""
        self._samples: list[Sample] = []
        self._over = threading.Event()
        self._sampling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def sample(self) -> None:
        """Sample now."""
        with self._sampling:
            self._samples += self.new_samples()

    def samples(self) -> tuple[Sample, ...]:
        """Return all samples so far, with times of the monotonic clock."""
        with self._sampling:
            return tuple(self._samples)

    @abstractmethod
    def new_samples(self) -> Iterable[Sample]:
        """Return the samples of this moment."""

    def _run(self) -> None:
        while not self._over.wait(SECONDS):
            self.sample()
