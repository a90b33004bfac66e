"""Reads descriptors: how a backend is installed, configured and started, and what it guarantees.

The catalogue has descriptors under `catalog/<name>/`. A backend's author writes one into a `[tool.taskgauge]` table of
their own pyproject.toml, or into any other TOML file. `docs/descriptors.md` describes the format. A target is a
descriptor on one of its stores, as `django-tasks-db@sqlite`, or only `reference-memory` if tasks stay in the process.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskgauge.backends.descriptors.errors import (
    DescriptorError,
    DescriptorKeyMissing,
    DescriptorKeyUnknown,
    DescriptorNotReadable,
    DescriptorPathNotImportable,
    DescriptorPlaceholderUnknown,
    DescriptorTypeWrong,
    TargetNotInstalled,
    TargetUnknown,
)
from taskgauge.backends.descriptors.fragments import NO_STORE, Fragment, kinds_of, read_fragments, read_text
from taskgauge.backends.descriptors.guarantees import Bounds, KnownFailure, Retries
from taskgauge.backends.descriptors.installed import check_requirement, check_versions
from taskgauge.backends.descriptors.model import FRAMEWORKS, RUNS, Descriptor, Target
from taskgauge.backends.descriptors.placeholders import KINDS, fill_in
from taskgauge.backends.descriptors.rows import read_contracts, read_rows
from taskgauge.backends.descriptors.toml_table import Table
from taskgauge.backends.descriptors.worker_command import Worker, check_command

__all__ = [
    "CATALOG",
    "Descriptor",
    "DescriptorError",
    "DescriptorKeyMissing",
    "DescriptorKeyUnknown",
    "DescriptorNotReadable",
    "DescriptorPathNotImportable",
    "DescriptorPlaceholderUnknown",
    "DescriptorTypeWrong",
    "Target",
    "TargetNotInstalled",
    "TargetUnknown",
    "Worker",
    "fill_in",
    "has_descriptor",
    "load_target",
    "load_targets",
    "name_to_ask_for",
    "read_descriptor",
]

CATALOG = Path(__file__).parents[1] / "catalog"
_FILE = "backend.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def load_target(name: str, catalog: Path = CATALOG) -> Target:
    """Return the target of this name; raise TargetUnknown or DescriptorError.

    A name is `django-tasks-db@sqlite`, or `path/to/pyproject.toml@redis` for a user's own descriptor. The store may be
    left out if the descriptor has only one.
    """
    targets = load_targets(name, catalog)
    if len(targets) > 1:
        choice = ", ".join(target.name for target in targets)
        raise TargetUnknown(f"no target is called {name!r}; this backend's are: {choice}")
    return targets[0]


def load_targets(name: str, catalog: Path = CATALOG) -> list[Target]:
    """Return the target of this name, or the targets on all stores if it names no store; raise as `load_target`."""
    backend, store = _parts(name)
    descriptor = read_descriptor(_find(name, backend, catalog))
    if store and store not in descriptor.stores:
        choice = ", ".join(f"{backend}@{known}" for known in descriptor.stores) or backend
        raise TargetUnknown(f"no target is called {name!r}; this backend's are: {choice}")
    stores: list[str | None] = [store] if store else [*descriptor.stores]
    return [Target(descriptor=descriptor, store=chosen) for chosen in stores or [None]]


def name_to_ask_for(target: Target, path: str = "") -> str:
    """Return the name by which `load_target` returns a target; `path` is another path to a descriptor's file."""
    descriptor = target.descriptor
    if descriptor.path.is_relative_to(CATALOG):
        return target.name
    return (path or str(descriptor.path)) + (f"@{target.store}" if target.store else "")


def read_descriptor(path: Path) -> Descriptor:
    """Read a descriptor with its settings; raise DescriptorError.

    The path leads to a pyproject.toml, to another TOML file, or to a folder with a `backend.toml` or a pyproject.toml.
    """
    if path.is_dir():
        pyproject = path / "pyproject.toml"
        path = pyproject if pyproject.exists() and not (path / _FILE).exists() else path / _FILE
    content = _content(path)
    if path.name != "pyproject.toml":
        return _read(Table(path, "", content), path.absolute().parent.name)
    own = _within(content, "tool", "taskgauge")
    if type(own) is not dict:
        raise DescriptorKeyMissing(f"{path}: table [tool.taskgauge] is missing")
    name = _within(content, "project", "name")
    return _read(Table(path, "tool.taskgauge.", own), name if type(name) is str else path.absolute().parent.name)


def has_descriptor(path: Path) -> bool:
    """Return True if the pyproject.toml exists and has a table for Taskgauge; raise DescriptorNotReadable."""
    return path.exists() and _within(_content(path), "tool", "taskgauge") is not None


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path, "descriptor"))
    except tomllib.TOMLDecodeError as error:
        raise DescriptorNotReadable(f"{path}: {error}") from error


