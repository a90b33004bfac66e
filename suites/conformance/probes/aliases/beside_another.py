"""Observes the target at an alias other than `default`, beside another backend, in a process with such settings."""

import os
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable, WorkerEnded
from taskgauge.suites.conformance.probes.aliases.two_aliases import seen_with_two_aliases
from taskgauge.suites.conformance.project import BESIDE

SECOND = "second"
"""The alias of the target."""

type Seen = dict[str, str]


def seen_beside_another(target: TargetHarness) -> Seen:
    """Run `look_beside` in another process and return its observations; a worker serves the alias meanwhile.

    Raises NotApplicable if the target has no settings with a second alias, and Deviation if its worker starts beside
    a backend of its own class and does not start here.
    """
    return target.observe_once(_observe)


def look_beside(keys: dict[str, str], timeout: float) -> Seen:
    """Enqueue tasks that are decorated with the alias `second`, wait until they have run or time out, and look one up.

    The observations: the alias of the result from enqueue() (`enqueued`), of its task (`task`), and the alias from
    get_result() (`looked up`). The task with the key `telling` records the alias from its context.
    """
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings
    from taskgauge.suites.conformance.tasks.second import note_second, tell_second  # noqa: PLC0415

    tell_second.enqueue(keys["telling"])
    result: Any = note_second.enqueue(keys["noting"])
    events = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))
    events.wait(lambda: all(events.of(key, "finished") for key in keys.values()), timeout, lambda: None)
    try:
        looked_up = str(api.task_backends[SECOND].get_result(result.id).backend)
    except Exception as error:  # the test reports it
        looked_up = f"{type(error).__name__}: {error}"
    return {"enqueued": str(result.backend), "task": str(result.task.backend), "looked up": looked_up, **keys}


def _observe(target: TargetHarness) -> Seen:
    if not (target.project.folder / f"{BESIDE}.py").exists():
        raise NotApplicable("the descriptor has no settings with two aliases")
    if target.runs == "worker":
        target.workers.stop()
        _start_worker(target)
    # No other worker of the run serves these settings.
    keys = {name: target.submitted.new_key(invariants=False) for name in ("noting", "telling")}
    timeout = 0.0 if target.runs == "never" else target.waiter.timeout
    function = f"{__name__}:{look_beside.__name__}"
    seen: Seen = target.run_in_subprocess(function, keys, timeout, settings=BESIDE, timeout=timeout + 60)
    return seen


def _start_worker(target: TargetHarness) -> None:
    try:
        target.workers.add(alias=SECOND, settings=BESIDE)
    except Inconclusive as reason:
        worker = target.descriptor.worker
        if worker is not None and worker.alias is None:
            raise NotApplicable(
                f"its worker takes no alias, and does not start beside another backend: {reason}"
            ) from None
        if isinstance(reason, WorkerEnded) and _runs_beside_its_kind(target):
            raise Deviation(
                f"a worker for the alias {SECOND!r} beside another backend at `default`",
                expected="it starts, as it does beside a backend of its own class",
                seen=str(reason),
            ) from None
        raise


def _runs_beside_its_kind(target: TargetHarness) -> bool:
    """Return whether a worker for this alias ran a task where `default` is a backend of the same class."""
    return bool(target.events.of(seen_with_two_aliases(target)[SECOND]["key"], "started"))
