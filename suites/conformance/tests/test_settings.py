"""SET: the setting TASKS, the handler that reads it, and the exceptions."""

from importlib import import_module
from typing import Any

import pytest

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import NotApplicable, refused, same, true
from taskgauge.suites.conformance.probes.refusals import check_classes_of_refusals, refused_as_invalid
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.reconfigured import ABSENT, SECOND, TWO_ALIASES, TWO_QUEUES, reconfigured

EXPORTED = (
    "task",
    "Task",
    "TaskContext",
    "TaskResult",
    "TaskResultStatus",
    "task_backends",
    "default_task_backend",
    "DEFAULT_TASK_BACKEND_ALIAS",
    "DEFAULT_TASK_QUEUE_NAME",
)
NOWHERE = "taskgauge.nowhere.Backend"


@requirement("SET-01")
def test_without_tasks_it_is_the_immediate_backend(target: TargetHarness) -> None:
    """Django's default TASKS gives the immediate backend."""
    from django.conf import global_settings  # noqa: PLC0415 -- settings first
    from django.test import override_settings  # noqa: PLC0415
    from django.utils.module_loading import import_string  # noqa: PLC0415

    immediate = import_module("django.tasks.backends.immediate").ImmediateBackend
    handler = import_module("django.tasks").task_backends
    with override_settings(TASKS=global_settings.TASKS):
        same("aliases", list(handler), [ALIAS])
        same("the class of the default alias", type(handler[ALIAS]), immediate)
    same("the class after that", type(target.backend), import_string(target.descriptor.backend))


@requirement("SET-02")
def test_the_handler_gives_each_alias_its_backend(target: TargetHarness) -> None:
    """An alias gives always the same backend object."""
    from django.utils.module_loading import import_string  # noqa: PLC0415 -- settings first

    named = import_string(target.descriptor.backend)
    with reconfigured({alias: {"QUEUES": [alias, "another"]} for alias in TWO_ALIASES}):
        for alias in TWO_ALIASES:
            backend = target.api.task_backends[alias]
            same(f"class of {alias!r}", type(backend), named)
            same(f"queues of {alias!r}", set(backend.queues), {alias, "another"})
            again = target.api.task_backends[alias]
            true(f"{alias!r} asked for twice", again is backend, expected="one object", seen="two")
        different = target.api.task_backends[ALIAS] is not target.api.task_backends[SECOND]
        true("the backends of two aliases", different, expected="two objects", seen="one")


@requirement("SET-02")
def test_the_default_backend_is_that_of_the_default_alias(target: TargetHarness) -> None:
    """`default_task_backend` equals the backend of `default`, also after a change of settings."""
    proxy = target.api.default_task_backend
    true("default_task_backend", proxy == target.api.task_backends[ALIAS], expected="equal", seen="different")
    with reconfigured(TWO_QUEUES):
        true("the same under other settings", proxy == target.backend, expected="equal", seen="different")
        same("its queues", proxy.queues, target.backend.queues)


@requirement("SET-03")
def test_an_invalid_backend_is_improperly_configured(target: TargetHarness) -> None:
    """InvalidTaskBackend is a subclass of ImproperlyConfigured."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- settings first

    invalid = target.api.InvalidTaskBackend
    true(
        invalid.__name__,
        issubclass(invalid, ImproperlyConfigured),
        expected="an ImproperlyConfigured",
        seen=invalid.__bases__,
    )


@requirement("SET-03")
@pytest.mark.parametrize("kind", ["no such alias", "no such module", "no such class"])
def test_what_is_not_there_is_an_invalid_backend(target: TargetHarness, kind: str) -> None:
    """The handler, the decorator and using() raise InvalidTaskBackend."""
    api, plain, note = target.api, target.tasks("functions").plain, target.tasks().note
    missing = f"{target.descriptor.backend}Missing"
    aliases: dict[str, dict[str, Any]] = {
        "no such alias": {ALIAS: {}},
        "no such module": {ALIAS: {}, SECOND: {"BACKEND": NOWHERE}},
        "no such class": {ALIAS: {}, SECOND: {"BACKEND": missing}},
    }
    with reconfigured(aliases[kind]):
        refused(f"task_backends[…], {kind}", lambda: api.task_backends[SECOND], api.InvalidTaskBackend)
        refused(f"@task(backend=…), {kind}", lambda: api.task(backend=SECOND)(plain), api.InvalidTaskBackend)
        refused(f"using(backend=…), {kind}", lambda: note.using(backend=SECOND), api.InvalidTaskBackend)


@requirement("SET-04")
def test_queues_are_the_default_one(target: TargetHarness) -> None:
    """Without QUEUES, only the queue `default` is accepted."""
    note, plain = target.tasks().note, target.tasks("functions").plain
    with reconfigured({ALIAS: {"QUEUES": ABSENT}}):
        same("queues", set(target.backend.queues), {"default"})
        same("the default queue", note.using(queue_name="default").queue_name, "default")
        refused_as_invalid(target, "using(queue_name='other')", lambda: note.using(queue_name="other"))
        refused_as_invalid(target, "@task(queue_name='other')", lambda: target.api.task(queue_name="other")(plain))


@requirement("SET-05")
def test_changed_settings_take_effect_at_once(target: TargetHarness) -> None:
    """A change of settings, and its end, give a new instance."""
    before = target.backend
    queues, aliases = set(before.queues), list(target.api.task_backends)
    with reconfigured({ALIAS: {"QUEUES": ["first", "other"]}}):
        inside = target.backend
        true("the backend under new settings", inside is not before, expected="a new object", seen="the old one")
        same("its queues", set(inside.queues), {"first", "other"})
        with reconfigured({ALIAS: {"QUEUES": ["third"]}, SECOND: {}}):
            same("queues under newer settings", set(target.backend.queues), {"third"})
            same("aliases", sorted(target.api.task_backends), [ALIAS, SECOND])
    after = target.backend
    true("the backend afterwards", after is not inside, expected="a new object", seen="the one of the changed settings")
    same("queues afterwards", set(after.queues), queues)
    same("aliases afterwards", list(target.api.task_backends), aliases)


@requirement("SET-06")
@pytest.mark.parametrize("name", ["InvalidTask", "TaskResultDoesNotExist", "TaskResultMismatch"])
def test_exceptions_are_task_exceptions(target: TargetHarness, name: str) -> None:
    """Callers can catch all of them as TaskException."""
    error = getattr(target.api, name)
    bases = [base.__name__ for base in error.__mro__]
    true(f"{error.__module__}.{error.__name__}", "TaskException" in bases, expected="a TaskException", seen=bases)


@requirement("SET-06")
def test_refusals_are_the_frameworks_own(target: TargetHarness) -> None:
    """A refusal of an invalid task is InvalidTask, for every reason."""
    check_classes_of_refusals(target)


@requirement("SET-07")
@pytest.mark.parametrize("name", EXPORTED)
def test_what_the_framework_exports(target: TargetHarness, name: str) -> None:
    """One module exports everything that a project needs."""
    if target.descriptor.framework != "django.tasks":
        raise NotApplicable(f"what {target.descriptor.framework} exports is not the backend's doing")
    module = import_module(target.descriptor.framework)
    true(f"{module.__name__}.{name}", hasattr(module, name), expected="there", seen="not there")
    if name.startswith("DEFAULT"):
        same(name, getattr(module, name), "default")
    elif name in {"Task", "TaskContext", "TaskResult", "TaskResultStatus"}:
        defined = getattr(import_module(f"{module.__name__}.base"), name)
        same(f"{module.__name__}.{name}", getattr(module, name), defined)
