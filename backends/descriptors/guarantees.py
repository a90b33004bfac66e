"""What a descriptor says of its backend's behaviour: its bounds, its retries, and what it is known to fail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from taskgauge.backends.descriptors.errors import DescriptorKeyMissing
from taskgauge.backends.descriptors.fragments import Fragment, named_fragment
from taskgauge.backends.descriptors.installed import check_requirement, here, why_missing
from taskgauge.backends.descriptors.toml_table import Table

LONGEST_WATCH = 60.0
"""Seconds of a documented recovery up to which a run waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The table `[bounds]`: seconds that the backend documents, or that follow from its settings; None: neither."""

    idle_pick_up: float | None
    """From enqueue() to the task's start, where a worker is idle."""
    deferral: float | None
    """From `run_after` to the task's start, where a worker is idle."""
    recovery: float | None
    """From the kill of a worker until its task is FAILED or run again, where another worker is there."""
    retention: float | None
    """How long a result can be looked up at least."""
    longest_task: float | None
    """How long a task may take; one that takes longer is run again while it runs."""

    @property
    def watched_recovery(self) -> float | None:
        """The bound `recovery` if a run can wait for it (LONGEST_WATCH), else None."""
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
    """The table `[retries]`: how a task that always fails is run several times."""

    attempts: int
    """How often it is run in all, with what follows."""
    within: float
    """Seconds from its first start to its last."""
    requirements: tuple[str, ...]
    """What must be installed for it, where not every version of the backend can."""
    settings: Fragment | None
    """A fragment of settings, added to the target's own."""
    task: str | None
    """The file name of a module whose `OPTIONS` are keyword arguments for `@task`."""

    @classmethod
    def read(cls, table: Table, kinds: Iterable[str]) -> Self:
        """Read `[retries]` of a backend for these kinds of store; raise DescriptorError."""
        settings = table.take("settings", str, default=None)
        retries = cls(
            attempts=table.take_positive("attempts", int),
            within=table.take_positive("within"),
            requirements=table.take_texts("requirements", check=check_requirement, default=()),
            settings=None if settings is None else named_fragment(table, "settings", settings, kinds),
            task=table.take("task", str, default=None),
        )
        table.check_all_taken()
        if retries.settings is None and retries.task is None:
            raise DescriptorKeyMissing(f"{table.place('settings')} is missing: say settings or task")
        return retries

    def missing(self) -> str | None:
        """Return why tasks cannot be retried here, or None."""
        return why_missing(here(self.requirements))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFailure:
    """One table of `[[known_failures]]`: a requirement that the backend is known not to keep yet."""

    requirement: str
    reason: str
    link: str
    expires: date
    place: str
    """Where the requirement stands, for messages."""

    @classmethod
    def read(cls, table: Table) -> Self:
        """Read one; raise DescriptorError."""
        return cls(
            requirement=table.take("requirement", str),
            reason=table.take("reason", str),
            link=table.take("link", str),
            expires=table.take("expires", date),
            place=table.place("requirement"),
        )
