"""The guarantees in a descriptor: bounds, retries and known failures."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from taskgauge.backends.descriptors.errors import DescriptorKeyMissing
from taskgauge.backends.descriptors.fragments import Fragment, named_fragment
from taskgauge.backends.descriptors.installed import check_requirement, check_versions, fits, here, version, why_missing
from taskgauge.backends.descriptors.toml_table import Table

LONGEST_WATCH = 60.0
"""The seconds of a documented recovery up to which a run waits for the recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The table `[bounds]`, in seconds: the backend documents them, or they follow from its settings; None: neither."""

    idle_pick_up: float | None
    """The time from enqueue() to the task's start, if a worker is idle."""
    deferral: float | None
    """The time from `run_after` to the task's start, if a worker is idle."""
    recovery: float | None
    """The time from the kill of a worker until its task is FAILED or runs again, if there is another worker."""
    retention: float | None
    """The time for which a result is available at least."""
    longest_task: float | None
    """The time that a task may take; a longer task runs again while it still runs."""

    @property
    def watched_recovery(self) -> float | None:
        """The bound `recovery` if it is LONGEST_WATCH at most, else None."""
        return self.recovery if self.recovery is not None and self.recovery <= LONGEST_WATCH else None

    @classmethod
    def read(cls, table: Table | None) -> Self:
        """Read `[bounds]`; raise DescriptorError."""
        names = ("idle_pick_up", "deferral", "recovery", "retention", "longest_task")
        if table is None:
            return cls(**dict.fromkeys(names))
        bounds = cls(**{name: table.take_positive(name, default=None) for name in names})
        table.check_all_taken()
        return bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """The table `[retries]`: the settings with which a task that always fails runs several times."""

    attempts: int
    """The number of runs of the task in total, with these settings."""
    within: float
    """The seconds from the task's first start to its last start."""
    requirements: tuple[str, ...]
    """The requirements of retries, if not every version of the backend has them."""
    settings: Fragment | None
    """A fragment of settings that is added to the target's settings."""
    task: str | None
    """The file name of a module whose `OPTIONS` are keyword arguments for `@task`."""

    @classmethod
    def read(cls, table: Table, kinds: Iterable[str], after: Iterable[Fragment]) -> Self:
        """Read `[retries]` of a backend for these kinds of store, with its settings; raise DescriptorError."""
        settings = table.take("settings", str, default=None)
        retries = cls(
            attempts=table.take_positive("attempts", int),
            within=table.take_positive("within"),
            requirements=table.take_texts("requirements", check=check_requirement, default=()),
            settings=None if settings is None else named_fragment(table, "settings", settings, kinds, after),
            task=table.take("task", str, default=None),
        )
        table.check_all_taken()
        if retries.settings is None and retries.task is None:
            raise DescriptorKeyMissing(f"{table.place('settings')} is missing: say settings or task")
        return retries

    def missing(self) -> str | None:
        """Return the reason why tasks cannot be retried here, or None."""
        return why_missing(here(self.requirements))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFailure:
    """One table of `[[known_failures]]`: a requirement that the backend does not meet yet."""

    requirement: str
    reason: str
    link: str
    expires: date
    store: str
    """The store on which the backend does not meet it; empty: all."""
    django: str
    """The versions of Django with which the backend does not meet it; empty: all."""
    python: str
    """The versions of Python with which the backend does not meet it; empty: all."""
    place: str
    """The place of the requirement, for messages."""

    @classmethod
    def read(cls, table: Table, stores: tuple[str, ...]) -> Self:
        """Read one table of a backend with these stores; raise DescriptorError."""
        failure = cls(
            requirement=table.take("requirement", str),
            reason=table.take("reason", str),
            link=table.take("link", str),
            expires=table.take("expires", date),
            store=table.take_choice("store", ("", *stores), default=""),
            django=table.take("django", str, default=""),
            python=table.take("python", str, default=""),
            place=table.place("requirement"),
        )
        for key in ("django", "python"):
            check_versions(getattr(failure, key), table.place(key))
        return failure

    def is_of(self, store: str | None) -> bool:
        """Return True if the failure is one of this store, and of the running versions of Django and Python."""
        django = version("django") or "0"
        return self.store in {"", store} and fits(django, self.django) and fits(platform.python_version(), self.python)
