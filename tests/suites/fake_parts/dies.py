"""A part that the kernel kills."""

import os
import signal


def test_death() -> None:
    """Kill the whole process, as the kernel does when memory is out."""
    os.kill(os.getpid(), signal.SIGKILL)
