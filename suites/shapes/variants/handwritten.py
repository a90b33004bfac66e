"""The handwritten forms: ordinary classes with and without `__slots__`, written without a library."""

from collections.abc import Sequence
from typing import Any

from taskgauge.suites.shapes.variants.django_classes import Field
from taskgauge.suites.shapes.variants.forms import Form, Methods, named

# Tasks are dictionary keys, so a handwritten Task has a hash; results hold lists and have none.
HASHABLE = {"Task"}


def handwritten_form(*, slots: bool) -> Form:
    """
    Return the form of an ordinary class with keyword-only arguments, equality, `repr` and a `replace` method.

    The source is generated, because Django's versions and the two references need a few different lines. It is compiled
    like any other class.
    """

    def build(class_name: str, module_name: str, fields: Sequence[Field], methods: Methods) -> type:
        source = class_source(class_name, fields, slots=slots, post_init="__post_init__" in methods)
        defaults = {f"default_of_{field.name}": field.default for field in fields if not field.required}
        namespace: dict[str, Any] = {"__name__": module_name, **defaults}
        exec(compile(source, f"<{class_name} by hand>", "exec"), namespace)  # noqa: S102 - the text of `class_source`
        cls: type = namespace[class_name]
        for name, method in methods.items():
            setattr(cls, name, method)
        return cls

    return Form(
        build=build,
        replacer=lambda cls: vars(cls)["replace"],
        assign=setattr,
        keeps_return_value=True,
        fields=lambda obj: named(type(obj).field_names),
    )


def class_source(class_name: str, fields: Sequence[Field], *, slots: bool, post_init: bool) -> str:
    """Return the source of the class."""
    names = [field.name for field in fields]
    parameters = [
        field.name if field.required else f"{field.name}=default_of_{field.name}" for field in fields if field.init
    ]
    lines = [f"class {class_name}:"]
    if slots:
        lines.append(f"    __slots__ = {tuple(names)!r}")
    lines.append(f"    field_names = {tuple(names)!r}")
    lines.append(f"    def __init__(self, *, {', '.join(parameters)}):")
    lines += [f"        self.{field.name} = {field.name if field.init else repr(field.default)}" for field in fields]
    if post_init:
        lines.append("        self.__post_init__()")
    lines += [
        "    def __eq__(self, other):",
        "        if other.__class__ is not self.__class__:",
        "            return NotImplemented",
        f"        return {' and '.join(f'self.{name} == other.{name}' for name in names)}",
        "    def __repr__(self):",
        f'        return f"{class_name}({", ".join(f"{name}={{self.{name}!r}}" for name in names)})"',
        "    def replace(self, **changes):",
        f"        copied = {class_name}.__new__(type(self))",
        *(f"        copied.{name} = self.{name}" for name in names),
        "        for name, value in changes.items():",
        "            setattr(copied, name, value)",
    ]
    if class_name in HASHABLE:
        # A changed Task must be validated again, as Django's replace() does.
        lines += ["        copied.__post_init__()"] if post_init else []
        lines += ["        return copied", "    def __hash__(self):"]
        lines.append(f"        return hash(({', '.join(f'self.{name}' for name in names)},))")
    else:
        lines.append("        return copied")
    return "\n".join(lines) + "\n"
