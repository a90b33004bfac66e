"""The forms of classes: dataclasses, named tuples, attrs and msgspec; `handwritten` has the others."""

import dataclasses
import types
from collections.abc import Callable, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import attrs
import msgspec

from taskgauge.suites.shapes.variants.django_classes import Field

Methods = dict[str, Any]
Build = Callable[[str, str, Sequence[Field], Methods], type]

# A named tuple refuses field names that begin with an underscore, so it keeps the return value under this name.
# Django's name is a second name for the same descriptor and costs no call.
NAMEDTUPLE_RETURN_VALUE = "raw_return_value"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """
    A form in which a class can be written.

    `build(class name, module name, fields, methods)` returns the class. `assign(object, name, value)` sets a field in
    place, and is None where the form cannot. `replacer(class)` returns the documented function of the form that takes
    an object and changes and returns a changed copy. `keeps_return_value` is True if that copy keeps the values that
    the constructor does not take. `fields(object)` returns the fields, a subclass's included, as objects with a `name`.
    It is as fast as for users of the form, since Django calls it whenever it pickles a Task.
    """

    build: Build
    replacer: Callable[[type], Callable[..., Any]]
    assign: Callable[[Any, str, Any], None] | None
    keeps_return_value: bool
    fields: Callable[[Any], Sequence[Any]]


@cache
def named(names: tuple[str, ...]) -> tuple[SimpleNamespace, ...]:
    """Return objects with these names; they are cached, like names that are written out in code."""
    return tuple(SimpleNamespace(name=name) for name in names)


def dataclass_form(*, frozen: bool, slots: bool) -> Form:
    """Return the form of a keyword-only dataclass."""

    def build(class_name: str, module_name: str, fields: Sequence[Field], methods: Methods) -> type:
        return dataclasses.make_dataclass(
            class_name,
            [
                (field.name, field.annotation, dataclasses.field(default=field.default, init=field.init))
                for field in fields
            ],
            namespace=methods,
            frozen=frozen,
            slots=slots,
            kw_only=True,
            module=module_name,
        )

    return Form(
        build=build,
        replacer=lambda _cls: dataclasses.replace,
        assign=object.__setattr__ if frozen else setattr,
        keeps_return_value=False,
        fields=dataclasses.fields,
    )


def attrs_form(*, frozen: bool) -> Form:
    """Return the form of a slotted, keyword-only attrs class."""

    def build(class_name: str, module_name: str, fields: Sequence[Field], methods: Methods) -> type:
        body = dict(methods)
        if "__post_init__" in body:
            body["__attrs_post_init__"] = body.pop("__post_init__")
        attributes = {
            field.name: attrs.field(init=field.init, default=attrs.NOTHING if field.required else field.default)
            for field in fields
        }
        cls: type = attrs.make_class(
            class_name, attributes, class_body=body, slots=True, frozen=frozen, kw_only=True, order=False
        )
        cls.__module__ = module_name
        return cls

    return Form(
        build=build,
        replacer=lambda _cls: attrs.evolve,
        assign=object.__setattr__ if frozen else setattr,
        keeps_return_value=False,
        fields=lambda obj: type(obj).__attrs_attrs__,
    )


def msgspec_form(*, gc: bool) -> Form:
    """Return the form of a keyword-only msgspec structure, seen by the garbage collector or not."""

    def build(class_name: str, module_name: str, fields: Sequence[Field], methods: Methods) -> type:
        return msgspec.defstruct(
            class_name,
            # Only decoding reads annotations, and some of Django's cannot be resolved outside its module.
            [(field.name, Any) if field.required else (field.name, Any, field.default) for field in fields],
            namespace=methods,
            module=module_name,
            kw_only=True,
            gc=gc,
        )

    return Form(
        build=build,
        replacer=lambda _cls: msgspec.structs.replace,
        assign=setattr,
        keeps_return_value=True,
        fields=lambda obj: named(type(obj).__struct_fields__),
    )


def namedtuple_form() -> Form:
    """
    Return the form of a `typing.NamedTuple`.

    Such a class may not define `__new__`. A Task must validate every instance, so its class is a subclass without
    fields whose `__new__` validates. The constructor of a TaskResult only prepares arguments, so the function that
    creates the result does that work.
    """

    def build(class_name: str, module_name: str, fields: Sequence[Field], methods: Methods) -> type:
        body = dict(methods)
        after = body.pop("__post_init__", None)
        names = {field.name: _tuple_field_name(field) for field in fields}
        # Fields without a default must come first in a tuple.
        ordered = sorted(fields, key=lambda field: not field.required)

        def fill(namespace: Methods) -> None:
            namespace.update(body)
            namespace["__module__"] = module_name
            namespace["__annotations__"] = {names[field.name]: field.annotation for field in ordered}
            namespace.update({names[field.name]: field.default for field in ordered if not field.required})

        cls: Any = types.new_class(class_name, types.resolve_bases((NamedTuple,)), {}, fill)
        for name, tuple_name in names.items():
            if name != tuple_name:
                setattr(cls, name, vars(cls)[tuple_name])
        return _validating(cls, after) if after and class_name == "Task" else cls

    return Form(
        build=build,
        replacer=_tuple_replacer,
        assign=None,
        keeps_return_value=True,
        fields=lambda obj: named(type(obj)._fields),
    )


def tuple_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes under the field names of a named tuple."""
    if "_return_value" in changes:
        changes[NAMEDTUPLE_RETURN_VALUE] = changes.pop("_return_value")
    return changes


def _tuple_field_name(field: Field) -> str:
    return NAMEDTUPLE_RETURN_VALUE if field.name == "_return_value" else field.name


def _tuple_replacer(cls: Any) -> Callable[..., Any]:
    if not hasattr(cls, "_validated_fields"):
        return cls._replace  # type: ignore[no-any-return]

    # _replace() does not call the constructor, so it would not validate a changed Task.
    def replace(original: Any, **changes: Any) -> Any:
        return type(original)(**{**original._asdict(), **changes})

    return replace


def _validating(cls: Any, after: Callable[[Any], None]) -> type:
    plain_new = cls.__new__

    # A copy of Django 6.0's Task passes the values by position.
    def create(subclass: type, *positional: Any, **values: Any) -> Any:
        created = plain_new(subclass, *positional, **values)
        after(created)
        return created

    namespace = {"__slots__": (), "__module__": cls.__module__, "__new__": create, "_validated_fields": cls._fields}
    return type(cls.__name__, (cls,), namespace)
