"""Creates a TaskResult of each shape from the arguments of Django's own constructor."""

from collections.abc import Callable
from typing import Any

from django.utils.json import normalize_json

from taskgauge.suites.shapes.variants.forms import Form
from taskgauge.suites.shapes.variants.lazy import overrides_of, path_of


def creator(reference: str, form: Form, result_class: type[Any]) -> Callable[..., Any]:
    """
    Return the function that creates a result: the class itself if it takes and normalises these arguments.

    Only a named tuple needs a caller that normalises, and only a lazy reference needs the task's path. Every argument
    is written out, since the cost of `**arguments` would be measured too.
    """
    if reference == "eager":
        return _normalizing(result_class) if form.assign is None else result_class
    return _by_path(result_class, normalizing=form.assign is None)


def _normalizing(result_class: type[Any]) -> Callable[..., Any]:
    def create(
        *,
        task: Any,
        id: str,  # noqa: A002 - Django's name
        status: Any,
        enqueued_at: Any,
        started_at: Any,
        finished_at: Any,
        last_attempted_at: Any,
        args: Any,
        kwargs: Any,
        backend: str,
        errors: list[Any],
        worker_ids: list[str],
    ) -> Any:
        return result_class(
            task=task,
            id=id,
            status=status,
            enqueued_at=enqueued_at,
            started_at=started_at,
            finished_at=finished_at,
            last_attempted_at=last_attempted_at,
            args=normalize_json(args),
            kwargs=normalize_json(kwargs),
            backend=backend,
            errors=errors,
            worker_ids=worker_ids,
        )

    return create


def _by_path(result_class: type[Any], *, normalizing: bool) -> Callable[..., Any]:
    def create(
        *,
        task: Any,
        id: str,  # noqa: A002 - Django's name
        status: Any,
        enqueued_at: Any,
        started_at: Any,
        finished_at: Any,
        last_attempted_at: Any,
        args: Any,
        kwargs: Any,
        backend: str,
        errors: list[Any],
        worker_ids: list[str],
    ) -> Any:
        path = path_of(task)
        return result_class(
            task_path=path,
            task_overrides=overrides_of(task, path),
            id=id,
            status=status,
            enqueued_at=enqueued_at,
            started_at=started_at,
            finished_at=finished_at,
            last_attempted_at=last_attempted_at,
            args=normalize_json(args) if normalizing else args,
            kwargs=normalize_json(kwargs) if normalizing else kwargs,
            backend=backend,
            errors=errors,
            worker_ids=worker_ids,
        )

    return create
