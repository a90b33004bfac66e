"""Observes tasks in queues and under aliases of odd names, and one enqueued through the backend of another alias."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskgauge.suites.conformance import producers
from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.project import ONE
from taskgauge.suites.conformance.running import ALIAS, RunningTarget
from taskgauge.suites.conformance.values import NAMES

SETTINGS = "taskgauge_odd_names"
"""Settings module with queues and aliases of odd names."""
OTHER = "other"
"""An alias beside these, configured as `default` is."""
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


def observe_oddities(target: RunningTarget) -> Oddities:
    """Enqueue all of them in a process under settings of their own; then let a worker with these look for them."""
    _write_settings(target)
    if target.runs == "worker":
        target.not_working()
    queues = {name: (target.new_key(), {"queue_name": NAMES[name]}) for name in NAMES}
    # Worker processes of the producer's own are as many as its aliases, and their names matter to nobody.
    named = () if target.runs == "processes" else NAMES
    aliases = {name: (target.new_key(), {"backend": NAMES[name]}) for name in named}
    key = target.new_key()
    given = [*queues.values(), *aliases.values()]
    told = target.elsewhere(producers.path("enqueue_oddly"), given, [key, ALIAS, OTHER], settings=SETTINGS)
    noted, through = told["noted"], told["through"]
    target.disturbed.update(one["id"] for one in (*noted.values(), through) if "id" in one)
    awaited = [each for each in (*(key for key, _ in queues.values()), key) if "id" in {**noted, key: through}[each]]
    executions = _executions(target, awaited)
    return Oddities(
        queues={name: {**noted[each], **executions.get(each, {})} for name, (each, _) in queues.items()},
        aliases={name: noted[each] for name, (each, _) in aliases.items()},
        through_another={**through, **executions.get(key, {})},
    )


def _write_settings(target: RunningTarget) -> None:
    names = list(NAMES.values())
    (target.project.folder / f"{SETTINGS}.py").write_text(
        f"from {ONE} import *\n\n"
        f"_own, _names = TASKS[{ALIAS!r}], {names!r}\n"
        f"TASKS = {{name: _own for name in [*_names, {OTHER!r}]}}\n"
        f"TASKS[{ALIAS!r}] = {{**_own, 'QUEUES': ['default', *_names]}}\n",
        encoding="utf-8",
    )


def _executions(target: RunningTarget, keys: list[str]) -> dict[str, dict[str, Any]]:
    """Return by key whether a worker ran the task; nothing where there is no worker process."""
    if target.runs != "worker":
        return {}
    target.start_worker(settings=SETTINGS)
    try:
        patience = _SOON + target.bound("idle_pick_up", 1.0)
        target.wait_for(lambda: all(target.witness.of(key) for key in keys), "they start", patience)
    except Deviation:
        pass  # which of them did is the answer
    return {key: {"execution": "run" if target.witness.of(key) else "not run"} for key in keys}
