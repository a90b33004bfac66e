"""Profiles targets: `python -m profiles --py-spy PATH TARGET[=TASKS[=FUNCTION]]…`, in the folder `tests`.

It enqueues tasks while py-spy samples the producer, then starts a worker and samples it, with its children, until all
tasks ran. It prints for each phase the functions with the largest shares, calls included. The whole of an execution is
FUNCTION, by default all threads that do not wait for other threads. Backends that run tasks as soon as these are
enqueued are sampled once. A target with an environment below `.taskgauge/environments` runs there, as `taskgauge bench
--install` makes it.
"""

# ruff: noqa: T201 -- that is how it answers

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGINT

from profiles.shares import shares
from taskgauge.backends.descriptors.reader import Target, load_target
from taskgauge.backends.environments.backend_environments import environment_of
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.cli.backend_installation import ENVIRONMENTS
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.session import workload_sending as sending
from taskgauge.suites.sessions.session.instruments import Instruments
from taskgauge.suites.sessions.session.processes import SessionProcesses
from taskgauge.suites.sessions.target_set_up import set_up

_ATTACHED = 1.5
"""The seconds in which py-spy attaches to a process."""
_LONGEST = 12.0
"""The seconds of a phase, at most."""
_SHOWN = 30


@contextmanager
def sampled(py_spy: Path, process: int, output: Path) -> Iterator[None]:
    """Sample a process and its children 100 times a second, waits included, as long as the context lasts."""
    command = [py_spy, "record", "--nonblocking", "--idle", "--subprocesses", "--format", "raw", "--duration", "60"]
    spy = subprocess.Popen([*command, "--output", output, "--pid", str(process)], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        spy.send_signal(SIGINT)
        spy.wait()


def await_finish(instruments: Instruments, count: int) -> None:
    """Wait until so many tasks ran, or until the phase is over."""
    end = time.monotonic() + _LONGEST + _ATTACHED
    while instruments.watch.finished < count and time.monotonic() < end:
        time.sleep(0.05)
        instruments.watch.look()


def profile(target: Target, tasks: int, py_spy: Path, folder: Path) -> None:
    """Write the stacks of both phases into a folder."""
    own = environment_of(target.descriptor, ENVIRONMENTS).python
    load = Workload(arrival="backlog", tasks=tasks)
    python = str(own) if own.exists() else sys.executable
    plan = SessionPlan(part="throughput", target=target.name, repetition=0, workload=load, python=python)
    with ExitStack() as stack:
        processes = SessionProcesses(plan, lambda: None, stack)
        instruments = Instruments(processes)
        made = stack.enter_context(set_up(target, python, processes.keep, load, instruments.arrange))
        instruments.watch_store(made.services)
        processes.start_producer(made.folder)
        processes.hold()
        sending.warm_up(processes)
        with sampled(py_spy, processes.producer_ids()[0], folder / "enqueue.txt"):
            time.sleep(_ATTACHED)
            count = int(sending.enqueue(processes, _LONGEST)["count"])
            if target.worker is None and not target.descriptor.pausable:
                if target.descriptor.runs != "never":
                    await_finish(instruments, count)
                return
        processes.start_workers()
        worker = (processes.worker_ids() or processes.producer_ids())[0]
        with sampled(py_spy, worker, folder / "execute.txt"):
            await_finish(instruments, count)
        processes.stop_workers()


def main() -> None:
    """Profile the targets that are named, and print the shares."""
    parser = argparse.ArgumentParser(prog="profiles", description=__doc__)
    parser.add_argument("targets", nargs="+", metavar="TARGET=TASKS=FUNCTION")
    parser.add_argument("--py-spy", type=Path, required=True, help="the path of py-spy")
    parser.add_argument("--out", type=Path, default=Path("profiles-of-targets"), help="the folder of the stacks")
    options = parser.parse_args()
    for word in options.targets:
        name, tasks, function = [*word.split("="), "", ""][:3]
        folder = options.out / name
        folder.mkdir(parents=True, exist_ok=True)
        profile(load_target(name), int(tasks or 2_000), options.py_spy, folder)
        for phase, within in (("enqueue", "CallLog.call_each"), ("execute", function)):
            file = folder / f"{phase}.txt"
            samples, by_function = shares((file if file.exists() else folder / "enqueue.txt").open(), within)
            print(f"{name}, {phase}: {samples:,} samples")
            print(
                "".join(f"  {share:6.1%} {called}\n" for called, share in [*by_function.items()][:_SHOWN]), flush=True
            )


if __name__ == "__main__":
    main()
