"""The process of an agent that enqueues in a window of time: the producer of one host's session, with a start time.

Its times are of its own host's monotonic clock. It writes them as the producer does.
"""

import resource
import time
from array import array
from pathlib import Path

from taskgauge.backends.processes.json_lines_child import answer_requests
from taskgauge.suites.sessions.enqueueing.callers import NS_PER_S
from taskgauge.suites.sessions.producer import BEGIN, END, INTENDED, Answer, Producer, begin_with, sleep_until


class HostProducer(Producer):
    """A producer that sends its share of a workload of several hosts."""

    def send(self, *, first: int, count: int, rate: float | None, start: int, seconds: float) -> Answer:
        """Enqueue tasks from `start` on, nanoseconds of this host's clock, for so many seconds.

        The numbers are `first` and those after it, `count` at most. With a rate, each task has a time at which it is
        due; a task that is still due at the end of the window is not sent.
        """
        intended, begin, end = (array("q", bytes(8 * count)) for _ in range(3))
        now, enqueue = time.monotonic_ns, self._enqueue
        deadline = start + round(seconds * NS_PER_S)
        offered = count if rate is None else min(count, max(1, round(rate * seconds)))
        sent = 0
        sleep_until(start)
        used = _processor_seconds()
        for number in range(offered):
            due = start if rate is None else start + round(number * NS_PER_S / rate)
            sleep_until(due)
            before = now()
            if before >= deadline:
                break
            result = enqueue(first + number)
            after = now()
            intended[number], begin[number], end[number] = (0 if rate is None else due), before, after
            # Freed here: a result that lives until the next call ends would be freed within that call's time.
            del result
            sent += 1
        cpu = _processor_seconds() - used
        for name, column in ((INTENDED, intended), (BEGIN, begin), (END, end)):
            Path(name).write_bytes(column.tobytes())
        return {"offered": sent if rate is None else offered, "sent": sent, "cpu": cpu}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    answer_requests(begin_with(HostProducer))