def _within(content: dict[str, Any], table: str, key: str) -> object:
    """Return the value of a key in a table, or None if there is no such table or key."""
    inner = content.get(table)
    return inner.get(key) if isinstance(inner, dict) else None


def _parts(name: str) -> tuple[str, str]:
    """Return backend and store; a folder's name may have an @ too."""
    backend, at, store = name.rpartition("@")
    return (backend, store) if at and os.sep not in store else (name, "")


def _find(name: str, backend: str, catalog: Path) -> Path:
    if backend.endswith(".toml") or os.sep in backend:
        return Path(backend)
    if not _NAME.fullmatch(backend) or not (catalog / backend / _FILE).is_file():
        known = ", ".join(sorted(path.parent.name for path in catalog.glob(f"*/{_FILE}")))
        raise TargetUnknown(f"no target is called {name!r}; the catalogue has {known}")
    return catalog / backend


def _read(table: Table, name: str) -> Descriptor:
    stores = table.take_texts("stores", check=_check_store, default=())
    worker = table.take_table("worker")
    runs = _read_runs(table, has_worker=worker is not None)
    settings = read_fragments(table, "settings", stores)
    descriptor = Descriptor(
        name=table.take("name", str, default=name),
        path=table.path,
        backend=table.take("backend", str),
        requirements=table.take_texts("requirements", check=check_requirement, default=()),
        newest=table.take_texts("newest", check=check_requirement, default=()),
        python=table.take("python", str, default=""),
        framework=table.take_choice("framework", FRAMEWORKS, default=FRAMEWORKS[0]),
        runs=runs,
        parallel=table.take_positive("parallel", int, default=1),
        pausable=_read_pausable(table, runs),
        stores=stores,
        store_requirements=_read_store_requirements(table, stores),
        result_types=table.take("result_types", bool, default=False),
        prepare=tuple(
            entry.filled("command", entry.take_texts("command", check=check_command))
            for entry in table.take_tables("prepare")
        ),
        workers=_read_workers(worker, stores),
        bounds=Bounds.read(table.take_table("bounds")),
        retries=_read_retries(table, stores, settings),
        known_failures=tuple(KnownFailure.read(entry, stores) for entry in table.take_tables("known_failures")),
        settings=settings,
        two_aliases=read_fragments(table, "two_aliases", stores, after=settings),
        as_shipped=read_fragments(table, "shipped", stores, after=settings),
        installed=read_rows(table, "installed", stores, settings, linked=False),
        production=read_rows(table, "production", stores, settings, linked=True),
        chart=read_rows(table, "chart", stores, settings, linked=True),
        contracts=read_contracts(table, stores),
        further_modules=table.take_texts("modules", default=()),
    )
    table.check_all_taken()
    if not _NAME.fullmatch(descriptor.name):
        wrong = f"has more than letters, digits, . _ -, or than 100 of them: {descriptor.name[:120]!r}"
        raise DescriptorTypeWrong(f"{table.place('name')} {wrong}")
    check_versions(descriptor.python, table.place("python"))
    for module in descriptor.modules():
        read_text(module, table.place("modules"))
    return descriptor


def _read_workers(table: Table | None, stores: tuple[str, ...]) -> dict[str, Worker]:
    if table is None:
        return {}
    return {store: Worker.read(table.for_store(store, stores)) for store in stores or (NO_STORE,)}


def _read_runs(table: Table, *, has_worker: bool) -> str:
    if not has_worker and "runs" not in table:
        raise DescriptorKeyMissing(f"{table.place('runs')} is missing: without [worker], say {', '.join(RUNS[1:])}")
    runs = table.take_choice("runs", RUNS, default="worker")
    if (runs == "worker") != has_worker:
        wrong = "there is no [worker]" if runs == "worker" else "there is a [worker]"
        raise DescriptorTypeWrong(f"{table.place('runs')} is {runs!r}, but {wrong}")
    return runs


def _read_pausable(table: Table, runs: str) -> bool:
    pausable: bool = table.take("pausable", bool, default=False)
    if pausable and runs not in {"threads", "processes"}:
        raise DescriptorTypeWrong(f"{table.place('pausable')} is true, but runs is {runs!r}: it has nothing to pause")
    return pausable


def _read_retries(table: Table, stores: tuple[str, ...], settings: Mapping[str, Fragment]) -> Retries | None:
    own = table.take_table("retries")
    if own is None:
        return None
    return Retries.read(own, {kind for store in stores for kind in kinds_of(store)}, settings.values())


def _read_store_requirements(table: Table, stores: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    own = table.take_table("store_requirements")
    if own is None:
        return {}
    requirements = {store: own.take_texts(store, check=check_requirement, default=()) for store in stores}
    own.check_all_taken()
    return requirements


def _check_store(text: str, place: str) -> None:
    for kind in kinds_of(text) or (text,):
        if kind not in KINDS:
            raise DescriptorTypeWrong(f"{place} has {text!r}, and stores are made of {', '.join(sorted(KINDS))}")
