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
from taskgauge.backends.descriptors.python_source import names_of, spans_of_fstrings
from taskgauge.backends.descriptors.toml_table import Table

NO_STORE = ""
"""The key of the fragment of a backend that stores tasks in the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A piece of Django settings with placeholders, ready to paste."""

    place: str
    """The place of the text, for messages."""
    text: str
    known: frozenset[str]
    """The placeholders that the text may have."""
    names: frozenset[str] = frozenset()
    """The names of the settings that the text is added to."""

    @property
    def fstrings(self) -> list[tuple[int, int]]:
        """The spans of the text in which braces are Python's; raises SyntaxError."""
        return spans_of_fstrings(self.text, self.known, self.names)

    def filled_in(self, values: Mapping[str, str]) -> str:
        """Return the text with its placeholders filled in; raise DescriptorPlaceholderUnknown."""
        return fill_in(self.text, values, self.place, self.fstrings)


def read_fragments(
    table: Table, key: str, stores: tuple[str, ...], *, after: Mapping[str, Fragment] | None = None
) -> dict[str, Fragment]:
    """Return the fragment of each store that has one; raise DescriptorError.

    `after` has the settings that the fragments are added to. Without it, these are the settings, which each store must
    have.

    `settings = "conformance.py"` names a file beside the descriptor. Any other text is the fragment itself. A table has
    a text for each store. Without the key, the file is `settings_<store>.py` beside the descriptor, or `settings.py`.
    """
    texts = _texts(table, key, stores)
    fragments = {}
    for store in stores or (NO_STORE,):
        read = _beside(table, key, store) if texts is None else _named(table, key, texts, store)
        if read is not None:
            fragments[store] = _checked(*read, kinds_of(store), after.get(store) if after else None)
        elif after is None:
            wanted = _files(table, key, store)[-1]
            if table.path.name != "pyproject.toml":
                raise DescriptorNotReadable(f"{wanted}: there is no such file, and the key {key} is missing")
            raise DescriptorKeyMissing(f"{table.place(key)} is missing{f' for {store}' if store else ''}")
    return fragments


def named_fragment(table: Table, key: str, text: str, kinds: Iterable[str], after: Iterable[Fragment]) -> Fragment:
    """Return the fragment of a text, which names a file or is the fragment itself; raise DescriptorError."""
    return _checked(*_fragment(table, table.place(key), text), kinds, *after)


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


def _named(table: Table, key: str, texts: str | dict[str, str], store: str) -> tuple[str, str] | None:
    text = texts if isinstance(texts, str) else texts.get(store)
    if text is None:
        return None
    return _fragment(table, table.place(key if isinstance(texts, str) else f"{key}.{store}"), text)


def _fragment(table: Table, place: str, text: str) -> tuple[str, str]:
    """Return the place of a fragment and its text."""
    if not text.endswith(".py"):
        return place, text
    path = table.path.parent / text
    return str(path), read_text(path, place)


def _beside(table: Table, key: str, store: str) -> tuple[str, str] | None:
    if table.path.name == "pyproject.toml":
        return None  # settings.py beside it is the project's own
    for path in _files(table, key, store):
        if path.exists():
            return str(path), read_text(path, table.place(key))
    return None


def _files(table: Table, key: str, store: str) -> list[Path]:
    names = [f"{key}_{store.replace('+', '_')}.py"] if store else []
    return [table.path.with_name(name) for name in (*names, f"{key}.py")]


def _checked(place: str, text: str, kinds: Iterable[str], *after: Fragment | None) -> Fragment:
    names = {name for fragment in after if fragment is not None for name in names_of(ast.parse(fragment.text))}
    fragment = Fragment(place=place, text=text, known=known_in_settings(kinds), names=frozenset(names))
    try:
        own = fragment.fstrings
    except SyntaxError as error:
        raise DescriptorNotReadable(f"{place}: line {error.lineno} is no Python: {error.msg}") from error
    except ValueError as error:
        raise DescriptorTypeWrong(f"{place}: {error}") from error
    check_placeholders(text, fragment.known, place, own)
    return fragment
