"""Reads fragments of settings: a file beside the descriptor, or the file or text that the descriptor names."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.errors import (
    DescriptorKeyMissing,
    DescriptorKeyUnknown,
    DescriptorNotReadable,
    DescriptorTypeWrong,
)
from taskgauge.backends.descriptors.placeholders import check_placeholders, fill_in, known_in_settings
from taskgauge.backends.descriptors.toml_table import Table

NO_STORE = ""
"""The key of the fragment of a backend that stores tasks in the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A piece of Django settings with placeholders, ready to paste."""

    place: str
    """The place of the text, for messages."""
    text: str

    def filled_in(self, values: Mapping[str, str]) -> str:
        """Return the text with its placeholders filled in; raise DescriptorPlaceholderUnknown."""
        return fill_in(self.text, values, self.place)


def read_fragments(table: Table, key: str, stores: tuple[str, ...], *, needed: bool) -> dict[str, Fragment]:
    """Return the fragment of each store that has one; raise DescriptorError.

    `settings = "conformance.py"` names a file beside the descriptor. Any other text is the fragment itself. A table has
    a text for each store. Without the key, the file is `settings_<store>.py` beside the descriptor, or `settings.py`.
    """
    texts = _texts(table, key, stores)
    fragments = {}
    for store in stores or (NO_STORE,):
        fragment = _beside(table, key, store) if texts is None else _named(table, key, texts, store)
        if fragment is not None:
            _check(fragment, known_in_settings(kinds_of(store)))
            fragments[store] = fragment
        elif needed:
            wanted = _files(table, key, store)[-1]
            if table.path.name != "pyproject.toml":
                raise DescriptorNotReadable(f"{wanted}: there is no such file, and the key {key} is missing")
            raise DescriptorKeyMissing(f"{table.place(key)} is missing{f' for {store}' if store else ''}")
    return fragments


def named_fragment(table: Table, key: str, text: str, kinds: Iterable[str]) -> Fragment:
    """Return the fragment of a text, which names a file or is the fragment itself; raise DescriptorError."""
    fragment = _fragment(table, table.place(key), text)
    _check(fragment, known_in_settings(kinds))
    return fragment


def kinds_of(store: str | None) -> tuple[str, ...]:
    """Return the kinds of a store: one kind or several, as in `rabbitmq+redis`."""
    return tuple(store.split("+")) if store else ()


def read_text(path: Path, key_place: str) -> str:
    """Return a file's text; raise DescriptorNotReadable, which names the file and the key that needs it."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptorNotReadable(f"{key_place}: {path} cannot be read: {error}") from error


def _texts(table: Table, key: str, stores: tuple[str, ...]) -> str | dict[str, str] | None:
    texts: str | dict[str, str] | None = table.take_text_or_table(key)
    if isinstance(texts, dict):
        for store in texts:
            if store not in stores:
                place = table.place(f"{key}.{store}")
                raise DescriptorKeyUnknown(f"{place} is no store of this backend; it has {', '.join(stores) or 'none'}")
    return texts


def _named(table: Table, key: str, texts: str | dict[str, str], store: str) -> Fragment | None:
    text = texts if isinstance(texts, str) else texts.get(store)
    if text is None:
        return None
    return _fragment(table, table.place(key if isinstance(texts, str) else f"{key}.{store}"), text)


def _fragment(table: Table, place: str, text: str) -> Fragment:
    if not text.endswith(".py"):
        return Fragment(place=place, text=text)
    path = table.path.parent / text
    return Fragment(place=str(path), text=read_text(path, place))


def _beside(table: Table, key: str, store: str) -> Fragment | None:
    if table.path.name == "pyproject.toml":
        return None  # settings.py beside it is the project's own
    for path in _files(table, key, store):
        if path.exists():
            return Fragment(place=str(path), text=read_text(path, table.place(key)))
    return None


def _files(table: Table, key: str, store: str) -> list[Path]:
    names = [f"{key}_{store.replace('+', '_')}.py"] if store else []
    return [table.path.with_name(name) for name in (*names, f"{key}.py")]


def _check(fragment: Fragment, known: frozenset[str]) -> None:
    check_placeholders(fragment.text, known, fragment.place)
    try:
        ast.parse(fragment.text)
    except SyntaxError as error:
        raise DescriptorNotReadable(f"{fragment.place}: line {error.lineno} is no Python: {error.msg}") from error
    except ValueError as error:
        raise DescriptorTypeWrong(f"{fragment.place}: {error}") from error
