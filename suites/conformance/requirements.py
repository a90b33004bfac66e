"""Reads the requirements from `requirements.toml`, and other tables of the same form."""

import tomllib
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol

import msgspec

from taskgauge.backends.descriptors.reader import Descriptor, DescriptorTypeWrong
from taskgauge.reports.judging.conformance.requirement import Requirement

FILE = Path(__file__).with_name("requirements.toml")

FRAMEWORK = "django.tasks"
"""The entry of `rests_on` for behaviour that is Django's alone and that no backend can change."""


class RequirementsBroken(Exception):
    """The file of requirements, or the file of questions, is not valid."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path}: {fact}")


def load_requirements() -> dict[str, Requirement]:
    """Return all requirements by id, in the order of the file. Raises RequirementsBroken."""
    requirements = read_tables(FILE, "requirement", Requirement)
    for requirement in requirements.values():
        if requirement.id != f"{requirement.area}-{requirement.id[-2:]}":
            raise RequirementsBroken(FILE, f"{requirement.id} is not of area {requirement.area}")
        if "{version}" not in requirement.link:
            raise RequirementsBroken(FILE, f"the link of {requirement.id} names no {{version}}")
    return requirements


def check_known_failures(descriptor: Descriptor) -> None:
    """Raise DescriptorTypeWrong for a known failure of no requirement, or for the second one of the same scope."""
    requirements = load_requirements()
    listed = set()
    for failure in descriptor.known_failures:
        scope = (failure.requirement, failure.store, failure.django, failure.python)
        if failure.requirement not in requirements or scope in listed:
            raise DescriptorTypeWrong(f"{failure.place}: there is no {failure.requirement!r}, or it is listed twice")
        listed.add(scope)


class _Row(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def id(self) -> str: ...


def read_tables[Row: _Row](path: Path, name: str, kind: type[Row]) -> dict[str, Row]:
    """Return the tables of this name by id, as instances of a dataclass. Raises RequirementsBroken."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RequirementsBroken(path, str(error)) from error
    tables = content.pop(name, None)
    if content or not isinstance(tables, list):
        raise RequirementsBroken(path, f"it must hold tables called {name}, and nothing else")
    rows: dict[str, Row] = {}
    for number, table in enumerate(tables, 1):
        row = _read_row(path, f"{name} {number}", table, kind)
        if row.id in rows:
            raise RequirementsBroken(path, f"there are two {row.id}")
        rows[row.id] = row
    return rows


def _read_row[Row: _Row](path: Path, where: str, table: Any, kind: type[Row]) -> Row:
    try:
        row = msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise RequirementsBroken(path, f"{where}: {error}") from error
    if unknown := sorted(set(table) - {field.name for field in fields(kind)}):
        raise RequirementsBroken(path, f"{where}: key {unknown[0]} is unknown")
    return row
