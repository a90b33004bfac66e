"""The records of a descriptor and of a target."""

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
from taskgauge.backends.descriptors.rows import Row, RowName
from taskgauge.backends.descriptors.worker_command import Worker

FRAMEWORKS = ("django.tasks", "django_tasks")
"""The packages whose Task, TaskResult, signals and exceptions a backend can use: Django, or its backport."""
RUNS = ("worker", "inside", "threads", "processes", "never")
"""The places where tasks run: a started worker, inside enqueue(), or threads or processes of the producer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One backend, as its descriptor describes it."""

    name: str
    path: Path
    """The descriptor's file."""
    backend: str
    """The import path of the backend's class."""
    requirements: tuple[str, ...]
    """The distributions to install besides Django and Taskgauge, the backend's own first, with optional markers."""
    newest: tuple[str, ...]
    """The newest versions that are known to work, one for each marker."""
    python: str
    """The versions of Python that the backend supports; empty: all."""
    framework: str
    """One of `FRAMEWORKS`."""
    runs: str
    """One of `RUNS`."""
    parallel: int
    """The number of tasks that run at once in threads or processes of the producer."""
    pausable: bool
    """True if the class has start(), stop() and clear() for these, as the catalogue's page describes."""
    stores: tuple[str, ...]
    """The stores that it can use, each one kind or several, as `rabbitmq+redis`; none: it stores in the process."""
    store_requirements: Mapping[str, tuple[str, ...]]
    """The further distributions that a store needs, by store."""
    result_types: bool
    """True if the backend has an option for result types."""
    prepare: tuple[tuple[str, ...], ...]
    """The commands that prepare an empty store."""
    workers: Mapping[str, Worker]
    """The worker of each store; none: tasks run in the producer, or in processes that the producer starts."""
    bounds: Bounds
    retries: Retries | None
    """The retries; None: the backend cannot run a failed task again."""
    known_failures: tuple[KnownFailure, ...]
    settings: Mapping[str, Fragment]
    """The fragment of settings for each store, ready to paste."""
    two_aliases: Mapping[str, Fragment]
    """The fragment that adds a second alias, `second`, on the same store."""
    as_shipped: Mapping[str, Fragment]
    """The fragment that gives the settings the backend's own defaults again, where `settings` turns retries off."""
    installed: Mapping[str, Row]
    """The additions of `[installed]` on each store; empty: the settings and the worker are as installed."""
    production: Mapping[str, Row]
    """The additions of `[production]` to that on each store; empty: the documentation recommends nothing more."""
    chart: Mapping[str, Row]
    """The settings and the command in the published chart on each store; empty: it is not in the chart."""
    contracts: Mapping[str, str]
    """The guarantee for an accepted task, for each store on which it does not follow from the store."""
    further_modules: tuple[str, ...]
    """The files beside the descriptor that the settings or the command name, such as Celery's app."""

    @property
    def worker(self) -> Worker | None:
        """The worker of the first store, or None if there is no worker on any store."""
        return next(iter(self.workers.values()), None)

    @property
    def folder(self) -> Path:
        """The folder of the descriptor and its files."""
        return self.path.parent

    @property
    def distribution(self) -> str:
        """The distribution of the backend: the first requirement, or the first part of its import path."""
        return Requirement(self.requirements[0]).name if self.requirements else self.backend.partition(".")[0]

    def modules(self) -> list[Path]:
        """Return the files that must be importable together with the settings."""
        own = [self.retries.task] if self.retries is not None and self.retries.task is not None else []
        return [self.folder / name for name in (*self.further_modules, *own)]

    def missing(self) -> str | None:
        """Return the reason why the backend cannot be used here, or None if this Python and its packages fit."""
        return (self.python and wrong_python(self.python)) or why_missing(here(self.requirements))

    def versions(self) -> dict[str, str]:
        """Return the installed version of each distribution that the backend needs."""
        lines = [*self.requirements, *(line for lines in self.store_requirements.values() for line in lines)]
        names = dict.fromkeys([self.distribution, *(Requirement(line).name for line in lines)])
        return {name: installed for name in names if (installed := version(name)) is not None}

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
        """The target's name, with the store if the descriptor has stores."""
        return self.descriptor.name if self.store is None else f"{self.descriptor.name}@{self.store}"

    @property
    def worker(self) -> Worker | None:
        """The worker on the target's store, or None."""
        return self.descriptor.workers.get(self.store or NO_STORE)

    def row(self, name: RowName) -> Row:
        """Return what a row adds to the settings and the worker."""
        store = self.store or NO_STORE
        if name == "chart":
            return self.descriptor.chart.get(store, Row())
        installed = self.descriptor.installed.get(store, Row())
        return installed if name == "installed" else installed.then(self.descriptor.production.get(store, Row()))

    @property
    def has_production(self) -> bool:
        """True if the documentation recommends something for production that is not as installed."""
        return not self.descriptor.production.get(self.store or NO_STORE, Row()).is_empty

    @property
    def contract(self) -> str | None:
        """The guarantee for an accepted task that the descriptor names; None: it follows from the store."""
        return self.descriptor.contracts.get(self.store or NO_STORE)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of service that the target needs."""
        return kinds_of(self.store)

    def missing(self) -> str | None:
        """Return the reason, apart from services, why the target cannot run here, or None."""
        more = self.descriptor.store_requirements.get(self.store or NO_STORE, ())
        return self.descriptor.missing() or why_missing(here(more))

    def settings_source(self, values: Mapping[str, str]) -> str:
        """Return the settings with their placeholders filled in; raise DescriptorPlaceholderUnknown."""
        return self.descriptor.settings[self.store or NO_STORE].filled_in(values)

    def row_source(self, name: RowName, values: Mapping[str, str]) -> str:
        """Return the settings of a row with their placeholders filled in; raise DescriptorPlaceholderUnknown."""
        added = [fragment.filled_in(values) for fragment in self.row(name).settings]
        return "\n".join([self.settings_source(values), *added])

    def two_aliases_source(self, values: Mapping[str, str]) -> str | None:
        """Return the settings that add the alias `second`, or None; raise DescriptorPlaceholderUnknown."""
        fragment = self.descriptor.two_aliases.get(self.store or NO_STORE)
        return None if fragment is None else fragment.filled_in(values)

    def as_shipped_source(self, values: Mapping[str, str]) -> str | None:
        """Return the settings that make the backend retry as shipped, or None; raise DescriptorPlaceholderUnknown."""
        fragment = self.descriptor.as_shipped.get(self.store or NO_STORE)
        return None if fragment is None else fragment.filled_in(values)

    def known_failures(self) -> tuple[KnownFailure, ...]:
        """Return the known failures of this store and of the running versions of Django and Python."""
        return tuple(failure for failure in self.descriptor.known_failures if failure.is_of(self.store))
