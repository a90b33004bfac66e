"""A test that disturbs a task and does not exclude it from the invariants fails itself, and no other test."""

import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.exclusion_check import ExclusionCheck, TaskNotExcluded
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks


class CheckedLog:
    """An event log, and the check of a target whose look-ups say READY of every task."""

    def __init__(self, folder: Path, runs: str = "worker", exit_codes: tuple[int, ...] = ()) -> None:
        """Begin with an empty event log."""
        self.path = folder / "events.jsonl"
        self.path.touch()
        self.submitted = SubmittedTasks()
        lookups: Any = SimpleNamespace(state=lambda _: "RUNNING")
        workers: Any = SimpleNamespace(exit_codes=lambda: exit_codes)
        self.check = ExclusionCheck(runs, EventLog(self.path), self.submitted, lookups, workers)

    def one_test(self) -> AbstractContextManager[None]:
        """Return the context in which a test runs."""
        return self.check.of_one_test("a test")

    def enqueue(self, key: str, *, pid: int = os.getpid(), own_settings: bool = True) -> None:
        """Write down that a task was enqueued."""
        facts = {"signal": "task_enqueued", "id": f"id-{key}", "task": "note", "own_settings": own_settings}
        self.write("signal", key=key, pid=pid, **facts)

    def write(self, event: str, **facts: object) -> None:
        """Write a record."""
        with self.path.open("a") as file:
            print(json.dumps({"event": event, "pid": os.getpid(), **facts}), file=file)


@pytest.fixture(scope="module")
def gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_other_settings(tmp_path: Path) -> None:
    """The message names the task; afterwards the task is excluded."""
    log = CheckedLog(tmp_path)

    with (
        pytest.raises(TaskNotExcluded, match="note with the key k1 was enqueued under other settings"),
        log.one_test(),
    ):
        log.enqueue("k1", own_settings=False)

    assert log.submitted.excludes("id-k1", "")


def test_a_task_of_a_process_that_is_gone(tmp_path: Path, gone: int) -> None:
    """It is lost where tasks live in the process that enqueues them, and nowhere else."""
    log = CheckedLog(tmp_path, runs="threads")
    with (
        pytest.raises(TaskNotExcluded, match="k1 was enqueued by a process that is gone"),
        log.one_test(),
    ):
        log.enqueue("k1", pid=gone)

    log = CheckedLog(tmp_path, runs="worker")
    with log.one_test():
        log.enqueue("k2", pid=gone)


@pytest.mark.parametrize(("code", "is_blamed"), [(-signal.SIGKILL, True), (0, True), (1, False)])
def test_a_worker_that_a_test_ended(code: int, is_blamed: bool, tmp_path: Path, gone: int) -> None:
    """What it was running was to be excluded; one that died of an error is the target's own fault."""
    log = CheckedLog(tmp_path, exit_codes=(code,))
    log.enqueue("before")
    log.write("started", key="before", pid=gone)
    log.enqueue("waiting")

    if is_blamed:
        with (
            pytest.raises(TaskNotExcluded, match="before was running in a worker that the test ended"),
            log.one_test(),
        ):
            pass
    else:
        with log.one_test():
            pass
    assert log.submitted.excludes("id-before", "") == is_blamed
    assert not log.submitted.excludes("id-waiting", "waiting")


def test_what_is_excluded_is_no_matter(tmp_path: Path) -> None:
    """By its key, before it is enqueued."""
    log = CheckedLog(tmp_path)
    with log.one_test():
        log.enqueue(log.submitted.new_key(invariants=False), own_settings=False)


def test_a_second_id_of_a_task(tmp_path: Path) -> None:
    """A worker with other settings may enqueue a deferred task once more, which the test cannot know of."""
    log = CheckedLog(tmp_path)
    log.submitted.accepted["id-of-the-caller"] = "k1"
    with log.one_test():
        log.enqueue("k1", own_settings=False)


def test_a_failure_of_the_test_comes_first(tmp_path: Path) -> None:
    """The task is excluded all the same."""
    log = CheckedLog(tmp_path)

    def fail() -> None:
        with log.one_test():
            log.enqueue("k1", own_settings=False)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert log.submitted.excludes("id-k1", "k1")
