"""Checks that priority and queue of using() are reported by get_result() and to the worker: PRI-03 and QUE-01.

Other requirements see the same facts: RES-06 and DEF-07 by get_result(), CTX-03 in the worker.
"""

from functools import partial
from typing import Any

from taskgauge.suites.conformance.harness.attempted import Attempted
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.context_seen import check_context, check_task_told, observe_context
from taskgauge.suites.conformance.project import ALIAS, SECOND_QUEUE

QUEUES = (ALIAS, SECOND_QUEUE)


def check_function(run: Run, task: Any = None) -> None:
    """Raise Deviation unless get_result() gives a Task with the function of the one that was enqueued (RES-06).

    `task` is a Task of this function, if not that of the result of enqueue().
    """
    looked_up = run.look().task
    expected = (task or run.result.task).func
    true("result.task.func", getattr(looked_up, "func", None) is expected, expected="the task's", seen=looked_up)


def check_priority_looked_up(target: TargetHarness) -> None:
    """Raise Deviation unless get_result() has the priority of the decorator or of using() (PRI-03)."""
    if not (target.flag("supports_get_result") and target.flag("supports_priority")):
        raise NotApplicable("results cannot be looked up, or there are no priorities")
    target.workers.start()
    for priority, run in of_each_priority(target, target.tasks("priorities").note_decorated).items():
        task = run.outcome().task
        with seen_through("RES-06", partial(check_function, run)):
            same("task.priority by get_result() at the end", getattr(task, "priority", None), priority)


def check_priority_told(target: TargetHarness) -> None:
    """Raise Deviation unless the task's context has the priority of the decorator or of using() (PRI-03)."""
    if not target.flag("supports_priority"):
        raise NotApplicable("there are no priorities")
    target.workers.start()
    runs = of_each_priority(target, target.tasks("priorities").tell_priority)
    with (
        seen_through("CTX-03", partial(check_task_told, target, "priority")),
        seen_through("CTX-03", partial(check_context, target)),
        seen_through("CTX-01", partial(target.observe_once, observe_context)),
    ):
        for priority, run in runs.items():
            same("task.priority in the worker", run.start()["priority"], priority)


def check_queue_looked_up(target: TargetHarness, queue: str = SECOND_QUEUE) -> None:
    """Raise Deviation unless a worker for all queues runs a task of the queue, and get_result() then has the queue."""
    target.workers.start()
    run = target.observe_once(on_each_queue, "note")[queue].value
    target.waiter.settle([run], f"a task of the queue {queue!r} is run")
    if target.flag("supports_get_result"):
        task = run.outcome().task
        with seen_through("RES-06", partial(check_function, run)):
            same("task.queue_name by get_result() at the end", getattr(task, "queue_name", None), queue)


def check_queue_told(target: TargetHarness, queue: str = SECOND_QUEUE) -> None:
    """Raise Deviation unless the task's context has its queue (QUE-01)."""
    target.workers.start()
    target.waiter.settle(
        [target.observe_once(on_each_queue, "note")[queue].value], f"a task of the queue {queue!r} is run"
    )
    run = target.observe_once(on_each_queue, "tell_context")[queue].value
    with (
        seen_through("CTX-03", partial(check_task_told, target, "queue_name")),
        seen_through("CTX-03", partial(check_context, target)),
        seen_through("CTX-01", partial(target.observe_once, observe_context)),
    ):
        same("task.queue_name in the worker", run.start()["task"]["queue_name"], queue)


def of_each_priority(target: TargetHarness, task: Any) -> dict[int, Run]:
    """Enqueue a decorated task with the priorities of using(), and with its own priority of 10."""
    return {**{n: target.submit(task.using(priority=n)) for n in (-10, 99)}, 10: target.submit(task)}


def on_each_queue(target: TargetHarness, name: str) -> dict[str, Attempted[Run]]:
    """Enqueue the same task on each queue."""
    task = getattr(target.tasks(), name)
    return {queue: Attempted(partial(_submit_on, target, queue, task)) for queue in QUEUES}


def on_queue(target: TargetHarness, queue: str, task: Any) -> Any:
    """Return the task for a queue; raise NotApplicable if the target's settings do not have it."""
    if target.backend.queues and queue not in target.backend.queues:
        raise NotApplicable(f"the settings have no queue {queue!r}")
    return task if queue == ALIAS else task.using(queue_name=queue)


def _submit_on(target: TargetHarness, queue: str, task: object) -> Run:
    return target.submit(on_queue(target, queue, task))
