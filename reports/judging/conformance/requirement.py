"""The record of a requirement: what Django asks of a task backend, and of which backends it asks it."""

from dataclasses import dataclass
from typing import Literal

from taskgauge.reports.run_folder.target_results import Level

Versions = Literal["both", "6.0", "6.0.3+", "6.1"]
Gate = Literal[
    "supports_defer",
    "supports_async_task",
    "supports_get_result",
    "supports_priority",
    "not supports_get_result",
    "retries",
    "queue selection",
]
Observed = Literal["in process", "two processes", "worker", "backlog"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that Django's documentation, base classes or DEP 14 ask of a backend."""

    id: str
    """Area and number, such as ENQ-01."""
    area: str
    """Three letters: the first of the id."""
    level: Level
    """MUST: said plainly by the documentation or the base classes. SHOULD: recommended, implied, or only DEP 14's."""
    sentence: str
    """The requirement in words."""
    source: str
    """The origin: documentation, base classes, built-in backend, DEP 14, inference; the passage in brackets."""
    link: str
    """The page and anchor of the documentation, with `{version}` in it."""
    versions: Versions
    """The versions of Django that ask for it: both is 6.0 and all later, 6.1 is that and all later."""
    observed: Observed
    """The set-up that shows it; a backlog is enqueued while no worker runs and then served by one."""
    gates: tuple[Gate, ...] = ()
    """The conditions under which the requirement applies; none: always."""
    promised: bool = False
    """True if a flag among its gates announces it; a backend that breaks it with the flag True gets OVERCLAIM."""
    rests_on: tuple[str, ...] = ()
    """The parts of the base classes that keep it unless a backend overrides them; none: the backend must keep it."""
    built_in_only: tuple[str, ...] = ()
    """The targets it is about, where that is Django's own backends only."""

    def applies_to(self, django_version: tuple[int, ...]) -> bool:
        """Return whether this version of Django, such as (6, 1, 3), asks for it."""
        match self.versions:
            case "both":
                return True
            case "6.0":
                return django_version < (6, 1)
            case "6.0.3+":
                return django_version >= (6, 0, 3)
            case "6.1":
                return django_version >= (6, 1)

    def link_for(self, version: tuple[int, ...]) -> str:
        """Return the link into the documentation of this version of Django."""
        return self.link.format(version=".".join(map(str, version[:2])))
