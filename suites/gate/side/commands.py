"""Notes what the clients of brokers send: commands of Redis' and Valkey's, methods of AMQP's, by name."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

_PACKING = ("redis", "valkey")
"""Packages whose connections pack commands in the same way."""

type Place = tuple[Any, str, Callable[[tuple[Any, ...]], str]]
"""A class, its method that sends one command, and how the command is called."""


@contextlib.contextmanager
def noting_commands(noted: list[str]) -> Iterator[bool]:
    """Note the name of each command that a client sends, in pipelines and coroutines as well; say if there is one."""
    places = _places()
    before = [(place, name, getattr(place, name), called) for place, name, called in places]
    for place, name, send, called in before:
        setattr(place, name, _noting(send, called, noted))
    try:
        yield bool(places)
    finally:
        for place, name, send, _ in before:
            setattr(place, name, send)


def _places() -> list[Place]:
    """Return where the clients that are loaded send from."""
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


def _noting(send: Callable[..., Any], called: Callable[[tuple[Any, ...]], str], noted: list[str]) -> Callable[..., Any]:
    def sending(self: Any, *words: Any, **more: Any) -> Any:
        # A wrapper may pass all of them by name; the first one is what is sent.
        noted.append(called(words or tuple(more.values())))
        return send(self, *words, **more)

    return sending


def _word(words: tuple[Any, ...]) -> str:
    first = words[0] if words else ""
    return first.decode(errors="replace").upper() if isinstance(first, bytes) else str(first).upper()


def _methods(spec: ModuleType) -> dict[tuple[int, ...], str]:
    """Return AMQP's methods by their numbers: `Basic.Publish` is 60, 40."""
    classes = {name: one for name, one in vars(spec).items() if isinstance(one, type)}
    return {
        tuple(number): f"{name}.{method}"
        for name, one in classes.items()
        for method, number in vars(one).items()
        if isinstance(number, tuple) and all(isinstance(each, int) for each in number)
    }
