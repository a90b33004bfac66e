"""Samples of groups of processes: memory, processor time, and the number of processes at work."""

import os
import subprocess
import sys
import time

import pytest

from taskgauge.suites.sessions.samplers.usage import UsageSampler

BUSY_AND_IDLE = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
idle = subprocess.Popen([sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"])
while True: pass
"""


def test_processes_at_work() -> None:
    """A process and its busy child are at work, and its idle child is not; the first sample does not know."""
    with subprocess.Popen(
        [sys.executable, "-c", BUSY_AND_IDLE], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            sampler = UsageSampler({"workers": lambda: [process.pid], "store": list})
            sampler.sample()
            time.sleep(1.5)
            sampler.sample()
        finally:
            os.killpg(process.pid, 9)
    first, second = [sample for sample in sampler.samples() if sample.group == "workers"]

    assert (first.at_work, second.at_work) == (None, 2)
    assert second.cpu_seconds > first.cpu_seconds
    assert {sample.group for sample in sampler.samples()} == {"driver", "machine", "workers"}


@pytest.mark.parametrize("group", ["driver", "machine"])
def test_no_count_of_the_machine(group: str) -> None:
    """The samples of the driver and of the machine count no processes."""
    sampler = UsageSampler({})
    sampler.sample()
    sampler.sample()

    assert {sample.at_work for sample in sampler.samples() if sample.group == group} == {None}
