"""OQ: the behaviour of processes where the documentation is silent; recorded, never judged."""

import contextlib
from dataclasses import dataclass

import psutil

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, question
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.probes.child_processes import observe_children
from taskgauge.suites.conformance.run_order import RunOrder

_AT_ONCE = 4
"""The concurrency of the worker whose connections and memory are counted."""
_ROUNDS = 50
"""The number of further rounds of as many tasks."""


@question("OQ-31")
@late(RunOrder.LEFT_BEHIND)
def test_what_becomes_of_tasks_that_start_processes(target: TargetHarness) -> None:
    """Record the ends of tasks that fork, close a pool of processes, or end a child; late, as they may never end."""
    for kind, parented in observe_children(target).items():
        target.answer("OQ-31", f"a task that {kind}", parented.end, parented.error)


@question("OQ-34")
@late(RunOrder.OWN_WORKER)
def test_what_a_worker_of_several_tasks_at_once_takes(target: TargetHarness) -> None:
    """Record connections and memory of a worker that runs four tasks at once, after the first four and after more."""
    descriptor = target.descriptor.worker
    if descriptor is None or descriptor.concurrency is None:
        raise NotApplicable("a worker of this target runs one task at once")
    target.workers.stop()
    worker = target.workers.add(concurrency=_AT_ONCE)
    with gate_file(target) as gate:
        texts = [target.submitted.new_key() for _ in range(_AT_ONCE)]
        together = [target.submit(target.tasks("transactions").write_row_together, str(gate), text) for text in texts]
        with contextlib.suppress(Deviation):
            for run in together:
                run.start()
        at_once = sum(bool(run.starts()) for run in together)
    target.waiter.settle(together)
    first = _usage(worker)
    count = target.tasks("transactions").count_rows
    target.waiter.settle([target.submit(count, texts[0]) for _ in range(_AT_ONCE * _ROUNDS)])
    second = _usage(worker)
    tasks = f"after {_AT_ONCE} tasks, and {_AT_ONCE * _ROUNDS} more"
    target.answer("OQ-34", f"tasks at once, of {_AT_ONCE}", at_once, f"{second.processes} processes")
    target.answer("OQ-34", f"connections {tasks}", f"{first.connections}, {second.connections}")
    target.answer("OQ-34", f"MiB of memory {tasks}", f"{first.memory:.0f}, {second.memory:.0f}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usage:
    """The processes, connections and memory of a worker and its descendants."""

    processes: int
    connections: int
    """Established TCP connections, and open files of SQLite."""
    memory: float
    """MiB that no other process shares."""


def _usage(worker: WorkerProcess) -> _Usage:
    processes = connections = memory = 0
    for process in (psutil.Process(worker.pid), *worker.children()):
        with contextlib.suppress(psutil.NoSuchProcess):
            sockets = process.net_connections("inet")
            established = [socket for socket in sockets if socket.status == psutil.CONN_ESTABLISHED]
            files = [file for file in process.open_files() if "sqlite" in file.path and file.path.endswith("3")]
            connections += len(established) + len(files)
            memory += process.memory_full_info().uss
            processes += 1
    return _Usage(processes=processes, connections=connections, memory=memory / 2**20)
