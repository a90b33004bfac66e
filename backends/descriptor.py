"""Reads descriptors: under `catalog/<name>/`, how a backend is installed, configured and started.

A target is a descriptor on one of its stores: `django-tasks-db@sqlite`, or just `reference-memory` where there is one
store only, or none.
"""

import importlib.metadata
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string
from packaging.requirements import InvalidRequirement, Requirement

CATALOG = Path(__file__).with_name("catalog")

SETTINGS_PLACEHOLDERS = frozenset({"result_types", "store"})
"""What may stand in braces in `settings.py`: the path of the result types, and where the store is."""
COMMAND_PLACEHOLDERS = frozenset({"python", "tasks"})
"""What may stand in braces in a command: this Python, and after how many tasks the worker shall end."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class DescriptorError(Exception):
    """A descriptor cannot be used; the text names file and key."""


class DescriptorNotReadable(DescriptorError):
    """The file is not there, or is no TOML."""


class DescriptorKeyUnknown(DescriptorError):
    """A key that no descriptor has."""


class DescriptorKeyMissing(DescriptorError):
    """A key that every descriptor needs."""


class DescriptorTypeWrong(DescriptorError):
    """A value of the wrong type."""


class DescriptorPlaceholderUnknown(DescriptorError):
    """Something in braces that nobody will fill in."""


class DescriptorPathNotImportable(DescriptorError):
    """The backend's path leads nowhere although its packages are installed."""


class TargetUnknown(Exception):
    """No target has this name."""


