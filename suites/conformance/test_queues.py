"""QUE: tasks go to the queue and to the alias they name."""

import pytest

from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import NotApplicable, same
from taskgauge.suites.conformance.running import ALIAS, SECOND_QUEUE, Run, RunningTarget
from taskgauge.suites.conformance.two_aliases import ALIASES, NO_RESULT, seen_with_two_aliases

QUEUES = ("default", SECOND_QUEUE)


@requirement("QUE-01")
@pytest.mark.parametrize("queue", QUEUES)
def test_the_queue_is_told_by_the_result(target: RunningTarget, queue: str) -> None:
    """By what enqueue() returns."""
    run = target.submit(_on(target, queue, target.tasks().note))
    same("task.queue_name of enqueue()", run.result.task.queue_name, queue)


@requirement("QUE-01")
def test_the_queue_is_told_to_the_worker(working: RunningTarget) -> None:
    """A worker for all queues runs both tasks, and each reads its own queue from its context."""
    runs = {queue: working.submit(_on(working, queue, working.tasks().tell_context)) for queue in QUEUES}
    for queue, run in runs.items():
        same("task.queue_name in the worker", run.start()["task"]["queue_name"], queue)
        if working.flag("supports_get_result"):
            same("task.queue_name by get_result() at the end", run.outcome().task.queue_name, queue)


@requirement("QUE-01", "QUE-02")
@pytest.mark.own_worker
def test_a_worker_leaves_the_queues_of_others_alone(target: RunningTarget) -> None:
    """A worker for one queue runs its tasks and leaves another queue's READY, until a worker for that one comes."""
    target.not_working()
    note = target.tasks().note
    left_over: list[Run] = []
    tasks: list[Run] = []
    for served, left in (QUEUES[::-1], QUEUES):
        worker = target.start_worker(queues=[served])
        others = [target.submit(_on(target, left, note)) for _ in range(3)]
        own = [target.submit(_on(target, served, note)) for _ in range(3)]
        target.settle([*left_over, *own], f"a worker for {served!r} runs what is in it")
        # It has nothing else to do now, and looks for work at least once more.
        own.append(target.submit(_on(target, served, note)))
        own[-1].end()
        same(f"tasks of {left!r} that a worker for {served!r} ran", sum(bool(run.starts()) for run in others), 0)
        if target.flag("supports_get_result"):
            same("status of a task whose queue is not served", others[0].status(), "READY")
        worker.kill()
        left_over = others
        tasks += [*own, *others]
    target.working()
    target.settle(left_over, "a worker for all queues runs what is in them")
    same("executions of each task", [len(run.starts()) for run in tasks], [1] * len(tasks))


@requirement("QUE-03")
@pytest.mark.own_worker
@pytest.mark.parametrize("alias", ALIASES)
def test_a_task_is_told_under_its_own_alias(target: RunningTarget, alias: str) -> None:
    """By the result of enqueue(), and by its own backend's get_result()."""
    seen = seen_with_two_aliases(target)[alias]
    same("result.backend of enqueue()", seen["enqueued"], alias)
    if target.flag("supports_get_result"):
        same("result.backend by get_result()", seen["own"], alias)


@requirement("QUE-03")
@pytest.mark.own_worker
@pytest.mark.parametrize("alias", ALIASES)
def test_a_task_runs_under_its_own_alias(target: RunningTarget, alias: str) -> None:
    """As its context tells it in the worker, and once."""
    if target.runs == "never":
        raise NotApplicable("this backend never runs a task")
    seen = seen_with_two_aliases(target)[alias]
    started = target.wait_for(lambda: target.witness.of(seen["key"], "started"), f"a task of the alias {alias!r} runs")
    same("result.backend in the worker", started[0]["alias"], alias)
    same("task.backend in the worker", started[0]["task_alias"], alias)
    same("executions", len(started), 1)


@requirement("QUE-03")
@pytest.mark.own_worker
@pytest.mark.parametrize("alias", ALIASES)
def test_no_result_is_found_under_the_other_alias(target: RunningTarget, alias: str) -> None:
    """get_result() of the other alias raises TaskResultDoesNotExist."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    seen = seen_with_two_aliases(target)[alias]
    same(f"get_result() of the other alias, for a result of {alias!r}", seen["other"], NO_RESULT)


def _on(target: RunningTarget, queue: str, task: object) -> object:
    """Return the task for a queue; raise NotApplicable if the target's settings do not have it."""
    if target.backend.queues and queue not in target.backend.queues:
        raise NotApplicable(f"the settings have no queue {queue!r}")
    return task if queue == ALIAS else task.using(queue_name=queue)  # type: ignore[attr-defined]
