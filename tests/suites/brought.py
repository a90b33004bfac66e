"""Variants as somebody would bring them along: good ones, and ones with something wrong."""

import os
from types import SimpleNamespace
from typing import Any, NamedTuple

from taskgauge.suites.shapes.variants import load

again = load("today-again")


def _slower(loops: int) -> Any:
    """Return a copy of today whose Task does so much more when it is created."""
    burdened = type("Task", (again.Task,), {"__slots__": (), "__module__": __name__})
    validate = again.Task.__post_init__

    def burn(self: Any) -> None:
        validate(self)
        for _ in range(loops):
            pass

    burdened.__post_init__ = burn  # type: ignore[attr-defined]
    return SimpleNamespace(
        Task=burdened, TaskResult=again.TaskResult, TaskContext=again.TaskContext, TaskError=again.TaskError
    )


unburdened = _slower(0)
slower = _slower(int(os.environ.get("TASKGAUGE_TEST_BURN", "0")))


class TaskResult(NamedTuple):
    """A result that forgot most of its fields."""

    task: Any
    id: str


forgetful = SimpleNamespace(
    Task=again.Task, TaskResult=TaskResult, TaskContext=again.TaskContext, TaskError=again.TaskError
)
classless = SimpleNamespace(Task=again.Task)


class HeavierResult(again.TaskResult):  # type: ignore[misc, name-defined]
    """A result that owns one empty list more than today's."""

    __slots__ = ("ballast",)

    def __post_init__(self) -> None:
        """Do what Django does, and take the ballast on."""
        super().__post_init__()
        object.__setattr__(self, "ballast", [])


heavier = SimpleNamespace(
    Task=again.Task, TaskResult=HeavierResult, TaskContext=again.TaskContext, TaskError=again.TaskError
)