class TargetNotInstalled(Exception):
    """The packages of a target are missing, or not in the version it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """How a backend's worker is started."""

    command: tuple[str, ...]
    """The worker for all queues, ending after `{tasks}` tasks."""
    ready: str
    """What it prints when it begins to look for tasks."""
    poll_interval: float | None
    """Seconds an idle worker sleeps before it looks again; None: it is woken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One backend of the catalogue."""

    name: str
    folder: Path
    backend: str
    """Import path of its class."""
    requirements: tuple[str, ...]
    """Distributions it needs besides Django and Taskgauge."""
    stores: tuple[str, ...]
    """Kinds of store it can be run on; none: it keeps its tasks in the process."""
    result_types: bool
    """Whether it takes result types as an option."""
    prepare: tuple[tuple[str, ...], ...]
    """Commands that make an empty store ready."""
    worker: Worker | None
    """None: tasks run in the process that enqueues, or in processes it starts itself."""

    @property
    def settings(self) -> Path:
        """The fragment of settings, as a user would paste it."""
        return self.folder / "settings.py"

    def missing(self) -> str | None:
        """Return why the backend cannot be used here, or None if its packages are installed."""
        for line in self.requirements:
            requirement = Requirement(line)
            try:
                installed = importlib.metadata.version(requirement.name)
            except importlib.metadata.PackageNotFoundError:
                return f"{requirement.name} is not installed: pip install '{line}'"
            if not requirement.specifier.contains(installed, prereleases=True):
                return f"{requirement.name} {installed} is installed, but {line} is needed"
        return None

    def load_backend(self) -> type[Any]:
        """Return the backend's class; raise TargetNotInstalled or DescriptorPathNotImportable."""
        if reason := self.missing():
            raise TargetNotInstalled(f"{self.name}: {reason}")
        try:
            backend: type[Any] = import_string(self.backend)
        except ImportError as error:
            raise DescriptorPathNotImportable(
                f'{self.folder / "backend.toml"}: backend = "{self.backend}" cannot be imported: {error}'
            ) from error
        return backend

    def settings_source(self, values: Mapping[str, str]) -> str:
        """Return the fragment with its placeholders filled in; raise DescriptorPlaceholderUnknown."""
        source = self.settings.read_text(encoding="utf-8")
        return fill_in(source, values, f"{self.settings}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A descriptor on one store."""

    descriptor: Descriptor
    store: str | None

    @property
    def name(self) -> str:
        """The name as it is written everywhere: with the store, where the descriptor has any."""
        return self.descriptor.name if self.store is None else f"{self.descriptor.name}@{self.store}"


def load_target(name: str, catalog: Path = CATALOG) -> Target:
    """Return the target of this name; raise TargetUnknown or DescriptorError."""
    backend, _, store = name.partition("@")
    if not (catalog / backend / "backend.toml").is_file() or not backend:
        known = ", ".join(sorted(path.parent.name for path in catalog.glob("*/backend.toml")))
        raise TargetUnknown(f"no target is called {name!r}; the catalogue has {known}")
    descriptor = read_descriptor(catalog / backend)
    stores = descriptor.stores
    if (store and store not in stores) or (not store and len(stores) > 1):
        choice = ", ".join(f"{backend}@{each}" for each in stores) or backend
        raise TargetUnknown(f"no target is called {name!r}; this backend's are: {choice}")
    return Target(descriptor=descriptor, store=store or (stores[0] if stores else None))


def read_descriptor(folder: Path) -> Descriptor:
    """Read `backend.toml` in a folder, and look at the placeholders of `settings.py`; raise DescriptorError."""
    path = folder / "backend.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DescriptorNotReadable(f"{path}: {error}") from error
    table = _Table(path, "", content)
    worker = table.take("worker", dict, default=None)
    descriptor = Descriptor(
        name=folder.name,
        folder=folder,
        backend=table.take("backend", str),
        requirements=table.take_texts("requirements", check=_check_requirement, default=()),
        stores=table.take_texts("stores", default=()),
        result_types=table.take("result_types", bool, default=False),
        prepare=tuple(table.take_commands("prepare")),
        worker=None if worker is None else _read_worker(_Table(path, "worker.", worker)),
    )
    table.check_all_taken()
    try:
        source = descriptor.settings.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptorNotReadable(f"{descriptor.settings}: {error}") from error
    _check_placeholders(source, SETTINGS_PLACEHOLDERS, f"{descriptor.settings}")
    return descriptor


def fill_in(text: str, values: Mapping[str, str], place: str) -> str:
    """Replace each `{name}` by its value; raise DescriptorPlaceholderUnknown for one that has none."""
    _check_placeholders(text, frozenset(values), place)
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _read_worker(table: "_Table") -> Worker:
    interval = table.take("poll_interval", float, default=None)
    worker = Worker(
        command=table.take_texts("command", check=_check_command),
        ready=table.take("ready", str),
        poll_interval=interval,
    )
    table.check_all_taken()
    return worker


_MISSING = object()


class _Table:
    """A table of a descriptor, from which each key is taken once and with its type."""

    def __init__(self, path: Path, prefix: str, content: dict[str, Any]) -> None:
        self._path = path
        self._prefix = prefix
        self._content = dict(content)
        self._known: list[str] = []

    def take(self, key: str, kind: type, *, default: Any = _MISSING) -> Any:
        self._known.append(key)
        if key not in self._content:
            if default is _MISSING:
                raise DescriptorKeyMissing(f"{self._path}: key {self._prefix}{key} is missing")
            return default
        value = self._content.pop(key)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise DescriptorTypeWrong(f"{self._path}: key {self._prefix}{key} must be {_KINDS[kind]}, and is {value!r}")
        return value

    def take_texts(
        self, key: str, *, check: Callable[[str, str], None] | None = None, default: Any = _MISSING
    ) -> tuple[str, ...]:
        values = self.take(key, list, default=default)
        place = f"{self._path}: key {self._prefix}{key}"
        for value in values:
            if type(value) is not str:
                raise DescriptorTypeWrong(f"{place} must be a list of texts, and has {value!r}")
            if check is not None:
                check(value, place)
        return tuple(values)

    def take_commands(self, key: str) -> list[tuple[str, ...]]:
        tables = self.take(key, list, default=[])
        commands = []
        for index, content in enumerate(tables):
            if type(content) is not dict:
                raise DescriptorTypeWrong(f"{self._path}: key {self._prefix}{key} must be tables, and has {content!r}")
            table = _Table(self._path, f"{self._prefix}{key}[{index}].", content)
            commands.append(table.take_texts("command", check=_check_command))
            table.check_all_taken()
        return commands

    def check_all_taken(self) -> None:
        for key in self._content:
            raise DescriptorKeyUnknown(
                f"{self._path}: key {self._prefix}{key} is unknown; known are {', '.join(sorted(self._known))}"
            )


_KINDS = {str: "a text", list: "a list", bool: "true or false", float: "a number", dict: "a table"}


def _check_command(text: str, place: str) -> None:
    _check_placeholders(text, COMMAND_PLACEHOLDERS, place)


def _check_requirement(text: str, place: str) -> None:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise DescriptorTypeWrong(f"{place} has no requirement in {text!r}: {str(error).splitlines()[0]}") from error


def _check_placeholders(text: str, known: frozenset[str], place: str) -> None:
    for match in _PLACEHOLDER.finditer(text):
        if match[1] not in known:
            choice = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
            raise DescriptorPlaceholderUnknown(f"{place}: placeholder {match[0]} is unknown; known are {choice}")
