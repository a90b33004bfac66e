"""Changes the setting TASKS of the target in this process."""

import contextlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any
from unittest.mock import patch

from taskgauge.suites.conformance.outcomes import NotApplicable
from taskgauge.suites.conformance.project import ALIAS

ABSENT = object()
"""Stands for a key that is left out of the settings."""
SECOND = "second"
"""An alias and a queue in addition to the default ones."""
TWO_ALIASES: Mapping[str, Mapping[str, Any]] = {ALIAS: {}, SECOND: {}}
TWO_QUEUES: Mapping[str, Mapping[str, Any]] = {ALIAS: {"QUEUES": ["default", SECOND]}}


@contextlib.contextmanager
def reconfigured(aliases: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Give TASKS these aliases, with the target's settings changed by the keys of each alias; ABSENT leaves a key out.

    New backend instances serve the aliases inside the block, and new ones again after it.
    """
    from django.conf import settings  # noqa: PLC0415 -- settings first
    from django.test import override_settings  # noqa: PLC0415

    own = settings.TASKS[ALIAS]
    changed = {
        alias: {key: value for key, value in {**own, **keys}.items() if value is not ABSENT}
        for alias, keys in aliases.items()
    }
    with override_settings(TASKS=changed):
        yield


@contextlib.contextmanager
def with_project_task(alias: str = ALIAS) -> Iterator[Any]:
    """Give the backend of an alias, in this thread, the project's own Task class; yield the module that defines it.

    TASKS goes on naming the target's own class: a backend may refuse settings that do not name it. A change of TASKS
    makes new backends, which do not have the Task class. Raises NotApplicable if the attribute cannot be set.
    """
    from taskgauge.suites.conformance.framework import task_backends  # noqa: PLC0415 -- settings first

    # Imported before anything is changed: the module builds on the backend's own Task class.
    module = import_module("taskgauge.suites.conformance.project_task")
    backend = task_backends[alias]
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(patch.object(backend, "task_class", module.ProjectTask))
        except (AttributeError, TypeError) as error:
            raise NotApplicable(f"its Task class cannot be replaced: {error}") from error
        yield module
