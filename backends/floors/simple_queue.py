"""The floor in the process: `queue.SimpleQueue`, and one thread that takes from it."""

import queue
import threading

from taskgauge.backends.floors.floor_environment import function


class SimpleQueueFloor:
    """Numbers in the process; they wait until `start()`."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._queue: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, number: int, payload: str = "") -> None:
        """Keep a number and a text for the thread."""
        self._queue.put((number, payload))

    def start(self) -> None:
        """Start the thread, if it does not run."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread after the numbers that wait, if it runs."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        call = function()
        while (waiting := self._queue.get()) is not None:
            call(waiting[0])
