"""Records the names of what broker clients send: commands of Redis and Valkey, methods of AMQP."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

_PACKING = ("redis", "valkey")
"""The packages whose connections pack commands in the same way."""

type Place = tuple[Any, str, Callable[[tuple[Any, ...]], str]]
"""A class, its method that sends one command, and a function that returns the command's name."""


@contextlib.contextmanager
def noting_commands(noted: list[str]) -> Iterator[bool]:
    """Record the names of clients' commands, also in pipelines and coroutines; yield True if there is a client."""
    places = _places()
    before = [(place, name, getattr(place, name), name_of) for place, name, name_of in places]
    for place, name, send, name_of in before:
        setattr(place, name, _noting(send, name_of, noted))
    try:
        yield bool(places)
    finally:
        for place, name, send, _ in before:
            setattr(place, name, send)


def _places() -> list[Place]:
    """Return the sending methods of the loaded clients."""
    places: list[Place] = []
    for client in _PACKING:
        if own := sys.modules.get(f"{client}.connection"):
            places += [(getattr(own, name), "pack", _word) for name in dir(own) if name.endswith("RespSerializer")]
        if awaited := sys.modules.get(f"{client}.asyncio.connection"):
            places.append((awaited.AbstractConnection, "pack_command", _word))
    if own := sys.modules.get("amqp.abstract_channel"):
        methods = _methods(sys.modules["amqp.spec"])
        places.append((own.AbstractChannel, "send_method", lambda words: methods.get(tuple(words[0]), str(words[0]))))
    return places


def _noting(
    send: Callable[..., Any], name_of: Callable[[tuple[Any, ...]], str], noted: list[str]
) -> Callable[..., Any]:
    def sending(self: Any, *words: Any, **more: Any) -> Any:
        # A wrapper may pass all arguments by name; the first of them is the command.
        noted.append(name_of(words or tuple(more.values())))
        return send(self, *words, **more)

    return sending


def _word(words: tuple[Any, ...]) -> str:
    first = words[0] if words else ""
    return first.decode(errors="replace").upper() if isinstance(first, bytes) else str(first).upper()


def _methods(spec: ModuleType) -> dict[tuple[int, ...], str]:
    """Return the names of AMQP's methods by their numbers: `Basic.Publish` is 60, 40."""
    classes = {name: value for name, value in vars(spec).items() if isinstance(value, type)}
    return {
        tuple(number): f"{name}.{method}"
        for name, amqp_class in classes.items()
        for method, number in vars(amqp_class).items()
        if isinstance(number, tuple) and all(isinstance(digit, int) for digit in number)
    }
