"""Observes tasks with unusual names of queues and aliases, and a task enqueued through another alias's backend."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive
from taskgauge.suites.conformance.project import ALIAS, ONE
from taskgauge.suites.conformance.remote_calls import producer_calls as producers
from taskgauge.suites.conformance.tasks.values import NAMES

SETTINGS = "taskgauge_odd_names"
"""Settings module with queues and aliases of unusual names."""
PLAIN_SETTINGS = "taskgauge_other_alias"
"""Settings module with one more alias, for targets that need more than a name to configure a queue."""
OTHER = "other"
"""The additional alias, configured like `default`."""
_START_TIMEOUT = 10.0
"""Seconds to wait for a task that may never run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameObservations:
    """The outcomes of tasks with unusual names."""

    queues: Mapping[str, Mapping[str, str]]
    """The outcomes by kind of queue name: `refused`, or `looked up` and `execution`."""
    aliases: Mapping[str, Mapping[str, str]]
    """The outcomes by kind of alias name; no worker serves these aliases."""
    through_another: Mapping[str, str]
    """The outcome of the task that was enqueued through another alias's backend."""
    complaint: str
    """The error of the target's own check about the queues; if there is one, no queue was tried."""


def observe_names(target: TargetHarness) -> NameObservations:
    """Enqueue the tasks in a process with these names in its settings; then let a worker with the same settings run."""
    _write_settings(target)
    if target.runs == "worker":
        target.workers.stop()
    complaint = target.run_in_subprocess(producers.path("complaint"), settings=SETTINGS)
    settings = PLAIN_SETTINGS if complaint else SETTINGS
    # A producer's own worker processes are as many as its aliases, and do not depend on their names.
    aliases = () if complaint or target.runs == "processes" else NAMES
    by_queue = {
        target.submitted.new_key(): (name, {"queue_name": NAMES[name]}) for name in (() if complaint else NAMES)
    }
    by_alias = {target.submitted.new_key(): (name, {"backend": NAMES[name]}) for name in aliases}
    through = target.submitted.new_key()
    changes_by_key = {key: changes for key, (_, changes) in {**by_queue, **by_alias}.items()}
    outcomes = target.run_in_subprocess(
        producers.path("enqueue_oddly"), changes_by_key, [through, ALIAS, OTHER], settings=settings
    )
    noted = {**outcomes["noted"], through: outcomes["through"]}
    executions = _executions(target, [key for key in (*by_queue, through) if "id" in noted[key]], settings)
    return NameObservations(
        queues={name: {**noted[key], **executions.get(key, {})} for key, (name, _) in by_queue.items()},
        aliases={name: noted[key] for key, (name, _) in by_alias.items()},
        through_another={**noted[through], **executions.get(through, {})},
        complaint=complaint,
    )


def _write_settings(target: TargetHarness) -> None:
    beginning = f"from {ONE} import *\n\n_own = TASKS[{ALIAS!r}]\n"
    names = list(NAMES.values())
    sources = {
        PLAIN_SETTINGS: f"TASKS = {{{ALIAS!r}: _own, {OTHER!r}: _own}}\n",
        SETTINGS: (
            f"_names = {names!r}\n"
            f"TASKS = {{name: _own for name in [*_names, {OTHER!r}]}}\n"
            f"TASKS[{ALIAS!r}] = {{**_own, 'QUEUES': ['default', *_names]}}\n"
        ),
    }
    for module, source in sources.items():
        (target.project.folder / f"{module}.py").write_text(beginning + source, encoding="utf-8")


def _executions(target: TargetHarness, keys: list[str], settings: str) -> dict[str, dict[str, str]]:
    """Return by key whether a worker ran the task; empty if there is no worker process."""
    if target.runs != "worker":
        return {}
    try:
        target.workers.add(settings=settings)
    except Inconclusive:
        return {key: {"execution": "its worker does not start"} for key in keys}
    with contextlib.suppress(Deviation):  # the answer records which tasks run
        timeout = _START_TIMEOUT + target.bound("idle_pick_up", 1.0)
        target.waiter.wait_for(lambda: all(target.events.of(key) for key in keys), "they start", timeout)
    return {key: {"execution": "run" if target.events.of(key) else "not run"} for key in keys}
