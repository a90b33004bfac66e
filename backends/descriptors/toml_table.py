"""Reads a table of a descriptor: each key is taken once, with its type, and errors name file and key."""

import math
from collections.abc import Callable, Iterator, Mapping, Sized
from datetime import date
from pathlib import Path
from typing import Any, Self

from taskgauge.backends.descriptors.errors import DescriptorKeyMissing, DescriptorKeyUnknown, DescriptorTypeWrong

type Check = Callable[[str, str], None]
"""A function that takes a text and its place, and raises DescriptorError for a wrong text."""

_MISSING = object()
_KINDS = {
    str: "a text",
    list: "a list",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    date: "a date, without quotes",
}


class Table:
    """One table: call `take` for each key, then `check_all_taken`."""

    def __init__(self, path: Path, prefix: str, content: Mapping[str, Any]) -> None:
        """Take the file, the prefix of each key (empty, or with a dot at its end), and the content of the table."""
        self.path = path
        self._prefix = prefix
        self._content = dict(content)
        self._known: list[str] = []

    def place(self, key: str) -> str:
        """Return the place of a key: its file and its full name."""
        return f"{self.path}: key {self._prefix}{key}"

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def take(self, key: str, kind: type, *, default: Any = _MISSING) -> Any:
        """Return the value of a key; raise DescriptorKeyMissing or DescriptorTypeWrong."""
        self._known.append(key)
        if key not in self._content:
            if default is _MISSING:
                raise DescriptorKeyMissing(f"{self.place(key)} is missing")
            return default
        value = self._content.pop(key)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise DescriptorTypeWrong(f"{self.place(key)} must be {_KINDS[kind]}, and is {value!r}")
        return value

    def take_number_or_text(self, key: str) -> int | str:
        """Return a whole number or a text; raise DescriptorTypeWrong for another value."""
        kind = str if type(self._content.get(key)) is str else int
        value: int | str = self.take(key, kind)
        return value

    def take_words_or_text(self, key: str, *, check: Check) -> tuple[str, ...] | str | None:
        """Return a tuple of texts, one text, or None; raise DescriptorTypeWrong for another value."""
        if type(self._content.get(key)) is not str:
            words: tuple[str, ...] | None = self.take_texts(key, check=check, default=None)
            return words
        text: str = self.take(key, str)
        check(text, self.place(key))
        return text

    def take_choice(self, key: str, choice: tuple[str, ...], *, default: Any = _MISSING) -> str:
        """Return a text of `choice`; raise DescriptorTypeWrong for others."""
        value: str = self.take(key, str, default=default)
        if value not in choice:
            raise DescriptorTypeWrong(
                f"{self.place(key)} must be one of {', '.join(filter(None, choice))}, and is {value!r}"
            )
        return value

    def take_positive(self, key: str, kind: type = float, *, default: Any = _MISSING) -> Any:
        """Return a finite number above zero; raise DescriptorTypeWrong for others."""
        value = self.take(key, kind, default=default)
        if value is not None and not 0 < value < math.inf:
            raise DescriptorTypeWrong(f"{self.place(key)} must be above zero and finite, and is {value!r}")
        return value

    def filled[Value: Sized](self, key: str, value: Value) -> Value:
        """Return the value of a key; raise DescriptorTypeWrong if it is empty."""
        if not value:
            raise DescriptorTypeWrong(f"{self.place(key)} must not be empty")
        return value

    def take_texts(self, key: str, *, check: Check | None = None, default: Any = _MISSING) -> Any:
        """Return a tuple of texts, or the default."""
        values = self.take(key, list, default=default)
        if values is default:
            return values
        for value in values:
            if type(value) is not str:
                raise DescriptorTypeWrong(f"{self.place(key)} must be a list of texts, and has {value!r}")
            if check is not None:
                check(value, self.place(key))
        return tuple(values)

    def take_table(self, key: str) -> Self | None:
        """Return a table within this one, or None."""
        content = self.take(key, dict, default=None)
        return None if content is None else type(self)(self.path, f"{self._prefix}{key}.", content)

    def for_store(self, store: str, stores: tuple[str, ...]) -> Self:
        """Return this table as it is on one store: a value that is a table holds the values by store.

        A key that has no value for the store is missing on it. Raises DescriptorKeyUnknown for another store.
        """
        content: dict[str, Any] = {}
        for key, value in self._content.items():
            if type(value) is not dict:
                content[key] = value
                continue
            for name in value:
                if name not in stores:
                    known = ", ".join(stores) or "none"
                    raise DescriptorKeyUnknown(
                        f"{self.place(f'{key}.{name}')} is no store of this backend; it has {known}"
                    )
            if store in value:
                content[key] = value[store]
        return type(self)(self.path, self._prefix, content)

    def take_text_or_table(self, key: str) -> Any:
        """Return a text, a table of texts as a dictionary, or None."""
        content = self._content.get(key)
        if type(content) is not dict:
            return self.take(key, str, default=None)
        table = type(self)(self.path, f"{self._prefix}{key}.", self.take(key, dict))
        return {name: table.take(name, str) for name in content}

    def take_tables(self, key: str) -> Iterator[Self]:
        """Yield the tables of a `[[list]]`; check a table for unknown keys before the next table."""
        for index, content in enumerate(self.take(key, list, default=[])):
            if type(content) is not dict:
                raise DescriptorTypeWrong(f"{self.place(key)} must be tables, and has {content!r}")
            table = type(self)(self.path, f"{self._prefix}{key}[{index}].", content)
            yield table
            table.check_all_taken()

    def check_all_taken(self) -> None:
        """Raise DescriptorKeyUnknown for a key that was not taken."""
        for key in self._content:
            raise DescriptorKeyUnknown(f"{self.place(key)} is unknown; known are {', '.join(sorted(self._known))}")
