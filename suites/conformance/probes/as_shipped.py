"""Runs tasks on a backend as it is shipped: with its own retries, although the target's settings turn these off.

Rows about tasks that fail need the retries off. A kill and a delivery are judged as users have them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.harness.target_worker import TargetWorker
from taskgauge.suites.conformance.project import AS_SHIPPED, ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """The known part of a result that another process got."""

    id: str


@dataclass(frozen=True, slots=True)
class AsShipped:
    """A target with the settings of its descriptor's `shipped`, if there are any, and else with its own."""

    target: TargetHarness

    @property
    def settings(self) -> str:
        """The settings module of workers and producers."""
        is_other = (self.target.project.folder / f"{AS_SHIPPED}.py").exists()
        return AS_SHIPPED if is_other else ONE

    def add_worker(self, environment: Mapping[str, str] | None = None) -> TargetWorker:
        """Start a worker for one test and wait until it is ready."""
        return self.target.workers.add(settings=self.settings, environment=environment)

    def launch_worker(self) -> TargetWorker:
        """Start a worker for one test, and do not wait until it is ready."""
        return self.target.workers.launch(settings=self.settings)

    def start_worker(self) -> None:
        """Start the shared worker, or a worker for one test if these settings are not the target's own."""
        if self.settings == ONE:
            self.target.workers.start()
        else:
            self.add_worker()

    def submit(self, name: str, *args: Any, module: str = "basic", invariants: bool = True, **kwargs: Any) -> Run:
        """Enqueue a task of this name; another process does so if the settings are not the target's own."""
        [run] = self.submit_all(name, 1, *args, module=module, invariants=invariants, **kwargs)
        return run

    def submit_all(
        self, name: str, number: int, *args: Any, module: str = "basic", invariants: bool = True, **kwargs: Any
    ) -> Sequence[Run]:
        """Enqueue so many tasks of this name, as `submit` does."""
        target = self.target
        if self.settings == ONE:
            task = getattr(target.tasks(module), name)
            return [target.submit(task, *args, invariants=invariants, **kwargs) for _ in range(number)]
        # The invariants judge only tasks of the target's own settings.
        keys = [target.submitted.new_key(invariants=False) for _ in range(number)]
        call = f"{__name__}:{enqueue_all.__name__}"
        ids = target.run_in_subprocess(call, module, name, keys, args, kwargs, settings=self.settings)
        return [target.submitter.accept(key, _Accepted(id=ids[key])) for key in keys]


def enqueue_all(
    module: str, name: str, keys: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, str]:
    """Enqueue a task with each key; return the ids of the results by key. This is a remote call."""
    task = getattr(import_module(f"taskgauge.suites.conformance.tasks.{module}"), name)
    return {key: str(task.enqueue(key, *args, **kwargs).id) for key in keys}
