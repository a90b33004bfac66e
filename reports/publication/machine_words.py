"""Texts without the names of a machine: paths lose their folders, and the name of the host becomes HOST."""

import re
import socket
from collections.abc import Sequence
from typing import Any

_PATH = re.compile(r"(?<![\w:/.@~-])(?:~|/(?:[\w.@+~-]+/)*[\w.@+~-]+)(?:/[\w.@+~-]*)+")
"""An absolute path of two or more parts, or one below a home folder; an address such as https:// is none."""
_KEPT = ("site-packages/", "dist-packages/")
_OPTIONS_OF_PATHS = frozenset({"--out", "--environments"})
_ORDINARY = frozenset({"localhost", "django", "postgresql", "python", "rabbitmq", "redis", "sqlite", "worker"})
"""Host names that are ordinary words of a result, and say nothing of a machine."""
_SHORTEST = 2
"""The characters of the shortest host name that is looked for."""


def without_machine(value: Any) -> Any:
    """Return a JSON value whose texts have no paths of this machine, and no host name."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [without_machine(item) for item in value]
    if isinstance(value, dict):
        return {_text(str(key)): without_machine(item) for key, item in value.items()}
    return value


def public_command(words: Sequence[str]) -> list[str]:
    """Return a command without the options that only say where its files lie on this machine."""
    kept: list[str] = []
    skip = False
    for word in words:
        name, _, value = word.partition("=")
        if skip:
            skip = False
        elif name in _OPTIONS_OF_PATHS:
            skip = not value
        else:
            kept.append(_text(word))
    return kept


def _text(text: str) -> str:
    text = _PATH.sub(_short, text)
    for name in _hosts():
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", "HOST", text)
    return text


def _short(path: re.Match[str]) -> str:
    """Return a path without the folders that are only of this machine."""
    for folder in _KEPT:
        if folder in path[0]:
            return path[0].rpartition(folder)[2]
    return f"…/{path[0].rstrip('/').rpartition('/')[2]}"


def _hosts() -> list[str]:
    name = socket.gethostname()
    names = {name, name.partition(".")[0]} - _ORDINARY
    return sorted((name for name in names if len(name) >= _SHORTEST), key=len, reverse=True)
