"""Loads a user's own variant, `package.module:NAME`, and checks its fields against Django's."""

import copy
import dataclasses
import importlib
from typing import Any

import attrs
import msgspec

from taskgauge.suites.shapes.variants import workload
from taskgauge.suites.shapes.variants.build import assemble
from taskgauge.suites.shapes.variants.django_classes import CLASS_NAMES, fields_of
from taskgauge.suites.shapes.variants.errors import VariantFieldMissing, VariantNotImportable
from taskgauge.suites.shapes.variants.forms import Form, attrs_form, dataclass_form, msgspec_form, namedtuple_form
from taskgauge.suites.shapes.variants.handwritten import handwritten_form
from taskgauge.suites.shapes.variants.names import modules_of
from taskgauge.suites.shapes.variants.tasks import new_task
from taskgauge.suites.shapes.variants.variant import Variant

EXAMPLES: dict[str, Any] = {
    "id": "0" * 32,
    "args": [],
    "kwargs": {},
    "backend": "default",
    "errors": [],
    "worker_ids": [],
    "exception_class_path": "builtins.ValueError",
    "traceback": "",
}


def bring(arm: str) -> Variant:
    """
    Return the variant at `package.module:NAME`: a Variant, or an object with the four classes as attributes.

    Raise VariantNotImportable or VariantFieldMissing.
    """
    module_name, _, attribute = arm.partition(":")
    try:
        source: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            source = getattr(source, part)
    except Exception as error:
        raise VariantNotImportable(
            f"the variant {arm!r} cannot be imported ({type(error).__name__}: {error}); write package.module:NAME of "
            "something that has Task, TaskResult, TaskContext and TaskError, importable from the working directory"
        ) from error
    if isinstance(source, Variant):
        return dataclasses.replace(source, name=arm, reference="eager")
    classes = {}
    for class_name in CLASS_NAMES:
        cls = getattr(source, class_name, None)
        if not isinstance(cls, type):
            raise VariantFieldMissing(
                f"the variant {arm!r} has no class {class_name}; it needs {', '.join(CLASS_NAMES)}"
            )
        _check_fields(arm, class_name, cls)
        classes[class_name] = cls
    form = form_of(classes["TaskResult"])
    return assemble(arm, "eager", form, classes, modules_of(arm))


def _check_fields(arm: str, class_name: str, cls: type[Any]) -> None:
    """Create an object as a backend does, then check every field."""
    wanted = fields_of(class_name)
    try:
        if class_name == "Task":
            created = new_task(cls, workload.nothing)
        else:
            created = cls(**{field.name: EXAMPLES.get(field.name) for field in wanted if field.init})
    except Exception as error:
        names = ", ".join(field.name for field in wanted if field.init)
        raise VariantFieldMissing(
            f"{class_name} of the variant {arm!r} cannot be created as Django's is ({type(error).__name__}: {error}); "
            f"its constructor takes, by keyword, {names}"
        ) from error
    missing = [field.name for field in wanted if not hasattr(created, field.name)]
    if missing:
        raise VariantFieldMissing(
            f"{class_name} of the variant {arm!r} lacks {', '.join(missing)}, which Django's has; add it to the class"
        )


def form_of(cls: Any) -> Form:
    """Return the form of a class, which changes and replaces objects as the class's library documents."""
    if issubclass(cls, tuple):
        return namedtuple_form()
    parameters = getattr(cls, "__dataclass_params__", None)
    if parameters is not None:
        return dataclass_form(frozen=parameters.frozen, slots="__slots__" in vars(cls))
    if attrs.has(cls):
        return attrs_form(frozen=cls.__setattr__ is not object.__setattr__)
    if issubclass(cls, msgspec.Struct):
        form = msgspec_form(gc=cls.__struct_config__.gc)
        if cls.__struct_config__.frozen:
            form = dataclasses.replace(form, assign=msgspec.structs.force_setattr)
        return form
    return dataclasses.replace(handwritten_form(slots=False), replacer=lambda _cls: _copy_with)


def _copy_with(original: Any, **changes: Any) -> Any:
    copied = copy.copy(original)
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied
