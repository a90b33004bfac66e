"""Observes a task on each of two aliases, in another process that has both aliases in its settings."""

import os
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import NotApplicable
from taskgauge.suites.conformance.project import TWO

ALIASES = ("default", "second")
NO_RESULT = "TaskResultDoesNotExist"

type Seen = dict[str, dict[str, str]]


def seen_with_two_aliases(target: TargetHarness) -> Seen:
    """Run `look_at_both` in another process and return its observations by alias; workers serve both aliases meanwhile.

    Raises NotApplicable if the target has no settings with two aliases.
    """
    return target.observe_once(_observe)


def look_at_both(keys: dict[str, str], telling: dict[str, str], timeout: float) -> Seen:
    """Enqueue tasks on both aliases, wait until they have run or time out, and look them up on both backends.

    The observations of an alias: the `key` of its task, the alias of the result from enqueue() (`enqueued`), the alias
    from get_result() of its own backend (`own`), the outcome of get_result() of the other backend (`other`), and the
    key of another task that records the alias from its context (`telling`).
    """
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings
    from taskgauge.suites.conformance.tasks.aliases import tell_alias  # noqa: PLC0415
    from taskgauge.suites.conformance.tasks.basic import note  # noqa: PLC0415

    for alias in ALIASES:
        tell_alias.using(backend=alias).enqueue(telling[alias])
    results = {alias: note.using(backend=alias).enqueue(keys[alias]) for alias in ALIASES}
    events = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))
    events.wait(lambda: all(events.of(key, "finished") for key in keys.values()), timeout, lambda: None)
    events.wait(lambda: all(events.of(key, "finished") for key in telling.values()), min(timeout, 2.0), lambda: None)

    def look(alias: str, result: Any) -> str:
        try:
            return str(api.task_backends[alias].get_result(result.id).backend)
        except api.TaskResultDoesNotExist:
            return NO_RESULT
        except Exception as error:  # the test reports it
            return f"{type(error).__name__}: {error}"

    return {
        alias: {
            "key": keys[alias],
            "telling": telling[alias],
            "enqueued": str(results[alias].backend),
            "own": look(alias, results[alias]),
            "other": look(other, results[alias]),
        }
        for alias, other in (ALIASES, ALIASES[::-1])
    }


def _observe(target: TargetHarness) -> Seen:
    if not (target.project.folder / f"{TWO}.py").exists():
        raise NotApplicable("the descriptor has no settings with two aliases")
    if target.runs == "worker":
        target.workers.stop()
        workers = [target.workers.launch(alias=alias, settings=TWO) for alias in ALIASES]
        target.workers.await_ready(*workers)
    timeout = 0.0 if target.runs == "never" else target.waiter.timeout
    keys, telling = ({alias: target.submitted.new_key() for alias in ALIASES} for _ in range(2))
    function = f"{__name__}:{look_at_both.__name__}"
    seen: Seen = target.run_in_subprocess(function, keys, telling, timeout, settings=TWO, timeout=timeout + 60)
    return seen
