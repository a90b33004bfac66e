"""What a descriptor says, and what a target is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string
from packaging.requirements import Requirement

from taskgauge.backends.descriptors.errors import DescriptorPathNotImportable, TargetNotInstalled
from taskgauge.backends.descriptors.fragments import NO_STORE, Fragment, kinds_of
from taskgauge.backends.descriptors.guarantees import Bounds, KnownFailure, Retries
from taskgauge.backends.descriptors.installed import here, version, why_missing, wrong_python
from taskgauge.backends.descriptors.worker_command import Worker

FRAMEWORKS = ("django.tasks", "django_tasks")
"""Whose Task, TaskResult, signals and exceptions a backend uses: Django's own, or those of its backport."""
RUNS = ("worker", "inside", "threads", "processes", "never")
"""Where tasks run: in a worker that is started for it, inside enqueue(), in threads or processes of the producer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One backend."""

    name: str
    path: Path
    """The file it was read from."""
    backend: str
    """Import path of its class."""
    requirements: tuple[str, ...]
    """Distributions it needs besides Django and Taskgauge, the backend's own first; with markers, if need be."""
    newest: tuple[str, ...]
    """The newest versions it is known to work with here, one for each marker."""
    python: str
    """The versions of Python it runs on; empty: all."""
    framework: str
    """One of `FRAMEWORKS`."""
    runs: str
    """One of `RUNS`."""
    parallel: int
    """How many tasks run at once in threads or processes of the producer."""
    pausable: bool
    """Whether the class has start(), stop() and clear() for those, as the catalogue's page describes them."""
    stores: tuple[str, ...]
    """What it can be run on: a kind of store, or several, as in `rabbitmq+redis`; none: it stores in the process."""
    store_requirements: Mapping[str, tuple[str, ...]]
    """Distributions it needs besides, by store."""
    result_types: bool
    """Whether it takes result types as an option."""
    prepare: tuple[tuple[str, ...], ...]
    """Commands that make an empty store ready."""
    worker: Worker | None
    """None: tasks run in the process that enqueues, or in processes it starts itself."""
    bounds: Bounds
    retries: Retries | None
    """None: it has no way to run a task again after it failed."""
    known_failures: tuple[KnownFailure, ...]
    settings: Mapping[str, Fragment]
    """The fragment of settings for each store, as a user would paste it."""
    two_aliases: Mapping[str, Fragment]
    """What is added to it for a second alias, `second`, on the same store."""
    further_modules: tuple[str, ...]
    """Files beside the descriptor that the settings or the command name, such as Celery's app."""

    @property
    def folder(self) -> Path:
        """Where the descriptor and its files are."""
        return self.path.parent

    @property
    def distribution(self) -> str:
        """The distribution that has the backend: the first requirement, or the package its path begins with."""
        return Requirement(self.requirements[0]).name if self.requirements else self.backend.partition(".")[0]

    def modules(self) -> list[Path]:
        """Return the files that must be importable wherever the settings are."""
        own = [self.retries.task] if self.retries is not None and self.retries.task is not None else []
        return [self.folder / name for name in (*self.further_modules, *own)]

    def missing(self) -> str | None:
        """Return why the backend cannot be used here, or None if this Python and its packages are right."""
        return (self.python and wrong_python(self.python)) or why_missing(here(self.requirements))

    def versions(self) -> dict[str, str]:
        """Return the installed version of each distribution it needs."""
        lines = [*self.requirements, *(line for lines in self.store_requirements.values() for line in lines)]
        names = dict.fromkeys([self.distribution, *(Requirement(line).name for line in lines)])
        return {name: found for name in names if (found := version(name)) is not None}

    def load_backend(self) -> type[Any]:
        """Return the backend's class; raise TargetNotInstalled or DescriptorPathNotImportable."""
        if reason := self.missing():
            raise TargetNotInstalled(f"{self.name}: {reason}")
        try:
            backend: type[Any] = import_string(self.backend)
        except ImportError as error:
            raise DescriptorPathNotImportable(
                f'{self.path}: backend = "{self.backend}" cannot be imported: {error}'
            ) from error
        return backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A descriptor on one store."""

    descriptor: Descriptor
    store: str | None

    @property
    def name(self) -> str:
        """The name as it is written everywhere: with the store, where the descriptor has any."""
        return self.descriptor.name if self.store is None else f"{self.descriptor.name}@{self.store}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of service it needs."""
        return kinds_of(self.store)

    def missing(self) -> str | None:
        """Return why it cannot be run here, its services left aside, or None."""
        more = self.descriptor.store_requirements.get(self.store or NO_STORE, ())
        return self.descriptor.missing() or why_missing(here(more))

    def settings_source(self, values: Mapping[str, str]) -> str:
        """Return the settings with their placeholders filled in; raise DescriptorPlaceholderUnknown."""
        return self.descriptor.settings[self.store or NO_STORE].filled_in(values)

    def two_aliases_source(self, values: Mapping[str, str]) -> str | None:
        """Return what is added to them for the alias `second`, or None; raise DescriptorPlaceholderUnknown."""
        fragment = self.descriptor.two_aliases.get(self.store or NO_STORE)
        return None if fragment is None else fragment.filled_in(values)
