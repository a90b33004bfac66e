"""Remote calls about set-up: system checks, incomplete settings, early imports, and objects of another process."""

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

    values = vars(import_module(f"taskgauge.suites.conformance.tasks.{module}")).values()
    return sorted({value.module_path for value in values if isinstance(value, api.Task)})


def checks() -> dict[str, Any]:
    """Return the output of `manage.py check`, the aliases that it checks, and the effects of incomplete settings."""
    said = check_command()
    with reconfigured(TWO_ALIASES), _overheard() as asked:
        check_command()
    return {"said": said, "asked": sorted(asked), "incomplete": incomplete_settings()}


def check_command() -> str:
    """Run `manage.py check --fail-level WARNING`; return its messages, or an empty text if all is well."""
    from django.core.management import call_command  # noqa: PLC0415 -- needs the settings

    try:
        call_command("check", fail_level="WARNING", stdout=StringIO(), stderr=StringIO())
    except Exception as error:  # SystemCheckError has the messages; the test reports any other
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return ""


@contextlib.contextmanager
def _overheard() -> Iterator[list[str]]:
    """Replace the backends' `check()` by one that records the alias and reports no error; yield the aliases."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    asked: list[str] = []

    def check(self: Any, **kwargs: Any) -> list[Any]:
        del kwargs
        asked.extend(alias for alias in api.task_backends if api.task_backends[alias] is self)
        return []

    with patch.object(type(api.task_backends["default"]), "check", check):
        yield asked


def incomplete_settings() -> dict[str, dict[str, str]]:
    """Return the behaviour of the backend for each of the target's own settings that is left out.

    Enqueues no task: the backend could connect to a server that is not ours.
    """
    from django.conf import settings  # noqa: PLC0415 -- needs the settings

    own: Mapping[str, Any] = settings.TASKS["default"]
    options: Mapping[str, Any] = own.get("OPTIONS", {})
    seen = {}
    for name in sorted(set(own) - {"BACKEND", "QUEUES", "OPTIONS"}):
        seen[f"no {name}"] = what_is_seen({name: ABSENT})
    for name in options:
        fewer = {option: value for option, value in options.items() if option != name}
        seen[f"no option {name}"] = what_is_seen({"OPTIONS": fewer})
    return seen


def what_is_seen(changes: Mapping[str, Any], *, key: str = "", queue: str = "") -> dict[str, str]:
    """Check the default backend with changed settings; if that reports no error, enqueue a task in the queue.

    In the returned dictionary, `said` is an error from the check, or an exception for invalid settings or tasks;
    `failed` is any other exception; `id` is the id of the task's result. Without a queue no task is enqueued.
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
        except Exception as error:  # the test reports it
            seen["failed"] = f"{type(error).__name__}: {error}"[:300]
    return seen


def _errors_of(backend: Any) -> str:
    """Return the errors that `check()` reports; another test covers checks that raise."""
    try:
        return "; ".join(str(message.msg) for message in backend.check() if message.level >= _ERROR)
    except Exception:
        return ""


def first_use(key: str) -> dict[str, str]:
    """Check the default backend with this process's settings, and enqueue a task in the default queue."""
    return what_is_seen({}, key=key, queue="default")


def _enqueue(key: str, queue: str) -> str:
    from taskgauge.suites.conformance.tasks import basic  # noqa: PLC0415 -- needs the settings

    return str(stopped_first(basic.note.using(queue_name=queue)).enqueue(key).id)


def stopped_first(task: Any) -> Any:
    """Return the task after stopping the workers of its backend, if its descriptor says that this is possible."""
    if os.environ.get(environment_variables.PAUSABLE):
        task.get_backend().stop()
    return task


def unpickled(key: str, objects: str) -> dict[str, Any]:
    """Unpickle a Task and its result from the text of `packed`, and use both.

    Returns whether the Task equals that of its module, the id of the result after enqueueing it here, and, if results
    can be looked up, the result's status after refresh().
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
    """Return both as text for another process; the result is None if that process could not look it up."""
    return base64.b64encode(pickle.dumps((task, result))).decode()
