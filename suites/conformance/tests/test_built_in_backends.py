"""BLT: Django's own two backends; their tests also show that the suite reads behaviour correctly."""

import os
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import refused, same

FLAGS = {
    "django-dummy": {
        "supports_defer": True,
        "supports_async_task": True,
        "supports_get_result": False,
        "supports_priority": True,
    },
    "django-immediate": {
        "supports_defer": False,
        "supports_async_task": True,
        "supports_get_result": False,
        "supports_priority": True,
    },
}
"""The flags of Django's documentation, by target."""


@requirement("BLT-01")
@pytest.mark.parametrize("method", ["enqueue", "aenqueue"])
def test_the_immediate_backend_runs_a_task_inside_enqueue(target: TargetHarness, method: str) -> None:
    """The task runs once, in this process and thread, before enqueue() returns."""
    task, key = target.tasks().give, target.submitted.new_key()
    enqueue = task.enqueue if method == "enqueue" else async_to_sync(task.aenqueue)
    run = target.submitter.accept(key, enqueue(key, "a value"))
    same("executions when enqueue() returns", len(run.ends()), 1)
    same("process", run.ends()[0]["pid"], os.getpid())
    same("thread", run.ends()[0]["thread"], threading.get_native_id())
    same("is_finished", run.result.is_finished, True)
    same("status", str(run.result.status), "SUCCESSFUL")
    same("attempts", run.result.attempts, 1)
    same("return_value", run.result.return_value, "a value")


@requirement("BLT-01")
def test_the_immediate_backend_returns_a_failed_result(target: TargetHarness) -> None:
    """`enqueue()` returns a FAILED result and does not raise."""
    result = target.submit(target.tasks().fail, "ValueError").result
    same("is_finished", result.is_finished, True)
    same("status", str(result.status), "FAILED")
    same("attempts", result.attempts, 1)
    same("errors", [error.exception_class for error in result.errors], [ValueError])


@requirement("BLT-02")
def test_the_immediate_backend_lets_keyboard_interrupt_through(target: TargetHarness) -> None:
    """`enqueue()` raises KeyboardInterrupt, because the user wants to stop."""
    key = target.submitted.new_key(invariants=False)
    refused("enqueue()", lambda: target.tasks().fail.enqueue(key, "KeyboardInterrupt"), KeyboardInterrupt)
    signals = target.events.records(event="signal", key=key)
    same("executions", len(target.events.of(key, "started")), 1)
    same("signals", [record["signal"] for record in signals], ["task_enqueued", "task_started"])


@requirement("BLT-03")
def test_the_dummy_backend_keeps_tasks_and_runs_none(target: TargetHarness) -> None:
    """Tasks stay READY, in the order of enqueueing, until clear() is called."""
    backend: Any = target.backend
    backend.clear()
    tasks = target.tasks()
    runs = [target.submit(task, *args) for task, args in ((tasks.note, ()), (tasks.give, (1,)), (tasks.note, ()))]
    key = target.submitted.new_key()
    runs.append(target.submitter.accept(key, async_to_sync(tasks.note.aenqueue)(key)))
    same("the ids in `results`", [str(result.id) for result in backend.results], [run.id for run in runs])
    same("states", {str(result.status) for result in backend.results}, {"READY"})
    same("states as returned", {str(run.result.status) for run in runs}, {"READY"})
    same("executions", [record for run in runs for record in run.starts()], [])
    backend.clear()
    same("`results` after clear()", list(backend.results), [])


@requirement("BLT-04")
@pytest.mark.parametrize("flag", ["supports_defer", "supports_async_task", "supports_get_result", "supports_priority"])
def test_flags_are_those_of_the_documented_table(target: TargetHarness, flag: str) -> None:
    """The flag has the documented value."""
    same(flag, getattr(target.backend, flag), FLAGS[target.name][flag])
