"""Samples of groups of processes: memory, processor time, and that of the busiest process."""

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


def test_the_busiest_process() -> None:
    """Of a process, its busy child and its idle child, one has the most time; the first sample does not know it."""
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

    grown = second.cpu_seconds - first.cpu_seconds
    assert first.busiest is None
    assert second.busiest is not None
    # Two are busy, so the busiest has half of the time or more, and no more than the whole of a processor.
    assert grown / 2 - 0.02 <= second.busiest < grown
    assert second.busiest <= (second.at - first.at) / 1e9 * 1.1
    assert {sample.group for sample in sampler.samples()} == {"driver", "machine", "workers"}


ONE_AFTER_ANOTHER = """
import subprocess, sys
print("ready", flush=True)
while True:
    subprocess.run([sys.executable, "-c", "for _ in range({rounds}): pass"])
"""


@pytest.mark.parametrize("rounds", [3_000_000, 40_000_000], ids=["shorter than a sample", "longer than a sample"])
def test_children_that_run_one_task_each(rounds: int) -> None:
    """Their time is that of their parent, which is never idle; a child that was sampled is not counted twice."""
    with subprocess.Popen(
        [sys.executable, "-c", ONE_AFTER_ANOTHER.format(rounds=rounds)], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            sampler = UsageSampler({"workers": lambda: [process.pid]})
            for _ in range(10):
                sampler.sample()
                time.sleep(0.4)
        finally:
            os.killpg(process.pid, 9)
    usages = [sample for sample in sampler.samples() if sample.group == "workers"]
    grown = usages[-1].cpu_seconds - usages[0].cpu_seconds
    busiest = sum(usage.busiest or 0.0 for usage in usages[1:])

    assert 0.6 * grown < busiest < 1.25 * grown


@pytest.mark.parametrize("group", ["driver", "machine"])
def test_no_busiest_process_of_the_machine(group: str) -> None:
    """The samples of the driver and of the machine do not tell processes apart."""
    sampler = UsageSampler({})
    sampler.sample()
    sampler.sample()

    assert {sample.busiest for sample in sampler.samples() if sample.group == group} == {None}
