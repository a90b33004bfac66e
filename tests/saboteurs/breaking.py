"""How a saboteur says which requirement it breaks, and which others it cannot help breaking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isclass
from typing import Any

from django import VERSION

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saboteur:
    """One wrong backend, or one change to Django itself, and what a run of the suite must say of it."""

    what: Any
    """A backend's class; or a function that changes Django, and is called in every process of the target."""
    breaks: str
    """The requirement that it is there to break."""
    also: Mapping[str, str]
    """Every other requirement that it breaks, with the reason why it cannot but do so."""
    unknown: Mapping[str, str]
    """Every requirement that cannot be concluded on it, with the reason."""
    on: str
    """Where it is a function: the target, as `targets.BASES` names it."""
    since: tuple[int, ...]
    """The first version of Django in which there is something to break."""
    before: tuple[int, ...]
    """The first in which there is not any more."""
    store: str
    """The store it needs, if not the first of its base's."""
    descriptor: Mapping[str, str]
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
    def applies(self) -> bool:
        """Whether there is something to break in this version of Django."""
        return VERSION[:2] >= self.since and (not self.before or VERSION[:2] < self.before)


SABOTEURS: dict[str, Saboteur] = {}
"""All that were defined, by name."""


def breaks[What: Callable[..., Any]](
    requirement: str,
    *,
    also: Mapping[str, str] = NOTHING,
    unknown: Mapping[str, str] = NOTHING,
    on: str = "",
    since: tuple[int, ...] = (),
    before: tuple[int, ...] = (),
    store: str = "",
    descriptor: Mapping[str, str] = NOTHING,
    patience: float = 0.0,
) -> Callable[[What], What]:
    """Say of a backend's class, or of a function that changes Django, which requirement it breaks.

    BCK-04 need not be named where a requirement is broken whose flag is True: it sums these up.
    """

    def keep(what: What) -> What:
        saboteur = Saboteur(
            what=what,
            breaks=requirement,
            also=also,
            unknown=unknown,
            on=on,
            since=since,
            before=before,
            store=store,
            descriptor=descriptor,
            patience=patience,
        )
        assert saboteur.name not in SABOTEURS, f"there are two {saboteur.name}"
        SABOTEURS[saboteur.name] = saboteur
        return what

    return keep
