"""Tasks that record all their arguments, with or without a context."""

from collections.abc import Callable
from typing import Any

from taskgauge.suites.conformance import framework as api
from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.result_facts import facts_of
from taskgauge.suites.conformance.tasks.basic import finished, started

CHANGES = {"task_result": None, "attempt": 7}
"""The attributes that a task tries to change on a context."""


def told_by(context: Any, args: tuple[Any, ...]) -> dict[str, Any]:
    """Return the facts of a context; a fact that raises is replaced by the exception."""
    facts: dict[str, Any] = {
        "is_context": isinstance(context, api.TaskContext),
        "context_class": type(context).__name__,
        "args": [describe(value) for value in args],
        "attempt": _try(lambda: context.attempt),
        "result": _try(lambda: facts_of(context.task_result)),
        "worker_ids": _try(lambda: list(context.task_result.worker_ids)),
    }
    facts["changes"] = {name: _change(context, name, value) for name, value in CHANGES.items()}
    facts["attempt_afterwards"] = _try(lambda: context.attempt)
    return facts


def _try(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # the record holds it
        return f"{type(error).__name__}: {error}"


def _change(context: Any, name: str, value: object) -> str:
    try:
        setattr(context, name, value)
    except Exception as error:  # the record holds it
        return type(error).__name__
    return "changed"


@api.task(takes_context=True)
def tell(context: Any, key: str, *args: Any, **kwargs: Any) -> None:
    """Record the facts of the context and the other arguments."""
    del kwargs
    started(key, **told_by(context, (key, *args)))
    finished(key)


@api.task
def take_all(*args: Any) -> None:
    """Record all positional arguments; the key is the first text among them."""
    key = next(value for value in args if isinstance(value, str))
    started(key, args=[describe(value) for value in args])
    finished(key)


@api.task
def named_context(context: Any, *args: Any) -> None:
    """Record all positional arguments, of which the first parameter is called `context`."""
    key = next(value for value in (context, *args) if isinstance(value, str))
    started(key, args=[describe(value) for value in (context, *args)])
    finished(key)
