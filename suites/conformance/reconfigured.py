"""The target under other settings of TASKS, in this process only."""

import contextlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from taskgauge.suites.conformance.project import ALIAS

ABSENT = object()
"""Stands for a key that is left out."""
SECOND = "second"
"""An alias and a queue besides the default ones."""
TWO_ALIASES: Mapping[str, Mapping[str, Any]] = {ALIAS: {}, SECOND: {}}
TWO_QUEUES: Mapping[str, Mapping[str, Any]] = {ALIAS: {"QUEUES": ["default", SECOND]}}


@contextlib.contextmanager
def reconfigured(aliases: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Let TASKS have these aliases, each configured as the target is but for the keys given; ABSENT leaves one out.

    New backend instances serve the aliases inside, and again new ones afterwards.
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
    """Let the target's backend make tasks of the project's own Task class; give the module that has both."""
    # Imported before anything is changed: the module builds on the target's own backend.
    module = import_module("taskgauge.suites.conformance.project_task")
    with reconfigured({ALIAS: {"BACKEND": module.PATH}}):
        yield module
