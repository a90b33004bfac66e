"""How a class is built in each form: dataclasses, named tuples, attrs, msgspec; the hand-written ones are apart."""

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

# A named tuple refuses field names that begin with an underscore, so the return value is kept under this one;
# the name Django uses is a second name for the same descriptor and costs no call.
NAMEDTUPLE_RETURN_VALUE = "raw_return_value"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """
    One way of writing a class.

    `build(class name, module name, fields, methods)` returns the class; `assign(object, name, value)` sets a field in
    place and is None where the form cannot; `replacer(class)` returns the function, as the form's own documentation
    names it, that takes an object and changes and returns a changed copy. `keeps_return_value` says whether that copy
    keeps what the constructor does not take. `fields(object)` gives its fields, each with a `name`, a subclass's
    included, at the price that the form's own users pay: Django asks for them whenever it pickles a Task.
    """

    build: Build
    replacer: Callable[[type], Callable[..., Any]]
    assign: Callable[[Any, str, Any], None] | None
    keeps_return_value: bool
    fields: Callable[[Any], Sequence[Any]]


@cache
def named(names: tuple[str, ...]) -> tuple[SimpleNamespace, ...]:
    """Return objects with these names; once, as somebody would who writes the names down."""
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
            # Annotations would only be read when decoding, and Django's cannot all be resolved from outside.
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

    Such a class may not define `__new__`. Where Django's constructor does work of its own that has to happen for every
    instance (a Task validates itself), the class is a subclass without fields whose `__new__` does that work; where it
    only prepares arguments (a TaskResult), the work moves to whoever creates the result.
    """

    def build(class_name: str, module_name: str, fields: Sequence[Field], methods: Methods) -> type:
        body = dict(methods)
        after = body.pop("__post_init__", None)
        names = {field.name: _tuple_field_name(field) for field in fields}
        # Fields without a default have to come first in a tuple.
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
    """Return changes under the names that a named tuple has for them."""
    if "_return_value" in changes:
        changes[NAMEDTUPLE_RETURN_VALUE] = changes.pop("_return_value")
    return changes


def _tuple_field_name(field: Field) -> str:
    return NAMEDTUPLE_RETURN_VALUE if field.name == "_return_value" else field.name


def _tuple_replacer(cls: Any) -> Callable[..., Any]:
    if not hasattr(cls, "_validated_fields"):
        return cls._replace  # type: ignore[no-any-return]

    # _replace() builds the tuple behind the constructor's back, so a changed Task would not be validated.
    def replace(original: Any, **changes: Any) -> Any:
        return type(original)(**{**original._asdict(), **changes})

    return replace


def _validating(cls: Any, after: Callable[[Any], None]) -> type:
    plain_new = cls.__new__

    # By position is how a copy is made where Django's Task does not say how to (6.0).
    def create(subclass: type, *given: Any, **values: Any) -> Any:
        created = plain_new(subclass, *given, **values)
        after(created)
        return created

    namespace = {"__slots__": (), "__module__": cls.__module__, "__new__": create, "_validated_fields": cls._fields}
    return type(cls.__name__, (cls,), namespace)
