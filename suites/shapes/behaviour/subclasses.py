"""Subclasses of each shape, written as the shape's library documents."""

import dataclasses
import types
from typing import Any

import attrs
import msgspec

REQUIRED: Any = object()


def with_field(base: type[Any], name: str, *, default: Any = REQUIRED) -> type[Any]:
    """Return a subclass with one more field, `extra`; a class without a library gets a handwritten constructor."""
    if _by_hand(base):
        return _with_field_by_hand(base, name, default)
    body = {"__annotations__": {"extra": int}}
    if default is not REQUIRED:
        body["extra"] = default
    return subclass(base, name, body)


def subclass(base: type[Any], name: str, body: dict[str, Any]) -> type[Any]:
    """Return a subclass with that body, decorated like its base."""
    return decorated(undecorated_subclass(base, name, body))


def undecorated_subclass(base: type[Any], name: str, body: dict[str, Any]) -> type[Any]:
    """Return a subclass with that body, as a plain class statement makes it."""
    keywords = {"kw_only": True} if issubclass(base, msgspec.Struct) else {}
    body = {"__module__": __name__, "__qualname__": name, **body}
    return types.new_class(name, (base,), keywords, lambda namespace: namespace.update(body))


def is_decorated(cls: type[Any]) -> bool:
    """Return True if a decorator makes the classes of this shape."""
    return dataclasses.is_dataclass(cls) or attrs.has(cls)


def decorated(cls: type[Any]) -> type[Any]:
    """Return the class after the decorator of its base, if any; the decorator may create a new class."""
    base = cls.__bases__[0]
    slots = "__slots__" in vars(base)
    if dataclasses.is_dataclass(base):
        frozen = base.__dataclass_params__.frozen  # type: ignore[attr-defined]  # every dataclass has it
        return dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=True)(cls)
    if attrs.has(base):
        frozen = base.__setattr__ is not object.__setattr__
        return attrs.define(cls, slots=slots, frozen=frozen, kw_only=True, order=False)
    return cls


def _by_hand(base: type[Any]) -> bool:
    return not (issubclass(base, tuple | msgspec.Struct) or is_decorated(base))


def _with_field_by_hand(base: type[Any], name: str, default: Any) -> type[Any]:
    def __init__(self: Any, **values: Any) -> None:  # noqa: N807 - it becomes the method of that name
        extra = values.pop("extra", default)
        if extra is REQUIRED:
            raise TypeError("missing required keyword-only argument: 'extra'")
        # The base's constructor uses the object, so the field is set first.
        self.extra = extra
        base.__init__(self, **values)

    body: dict[str, Any] = {"__init__": __init__}
    if "__slots__" in vars(base):
        body["__slots__"] = ("extra",)
    if hasattr(base, "field_names"):
        body["field_names"] = (*base.field_names, "extra")
    return subclass(base, name, body)
