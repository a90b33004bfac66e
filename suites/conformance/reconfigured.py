"""Changes the setting TASKS of the target in this process."""

import contextlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

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
def with_project_task() -> Iterator[Any]:
    """Make the target's backend use the project's own Task class; yield the module that defines both."""
    # Imported before anything is changed: the module builds on the target's own backend.
    module = import_module("taskgauge.suites.conformance.project_task")
    with reconfigured({ALIAS: {"BACKEND": module.PATH}}):
        yield module
