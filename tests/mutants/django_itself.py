"""What no backend can break from the inside: changes to Django, made in every process of a target."""

# ruff: noqa: PLC0415 -- what is changed must not be imported before it is to be changed

from typing import Any

from mutants.breaking import breaks


@breaks("TSK-03", on="steps")
def decorator_takes_run_after() -> None:
    """Let `@task(run_after=…)` be."""
    from django import tasks
    from django.tasks import base

    own = base.task

    def task(function: Any = None, *, run_after: Any = None, **options: Any) -> Any:
        if function is None:
            return lambda function: task(function, run_after=run_after, **options)
        return own(function, **options).using(run_after=run_after)

    tasks.task = base.task = task


@breaks("SET-01", on="steps")
def dummy_by_default() -> None:
    """Make DummyBackend the default."""
    from django.conf import global_settings

    global_settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}


@breaks("SET-03", on="steps")
def import_errors_pass() -> None:
    """Let through what importing a backend raises."""
    from django.tasks import TaskBackendHandler
    from django.utils.module_loading import import_string

    def create_connection(self: Any, alias: str) -> Any:
        params = self.settings[alias]
        return import_string(params["BACKEND"])(alias=alias, params=params)

    TaskBackendHandler.create_connection = create_connection


@breaks("SET-07", on="steps")
def context_is_not_exported() -> None:
    """Leave a name out of `django.tasks`."""
    from django import tasks

    del tasks.TaskContext


@breaks("CHK-02", on="steps")
def one_alias_is_checked() -> None:
    """Let the system check ask the first alias only."""
    from django.tasks import TaskBackendHandler

    TaskBackendHandler.all = lambda self, **_: [self[next(iter(self))]]


@breaks("TXN-02", on="steps")
def on_commit_is_at_once() -> None:
    """Call at once what is meant for after the commit."""
    from django.db import transaction

    transaction.on_commit = lambda function, **_: function()


@breaks("TXN-05", on="steps")
def on_commit_is_of_default() -> None:
    """Take every hook of a commit for one of the database `default`."""
    from django.db import connection, transaction

    transaction.on_commit = lambda function, **_: connection.on_commit(function)


@breaks("TXN-05", on="durable")
def on_commit_keeps_nothing() -> None:
    """Lose what a hook of another database's commit writes into `default`."""
    from django.db import connection, transaction

    own = transaction.on_commit

    def on_commit(function: Any, using: Any = None, robust: bool = False) -> None:
        def call() -> None:
            if using in {None, "default"}:
                function()
                return
            with transaction.atomic():
                function()
                connection.set_rollback(True)

        own(call, using=using, robust=robust)

    transaction.on_commit = on_commit


@breaks("BLT-01", on="django-immediate")
def immediate_attempts_twice() -> None:
    """Count a second attempt in the result that ImmediateBackend returns."""
    from django.tasks.backends.immediate import ImmediateBackend

    own = ImmediateBackend.enqueue

    def enqueue(self: Any, task: Any, args: Any, kwargs: Any) -> Any:
        result = own(self, task, args, kwargs)
        result.worker_ids.append(self.worker_id)
        return result

    ImmediateBackend.enqueue = enqueue


@breaks("BLT-02", on="django-immediate")
def immediate_swallows_interrupts() -> None:
    """Keep KeyboardInterrupt from the caller of ImmediateBackend."""
    from django.tasks.backends.immediate import ImmediateBackend

    own = ImmediateBackend._execute_task

    def _execute_task(self: Any, task_result: Any) -> None:
        try:
            own(self, task_result)
        except KeyboardInterrupt:
            return

    ImmediateBackend._execute_task = _execute_task


@breaks("BLT-03", on="django-dummy")
def dummy_lists_the_last_first() -> None:
    """Turn the order of DummyBackend's results round."""
    from django.tasks.backends.dummy import DummyBackend

    own = DummyBackend._store_result

    def _store_result(self: Any, result: Any) -> None:
        own(self, result)
        self.results.insert(0, self.results.pop())

    DummyBackend._store_result = _store_result


@breaks("BLT-04", on="django-immediate")
def immediate_has_no_priorities() -> None:
    """Let ImmediateBackend refuse priorities."""
    from django.tasks.backends.immediate import ImmediateBackend

    ImmediateBackend.supports_priority = False
