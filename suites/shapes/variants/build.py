"""Builds a variant from a form: Django's fields and methods in another shape."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.tasks import base
from django.tasks.base import TaskResultStatus
from django.utils.json import normalize_json

from taskgauge.suites.shapes.variants import lazy, refreshing
from taskgauge.suites.shapes.variants.creating import creator
from taskgauge.suites.shapes.variants.django_classes import (
    CLASS_NAMES,
    Field,
    execute_again,
    fields_of,
    written_methods,
)
from taskgauge.suites.shapes.variants.forms import Form, Methods, dataclass_form, tuple_changes
from taskgauge.suites.shapes.variants.names import ModuleNames
from taskgauge.suites.shapes.variants.tasks import tasks_of
from taskgauge.suites.shapes.variants.variant import BareClasses, Variant


def from_django(name: str, modules: ModuleNames, *, again: bool) -> Variant:
    """Return Django's own classes, or with `again` the classes of a second execution of their source."""
    module = execute_again(modules.classes) if again else base
    bare = execute_again(modules.bare, bare=True)
    form = dataclass_form(frozen=True, slots=True)
    return assemble(
        name,
        "eager",
        form,
        _classes(module),
        modules,
        states=module.TaskResultStatus,
        bare=BareClasses(Task=bare.Task, TaskResult=bare.TaskResult, replace=form.replacer(bare.TaskResult)),
    )


def from_form(name: str, reference: str, form: Form, modules: ModuleNames, extra: Methods | None = None) -> Variant:
    """Return the variant with four classes of a form; `extra` has further methods of its TaskResult."""
    module = execute_again(modules.classes)
    methods = {class_name: written_methods(cls) for class_name, cls in _classes(module).items()}
    if form.assign is not object.__setattr__:
        methods["TaskResult"] |= _refresh_methods(form) | {"__post_init__": _normalize_arguments}
    if reference == "lazy":
        methods["TaskResult"]["task"] = property(lazy.find_task)
    methods["TaskResult"] |= extra or {}
    classes = {
        class_name: form.build(class_name, modules.classes, _fields(class_name, reference), methods[class_name])
        for class_name in CLASS_NAMES
    }
    # Django's methods look up their classes, `replace` and `fields` in the module in which they were executed.
    vars(module).update(
        classes,
        replace=form.replacer(classes["Task"]),
        fields=form.fields,
    )
    bare = {
        class_name: form.build(
            class_name,
            modules.classes,
            _fields(class_name, reference),
            {key: method for key, method in methods[class_name].items() if key != "__post_init__"},
        )
        for class_name in ("Task", "TaskResult")
    }
    states = vars(module)["TaskResultStatus"]
    bare_classes = BareClasses(**bare, replace=form.replacer(bare["TaskResult"]))
    return assemble(name, reference, form, classes, modules, states=states, bare=bare_classes)


def assemble(
    name: str,
    reference: str,
    form: Form,
    classes: dict[str, type[Any]],
    modules: ModuleNames,
    *,
    states: type[TaskResultStatus] = TaskResultStatus,
    bare: BareClasses | None = None,
) -> Variant:
    """Return the variant of four classes, with the functions that create and change their objects."""
    return Variant(
        name=name,
        reference=reference,
        **classes,
        TaskResultStatus=states,
        new_result=creator(reference, form, classes["TaskResult"]),
        change=_changer(form, classes["TaskResult"]),
        replace=form.replacer(classes["TaskResult"]),
        evolve=_evolver(form, classes["TaskResult"]),
        evolve_task=form.replacer(classes["Task"]),
        refresh_in_place=refreshing.in_place(form),
        refresh_by_replacement=refreshing.by_replacement(form, classes["TaskResult"]),
        tasks=tasks_of(classes["Task"], modules.tasks),
        bare=bare,
    )


def _classes(module: ModuleType) -> dict[str, type[Any]]:
    return {class_name: getattr(module, class_name) for class_name in CLASS_NAMES}


def _fields(class_name: str, reference: str) -> tuple[Field, ...]:
    fields = fields_of(class_name)
    if class_name == "TaskResult" and reference == "lazy":
        return lazy.FIELDS + tuple(field for field in fields if field.name != "task")
    return fields


def _normalize_arguments(result: Any) -> None:
    """Normalize the arguments like Django's `__post_init__`, for a class that is not frozen."""
    result.args = normalize_json(result.args)
    result.kwargs = normalize_json(result.kwargs)


def _changer(form: Form, result_class: type[Any]) -> Callable[..., Any]:
    if form.assign is None:
        replace = form.replacer(result_class)
        return lambda result, **fields: replace(result, **tuple_changes(fields))
    assign = form.assign

    def change(result: Any, **fields: Any) -> Any:
        for name, value in fields.items():
            assign(result, name, value)
        return result

    return change


def _evolver(form: Form, result_class: type[Any]) -> Callable[..., Any]:
    replace = form.replacer(result_class)
    if form.keeps_return_value or form.assign is None:
        return replace
    assign = form.assign

    # dataclasses.replace() and attrs.evolve() drop a field that the constructor does not take.
    def evolve(result: Any, **changes: Any) -> Any:
        evolved = replace(result, **changes)
        assign(evolved, "_return_value", result._return_value)  # noqa: SLF001 - the field's own name
        return evolved

    return evolve


def _refresh_methods(form: Form) -> Methods:
    set_fields = refreshing.in_place(form)

    def refreshed(result: Any, fresh: Any) -> Any:
        if set_fields is None:
            return refreshing.by_replacement(form, type(result))(result, fresh)
        return set_fields(result, fresh)

    def refresh(self: Any) -> Any:
        """Copy the stored state into this result; where the shape cannot change, return a result with that state."""
        return refreshed(self, self.task.get_backend().get_result(self.id))

    async def arefresh(self: Any) -> Any:
        """Do the same as refresh()."""
        return refreshed(self, await self.task.get_backend().aget_result(self.id))

    return {"refresh": refresh, "arefresh": arefresh}
