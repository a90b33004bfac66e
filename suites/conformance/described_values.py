"""Describes a value as text that JSON cannot change: the name of its type and the value, at every depth."""

from typing import Any


def describe(value: Any) -> str:
    """Return `type:value`, such as `int:1` or `list:[str:'a', float:1.0]`; dictionaries keep their order."""
    name = type(value).__name__
    if isinstance(value, dict):
        inside = ", ".join(f"{describe(key)}: {describe(item)}" for key, item in value.items())
        return f"{name}:{{{inside}}}"
    if isinstance(value, list | tuple | set | frozenset):
        return f"{name}:[{', '.join(describe(item) for item in value)}]"
    return f"{name}:{value!a}"
