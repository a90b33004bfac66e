"""How a mutant says which requirement it breaks, and which others it cannot help breaking; what a run says of it.

One that is honest, and only unlike the others, says which requirements it might wrongly be said to break.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isclass
from typing import Any

from django import VERSION

from taskgauge.suites.conformance.requirements import load_requirements

NOTHING: Mapping[str, str] = {}

NOT_RUN: Mapping[str, str] = {"WRK-01": "a task that no other test waits for is not run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of the suite said."""

    verdicts: Mapping[str, str]
    """By requirement."""
    reasons: Mapping[str, str]
    seconds: float
    trouble: str
    """Why there are no verdicts, or not all; else empty."""

    def broken(self) -> set[str]:
        """Return the requirements that are not kept."""
        return {name for name, word in self.verdicts.items() if word in {"FAIL", "OVERCLAIM", "ADVISORY", "UNDERCLAIM"}}

    def unknown(self) -> set[str]:
        """Return the requirements that could not be concluded."""
        return {name for name, word in self.verdicts.items() if word == "UNKNOWN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One wrong backend, or one change to Django itself, and what a run of the suite must say of it."""

    what: Any
    """A backend's class; or a function that changes Django, and is called in every process of the target."""
    breaks: str
    """The requirement that it is there to break; empty for an honest one."""
    not_even: tuple[str, ...] = ()
    """What an honest one might be taken to break."""
    also: Mapping[str, str]
    """Every other requirement that it breaks, with the reason why it cannot but do so."""
    on: str
    """Where it is a function: the target, as `targets.BASES` names it."""
    since: tuple[int, ...]
    """The first version of Django in which there is something to break."""
    before: tuple[int, ...]
    """The first in which there is not any more."""
    store: str
    """The store it needs, if not the first of its base's."""
    descriptor: Mapping[str, Any]
    """Keys that its descriptor has another value for."""
    patience: float
    """Seconds until what should happen at once counts as not happening."""

    @property
    def name(self) -> str:
        """The name of its class or function."""
        return str(self.what.__name__)

    @property
    def path(self) -> str:
        """Where that is imported from."""
        return f"{self.what.__module__}.{self.what.__qualname__}"

    @property
    def is_patch(self) -> bool:
        """Whether it changes Django instead of being a backend."""
        return not isclass(self.what)

    @property
    def is_honest(self) -> bool:
        """Whether it breaks nothing."""
        return not self.breaks

    @property
    def names(self) -> tuple[str, ...]:
        """The requirements that it is about."""
        return (self.breaks, *self.also) if self.breaks else self.not_even

    @property
    def applies(self) -> bool:
        """Whether there is something to break in this version of Django."""
        return VERSION[:2] >= self.since and (not self.before or VERSION[:2] < self.before)

    def expected(self) -> set[str]:
        """Return what must not be kept."""
        rows = load_requirements()
        also = {name for name in self.also if rows[name].applies_to(VERSION[:3])}
        broken = set() if self.is_honest else {self.breaks}
        return broken | also


MUTANTS: dict[str, Mutant] = {}
"""All that were defined, by name."""


def breaks[What: Callable[..., Any]](
    requirement: str,
    *,
    also: Mapping[str, str] = NOTHING,
    on: str = "",
    since: tuple[int, ...] = (),
    before: tuple[int, ...] = (),
    store: str = "",
    descriptor: Mapping[str, Any] = NOTHING,
    patience: float = 0.0,
) -> Callable[[What], What]:
    """Say of a backend's class, or of a function that changes Django, which requirement it breaks."""

    def keep(what: What) -> What:
        mutant = Mutant(
            what=what,
            breaks=requirement,
            also=also,
            on=on,
            since=since,
            before=before,
            store=store,
            descriptor=descriptor,
            patience=patience,
        )
        _add(mutant)
        return what

    return keep


def differs[What: type](
    *requirements: str,
    store: str = "",
    descriptor: Mapping[str, Any] = NOTHING,
) -> Callable[[What], What]:
    """Say of a backend's class that it breaks nothing, though it is unlike its base where these are checked."""

    def keep(what: What) -> What:
        _add(
            Mutant(
                what=what,
                breaks="",
                not_even=requirements,
                also=NOTHING,
                on="",
                since=(),
                before=(),
                store=store,
                descriptor=descriptor,
                patience=0.0,
            )
        )
        return what

    return keep


def _add(mutant: Mutant) -> None:
    assert mutant.name not in MUTANTS, f"there are two {mutant.name}"
    MUTANTS[mutant.name] = mutant
