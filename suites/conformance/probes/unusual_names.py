"""Observes tasks in queues and under aliases of odd names, and one enqueued through the backend of another alias."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive
from taskgauge.suites.conformance.project import ALIAS, ONE
from taskgauge.suites.conformance.remote_calls import producer_calls as producers
from taskgauge.suites.conformance.tasks.values import NAMES

SETTINGS = "taskgauge_odd_names"
"""Settings module with queues and aliases of odd names."""
PLAIN_SETTINGS = "taskgauge_other_alias"
"""Settings module with an alias more, for targets that need more said of a queue than its name."""
OTHER = "other"
"""That alias, configured as `default` is."""
_SOON = 10.0
"""Seconds that a task gets of which nobody knows whether it will run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddities:
    """What came of them."""

    queues: Mapping[str, Mapping[str, str]]
    """By what is odd about the queue's name: `refused`, or `looked up` and `execution`."""
    aliases: Mapping[str, Mapping[str, str]]
    """Likewise; no worker serves these."""
    through_another: Mapping[str, str]
    """Of the task that was enqueued through another alias's backend."""
    complaint: str
    """What the target's own check says of the queues; then none was tried."""


def observe_oddities(target: TargetHarness) -> Oddities:
    """Enqueue all of them in a process under settings of their own; then let a worker with these look for them."""
    _write_settings(target)
    if target.runs == "worker":
        target.workers.stop()
    complaint = target.run_in_subprocess(producers.path("complaint"), settings=SETTINGS)
    settings = PLAIN_SETTINGS if complaint else SETTINGS
    # Worker processes of the producer's own are as many as its aliases, and their names matter to nobody.
    aliases = () if complaint or target.runs == "processes" else NAMES
    by_queue = {
        target.submitted.new_key(): (name, {"queue_name": NAMES[name]}) for name in (() if complaint else NAMES)
    }
    by_alias = {target.submitted.new_key(): (name, {"backend": NAMES[name]}) for name in aliases}
    key = target.submitted.new_key()
    given = {each: changes for each, (_, changes) in {**by_queue, **by_alias}.items()}
    told = target.run_in_subprocess(producers.path("enqueue_oddly"), given, [key, ALIAS, OTHER], settings=settings)
    noted = {**told["noted"], key: told["through"]}
    executions = _executions(target, [each for each in (*by_queue, key) if "id" in noted[each]], settings)
    return Oddities(
        queues={name: {**noted[each], **executions.get(each, {})} for each, (name, _) in by_queue.items()},
        aliases={name: noted[each] for each, (name, _) in by_alias.items()},
        through_another={**noted[key], **executions.get(key, {})},
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
    """Return by key whether a worker ran the task; nothing where there is no worker process."""
    if target.runs != "worker":
        return {}
    try:
        target.workers.add(settings=settings)
    except Inconclusive:
        return {key: {"execution": "its worker does not start"} for key in keys}
    with contextlib.suppress(Deviation):  # which of them run is the answer
        patience = _SOON + target.bound("idle_pick_up", 1.0)
        target.waiter.wait_for(lambda: all(target.events.of(key) for key in keys), "they start", patience)
    return {key: {"execution": "run" if target.events.of(key) else "not run"} for key in keys}
