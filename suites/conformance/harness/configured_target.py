"""A target as this process has it configured: its descriptor, its project, its backend and its tasks."""

from functools import cached_property
from importlib import import_module
from typing import Any

from taskgauge.backends.descriptors.reader import Target
from taskgauge.suites.conformance.outcomes import NotApplicable
from taskgauge.suites.conformance.project import ALIAS, ONE, SECOND_QUEUE, Project
from taskgauge.suites.conformance.remote_calls.run_in_subprocess import run_elsewhere


class ConfiguredTarget:
    """The target of this pytest process, which is its producer."""

    def __init__(self, target: Target, project: Project) -> None:
        """Take a target whose settings this process uses."""
        self.target = target
        self.descriptor = target.descriptor
        self.name = target.name
        self.runs = target.descriptor.runs
        self.project = project
        self.unserved: dict[str, str] = {}
        """The queues that no worker serves, each with the reason."""

    @cached_property
    def api(self) -> Any:
        """The framework the target belongs to, as `taskgauge.suites.conformance.framework` gives it."""
        return import_module("taskgauge.suites.conformance.framework")

    @property
    def backend(self) -> Any:
        """The backend instance of the alias `default`, in this thread."""
        return self.api.task_backends[ALIAS]

    def tasks(self, module: str = "basic") -> Any:
        """Return a module of `taskgauge.suites.conformance.tasks`."""
        return import_module(f"taskgauge.suites.conformance.tasks.{module}")

    def flag(self, name: str) -> bool:
        """Return whether the backend declares a feature, such as `supports_defer`."""
        return getattr(self.backend, name, False) is True

    def queues(self) -> set[str]:
        """Return the queues of the settings; the two that every target has, if the settings allow any."""
        return {str(queue) for queue in self.backend.queues} or {ALIAS, SECOND_QUEUE}

    def served_queues(self) -> set[str]:
        """Return the queues of the settings that a worker serves."""
        return self.queues() - self.unserved.keys()

    def check_served(self, queue: str) -> None:
        """Raise NotApplicable if no worker serves a queue."""
        if queue in self.unserved:
            raise NotApplicable(f"no worker serves the queue {queue!r}: {self.unserved[queue]}")

    def bound(self, name: str, otherwise: float) -> float:
        """Return the seconds that the backend documents for `idle_pick_up`, `deferral` and so on, or `otherwise`."""
        value: float | None = getattr(self.descriptor.bounds, name)
        return otherwise if value is None else value

    def run_in_subprocess(self, function: str, *args: Any, settings: str = ONE, timeout: float = 60) -> Any:
        """Run a function of `remote_calls.calls` in a fresh process; return its return value, as JSON.

        Raises Deviation with its exception if the function fails, and if it takes longer than `timeout` seconds.
        Kills all processes that it leaves.
        """
        return run_elsewhere(self.project, function, args, settings=settings, timeout=timeout)
