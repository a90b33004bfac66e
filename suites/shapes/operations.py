"""The operations of the time suite, as data: on a TaskResult, a Task and a TaskContext."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import django

from taskgauge.suites.shapes.objects import bare_arguments, parts_of, result_of
from taskgauge.suites.shapes.operation import Names, Operation, OperationNotApplicable, PreparedOperation
from taskgauge.suites.shapes.variants import Variant
from taskgauge.suites.shapes.variants.tasks import new_task
from taskgauge.suites.shapes.variants.variant import BareClasses

BATCH = 1000
PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)
UNROLL = 20


def _call(function: str, arguments: Names) -> str:
    return f"{function}({', '.join(f'{name}={name}' for name in arguments)})"


def _create(variant: Variant) -> PreparedOperation:
    parts = parts_of(variant, 1, "READY")
    arguments = {name: value for name, value in parts.items() if name != "_return_value"}
    return PreparedOperation(
        expression=_call("create", arguments),
        names={"create": variant.new_result, **arguments},
        holds=lambda created: created == result_of(variant, 1, "READY"),
    )


def _bare(variant: Variant) -> BareClasses:
    if variant.bare is None:
        raise OperationNotApplicable("a user's own variant has no copy without its constructor's own work")
    return variant.bare


def _create_bare(variant: Variant) -> PreparedOperation:
    bare = _bare(variant)
    arguments = bare_arguments(variant, parts_of(variant, 1, "READY"))
    return PreparedOperation(
        expression=_call("create", arguments),
        names={"create": bare.TaskResult, **arguments},
        holds=lambda created: created.args is arguments["args"] and created.id == arguments["id"],
    )


def _read(attribute: str) -> Callable[[Variant], PreparedOperation]:
    def prepare(variant: Variant) -> PreparedOperation:
        result = result_of(variant, 1, "SUCCESSFUL")
        expected = {"task": variant.tasks.add, "_return_value": 3002, "attempts": 1}[attribute]
        return PreparedOperation(
            expression=f"result.{attribute}", names={"result": result}, holds=lambda value: value == expected
        )

    return prepare


def _evolve(variant: Variant) -> PreparedOperation:
    status = variant.TaskResultStatus.RUNNING
    # READY: a change of one field must not include the copy of a return value.
    names = {"result": result_of(variant, 1, "READY"), "replace": variant.replace, "status": status}
    return PreparedOperation(
        expression="replace(result, status=status)",
        names=names,
        holds=lambda evolved: evolved is not names["result"] and evolved.status is status and evolved.args == [1001],
    )


def _evolve_bare(variant: Variant) -> PreparedOperation:
    bare, status = _bare(variant), variant.TaskResultStatus.RUNNING
    arguments = bare_arguments(variant, parts_of(variant, 1, "READY"))
    result = bare.TaskResult(**arguments)
    return PreparedOperation(
        expression="replace(result, status=status)",
        names={"result": result, "replace": bare.replace, "status": status},
        holds=lambda evolved: (
            (evolved is not result, evolved.status, evolved.args) == (True, status, arguments["args"])
        ),
    )


def _refresh(method: str) -> Callable[[Variant], PreparedOperation]:
    def prepare(variant: Variant) -> PreparedOperation:
        refresh = getattr(variant, method)
        if refresh is None:
            raise OperationNotApplicable("the shape cannot change in place")
        result, fresh = result_of(variant, 1, "READY"), result_of(variant, 1, "SUCCESSFUL")
        return PreparedOperation(
            expression="refresh(result, fresh)",
            names={"refresh": refresh, "result": result, "fresh": fresh},
            holds=lambda refreshed: (result if refreshed is None else refreshed) == fresh,
        )

    return prepare


def _equal(variant: Variant) -> PreparedOperation:
    pair = {"result": result_of(variant, 1, "SUCCESSFUL"), "other": result_of(variant, 1, "SUCCESSFUL")}
    return PreparedOperation(expression="result == other", names=pair, holds=lambda value: value is True)


def _copy(function: Callable[[Any], Any]) -> Callable[[Variant], PreparedOperation]:
    def prepare(variant: Variant) -> PreparedOperation:
        result = result_of(variant, 1, "SUCCESSFUL")
        return PreparedOperation(
            expression="function(result)",
            names={"function": function, "result": result},
            holds=lambda copied: copied == result and (copied is not result),
        )

    return prepare


def _repr(variant: Variant) -> PreparedOperation:
    names = {"result": result_of(variant, 1, "SUCCESSFUL")}
    return PreparedOperation(
        expression="repr(result)", names=names, holds=lambda text: f"{1:032x}" in text and "3002" in text
    )


def dumped(variant: Variant, obj: Any, protocol: int) -> bytes:
    """Return the pickle; raise OperationNotApplicable where Django 6.0 cannot pickle."""
    try:
        return pickle.dumps(obj, protocol)
    except pickle.PicklingError as error:
        if django.VERSION < (6, 1) and variant.reference == "eager":
            raise OperationNotApplicable("Django 6.0 cannot pickle a Task, and this result holds one") from error
        raise


def _batch(variant: Variant, size: int) -> Any:
    results = [result_of(variant, number, "SUCCESSFUL") for number in range(size)]
    return results if size > 1 else results[0]


def _dumps(protocol: int, size: int) -> Callable[[Variant], PreparedOperation]:
    def prepare(variant: Variant) -> PreparedOperation:
        batch = _batch(variant, size)
        pickled = dumped(variant, batch, protocol)
        return PreparedOperation(
            expression="dumps(batch, protocol)",
            names={"dumps": pickle.dumps, "batch": batch, "protocol": protocol},
            holds=lambda value: value == pickled and pickle.loads(value) == batch,
        )

    return prepare


def _loads(protocol: int, size: int) -> Callable[[Variant], PreparedOperation]:
    def prepare(variant: Variant) -> PreparedOperation:
        batch = _batch(variant, size)
        return PreparedOperation(
            expression="loads(pickled)",
            names={"loads": pickle.loads, "pickled": dumped(variant, batch, protocol)},
            holds=lambda loaded: loaded == batch,
        )

    return prepare


def _task_options(variant: Variant) -> Names:
    task = variant.tasks.add
    names = ("func", "priority", "backend", "queue_name", "run_after", "takes_context")
    return {name: getattr(task, name) for name in names}


def _task_create(variant: Variant) -> PreparedOperation:
    options = _task_options(variant)
    return PreparedOperation(
        expression=_call("create", options),
        names={"create": variant.Task, **options},
        holds=lambda created: created == variant.tasks.add,
    )


def _task_create_bare(variant: Variant) -> PreparedOperation:
    bare = _bare(variant)
    options = _task_options(variant)
    return PreparedOperation(
        expression=_call("create", options),
        names={"create": bare.Task, **options},
        holds=lambda created: created.func is options["func"] and created.priority == 0,
    )


def _task_read(variant: Variant) -> PreparedOperation:
    return PreparedOperation(
        expression="task.queue_name", names={"task": variant.tasks.add}, holds=lambda value: value == "default"
    )


def _task_evolve(variant: Variant) -> PreparedOperation:
    return PreparedOperation(
        expression="task.using(priority=5)",
        names={"task": variant.tasks.add},
        holds=lambda changed: changed.priority == 5 and changed.func is variant.tasks.add.func,
    )


def _task_equal(variant: Variant) -> PreparedOperation:
    names = {"task": variant.tasks.add, "other": new_task(variant.Task, variant.tasks.add.func)}
    return PreparedOperation(expression="task == other", names=names, holds=lambda value: value is True)


def _task_hash(variant: Variant) -> PreparedOperation:
    task = variant.tasks.add
    try:
        expected = hash(task)
    except TypeError as error:
        raise OperationNotApplicable("the shape's Task cannot be hashed") from error
    return PreparedOperation(expression="hash(task)", names={"task": task}, holds=lambda value: value == expected)


def _task_dumps(variant: Variant) -> PreparedOperation:
    task = variant.tasks.add
    pickled = _dumped_task(task)
    return PreparedOperation(
        expression="dumps(task, protocol)",
        names={"dumps": pickle.dumps, "task": task, "protocol": pickle.HIGHEST_PROTOCOL},
        holds=lambda value: value == pickled,
    )


def _task_loads(variant: Variant) -> PreparedOperation:
    task = variant.tasks.add
    return PreparedOperation(
        expression="loads(pickled)",
        names={"loads": pickle.loads, "pickled": _dumped_task(task)},
        holds=lambda loaded: loaded == task and loaded is not task,
    )


def _dumped_task(task: Any) -> bytes:
    if django.VERSION < (6, 1):
        raise OperationNotApplicable("Django 6.0 cannot pickle a Task")
    return pickle.dumps(task, pickle.HIGHEST_PROTOCOL)


def _context_create(variant: Variant) -> PreparedOperation:
    result = result_of(variant, 1, "SUCCESSFUL")
    return PreparedOperation(
        expression="create(task_result=result)",
        names={"create": variant.TaskContext, "result": result},
        holds=lambda context: context.attempt == 1,
    )


def _pickle_operations() -> list[Operation]:
    operations = []
    for protocol in PROTOCOLS:
        # Multiprocessing and most brokers use the newest protocol.
        older = protocol < pickle.HIGHEST_PROTOCOL
        for name, prepare in (("dumps", _dumps), ("loads", _loads)):
            operations += [
                Operation(name=f"pickle-{name}-{protocol}", prepare=prepare(protocol, 1), lazy=True, on_request=older),
                Operation(
                    name=f"pickle-{name}-batch-{protocol}",
                    prepare=prepare(protocol, BATCH),
                    repeats=BATCH,
                    lazy=True,
                    on_request=older,
                ),
            ]
    return operations


OPERATIONS: tuple[Operation, ...] = (
    Operation(name="create-bare", prepare=_create_bare),
    Operation(name="create", prepare=_create, lazy=True),
    Operation(name="read-first", prepare=_read("task"), unroll=UNROLL, often=2),
    Operation(name="read-last", prepare=_read("_return_value"), unroll=UNROLL, often=2),
    Operation(name="read-property", prepare=_read("attempts"), unroll=UNROLL, often=2),
    Operation(name="read-task", prepare=_read("task"), unroll=UNROLL, lazy=True),
    Operation(name="evolve-bare", prepare=_evolve_bare),
    Operation(name="evolve", prepare=_evolve),
    Operation(name="refresh-in-place", prepare=_refresh("refresh_in_place")),
    Operation(name="refresh-by-replacement", prepare=_refresh("refresh_by_replacement")),
    Operation(name="equal", prepare=_equal),
    Operation(name="copy", prepare=_copy(copy.copy)),
    Operation(name="deepcopy", prepare=_copy(copy.deepcopy), lazy=True),
    Operation(name="repr", prepare=_repr, lazy=True),
    *_pickle_operations(),
    Operation(name="task-create-bare", prepare=_task_create_bare),
    Operation(name="task-create", prepare=_task_create),
    # Slots gain a few percent here, but the memory layout of a process changes the time by ten percent.
    Operation(name="task-read", prepare=_task_read, unroll=UNROLL, often=4),
    Operation(name="task-evolve", prepare=_task_evolve),
    Operation(name="task-equal", prepare=_task_equal),
    Operation(name="task-hash", prepare=_task_hash),
    Operation(name="task-pickle-dumps", prepare=_task_dumps),
    Operation(name="task-pickle-loads", prepare=_task_loads),
    Operation(name="context-create", prepare=_context_create, unroll=5),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
