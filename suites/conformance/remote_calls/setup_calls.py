"""Errands about set-up: system checks, settings with something left out, early imports, and objects from elsewhere."""

import base64
import contextlib
import os
import pickle
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any
from unittest.mock import patch

from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.reconfigured import ABSENT, TWO_ALIASES, reconfigured

_ERROR = 40
"""`django.core.checks.ERROR`."""


def module_paths(module: str) -> list[str]:
    """Return the paths of the tasks in a module of `taskgauge.suites.conformance.tasks`."""
    from importlib import import_module  # noqa: PLC0415

    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    found = import_module(f"taskgauge.suites.conformance.tasks.{module}")
    return sorted({each.module_path for each in vars(found).values() if isinstance(each, api.Task)})


def checks() -> dict[str, Any]:
    """Return what `manage.py check` says, which of two aliases it asks, and what is seen of incomplete settings."""
    said = check_command()
    with reconfigured(TWO_ALIASES), _overheard() as asked:
        check_command()
    return {"said": said, "asked": sorted(asked), "incomplete": incomplete_settings()}


def check_command() -> str:
    """Run `manage.py check --fail-level WARNING`; return what it says, which is nothing where all is well."""
    from django.core.management import call_command  # noqa: PLC0415 -- needs the settings

    try:
        call_command("check", fail_level="WARNING", stdout=StringIO(), stderr=StringIO())
    except Exception as error:  # SystemCheckError has the messages; whatever else it raises is what is seen
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return ""


@contextlib.contextmanager
def _overheard() -> Iterator[list[str]]:
    """Write down the alias of each backend whose `check()` is called, and answer in its place that all is well."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    asked: list[str] = []

    def check(self: Any, **kwargs: Any) -> list[Any]:
        del kwargs
        asked.extend(alias for alias in api.task_backends if api.task_backends[alias] is self)
        return []

    with patch.object(type(api.task_backends["default"]), "check", check):
        yield asked


def incomplete_settings() -> dict[str, dict[str, str]]:
    """Return what is seen of the backend with each of the target's own settings left out.

    No task is enqueued: the backend could reach for a server that is not ours.
    """
    from django.conf import settings  # noqa: PLC0415 -- needs the settings

    own: Mapping[str, Any] = settings.TASKS["default"]
    options: Mapping[str, Any] = own.get("OPTIONS", {})
    found = {}
    for name in sorted(set(own) - {"BACKEND", "QUEUES", "OPTIONS"}):
        found[f"no {name}"] = what_is_seen({name: ABSENT})
    for name in options:
        fewer = {option: value for option, value in options.items() if option != name}
        found[f"no option {name}"] = what_is_seen({"OPTIONS": fewer})
    return found


def what_is_seen(changes: Mapping[str, Any], *, key: str = "", queue: str = "") -> dict[str, str]:
    """Return what the default backend says of its settings, so changed, and of a task in the queue if it says nothing.

    `said` is an error that a check reports, or an exception that says that settings or task are invalid; `failed` is
    any other exception; `id` is that of the task's result. Without a queue no task is enqueued.
    """
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- needs the settings

    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415

    seen = {"said": "", "failed": "", "id": ""}
    with reconfigured({"default": changes}):
        try:
            seen["said"] = _errors_of(api.task_backends["default"])
            if queue and not seen["said"]:
                seen["id"] = _enqueue(key, queue)
        except (ImproperlyConfigured, api.InvalidTask) as error:
            seen["said"] = f"{type(error).__name__}: {error}"
        except Exception as error:  # what was seen is what is told
            seen["failed"] = f"{type(error).__name__}: {error}"[:300]
    return seen


def _errors_of(backend: Any) -> str:
    """Return the errors that `check()` reports; a check that cannot be read is for the test of checks."""
    try:
        return "; ".join(str(one.msg) for one in backend.check() if one.level >= _ERROR)
    except Exception:
        return ""


def first_use(key: str) -> dict[str, str]:
    """Return what is seen with the settings of this process as they are, and of a task in the default queue."""
    return what_is_seen({}, key=key, queue="default")


def _enqueue(key: str, queue: str) -> str:
    from taskgauge.suites.conformance.tasks import basic  # noqa: PLC0415 -- needs the settings

    return str(stopped_first(basic.note.using(queue_name=queue)).enqueue(key).id)


def stopped_first(task: Any) -> Any:
    """Return the task after its backend was told to start no workers of its own, where its descriptor says it can."""
    if os.environ.get(environment_variables.PAUSABLE):
        task.get_backend().stop()
    return task


def unpickled(key: str, objects: str) -> dict[str, Any]:
    """Unpickle a Task and its result, as `packed` gives them, and use both.

    Returns whether the Task is as its module has it, the id under which it was enqueued here, and where results can be
    looked up, the result's status after refresh().
    """
    from django.utils.module_loading import import_string  # noqa: PLC0415 -- needs the settings

    task, result = pickle.loads(base64.b64decode(objects))
    here = import_string(task.module_path)
    seen: dict[str, Any] = {
        "same function": task.func is here.func,
        "equal": task == here,
        "id": str(stopped_first(task).enqueue(key).id),
        "status": "",
    }
    if result is not None:
        result.refresh()
        seen["status"] = str(result.status)
        seen["found"] = str(task.get_result(result.id).id)
    return seen


def packed(task: Any, result: Any) -> str:
    """Return both as text for another process; None for a result that it could not look up."""
    return base64.b64encode(pickle.dumps((task, result))).decode()
