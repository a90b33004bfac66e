"""Shares of functions in stacks that py-spy has sampled."""

import re
from collections import Counter
from collections.abc import Iterable

_LINE = re.compile(r":\d+\)$")
IDLE = ("Condition.wait", "Thread.join", "EpollSelector.select", "PollSelector.select", "SelectSelector.select")
"""The functions in which a thread waits for other threads, and does nothing for a task."""


def shares(lines: Iterable[str], within: str = "") -> tuple[int, dict[str, float]]:
    """Return the number of samples, and by function the share of samples in it and in what it calls.

    A line of py-spy's format `raw` is a stack and its samples. With `within`, the begin of a function's name, the whole
    is that function with its waits. Without it, it is all but threads that wait for other threads.
    """
    total, counts = 0, Counter[str]()
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        # Names of processes and threads are among the frames, and end without a line.
        frames = [_LINE.sub(")", frame) for frame in stack.split(";") if _LINE.search(frame)]
        if not frames or "resource_tracker" in frames[-1] or (not within and frames[-1].startswith(IDLE)):
            continue
        if any(frame.startswith(within) for frame in frames):
            total += int(samples)
            counts.update(dict.fromkeys(frames, int(samples)))
    return total, {name: count / total for name, count in counts.most_common()}
