"""The requirements: what Django asks of a task backend, read from `requirements.toml`."""

import tomllib
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from taskgauge.backends.descriptors.reader import Descriptor, DescriptorTypeWrong

FILE = Path(__file__).with_name("requirements.toml")

Level = Literal["MUST", "SHOULD"]
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

FRAMEWORK = "django.tasks"
"""Stands in `rests_on` for what is Django's alone: no backend can do otherwise."""


class RequirementsBroken(Exception):
    """The file of requirements, or that of questions, contradicts what is said of it here."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path}: {fact}")


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
    """What is asked for."""
    source: str
    """Where: documentation, base classes, built-in backend, DEP 14, inference; the passage in brackets."""
    link: str
    """The page and anchor of the documentation, with `{version}` in it."""
    versions: Versions
    """The versions of Django that ask for it: both is 6.0 and all later, 6.1 is that and all later."""
    observed: Observed
    """What is needed to see it: a backlog is enqueued while no worker runs, and then served by one."""
    gates: tuple[Gate, ...] = ()
    """What must be true of the backend for the requirement to apply; none: it always does."""
    promised: bool = False
    """Whether it is what a flag among its gates promises: who breaks it with the flag True claims too much."""
    rests_on: tuple[str, ...] = ()
    """What of the base classes keeps it where a backend leaves it as it is; none: the backend itself must keep it."""
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


def load_requirements() -> dict[str, Requirement]:
    """Return all requirements by id, in the order of the file. Raises RequirementsBroken."""
    found = read_tables(FILE, "requirement", Requirement)
    for requirement in found.values():
        if requirement.id != f"{requirement.area}-{requirement.id[-2:]}":
            raise RequirementsBroken(FILE, f"{requirement.id} is not of area {requirement.area}")
        if "{version}" not in requirement.link:
            raise RequirementsBroken(FILE, f"the link of {requirement.id} names no {{version}}")
    return found


def check_known_failures(descriptor: Descriptor) -> None:
    """Raise DescriptorTypeWrong for one that is of no requirement, or the second of one."""
    known = load_requirements()
    for one in descriptor.known_failures:
        if known.pop(one.requirement, None) is None:
            raise DescriptorTypeWrong(f"{one.place}: there is no {one.requirement!r}, or it was said before")


class _Row(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def id(self) -> str: ...


def read_tables[Row: _Row](path: Path, name: str, kind: type[Row]) -> dict[str, Row]:
    """Return the tables of this name by id, each as an instance of a dataclass. Raises RequirementsBroken."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RequirementsBroken(path, str(error)) from error
    tables = content.pop(name, None)
    if content or not isinstance(tables, list):
        raise RequirementsBroken(path, f"it must hold tables called {name}, and nothing else")
    found: dict[str, Row] = {}
    for number, table in enumerate(tables, 1):
        row = _read_row(path, f"{name} {number}", table, kind)
        if row.id in found:
            raise RequirementsBroken(path, f"there are two {row.id}")
        found[row.id] = row
    return found


def _read_row[Row: _Row](path: Path, where: str, table: Any, kind: type[Row]) -> Row:
    try:
        row = msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise RequirementsBroken(path, f"{where}: {error}") from error
    if unknown := sorted(set(table) - {field.name for field in fields(kind)}):
        raise RequirementsBroken(path, f"{where}: key {unknown[0]} is unknown")
    return row
