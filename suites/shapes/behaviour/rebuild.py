"""Builds the next release of a variant's class, which has one more field."""

from typing import Any

from taskgauge.suites.shapes.behaviour.requirements import EXTRA
from taskgauge.suites.shapes.variants import BASELINE, CONTROL, Variant
from taskgauge.suites.shapes.variants.brought import form_of
from taskgauge.suites.shapes.variants.django_classes import Field, fields_of, written_methods
from taskgauge.suites.shapes.variants.forms import Form
from taskgauge.suites.shapes.variants.lazy import FIELDS as LAZY_FIELDS
from taskgauge.suites.shapes.variants.lazy import find_task
from taskgauge.suites.shapes.variants.loading import FORMS

NEW_FIELD = Field(name="extra", annotation=int, default=EXTRA)


def with_one_field_more(variant: Variant, class_name: str) -> type[Any]:
    """Return the variant's Task or TaskResult with one more field, `extra`, which has a default."""
    cls = getattr(variant, class_name)
    fields: tuple[Field, ...] = fields_of(class_name)
    methods = written_methods(cls)
    for parent in cls.__mro__[1:]:
        methods = written_methods(parent) | methods
    if class_name == "TaskResult" and variant.reference == "lazy":
        fields = LAZY_FIELDS + tuple(field for field in fields if field.name != "task")
        methods["task"] = property(find_task)
    if "__attrs_post_init__" in methods:
        methods["__post_init__"] = methods.pop("__attrs_post_init__")
    return _form(variant).build(class_name, cls.__module__, (*fields, NEW_FIELD), methods)


def _form(variant: Variant) -> Form:
    name = "frozen-slots-dataclass" if variant.name in {BASELINE, CONTROL} else variant.name
    return FORMS.get(name) or form_of(variant.TaskResult)
