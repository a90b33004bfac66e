"""Sends the workload of a session to its target, or says why the target refuses it."""

from collections.abc import Mapping
from typing import Any

from taskgauge.suites.sessions import errors
from taskgauge.suites.sessions.session.processes import READY, SessionProcesses

ENQUEUE_LIMIT = 600.0
"""The seconds that a producer may take for its tasks."""
WARM_UP = 20
"""The tasks for each worker that run before the measured tasks, so that imports and connections are not measured."""


def check_support(processes: SessionProcesses) -> None:
    """Raise WorkloadRefused if the backend does not declare what the tasks of the workload need."""
    load, facts = processes.load, processes.facts
    if load.priorities and not facts["supports_priority"]:
        raise errors.WorkloadRefused("it declares no priorities (supports_priority is false)")
    if load.deferrals and not facts["supports_defer"]:
        raise errors.WorkloadRefused("it declares no deferred tasks (supports_defer is false)")
    worker = processes.target.descriptor.worker
    served = set(worker.serves) if worker is not None and worker.serves else set(facts["queues"])
    if unserved := set(load.queues) - served if served else set():
        raise errors.WorkloadRefused(f"it serves no queue {', '.join(map(repr, sorted(unserved)))}")
    if worker is not None and worker.serves_one_queue and len(set(load.queues)) > 1:
        raise errors.WorkloadRefused("each queue has workers of its own, so none waits for another")


def try_payload(processes: SessionProcesses) -> None:
    """Raise WorkloadRefused if the target takes a task without the payload and not with it."""
    load = processes.load
    if load.payload:
        answer = processes.ask(READY, do="try_payload", number=load.tasks)
        if error := answer.get("refused"):
            raise errors.WorkloadRefused(f"a payload of {load.payload:,} characters: {error}")


def warm_up_count(processes: SessionProcesses) -> int:
    """Return the number of tasks of the warm-up."""
    return WARM_UP * processes.load.workers


def warm_up(processes: SessionProcesses) -> None:
    """Enqueue the tasks of the warm-up."""
    processes.ask(READY, do="warm_up", first=processes.load.tasks, count=warm_up_count(processes))


def enqueue(processes: SessionProcesses, seconds: float = ENQUEUE_LIMIT) -> Mapping[str, Any]:
    """Enqueue in a closed loop for at most so many seconds; return the producer's answer, with the `count`."""
    load = processes.load
    if load.priorities or load.queues or load.deferrals:
        varied = {"priorities": load.priorities, "queues": load.queues, "deferrals": load.deferrals}
        return processes.ask(seconds + 60, do="enqueue_varied", count=load.tasks, **varied)
    return processes.ask(
        seconds + 60,
        do="enqueue",
        count=load.tasks,
        seconds=seconds,
        transaction=load.transaction,
        call=load.call,
        producers=load.producers,
        first=load.tasks,
    )


def enqueue_in_box(processes: SessionProcesses) -> Mapping[str, Any]:
    """Enqueue until the box is over; raise WorkloadRefused if the target fails only with several producers."""
    load = processes.load
    try:
        return enqueue(processes, load.box)
    except errors.ProducerFailed as failure:
        processes.check_services()
        if load.producers == 1:
            raise
        kind = "coroutines" if load.call == "aenqueue" else "threads"
        raise errors.WorkloadRefused(f"{load.producers} {kind}: {failure}") from failure


def enqueue_at_rate(processes: SessionProcesses) -> None:
    """Enqueue in an open loop at the rate of the workload."""
    load = processes.load
    assert load.rate is not None  # noqa: S101 -- the workload of an open loop has a rate
    processes.ask(load.tasks / load.rate + ENQUEUE_LIMIT, do="enqueue_at_rate", count=load.tasks, rate=load.rate)


def enqueue_idle(processes: SessionProcesses) -> None:
    """Enqueue one task at a time, with a pause before each in which the workers have nothing to do."""
    plan, poll = processes.plan, processes.poll
    # Threads and processes of the backend itself wait at once; a worker looks for tasks a few times before.
    rest, spread = (0.3, 0.2) if processes.target.descriptor.worker else (0.05, 0.1)
    shortest = rest + 0.2 * poll
    # Pauses that are longer by up to a whole poll interval reach the worker at any time of its sleep.
    longest = shortest + max(poll, spread)
    processes.ask(
        plan.workload.tasks * (longest + 30),
        do="enqueue_idle",
        count=plan.workload.tasks,
        shortest=shortest,
        longest=longest,
        seed=plan.seed + plan.repetition,
    )
